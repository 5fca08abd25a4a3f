//! Octets that stand together, in an order in which they are found from the side of the text.

use std::fmt;

use zeroize::Zeroizing;

use super::phrases;
use crate::secret::Secret;

/// How many octets in a row tell a part of a secret from what a server says anyway.
pub(super) const PART_MIN: usize = 8;

/// The runs of [`PART_MIN`] octets that parts of secrets have, and the parts that are shorter. How long it takes to look
/// for all of them goes by the text in which they are looked for, and hardly by how many they are.
#[derive(Debug, Default)]
pub(super) struct Runs {
    long: Keys,
    /// The last octet of a key, which is the first by which they are ordered, is the length.
    short: Keys,
}

impl Runs {
    /// Those of these parts.
    pub(super) fn of(parts: &[Secret]) -> Self {
        let parts = || parts.iter().map(Secret::reveal);
        let short = parts().filter(|part| !part.is_empty() && part.len() < PART_MIN && !phrases::have(part));
        Self {
            long: Keys::of(|| parts().flat_map(runs).map(u64::from_le_bytes)),
            short: Keys::of(|| short.clone().map(short_key)),
        }
    }

    /// Together with those.
    pub(super) fn with(&self, more: &Self) -> Self {
        Self {
            long: self.long.with(&more.long),
            short: self.short.with(&more.short),
        }
    }

    /// Without those, which went in once for each time that they go.
    pub(super) fn without(&self, gone: &Self) -> Self {
        Self {
            long: self.long.without(&gone.long),
            short: self.short.without(&gone.short),
        }
    }

    /// Whether a text has one of them that tells something.
    pub(super) fn are_in(&self, text: &[u8]) -> bool {
        // What servers say anyway is told only where something is found, which is seldom.
        let is_long = !self.long.0.is_empty()
            && runs(text).any(|run| self.long.have(u64::from_le_bytes(run)) && !phrases::have_run(&run));
        is_long || (1..PART_MIN).any(|length| self.has_short(text, length))
    }

    fn has_short(&self, text: &[u8], length: usize) -> bool {
        self.short.have_last(length) && text.windows(length).any(|part| self.short.have(short_key(part)))
    }
}

/// All runs of [`PART_MIN`] octets.
pub(super) fn runs(octets: &[u8]) -> impl Iterator<Item = [u8; PART_MIN]> {
    octets
        .windows(PART_MIN)
        .filter_map(|run| run.first_chunk().copied())
}

/// What a part stands as that is shorter than a run.
fn short_key(part: &[u8]) -> u64 {
    let mut key = [0; PART_MIN];
    key[..part.len()].copy_from_slice(part);
    key[PART_MIN - 1] = u8::try_from(part.len()).unwrap_or(0);
    u64::from_le_bytes(key)
}

/// Ascending, each as often as it went in. All of them are overwritten when they are dropped, so a list never grows:
/// what it leaves behind then would not be.
#[derive(Default)]
struct Keys(Zeroizing<Vec<u64>>);

impl Keys {
    fn of<I: Iterator<Item = u64>>(keys: impl Fn() -> I) -> Self {
        let mut all = Zeroizing::new(Vec::with_capacity(keys().count()));
        all.extend(keys());
        all.sort_unstable();
        Self(all)
    }

    fn with(&self, more: &Self) -> Self {
        let mut all = Zeroizing::new(Vec::with_capacity(self.0.len() + more.0.len()));
        let mut more = more.0.iter().copied().peekable();
        for &key in self.0.iter() {
            while let Some(before) = more.next_if(|&next| next < key) {
                all.push(before);
            }
            all.push(key);
        }
        all.extend(more);
        Self(all)
    }

    fn without(&self, gone: &Self) -> Self {
        let mut left = Zeroizing::new(Vec::with_capacity(self.0.len()));
        let mut gone = gone.0.iter().copied().peekable();
        left.extend(
            self.0
                .iter()
                .copied()
                .filter(|&key| gone.next_if_eq(&key).is_none()),
        );
        Self(left)
    }

    fn have(&self, key: u64) -> bool {
        super::count_look_up();
        self.0.binary_search(&key).is_ok()
    }

    /// Whether one has that last octet.
    fn have_last(&self, last: usize) -> bool {
        let last_of = |key: &u64| usize::from(key.to_le_bytes()[PART_MIN - 1]);
        super::count_look_up();
        self.0.binary_search_by_key(&last, last_of).is_ok()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} keys", self.0.len())
    }
}
