//! Who takes part in a session, what they may do, and how much of it they are shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::entry::Seq;
use crate::named::named;
use crate::remark::{Remark, Sharing};

/// One person's place in a session, counted from 1 as they come for the first time. It is theirs whenever they come
/// back. The console itself is [`By::Console`].
pub type ParticipantId = u32;

/// The participant who opened the session.
pub const OWNER: ParticipantId = 1;

/// One of a session's links, counted from 1 as they are made.
pub type LinkNo = u32;

/// The longest name of a participant or of a link, in octets of UTF-8.
pub const NAME_MAX: usize = 64;

/// Who caused something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum By {
    /// The console of its own accord, such as the STLS that the target asks for.
    Console,
    /// Somebody.
    Participant(ParticipantId),
}

/// What somebody came to a session as: its owner, or through a link that allows this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// Opened the session: everything.
    Owner,
    /// Types commands.
    Control,
    /// Reads along, and may ask for control.
    Watch,
    /// Signs in, once, and is shown nothing of the transcript.
    SignIn,
}

impl Role {
    /// Whether whoever comes as this has control at once: lines, connecting and disconnecting are theirs to ask for.
    pub fn commands(self) -> bool {
        matches!(self, Role::Owner | Role::Control)
    }
}

named!(Role { Owner => "owner", Control => "control", Watch => "watch", SignIn => "sign-in" });

/// How much of the transcript a participant is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sight {
    /// All of it.
    #[default]
    Everything,
    /// All but the text of messages.
    Headers,
    /// Commands and status lines, no content of messages.
    Commands,
}

impl Sight {
    /// What it does not show, in words; none of what shows all.
    pub fn withholds(self) -> Option<&'static str> {
        match self {
            Sight::Everything => None,
            Sight::Headers => Some("the text of messages"),
            Sight::Commands => Some("the content of messages"),
        }
    }
}

// The one that shows most first.
named!(Sight { Everything => "everything", Headers => "headers", Commands => "commands" });

/// What somebody does with control: the right to type, to connect and to disconnect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Handing {
    /// The participant has it, beside those who have it.
    Granted,
    /// The participant has it no longer; or, of the owner, has it again after handing it over.
    TakenBack,
    /// The participant has it, and nobody else: the owner lays it down as well, until they take it back.
    HandedOver,
    /// What the participant asks for they do not get, for now; of oneself: it is asked for no longer.
    Declined,
}

/// How much of a session is kept in the journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Keep {
    /// All that stands in the transcript.
    #[default]
    Everything,
    /// What [`Sight::Commands`] shows: no content of messages.
    NoContent,
    /// Nothing: the session is gone when it ends.
    Nothing,
}

// The most first.
named!(Keep { Everything => "everything", NoContent => "no-content", Nothing => "nothing" });

impl Keep {
    /// Whether less is kept than with the other.
    pub fn keeps_less_than(self, other: Keep) -> bool {
        match self {
            Keep::Everything => false,
            Keep::NoContent => other == Keep::Everything,
            Keep::Nothing => other != Keep::Nothing,
        }
    }
}

/// The participants of a session by name, and its links, as one of them knows them. Copies share what they know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roll {
    /// Who reads; what they did is told them as their own doing. None where nobody in particular does.
    pub reader: Option<ParticipantId>,
    /// What each was called, and from which entry on; by nothing, where it is empty.
    names: Arc<BTreeMap<ParticipantId, Vec<(Seq, String)>>>,
    /// Those links that have a name.
    links: Arc<BTreeMap<LinkNo, String>>,
    /// Of which entry it is told by what people were called then; none where it is told by what they are called now.
    at: Option<Seq>,
}

impl Roll {
    /// As that participant knows them.
    pub fn of(reader: Option<ParticipantId>) -> Self {
        Self {
            reader,
            ..Self::default()
        }
    }

    /// As it was told of that entry: whoever is called otherwise since then is called there as they were.
    #[must_use]
    pub fn at(&self, entry: Seq) -> Self {
        Self {
            at: Some(entry),
            ..self.clone()
        }
    }

    /// A participant is called that from that entry on; by nothing, if it is empty.
    pub fn name(&mut self, from: Seq, participant: ParticipantId, name: &str) {
        let names = Arc::make_mut(&mut self.names).entry(participant).or_default();
        let place = names.partition_point(|it| it.0 < from);
        match names.get_mut(place) {
            Some(same) if same.0 == from => name.clone_into(&mut same.1),
            _ => names.insert(place, (from, name.to_owned())),
        }
    }

    /// Learns what a remark, which that entry is, says that somebody, or a link, is called.
    pub fn learn(&mut self, entry: Seq, remark: &Remark) {
        match remark {
            Remark::Sharing(
                Sharing::Joined {
                    participant, name, ..
                }
                | Sharing::Named { participant, name },
            ) => self.name(entry, *participant, name),
            Remark::Sharing(Sharing::Linked { link, name, .. }) if !name.is_empty() => {
                Arc::make_mut(&mut self.links).insert(*link, name.clone());
            }
            _ => {}
        }
    }

    /// The last entry that says what somebody is called; 0 if none does.
    pub fn newest(&self) -> Seq {
        let newest = self.names.values().filter_map(|names| names.last());
        newest.map(|it| it.0).max().unwrap_or_default()
    }

