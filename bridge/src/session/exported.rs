//! Who took the transcript along as a file: the one place where that is known.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use protocol::access::{LinkNo, ParticipantId};
use protocol::remark::{EXPORTS_RECORDED_MAX, FileFormat, Sharing};
use tracing::info;

use super::Session;
use super::link::Pass;
use super::token::Hash;
use crate::access::Identity;
use crate::audit::{Event as Told, Known};

/// How often each who is recorded did. Of links that let in, at most one for everybody who is known, and one for each link
/// and account beside them.
#[derive(Default)]
pub(super) struct Exported(Mutex<Vec<(Who, u32)>>);

/// Who it was, as far as that is known.
#[derive(Clone, PartialEq, Eq)]
struct Who {
    /// None of whoever needs none.
    link: Option<LinkNo>,
    /// The account of whoever is signed in.
    account: Option<String>,
    /// None where no browser said that it is theirs.
    participant: Option<ParticipantId>,
}

impl Session {
    /// Somebody at that address takes the transcript along, with the browser that calls itself so, if it said, and with that
    /// account, if they are signed in.
    ///
    /// A guest's doing, and a supervisor's, is recorded for everybody to see, since a file can be read whenever nobody is seen to watch. The
    /// owner's is not: it is their own session, and every file would differ from the one before by saying so. To the
    /// record of a session that ended nothing is added, as little of this as of who comes to read it: it tells what
    /// happened while the session lived, and everybody who was shown it is shown the same.
    pub(crate) fn exported(
        &self,
        pass: Pass,
        browser: Option<Hash>,
        account: Option<&Identity>,
        from: IpAddr,
        format: FileFormat,
    ) {
        info!(session = self.number, role = ?pass.role, link = ?pass.link, ?format, "the transcript is exported");
        // Whoever needs no link is known by their account.
        let browser = browser.or_else(|| pass.link.is_none().then(Hash::default));
        let who = |browser| self.presence.ask(|roster| roster.who(pass, &browser, account));
        let participant = browser.and_then(who);
        let count = self.counts_export(Who {
            link: pass.link,
            account: account.map(|account| account.id.clone()),
            participant,
        });
        // Whoever does it over and over fills neither the transcript nor the audit.
        if count <= EXPORTS_RECORDED_MAX || count.is_power_of_two() {
            let told = Told::exported(format, count);
            let known = account.map(Known::of);
            self.trail.tell_of(pass, participant, known, from, told);
        }
        if pass == Pass::OWNER || self.ended.is_some() {
            return;
        }
        if count <= EXPORTS_RECORDED_MAX {
            let name = match (pass.link, account) {
                (Some(link), _) => self.links.name(link),
                (None, account) => account.map_or(String::new(), |account| account.name.clone()),
            };
            self.record(Sharing::Exported {
                participant,
                link: pass.link,
                name,
                format,
                last: count == EXPORTS_RECORDED_MAX,
            });
        }
    }

    /// How often they have by now.
    fn counts_export(&self, who: Who) -> u32 {
        // Every change is a single step, so a panic leaves nothing half done.
        let mut counts = self.exported.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Whose link is over comes no more.
        counts.retain(|(who, _)| self.links.lets_in(who.link));
        match counts.iter_mut().find(|(counted, _)| *counted == who) {
            Some((_, count)) => {
                *count = count.saturating_add(1);
                *count
            }
            None => {
                counts.push((who, 1));
                1
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::access::{By, Keep, OWNER, Role, Sight};
    use protocol::entry::Event;
    use protocol::remark::Remark;

    use super::*;
    use crate::session::link::Wanted;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn session(ended: Option<u64>) -> Session {
        let mut session = Session::of_tests(Keep::Everything);
        session.ended = ended;
        session
    }

    fn guest(session: &Session) -> Pass {
        let wanted = Wanted {
            name: "for anna".to_owned(),
            role: Role::Watch,
            sight: Sight::Headers,
            lasts: None,
        };
        let (_, token) = session.link(wanted, By::Participant(OWNER)).unwrap();
        session.links.admit(&token.hash()).unwrap()
    }

    fn last(session: &Session) -> Option<Event> {
        let last = session.transcript.last();
        session.transcript.entry(last).map(|entry| entry.event)
    }

    #[test]
    fn a_guest_who_exports_over_and_over_is_recorded_a_few_times_and_the_last_says_so() {
        let session = session(None);
        let (one, other) = (guest(&session), guest(&session));
        let before = session.transcript.last();
        for _ in 0..3 * EXPORTS_RECORDED_MAX {
            session.exported(one, None, None, HERE, FileFormat::Text);
        }
        assert_eq!(
            session.transcript.last() - before,
            u64::from(EXPORTS_RECORDED_MAX)
        );
        let exported = |link, last| {
            Some(Event::Remark(Remark::Sharing(Sharing::Exported {
                participant: None,
                link: Some(link),
                name: "for anna".to_owned(),
                format: FileFormat::Text,
                last,
            })))
        };
        assert_eq!(last(&session), exported(1, true));
        // Nobody's exports hide somebody else's.
        session.exported(other, None, None, HERE, FileFormat::Text);
        assert_eq!(last(&session), exported(2, false));
    }

    #[test]
    fn the_owners_exports_and_those_of_a_session_that_ended_are_not_recorded() {
        let living = session(None);
        living.exported(Pass::OWNER, None, None, HERE, FileFormat::Html);
        assert_eq!(living.transcript.last(), 0);
        let ended = session(Some(7));
        let guest = guest(&ended);
        ended.exported(guest, None, None, HERE, FileFormat::Html);
        assert_eq!(ended.transcript.last(), 0);
    }
}
