//! Takes secrets out of what is recorded: out of what was typed, and out of what a server echoes.

mod forms;
mod parts;
mod phrases;
mod reading;
mod runs;

use std::collections::VecDeque;
use std::ops::Range;

use bytes::Bytes;
use memchr::memmem;
use zeroize::Zeroizing;

use self::forms::Forms;
use self::parts::Parts;
use self::reading::{Reading, readings};
use crate::entry::Part;
use crate::framer::LinePiece;
use crate::mailbox::Naming;
use crate::reply::{self, content_end};
use crate::secret::{Redacted, Secret};

/// How many secrets are remembered at once. With more of them all text is withheld until they have cooled.
const HOT_MAX: usize = 32;

/// How many octets those may have together: one line's. What is looked for of them takes some 150 times as many.
const HOT_OCTETS_MAX: usize = 16 * 1024;

/// How many forms those may have together, each of which is looked for in every line.
const HOT_FORMS_MAX: usize = 256;

/// How many octets the text of a line may have to be looked at; twice what RFC 2449 §4 allows. A longer one is
/// withheld, so that the time it takes to look is bounded.
const LOOKED_AT_MAX: usize = 1024;

/// The same of a challenge, which whoever signs in must read, and of which less is looked for: as long as RFC 4954 §4
/// wants it to be taken.
const CHALLENGE_MAX: usize = 12_288;

/// How many replies may be taken for those to commands that were sent after the secret's reply and still be the
/// secret's own, or the one to the rest of its line: a server that answers something twice is out of step by so
/// many from then on.
const OUT_OF_STEP_MAX: u8 = 1;

/// How a secret is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Written {
    /// As it is.
    Plainly,
    /// In base64, as SASL responses are; how that names a mailbox, where it is the response that does.
    Encoded(Option<Naming>),
}

/// What a typed line is recorded as, the secret being all that stands at `from` and behind.
pub(super) fn typed(line: &[u8], from: Option<usize>) -> Redacted {
    match from {
        Some(from) => Redacted::new(Bytes::copy_from_slice(&line[..from]), vec![offset(from)]),
        None => Redacted::new(Bytes::copy_from_slice(line), Vec::new()),
    }
}

/// The secrets that a server may still echo: from when each is sent until the server has answered, in step, a
/// command without a secret that was sent after the secret's own reply had come: see [`OUT_OF_STEP_MAX`]. They are
/// overwritten when they cool.
#[derive(Debug, Default)]
pub(super) struct HotSecrets {
    hot: VecDeque<Hot>,
    /// Those of all of them.
    parts: Parts,
    /// The newest one that had to be forgotten before it cooled.
    forgotten: Option<Heat>,
    /// How many lines had been sent when the newest reply to a line with a secret came.
    answered: u64,
}

#[derive(Debug)]
struct Hot {
    heat: Heat,
    secret: Secret,
    written: Written,
    forms: Forms,
}

/// How hot a secret is.
#[derive(Clone, Copy, Debug)]
struct Heat {
    /// The place of its line among all lines sent.
    order: u64,
    /// How many more replies do not cool it.
    left: u8,
}

impl Heat {
    /// A reply to that line comes; tells whether the secret is hot still.
    fn lasts(&mut self, order: u64) -> bool {
        if order < self.order {
            return true;
        }
        let is_hot = self.left > 0;
        self.left = self.left.saturating_sub(1);
        is_hot
    }
}

impl Hot {
    /// They are made anew rather than kept, being far longer than the secret.
    fn parts(&self) -> Parts {
        Parts::of(self.secret.reveal(), self.written)
    }

    /// Whether no text may be shown at all: no longer than it takes where all is in step, since nothing could be
    /// read meanwhile.
    fn withholds_all(&self) -> bool {
        self.forms.withhold_all() && self.heat.left == OUT_OF_STEP_MAX
    }
}

impl HotSecrets {
    /// A secret was sent.
    pub(super) fn heat(&mut self, secret: &[u8], written: Written, order: u64) {
        let forms = Forms::of(secret, matches!(written, Written::Encoded(_)));
        if forms.is_empty() {
            return;
        }
        while !self.have_room(secret, &forms) {
            let Some(oldest) = self.hot.pop_front() else { break };
            self.forgotten = Some(oldest.heat);
            self.parts = self.parts.without(&oldest.parts());
        }
        let hot = Hot {
            heat: Heat {
                order,
                left: OUT_OF_STEP_MAX,
            },
            secret: Secret::new(secret.to_vec()),
            written,
            forms,
        };
        self.parts = self.parts.with(&hot.parts());
        self.hot.push_back(hot);
    }

