//! Who takes part: what each may do now, and what the person does among them.

use protocol::access::{Handing, LinkNo, OWNER, ParticipantId, Role, Sight};
use protocol::wire::{FromBrowser, People, Person, check_name};

use super::action::Effect;
use super::{Reach, State};

/// What the person does among the others.
#[derive(Clone, PartialEq, Eq)]
pub enum TakingPart {
    /// Says who they are.
    CallMe(String),
    /// Begins to type, or stops.
    Type(bool),
    /// Asks the owner for control.
    AskForControl,
    /// Gives or takes somebody's control.
    Hand(ParticipantId, Handing),
    /// Puts somebody off who asks for control.
    Postpone(ParticipantId),
    /// Made that link, which has that token.
    Made(LinkNo, String),
}

/// What the person can do at the prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    /// Type commands.
    Types,
    /// Watch, and ask for control; whether they have.
    Watches(bool),
    /// Take the control back that they handed over.
    HandedOver,
    /// Read what was.
    Reads,
}

impl State {
    /// Whether the person opened the session.
    pub fn is_owner(&self) -> bool {
        self.role == Some(Role::Owner)
    }

    /// The person, as one of those who are here.
    pub fn mine(&self) -> Option<&Person> {
        self.person(self.me?)
    }

    /// Somebody who is here.
    pub fn person(&self, id: ParticipantId) -> Option<&Person> {
        self.people.people.iter().find(|it| it.id == id)
    }

    /// What the person can do at the prompt.
    pub fn seat(&self) -> Seat {
        let has_control = match (self.mine(), self.role) {
            (Some(mine), _) => mine.control,
            (None, Some(role)) => role.commands(),
            // Nobody knows yet, and most are owners.
            (None, None) => true,
        };
        if self.is_over() {
            Seat::Reads
        } else if has_control {
            Seat::Types
        } else if self.is_owner() {
            Seat::HandedOver
        } else {
            Seat::Watches(self.mine().is_some_and(|it| it.asks))
        }
    }

    /// Whether the person may type commands, connect and disconnect.
    pub fn may_type(&self) -> bool {
        self.seat() == Seat::Types
    }

    /// Whether the person may attach notes.
    pub fn may_note(&self) -> bool {
        !self.is_over() && self.role.is_some_and(|it| it != Role::SignIn)
    }

    /// Who waits for the person to decide about control.
    pub fn asking(&self) -> Vec<&Person> {
        let people = self.people.people.iter();
        people
            .filter(|it| self.is_owner() && it.asks && !self.postponed.contains(&it.id))
            .collect()
    }

    /// What somebody who is here is called; the reader as well.
    pub fn called(&self, person: &Person) -> String {
        if person.name.is_empty() {
            self.transcript.roll.called(person.id)
        } else {
            person.name.clone()
        }
    }

    /// Those who type now, but for the person.
    pub fn typing(&self) -> Vec<String> {
        let people = self.people.people.iter();
        people
            .filter(|it| it.typing && Some(it.id) != self.me)
            .map(|it| self.called(it))
            .collect()
    }

    /// Whether telling that the person types, or does so no more, would tell anybody anything new.
    pub fn would_tell(&self, types: bool) -> bool {
        self.types != types && (!types || self.people.people.len() > 1)
    }

    pub(super) fn meet(&mut self, people: People) {
        self.people = people;
        let still = |id: &ParticipantId| self.people.people.iter().any(|it| it.id == *id && it.asks);
        let postponed = self.postponed.iter().copied().filter(still).collect();
        self.postponed = postponed;
    }

    pub(super) fn take_part(&mut self, step: TakingPart) -> Vec<Effect> {
        match step {
            TakingPart::CallMe(name) => self.call_me(name.trim().to_owned()),
            TakingPart::Type(types) => {
                if self.reach != Reach::Live || !self.would_tell(types) {
                    return Vec::new();
                }
                self.types = types;
                vec![Effect::Send(FromBrowser::Typing(types))]
            }
            TakingPart::AskForControl => self.command(FromBrowser::AskForControl),
            TakingPart::Hand(participant, how) => self.command(FromBrowser::Hand { participant, how }),
            TakingPart::Postpone(participant) => {
                self.postponed.push(participant);
                Vec::new()
            }
            TakingPart::Made(link, token) => {
                self.links.keep(link, token);
                Vec::new()
            }
        }
    }

    fn call_me(&mut self, name: String) -> Vec<Effect> {
        if let Err(why) = check_name(&name) {
            return self.tell(why.sentence());
        }
        self.name.clone_from(&name);
        let mut effects = self.command(FromBrowser::Name(name.clone()));
        effects.push(Effect::KeepName(name));
        effects
    }
}

/// What stands for somebody where there is no room for their name: the first letters of its first two words.
pub fn initials(name: &str) -> String {
    let words = name.split(|it: char| !it.is_alphanumeric());
    let mut words = words.filter(|it| !it.is_empty()).peekable();
    let first = words.next().unwrap_or("?").chars().next();
    let second = words.next().and_then(|it| it.chars().next());
    first
        .into_iter()
        .chain(second)
        .flat_map(char::to_uppercase)
        .collect()
}

/// What somebody takes part as, in a few words.
pub fn part_of(person: &Person) -> String {
    let role = match person.role {
        Role::Owner => "owner",
        Role::SignIn => "signs in",
        _ if person.control => "has control",
        _ => "watches",
    };
    let shown = match person.sight {
        _ if matches!(person.role, Role::Owner | Role::SignIn) => "",
        Sight::Everything => "",
        Sight::Headers => ", no message text",
        Sight::Commands => ", no message content",
    };
    let control = match person.id {
        OWNER if !person.control => ", without control",
        _ => "",
    };
    format!("{role}{shown}{control}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_two_words() {
        let told = [
            "agent-1",
            "Anna",
            "anna b.",
            "the owner",
            "guest 12",
            "客服 组",
            "",
            "--",
        ]
        .map(initials);
        assert_eq!(told, ["A1", "A", "AB", "TO", "G1", "客组", "?", "?"]);
    }
}
