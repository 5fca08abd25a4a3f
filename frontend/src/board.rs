//! The sessions of a hosted console, as whoever is signed in is told of them.

use protocol::standing::{Ending, Life};
use protocol::state::Phase;

use crate::sessions;

/// What the bridge was asked last.
#[derive(Debug, Default)]
pub struct Asking {
    number: u64,
    awaits: bool,
}

/// One session. Times are milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// Its name in the address.
    pub id: String,
    /// Whether it goes on.
    pub life: Life,
    /// Who opened it; none where nobody is known.
    pub agent: Option<String>,
    /// Whether that is who reads.
    pub is_own: bool,
    /// When it was opened.
    pub opened: u64,
    /// When it ended; none while it has not.
    pub ended: Option<u64>,
    /// The server of its newest connection, with the port; empty where there was none.
    pub server: String,
    /// Which mailbox of that was opened last, as far as it is known.
    pub mailbox: Option<String>,
    /// Where its newest connection stands.
    pub phase: Phase,
    /// How many messages are marked for deletion and not committed.
    pub marked: u32,
    /// How its newest connection ended, as far as it is known.
    pub ending: Option<Ending>,
    /// How many people are there.
    pub here: u32,
    /// What some of them are called.
    pub people: Vec<String>,
}

impl Asking {
    /// Whether an answer is still to come.
    pub fn awaits(&self) -> bool {
        self.awaits
    }

    /// It is asked: what the question goes by. That there is no answer is one, in time.
    pub fn ask(&mut self) -> u64 {
        self.number += 1;
        self.awaits = true;
        self.number
    }

    /// There is an answer to that question: whether it counts, since nothing was asked after it.
    pub fn counts(&mut self, number: u64) -> bool {
        let is_newest = number == self.number;
        self.awaits &= !is_newest;
        is_newest
    }
}

impl Listed {
    /// With whom it is: whose mailbox on which server.
    pub fn with(&self) -> String {
        sessions::with(self.mailbox.as_deref().unwrap_or_default(), &self.server)
    }

    /// Whether what is told of it, or the name that the reader gave it, has that in it, in any letter case.
    pub fn matches(&self, name: &str, filter: &str) -> bool {
        let filter = filter.trim().to_lowercase();
        let told = [Some(&self.server), self.mailbox.as_ref(), self.agent.as_ref()];
        let told = told.into_iter().flatten().chain(&self.people).map(String::as_str);
        filter.is_empty() || told.chain([name]).any(|it| it.to_lowercase().contains(&filter))
    }

    /// Whether it lives, or comes alive when somebody comes.
    pub fn goes_on(&self) -> bool {
        self.life != Life::Ended
    }
}

/// What is listed once it is known how those stand that go on; none where one of them does no longer, and it has to be asked
/// how it ended.
pub fn with_those_that_go_on(listed: &[Listed], now: Vec<Listed>) -> Option<Vec<Listed>> {
    let goes_on = |it: &&Listed| now.iter().any(|other| other.id == it.id);
    let (went_on, ended): (Vec<&Listed>, Vec<&Listed>) = listed.iter().partition(|it| it.goes_on());
    if !went_on.iter().all(goes_on) {
        return None;
    }
    let ended = ended.into_iter().cloned();
    Some(now.iter().cloned().chain(ended).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(id: &str, life: Life) -> Listed {
        Listed {
            id: id.to_owned(),
            life,
            ..example()
        }
    }

    #[test]
    fn an_answer_is_awaited_until_it_is_there_and_counts_while_nothing_was_asked_after_it() {
        let mut asking = Asking::default();
        assert!(!asking.awaits());
        let first = asking.ask();
        assert!(asking.awaits());
        // The person wants to see something else meanwhile.
        let second = asking.ask();
        assert!(!asking.counts(first));
        assert!(asking.awaits());
        assert!(asking.counts(second));
        assert!(!asking.awaits());
    }

    #[test]
    fn how_those_stand_that_go_on_goes_with_what_is_known_of_the_others() {
        let known = [
            listed("a", Life::Live),
            listed("b", Life::Interrupted),
            listed("c", Life::Ended),
        ];
        let ids = |listed: Vec<Listed>| listed.into_iter().map(|it| (it.id, it.life)).collect::<Vec<_>>();
        let one = |id: &str, life| (id.to_owned(), life);
        // One was opened, and one that was interrupted came alive.
        let now = ["d", "b", "a"].map(|id| listed(id, Life::Live)).to_vec();
        assert_eq!(
            with_those_that_go_on(&known, now).map(ids),
            Some(vec![
                one("d", Life::Live),
                one("b", Life::Live),
                one("a", Life::Live),
                one("c", Life::Ended)
            ])
        );
        // One ended to which nobody came back.
        assert_eq!(with_those_that_go_on(&known, vec![listed("a", Life::Live)]), None);
    }

    #[test]
    fn a_session_is_found_by_all_that_is_told_of_it() {
        let listed = example();
        assert_eq!(listed.with(), "Billing at mail.company.com:995");
        for (filter, found) in [
            ("", true),
            ("BILL", true),
            ("company", true),
            (" sue", true),
            ("my own", true),
            ("ben", false),
        ] {
            assert_eq!(listed.matches("My own name", filter), found, "{filter}");
        }
    }

    fn example() -> Listed {
        Listed {
            id: "a".to_owned(),
            life: Life::Live,
            agent: Some("anna".to_owned()),
            is_own: false,
            opened: 0,
            ended: None,
            server: "mail.company.com:995".to_owned(),
            mailbox: Some("Billing".to_owned()),
            phase: Phase::Transaction,
            marked: 0,
            ending: None,
            here: 2,
            people: vec!["anna".to_owned(), "sue".to_owned()],
        }
    }
}
