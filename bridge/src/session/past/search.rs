//! What people search for among sessions that have ended.

use protocol::state::State;
use protocol::target::endpoint;

use crate::session::access::Access;

/// The most octets of what is searched for.
pub(crate) const SEARCH_MAX: usize = 256;

/// How many sessions it is searched in, the newest: how each stood last has to be read for that.
const SEARCHED_MAX: usize = 2_000;

/// What is searched for; everything is found where that is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Search(String);

impl Search {
    /// That; none where it is too long.
    pub(crate) fn new(text: &str) -> Option<Self> {
        (text.len() <= SEARCH_MAX).then(|| Self(text.trim().to_lowercase()))
    }

    /// In how many sessions it is looked for, where so many are wanted at most.
    pub(super) fn looks_at(&self, most: usize) -> usize {
        if self.0.is_empty() { most } else { SEARCHED_MAX }
    }

    /// Whether a session is one of them: by its server, its mailbox or its agent, in any letter case.
    pub(super) fn finds(&self, access: &Access, state: &State) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let server = state.target.as_ref().map(|it| endpoint(&it.host, it.port));
        let mailbox = access.mailbox.as_ref().and_then(|it| it.at(state));
        let agent = access.opened_by.as_ref().map(|it| it.name.clone());
        let told = [server, mailbox, agent].into_iter().flatten();
        told.map(|it| it.to_lowercase()).any(|it| it.contains(&self.0))
    }
}
