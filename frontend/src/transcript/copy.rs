//! Copying a stretch of the transcript: plain lines, whatever of them is in the page.

use super::Transcript;
use super::plain::Plain;
use super::rows::{Body, Span};

/// The most octets that are copied at once.
pub const COPY_MAX: usize = 32 << 20;

/// It is more than what is copied at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMuch;

/// Where a stretch begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    record: usize,
    at: At,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Before all of the row, or behind it.
    Edge(bool),
    /// Before a closed fold, or behind what it hides.
    Fold(bool),
    /// So many halves of UTF-16 into what the row shows; whether the stretch ends there.
    Shown(usize, bool),
    /// Somewhere in the row that is no text of its line; whether the stretch ends there.
    Outside(bool),
}

impl Place {
    /// Before a row, or behind it.
    pub fn whole(record: usize, is_behind: bool) -> Self {
        Self {
            record,
            at: At::Edge(is_behind),
        }
    }

    /// Before a closed fold, or behind what it hides.
    pub fn fold(record: usize, is_behind: bool) -> Self {
        Self {
            record,
            at: At::Fold(is_behind),
        }
    }

    /// So many halves of UTF-16 into what a row shows.
    pub fn shown(record: usize, halves: usize, is_end: bool) -> Self {
        Self {
            record,
            at: At::Shown(halves, is_end),
        }
    }

    /// Somewhere in a row that is no text of its line: the whole row is copied with others.
    pub fn outside(record: usize, is_end: bool) -> Self {
        Self {
            record,
            at: At::Outside(is_end),
        }
    }

    /// Whether it is no text of the row's line.
    pub fn is_outside(&self) -> bool {
        matches!(self.at, At::Outside(_))
    }
}

impl Transcript {
    /// The plain text of a stretch.
    ///
    /// # Errors
    /// When it is longer than [`COPY_MAX`].
    pub fn copy(&self, from: Place, to: Place) -> Result<String, TooMuch> {
        let mut plain = Plain::default();
        let end = match to.at {
            At::Fold(true) => self.next_shown(to.record).min(self.len()),
            _ => to.record + 1,
        };
        for record in from.record..end {
            let is_new_line = record > from.record && !self.is_continuation(record);
            let before = plain.text.len();
            if is_new_line {
                plain.text.push('\n');
            }
            let begin = plain.text.len();
            if record == from.record || record == to.record {
                let text = self.row(record).map(|row| row.body);
                self.add_plain(record, &mut plain);
                let length = plain.text.len() - begin;
                let cut = |at: At| match at {
                    At::Edge(is_behind) | At::Outside(is_behind) | At::Fold(is_behind) => {
                        if is_behind {
                            length
                        } else {
                            0
                        }
                    }
                    At::Shown(halves, is_end) => text
                        .as_ref()
                        .map_or(0, |it| it.plain_place(halves, is_end))
                        .min(length),
                };
                if record == to.record {
                    plain.text.truncate(begin + cut(to.at));
                }
                if record == from.record {
                    let start = cut(from.at).min(plain.text.len() - begin);
                    plain.text.replace_range(begin..begin + start, "");
                }
                // A stretch that ends before a line does not hold that line's beginning.
                if record == to.record && plain.text.len() == begin && record > from.record {
                    plain.text.truncate(before);
                }
            } else {
                self.add_plain(record, &mut plain);
            }
            if plain.text.len() > COPY_MAX {
                return Err(TooMuch);
            }
        }
        Ok(plain.text)
    }
}

impl Body {
    /// How far into what is copied of a line a place is that is so many halves of UTF-16 into what it shows. What is
    /// one thing for the eye is in the stretch as a whole.
    pub fn plain_place(&self, mut halves: usize, is_end: bool) -> usize {
        let Body::Line(spans) = self else { return 0 };
        let mut place = 0;
        for span in spans {
            let shown = span.text.encode_utf16().count();
            if halves >= shown {
                halves -= shown;
                place += span.plain().len();
                continue;
            }
            return place + within(span, halves, is_end);
        }
        place
    }
}

fn within(span: &Span, halves: usize, is_end: bool) -> usize {
    if span.original.is_some() {
        return if is_end && halves > 0 {
            span.plain().len()
        } else {
            0
        };
    }
    let mut left = halves;
    let characters = span.text.chars().take_while(|character| {
        let takes = left > 0;
        left = left.saturating_sub(character.len_utf16());
        takes
    });
    characters.map(char::len_utf8).sum()
}
