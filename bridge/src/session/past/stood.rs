//! How a session that is not in memory stood last.

use protocol::standing::Ending;
use protocol::state::{Phase, State};

use super::{LoadError, lost};
use crate::journal::{Head, Journal};
use crate::session::access::Access;

/// How a session that is not in memory stood last.
pub(crate) struct Stood {
    pub(crate) head: Head,
    pub(crate) access: Access,
    pub(crate) state: State,
    /// How its newest connection ended, as far as that is kept; none while it has not.
    pub(crate) ending: Option<Ending>,
}

impl Stood {
    /// As it is kept.
    pub(super) fn of(journal: &dyn Journal, head: Head, access: Access) -> Result<Self, LoadError> {
        let (state, _) = lost::stood(journal, &head.id)?;
        let ending = match state.phase {
            Phase::Closed => lost::ending(journal, &head.id)?,
            _ => None,
        };
        Ok(Self {
            head,
            access,
            state,
            ending,
        })
    }
}
