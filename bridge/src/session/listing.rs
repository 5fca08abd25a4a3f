//! By what a session is found among those that are kept.

use protocol::state::State;
use protocol::target::{DEMONSTRATION, endpoint};
use protocol::wire::decode;

use super::access::Access;
use super::past::{LoadError, lost};
use crate::journal::{Head, Journal, JournalError, Listing};

impl Listing {
    /// Of a session in which these may do what, and whose newest connection stands so: by what is told of it, and by no more.
    pub(crate) fn of(access: &Access, state: &State) -> Self {
        let small = |told: String| told.to_lowercase().into_boxed_str();
        let opened_by = access.opened_by.as_ref();
        let server = state.target.as_ref().map(|it| endpoint(&it.host, it.port));
        let server = server.map(|it| match access.demonstrates {
            true => format!("{DEMONSTRATION} {it}"),
            false => it,
        });
        let mailbox = access.mailbox.as_ref().and_then(|it| it.at(state));
        Self {
            opened: access.opened,
            owner: opened_by.map(|it| it.id.as_str().into()),
            agent: opened_by.map(|it| small(it.name.clone())),
            server: server.map(small),
            mailbox: mailbox.map(small),
        }
    }
}

/// The same of one that is kept; none of one of which a newer console wrote.
///
/// # Errors
/// When it cannot be read now.
pub(crate) fn kept(journal: &dyn Journal, head: &Head) -> Result<Option<Listing>, JournalError> {
    let Ok(access) = decode::<Access>(&head.access) else {
        return Ok(None);
    };
    let state = match lost::stood(journal, &head.id) {
        Ok((state, _)) => state,
        // What is damaged stays so, and keeps nobody from the others.
        Err(LoadError::Journal(error)) if !matches!(error, JournalError::Corrupt { .. }) => {
            return Err(error);
        }
        // What was written of it is not what is read: it is found by the rest.
        Err(_) => State::default(),
    };
    Ok(Some(Listing::of(&access, &state)))
}
