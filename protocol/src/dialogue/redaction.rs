//! Takes secrets out of what is recorded: out of what was typed, and out of what a server echoes.

mod forms;

use std::collections::VecDeque;
use std::ops::Range;

use bytes::Bytes;
use memchr::memmem;
use zeroize::Zeroizing;

use self::forms::Forms;
use crate::entry::Part;
use crate::framer::LinePiece;
use crate::reply::{self, content_end};
use crate::secret::Redacted;

/// How many secrets are remembered at once. With more of them all text is withheld until they have cooled.
const HOT_MAX: usize = 32;

/// What a typed line is recorded as, the secret being all that stands at `from` and behind.
pub(super) fn typed(line: &[u8], from: Option<usize>) -> Redacted {
    match from {
        Some(from) => Redacted::new(Bytes::copy_from_slice(&line[..from]), vec![offset(from)]),
        None => Redacted::new(Bytes::copy_from_slice(line), Vec::new()),
    }
}

/// The secrets that a server may still echo: from when each is sent until the reply to a later command
/// without a secret begins. They are overwritten when they cool.
#[derive(Debug, Default)]
pub(super) struct HotSecrets {
    hot: VecDeque<Hot>,
    /// The newest one that had to be forgotten before it cooled.
    forgotten: Option<u64>,
}

#[derive(Debug)]
struct Hot {
    /// The place of its line among all lines sent.
    order: u64,
    forms: Forms,
}

impl HotSecrets {
    /// A secret was sent. `encoded` tells that it is a SASL response, in base64.
    pub(super) fn heat(&mut self, secret: &[u8], encoded: bool, order: u64) {
        let forms = Forms::of(secret, encoded);
        if forms.is_empty() {
            return;
        }
        if self.hot.len() == HOT_MAX {
            self.forgotten = self.hot.pop_front().map(|oldest| oldest.order);
        }
        self.hot.push_back(Hot { order, forms });
    }

    /// The reply to a command without a secret begins: what was sent before it cools.
    pub(super) fn cool(&mut self, order: u64) {
        self.hot.retain(|hot| hot.order > order);
        self.forgotten = self.forgotten.filter(|&forgotten| forgotten > order);
    }

    /// Everything cools.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// What a line of the server's, or a piece of one, is recorded as.
    pub(super) fn strike(&self, part: Part, piece: &LinePiece) -> Redacted {
        let octets = &piece.octets;
        if self.hot.is_empty() && self.forgotten.is_none() {
            return Redacted::new(octets.clone(), Vec::new());
        }
        let end = if piece.last {
            content_end(octets)
        } else {
            octets.len()
        };
        let shown = if piece.first {
            text_start(part, &octets[..end])
        } else {
            0
        };
        // A piece may hold a part of a secret, and so may a line that answers nothing: Mailutils echoes a
        // long line in several.
        let is_fragment = part == Part::Unexpected || !(piece.first && piece.last);
        if !is_fragment && let Some(ranges) = self.find(&octets[..end]) {
            if ranges.is_empty() {
                return Redacted::new(octets.clone(), Vec::new());
            }
            let (left, struck) = without(octets, &ranges, shown);
            // What stood around a secret may give one again when it is joined.
            if self
                .find(&left[..content_end(&left)])
                .is_some_and(|ranges| ranges.is_empty())
            {
                return Redacted::new(left.into(), struck);
            }
        }
        let (left, struck) = without(octets, std::slice::from_ref(&(shown..end)), shown);
        Redacted::new(left.into(), struck)
    }

    /// Where the secrets stand in a text, ascending and apart; none when all of it must be withheld.
    fn find(&self, text: &[u8]) -> Option<Vec<Range<usize>>> {
        if self.forgotten.is_some() || self.hot.iter().any(|hot| hot.forms.withhold_all()) {
            return None;
        }
        let lower = Zeroizing::new(text.to_ascii_lowercase());
        let mut found: Vec<Range<usize>> = Vec::new();
        for form in self.hot.iter().flat_map(|hot| hot.forms.iter()) {
            found.extend(memmem::find_iter(&lower, form).map(|at| at..at + form.len()));
        }
        found.sort_unstable_by_key(|range| range.start);
        found.dedup_by(|next, last| {
            let joins = next.start <= last.end;
            if joins {
                last.end = last.end.max(next.end);
            }
            joins
        });
        Some(found)
    }
}

/// Where the text begins that may be withheld: behind the status indicator and one blank.
fn text_start(part: Part, line: &[u8]) -> usize {
    match part {
        Part::Greeting | Part::Status | Part::Continuation => reply::text_start(line),
        Part::Unexpected | Part::Listing | Part::Header | Part::Body | Part::Terminator => 0,
    }
}

/// The octets without what stands in the ranges at or behind `shown`, and where something was taken out.
fn without(octets: &[u8], ranges: &[Range<usize>], shown: usize) -> (Vec<u8>, Vec<u32>) {
    let (mut left, mut struck) = (Vec::with_capacity(octets.len()), Vec::new());
    let mut copied = 0;
    for range in ranges
        .iter()
        .filter(|range| range.end > shown && !range.is_empty())
    {
        left.extend_from_slice(&octets[copied..range.start.max(shown)]);
        struck.push(offset(left.len()));
        copied = range.end;
    }
    left.extend_from_slice(&octets[copied..]);
    (left, struck)
}

/// Lines are far shorter than what a `u32` counts.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