    /// The names of a participant up to now, or to the entry of which it is told, the newest last.
    fn names(&self, participant: ParticipantId) -> &[(Seq, String)] {
        let names = self.names.get(&participant).map_or(&[][..], Vec::as_slice);
        let until = self
            .at
            .map_or(names.len(), |at| names.partition_point(|it| it.0 <= at));
        names.get(..until).unwrap_or_default()
    }

    /// The name that a participant goes by; empty if by none.
    fn goes_by(&self, participant: ParticipantId) -> &str {
        self.names(participant).last().map_or("", |it| &it.1)
    }

    /// The one that they went by before; empty if by none.
    pub(crate) fn went_by(&self, participant: ParticipantId) -> &str {
        self.names(participant).iter().nth_back(1).map_or("", |it| &it.1)
    }

    /// What a link is called, within a sentence.
    pub fn link(&self, link: LinkNo) -> String {
        let name = self.links.get(&link);
        link_called(link, name.map_or("", String::as_str))
    }

    /// What a participant is called, whoever reads.
    pub fn called(&self, participant: ParticipantId) -> String {
        called(participant, self.goes_by(participant))
    }

    /// Who, within a sentence.
    pub fn told(&self, by: By) -> String {
        match by {
            By::Console => "the console".to_owned(),
            By::Participant(_) if self.is_reader(by) => "you".to_owned(),
            By::Participant(participant) => self.called(participant),
        }
    }

    /// The same where a sentence begins. A name stays as it was given.
    pub fn opening(&self, by: By) -> String {
        let told = self.told(by);
        match by {
            By::Participant(participant) if !self.is_reader(by) && !self.goes_by(participant).is_empty() => {
                told
            }
            // What is said here of somebody without a name begins with a letter of ASCII.
            _ => capital(told),
        }
    }

    /// Whether it is who reads.
    pub fn is_reader(&self, by: By) -> bool {
        self.reader.is_some_and(|reader| by == By::Participant(reader))
    }
}

/// What a participant is called who goes by that name; by none, if it is empty.
pub fn called(participant: ParticipantId, name: &str) -> String {
    match (name, participant) {
        ("", OWNER) => "the owner".to_owned(),
        ("", guest) => format!("guest {guest}"),
        (name, _) => name.to_owned(),
    }
}

/// What a link is called that has that name, within a sentence; by its number, if the name is empty.
pub fn link_called(link: LinkNo, name: &str) -> String {
    match name {
        "" => format!("link {link}"),
        name => format!("the link “{name}”"),
    }
}

/// The same where a sentence begins.
pub fn link_opening(link: LinkNo, name: &str) -> String {
    capital(link_called(link, name))
}

/// Words as they stand where a sentence begins.
pub(crate) fn capital(mut told: String) -> String {
    if let Some(first) = told.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::named::UnknownName;

    #[test]
    fn what_travels_as_text_is_read_back_and_nothing_else_is() {
        for role in Role::ALL {
            assert_eq!(role.name().parse(), Ok(role));
        }
        for sight in Sight::ALL {
            assert_eq!(sight.name().parse(), Ok(sight));
        }
        for keep in Keep::ALL {
            assert_eq!(keep.name().parse(), Ok(keep));
        }
        assert_eq!("SignIn".parse::<Role>(), Err(UnknownName));
        assert_eq!("".parse::<Sight>(), Err(UnknownName));
        assert_eq!("no content".parse::<Keep>(), Err(UnknownName));
    }

    #[test]
    fn less_is_kept_with_each_than_with_those_before_it() {
        for (at, keep) in Keep::ALL.into_iter().enumerate() {
            for (other_at, other) in Keep::ALL.into_iter().enumerate() {
                assert_eq!(keep.keeps_less_than(other), at > other_at, "{keep:?} {other:?}");
            }
        }
    }

    #[test]
    fn a_participant_is_called_by_name_and_the_reader_is_you() {
        let mut roll = Roll::of(Some(2));
        roll.name(1, 3, "agent-2");
        assert_eq!(roll.told(By::Console), "the console");
        assert_eq!(roll.told(By::Participant(OWNER)), "the owner");
        assert_eq!(roll.told(By::Participant(2)), "you");
        assert_eq!(roll.told(By::Participant(3)), "agent-2");
        assert_eq!(roll.told(By::Participant(4)), "guest 4");
        assert_eq!(roll.opening(By::Participant(3)), "agent-2");
        assert_eq!(roll.opening(By::Participant(4)), "Guest 4");
        roll.name(2, 3, "");
        assert_eq!(roll.called(3), "guest 3");
        let named = |participant, name: &str| {
            Remark::Sharing(Sharing::Named {
                participant,
                name: name.to_owned(),
            })
        };
        roll.learn(3, &named(4, "ben"));
        roll.learn(4, &Remark::Sharing(Sharing::Revoked { link: 4 }));
        assert_eq!(roll.called(4), "ben");
        // What was is told as it was, whatever they are called since.
        roll.learn(9, &named(4, "bob"));
        let then = |entry| roll.at(entry).called(4);
        assert_eq!(
            [2, 3, 8, 9, 10].map(then),
            ["guest 4", "ben", "ben", "bob", "bob"]
        );
        assert_eq!((roll.called(4), roll.newest()), ("bob".to_owned(), 9));
        assert_eq!(roll.at(2).opening(By::Participant(4)), "Guest 4");
        assert_eq!(roll.at(2).told(By::Participant(2)), "you");
    }
}
