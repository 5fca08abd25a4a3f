//! Who may do what in a session, as it is kept beside the transcript.

use std::sync::atomic::Ordering;

use protocol::access::Keep;
use serde::{Deserialize, Serialize};

use super::Session;
use super::link::Link;
use super::opened::OpenedMailbox;
use super::people::Roster;
use super::token::Hash;
use super::transcript::now;
use crate::access::Identity;

/// Who may do what in a session, and what is kept of it. Of tokens it holds hashes only.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Access {
    /// Of the owner's token.
    pub(crate) owner: Hash,
    /// When the session was opened, in milliseconds since 1970-01-01T00:00:00Z.
    pub(crate) opened: u64,
    /// With which account; none where it was opened without.
    #[serde(default)]
    pub(crate) opened_by: Option<Identity>,
    pub(crate) keep: Keep,
    /// Whether some of it is kept otherwise yet, since it was decided later.
    #[serde(default)]
    pub(crate) unsettled: bool,
    pub(crate) links: Vec<Link>,
    pub(crate) people: Roster,
    /// Which mailbox was opened last; none where that was hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mailbox: Option<Box<OpenedMailbox>>,
    /// Whether the newest connection is to the demonstration mailbox, which is elsewhere when the console starts again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) demonstrates: bool,
}

impl Access {
    /// Of a session that is opened now, by the owner whose token has that hash, with that account if there are accounts.
    pub(crate) fn new(owner: Hash, opened_by: Option<Identity>, keep: Keep) -> Self {
        Self {
            owner,
            opened: now() / 1000,
            opened_by,
            keep,
            unsettled: false,
            links: Vec::new(),
            people: Roster::default(),
            mailbox: None,
            demonstrates: false,
        }
    }
}

impl Session {
    /// Who may do what, as it stands now.
    pub(crate) fn access(&self) -> Access {
        Access {
            owner: *self.links.owner(),
            opened: self.opened,
            opened_by: self.opened_by.as_deref().cloned(),
            keep: self.kept(),
            unsettled: false,
            links: self.links.all(),
            people: self.presence.ask(Roster::clone),
            mailbox: self.opened_mailbox(),
            demonstrates: self.demonstrates(),
        }
    }

    /// Whether its newest connection is to the demonstration mailbox.
    pub(crate) fn demonstrates(&self) -> bool {
        self.demonstrates.load(Ordering::Relaxed)
    }

    /// A connection begins, to the demonstration mailbox or to another server.
    pub(crate) fn begins(&self, demonstrates: bool) {
        if self.demonstrates.swap(demonstrates, Ordering::Relaxed) != demonstrates {
            self.alters();
        }
    }

    /// How often that has changed. It does before the transcript tells of it.
    pub(crate) fn altered(&self) -> u64 {
        self.altered.load(Ordering::Acquire)
    }

    pub(super) fn alters(&self) {
        self.altered.fetch_add(1, Ordering::Release);
        // It is kept also where nobody is told of it.
        self.transcript.queue();
    }
}

#[cfg(test)]
mod tests {
    use protocol::access::{By, Handing, OWNER, Role, Sight};
    use protocol::wire::{Outcome, Refusal, TRIES_MAX, decode, encode};
    use std::sync::Arc;

    use super::*;
    use crate::session::link::{Pass, Wanted};
    use crate::session::people::deeds::DEEDS_MAX;
    use crate::session::token::Token;

    #[test]
    fn a_session_that_comes_back_knows_its_links_and_its_people() {
        let owner = Token::new().unwrap();
        let access = Access::new(owner.hash(), None, Keep::NoContent);
        let before = Arc::new(Session::of_tests_with(access));
        let wanted = Wanted {
            name: "for anna".to_owned(),
            role: Role::Watch,
            sight: Sight::Headers,
            lasts: None,
        };
        let (_, token) = before.link(wanted, By::Participant(OWNER)).unwrap();
        let pass = before.links.admit(&token.hash()).unwrap();
        let (anna, _) = before.enter(pass, [7; 32], "anna").unwrap();
        let altered = before.altered();
        before
            .change(|roster| roster.hand(OWNER, anna.id, Handing::Granted))
            .unwrap();
        assert!(before.altered() > altered);
        let refused = |session: &Session| {
            let said = "-ERR".to_owned();
            session.desk.ends(anna.id, 1, Outcome::Refused { said })
        };
        let altered = before.altered();
        before.tried(1, refused(&before));
        assert!(before.altered() > altered);

        let kept = encode(&before.access());
        let after = Arc::new(Session::of_tests_with(decode(&kept).unwrap()));
        assert_eq!(after.kept(), Keep::NoContent);
        assert_eq!(after.links.admit(&owner.hash()), Ok(Pass::OWNER));
        assert_eq!(after.links.admit(&token.hash()), Ok(pass));
        assert_eq!(refused(&after), TRIES_MAX - 2);
        assert_eq!(after.presence.ask(Roster::here), 0);
        let last = after.transcript.last();
        let (back, _) = after.enter(pass, [7; 32], "anna").unwrap();
        assert_eq!(back.id, anna.id);
        assert!(after.commands(anna.id));
        assert_eq!(after.transcript.last(), last, "coming back is no news");
    }

    #[test]
    fn notes_to_lines_that_there_are_not_are_bounded_as_all_notes_are() {
        let session = Arc::new(Session::of_tests(Keep::default()));
        let wanted = Wanted {
            name: String::new(),
            role: Role::Watch,
            sight: Sight::Everything,
            lasts: None,
        };
        let (_, token) = session.link(wanted, By::Participant(OWNER)).unwrap();
        let pass = session.links.admit(&token.hash()).unwrap();
        let (guest, _) = session.enter(pass, [7; 32], "").unwrap();
        let note = || session.note(guest.id, 1, u32::MAX, "look".to_owned());
        for _ in 0..DEEDS_MAX {
            assert_eq!(note(), Err(Refusal::BadNote));
        }
        assert_eq!(note(), Err(Refusal::TooOften));
    }
}
