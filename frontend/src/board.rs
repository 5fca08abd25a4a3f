//! The sessions of a hosted console, as whoever is signed in is told of them.

use std::collections::{BTreeMap, BTreeSet};

use protocol::apart::{APART, MARKS, apart};
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
    pub agent: Option<Agent>,
    /// Whether that is who reads.
    pub is_own: bool,
    /// When it was opened.
    pub opened: u64,
    /// When it ended; none while it has not.
    pub ended: Option<u64>,
    /// The server of its newest connection as people call it, with the port unless that is another each time; empty where there
    /// was none.
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

/// Somebody who opened a session.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agent {
    /// What they are called.
    pub name: String,
    /// What tells them from others who are called so, in hexadecimal digits.
    pub id: String,
    /// At least one of these has whoever is called so, or alike.
    pub looks: Vec<String>,
}

/// Those who opened the sessions of a list: who of them has which look.
pub struct Agents<'a>(BTreeMap<&'a str, BTreeSet<&'a str>>);

impl<'a> Agents<'a> {
    /// Of these sessions.
    pub fn of(listed: impl Iterator<Item = &'a Listed>) -> Self {
        let mut all: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for agent in listed.filter_map(|it| it.agent.as_ref()) {
            for look in &agent.looks {
                all.entry(look).or_default().insert(&agent.id);
            }
        }
        Self(all)
    }

    /// What one of them is called there. Where another is called so or alike, whoever reads it tells them apart by as many
    /// digits as that takes: the same by which each would be told apart in a session.
    pub fn called(&self, agent: &Agent) -> String {
        let alike = agent.looks.iter().filter_map(|look| self.0.get(&look[..]));
        let others: BTreeSet<&str> = alike.flatten().copied().filter(|id| *id != agent.id).collect();
        if others.is_empty() {
            return agent.name.clone();
        }
        let mut marks = MARKS.iter().filter_map(|&digits| agent.id.get(..digits));
        let is_ones_own = |mark: &&str| !others.iter().any(|other| other.starts_with(mark));
        apart(&agent.name, marks.find(is_ones_own).unwrap_or(&agent.id))
    }
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

    /// Whether what is told of it, what its agent is called here, or the name that the reader gave it, has that in it, in any
    /// letter case.
    pub fn matches(&self, name: &str, agent: &str, filter: &str) -> bool {
        let filter = filter.trim().to_lowercase();
        let told = [Some(&self.server), self.mailbox.as_ref()];
        let told = told.into_iter().flatten().chain(&self.people).map(String::as_str);
        // Whoever has somebody's digits from elsewhere finds them also where they are told from nobody.
        let in_full = self.agent.as_ref().filter(|_| filter.contains(APART));
        let in_full = in_full.map_or(String::new(), |it| apart(&it.name, &it.id));
        let mut told = told.chain([name, agent, &in_full]);
        filter.is_empty() || told.any(|it| it.to_lowercase().contains(&filter))
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
            ("BERG", true),
            ("anna · 4f2a51", true),
            ("anna · 90cd", false),
            ("4f2a51", false),
        ] {
            assert_eq!(
                listed.matches("My own name", "Anna Berger", filter),
                found,
                "{filter}"
            );
        }
        assert!(listed.matches("", "anna · 4f2a", "4f2a"));
    }

    #[test]
    fn agents_who_are_called_alike_are_told_apart_where_both_are_listed() {
        let anna = agent("anna", "4f2a51", &["anna"]);
        let of = |agents: &[&Agent]| -> Vec<String> {
            let listed: Vec<Listed> = agents
                .iter()
                .map(|agent| Listed {
                    agent: Some((*agent).clone()),
                    ..example()
                })
                .collect();
            let all = Agents::of(listed.iter());
            agents.iter().map(|agent| all.called(agent)).collect()
        };
        let other = agent("Anna", "90cd51", &["anna"]);
        let ben = agent("ben", "4f2a51ff", &["ben"]);
        assert_eq!(of(&[&anna, &anna, &ben]), ["anna", "anna", "ben"]);
        assert_eq!(
            of(&[&anna, &other, &anna]),
            ["anna · 4f2a", "Anna · 90cd", "anna · 4f2a"]
        );
        // A capital I is like an l, and an i.
        let [capital, small, i] = [
            ("Ina", "1111", &["ina", "lna"]),
            ("lna", "2222", &["lna", "lna"]),
            ("ina", "3333", &["ina", "ina"]),
        ]
        .map(|(name, id, looks)| agent(name, id, looks));
        assert_eq!(
            of(&[&capital, &small, &i]),
            ["Ina · 1111", "lna · 2222", "ina · 3333"]
        );
        assert_eq!(of(&[&small, &i]), ["lna", "ina"]);
        // It takes more digits where the first are another's.
        let near = agent("anna", "4f2a9999", &["anna"]);
        assert_eq!(of(&[&anna, &near]), ["anna · 4f2a51", "anna · 4f2a9999"]);
    }

    fn agent(name: &str, id: &str, looks: &[&str]) -> Agent {
        Agent {
            name: name.to_owned(),
            id: id.to_owned(),
            looks: looks.iter().map(|it| (*it).to_owned()).collect(),
        }
    }

    fn example() -> Listed {
        Listed {
            id: "a".to_owned(),
            life: Life::Live,
            agent: Some(agent("anna", "4f2a51", &["anna"])),
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
