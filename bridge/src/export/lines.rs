//! Payload, which comes cut anywhere, as lines.

use protocol::entry::{ConnectionNo, ExchangeNo, Part, Seq};

/// The longest stretch of a line that is one row. What is longer goes on in further rows.
const ROW_MAX: usize = 4096;

/// Where payload belongs.
pub(super) type Source = (ConnectionNo, ExchangeNo, Part);

/// A line, or a stretch of a long one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// Of what it is.
    pub(super) part: Part,
    /// The entry that it began in.
    pub(super) seq: Seq,
    /// Its octets, line end included if it has come.
    pub(super) octets: &'a [u8],
    /// Whether it goes on with the stretch before it.
    pub(super) continues: bool,
}

/// Puts lines together. It holds the line whose end has not come, and of that [`ROW_MAX`] octets at most.
#[derive(Default)]
pub(super) struct Lines {
    source: Option<Source>,
    seq: Seq,
    octets: Vec<u8>,
    continues: bool,
}

impl Lines {
    /// Takes payload in, and hands over each line as soon as it is whole.
    pub(super) fn take(&mut self, source: Source, seq: Seq, octets: &[u8], mut each: impl FnMut(Line<'_>)) {
        if self.source.is_some_and(|open| open != source) {
            self.end(&mut each);
        }
        self.source = Some(source);
        for piece in octets.split_inclusive(|&octet| octet == b'\n') {
            let mut piece = piece;
            loop {
                if self.octets.is_empty() && !self.continues {
                    self.seq = seq;
                }
                let room = ROW_MAX - self.octets.len();
                let (now, later) = piece.split_at(piece.len().min(room));
                self.octets.extend_from_slice(now);
                piece = later;
                if self.octets.ends_with(b"\n") {
                    self.hand_over(&mut each);
                    self.continues = false;
                } else if self.octets.len() >= ROW_MAX {
                    self.hand_over(&mut each);
                    self.continues = true;
                }
                if piece.is_empty() {
                    break;
                }
            }
        }
    }

    /// The line whose end has not come ends without it.
    pub(super) fn end(&mut self, mut each: impl FnMut(Line<'_>)) {
        if !self.octets.is_empty() {
            self.hand_over(&mut each);
        }
        (self.source, self.continues) = (None, false);
    }

    fn hand_over(&mut self, each: &mut impl FnMut(Line<'_>)) {
        if let Some((_, _, part)) = self.source {
            each(Line {
                part,
                seq: self.seq,
                octets: &self.octets,
                continues: self.continues,
            });
        }
        self.octets.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_the_same_however_they_come_and_long_ones_are_cut() {
        let long = [&b"x".repeat(ROW_MAX + 10)[..], b"\r\n"].concat();
        let payload = [b"one\r\n\r\n", &long[..], b"last"].concat();
        let lines = |size: usize| {
            let (mut lines, mut came) = (Lines::default(), Vec::new());
            for (seq, piece) in (1..).zip(payload.chunks(size)) {
                lines.take((1, 1, Part::Body), seq, piece, |line| {
                    came.push((line.octets.to_vec(), line.continues));
                });
            }
            lines.end(|line| came.push((line.octets.to_vec(), line.continues)));
            came
        };
        let whole = lines(payload.len());
        assert_eq!(whole.len(), 5);
        assert_eq!(whole[0], (b"one\r\n".to_vec(), false));
        assert_eq!((whole[2].0.len(), whole[2].1), (ROW_MAX, false));
        assert_eq!((whole[3].0.len(), whole[3].1), (12, true));
        assert_eq!(whole[4], (b"last".to_vec(), false));
        for size in 1..20 {
            assert_eq!(lines(size), whole, "in pieces of {size}");
        }
    }
}