    fn have_room(&self, secret: &[u8], forms: &Forms) -> bool {
        let octets: usize = self.hot.iter().map(|hot| hot.secret.reveal().len()).sum();
        let count: usize = self.hot.iter().map(|hot| hot.forms.count()).sum();
        self.hot.len() < HOT_MAX
            && octets + secret.len() <= HOT_OCTETS_MAX
            && count + forms.count() <= HOT_FORMS_MAX
    }

    /// The reply to a line with a secret begins, `sent` lines having been sent by now.
    pub(super) fn answered(&mut self, sent: u64) {
        self.answered = sent;
    }

    /// The reply to a command without a secret begins. If that was sent behind a secret without waiting, it may
    /// be the secret's reply as well: a server may have answered something twice, or cut a long line in two.
    pub(super) fn cool(&mut self, order: u64) {
        if order > self.answered {
            self.hot.retain_mut(|hot| {
                let is_hot = hot.heat.lasts(order);
                if !is_hot {
                    self.parts = self.parts.without(&hot.parts());
                }
                is_hot
            });
            self.forgotten = self
                .forgotten
                .and_then(|mut heat| heat.lasts(order).then_some(heat));
        }
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
        if !is_fragment
            && end - shown <= CHALLENGE_MAX
            && let Some(redacted) = self.strike_out(part, octets, shown, end)
        {
            return redacted;
        }
        let (left, struck) = without(octets, std::slice::from_ref(&(shown..end)), shown);
        Redacted::new(left.into(), struck)
    }

    /// The octets without the secrets; none when that is not enough.
    fn strike_out(&self, part: Part, octets: &Bytes, shown: usize, end: usize) -> Option<Redacted> {
        let challenge = challenge_of(part, &octets[shown..end]);
        if challenge.is_none() && end - shown > LOOKED_AT_MAX {
            return None;
        }
        let is_challenge = challenge.is_some();
        // Nothing of what base64 says can be struck out.
        if challenge.is_some_and(|says| self.find(&says).is_none_or(|found| !found.is_empty())) {
            return None;
        }
        let ranges = self.find(&octets[..end])?;
        if ranges.is_empty() {
            let is_clean = is_challenge || !self.shares(&octets[shown..end]);
            return is_clean.then(|| Redacted::new(octets.clone(), Vec::new()));
        }
        let (left, struck) = without(octets, &ranges, shown);
        let text = &left[..content_end(&left)];
        let rest = text.get(shown..).unwrap_or_default();
        // What stood around a secret may give one again when it is joined.
        let is_clean =
            self.find(text)?.is_empty() && (challenge_of(part, rest).is_some() || !self.shares(rest));
        is_clean.then(|| Redacted::new(left.into(), struck))
    }

    /// Whether a text without the secrets still has a part of one, or all of it in other words. Of a challenge that is not
    /// asked: whoever signs in must read it, and SCRAM's repeats the nonce that it answers (RFC 5802 §5.1).
    fn shares(&self, text: &[u8]) -> bool {
        let is_in = |reading: &Reading| self.parts.are_in(reading);
        readings(text).iter().any(is_in)
    }

    /// Where the secrets stand in a text, ascending and apart; none when all of it must be withheld.
    fn find(&self, text: &[u8]) -> Option<Vec<Range<usize>>> {
        if self.forgotten.is_some() || self.hot.iter().any(Hot::withholds_all) {
            return None;
        }
        let lower = Zeroizing::new(text.to_ascii_lowercase());
        let mut found: Vec<Range<usize>> = Vec::new();
        let forms = self.hot.iter().flat_map(|hot| hot.forms.iter());
        for form in forms.filter(|form| form.len() <= lower.len()) {
            count_look_up();
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

/// What a challenge says; none of anything else.
fn challenge_of(part: Part, text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    (part == Part::Continuation)
        .then(|| forms::decoded(text))
        .flatten()
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

/// Something is looked for in a line; tests want to know how often.
fn count_look_up() {
    #[cfg(test)]
    tests::count_look_up();
}

#[cfg(test)]
mod tests;
