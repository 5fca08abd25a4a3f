//! What people search for among sessions that have ended.

/// The most octets of what is searched for.
pub(crate) const SEARCH_MAX: usize = 256;

/// How many sessions it is searched in, the newest that whoever searches may see: some tenths of a second.
pub(super) const SEARCHED_MAX: usize = 200_000;

/// What is searched for in servers, mailboxes and agents, in any letter case; everything is found where that is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Search(String);

impl Search {
    /// That; none where it is too long.
    pub(crate) fn new(text: &str) -> Option<Self> {
        (text.len() <= SEARCH_MAX).then(|| Self(text.trim().to_lowercase()))
    }

    /// It in small letters.
    pub(super) fn words(&self) -> &str {
        &self.0
    }
}
