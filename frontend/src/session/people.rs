//! Who takes part: what each may do now, and what the person does among them.

use protocol::access::{By, Handing, Keep, LinkNo, OWNER, ParticipantId, Role, Sight};
use protocol::remark::Sharing;
use protocol::state::Phase;
use protocol::wire::{FromBrowser, People, Person, Refusal, check_name};

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
    /// Takes control, as a supervisor.
    TakeControl,
    /// Gives or takes somebody's control.
    Hand(ParticipantId, Handing),
    /// Made that link, which has that token.
    Made(LinkNo, String),
}

/// What the person can do at the prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    /// Type commands.
    Types,
    /// Watch, and ask for control.
    Watches(Asking),
    /// Watch, as a supervisor, and take control.
    Supervises,
    /// Take the control back that they handed over.
    HandedOver,
    /// Read what was.
    Reads,
}

/// How it stands with what the person asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asking {
    /// They ask for nothing.
    #[default]
    Nothing,
    /// They ask for control, and the owner decides.
    Control,
    /// They asked, and the owner said not now.
    Declined,
}

/// What the record tells of the person's control. Who is here is told apart from it, sooner or later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Control {
    /// Whether they have it.
    has: bool,
    /// Whether the owner said not now when they asked last.
    is_declined: bool,
}

impl State {
    /// Whether the person opened the session.
    pub fn is_owner(&self) -> bool {
        self.role == Some(Role::Owner)
    }

    /// Whether the person can make and revoke links: of a session that has ended, for as long as it can be read.
    pub fn can_share(&self) -> bool {
        self.is_owner() && !(self.is_over() && self.keep == Keep::Nothing)
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
        } else if self.supervises() {
            Seat::Supervises
        } else {
            Seat::Watches(if self.mine().is_some_and(|it| it.asks) {
                Asking::Control
            } else if self.control.is_declined {
                Asking::Declined
            } else {
                Asking::Nothing
            })
        }
    }

    /// Whether the person watches by their account alone, and has not had control yet.
    fn supervises(&self) -> bool {
        self.role == Some(Role::Watch) && self.mine().is_some_and(|it| it.link.is_none())
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
        people.filter(|it| self.is_owner() && it.asks).collect()
    }

    /// What those who came to sign in have to wait for, where there is no connection on which they could.
    pub fn waits_for_connection(&self) -> Option<String> {
        let people = self.people.people.iter();
        let mut waiting = people.filter(|it| it.role == Role::SignIn);
        let first = waiting
            .next()
            .filter(|_| self.now.phase == Phase::Closed && !self.is_over())?;
        Some(match waiting.count() {
            0 => format!(
                "{} is here to sign in, and can once there is a connection.",
                match first.name.is_empty() {
                    true => self.transcript.roll.opening(By::Participant(first.id)),
                    false => first.name.clone(),
                }
            ),
            more => format!(
                "{} people are here to sign in, and can once there is a connection.",
                more + 1
            ),
        })
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
        if self.mine().is_some_and(|it| it.name == self.name) {
            self.name_problem = None;
        }
    }

    /// The record tells of control. Whoever loses it by what the owner does just now is told why.
    pub(super) fn hear_of_control(&mut self, sharing: &Sharing, is_new: bool) {
        let mine = |participant: &ParticipantId| Some(*participant) == self.me;
        match sharing {
            Sharing::Joined {
                participant, role, ..
            } if mine(participant) => self.control.has = role.commands(),
            Sharing::AskedForControl { participant } if mine(participant) => self.control.is_declined = false,
            Sharing::Handed { participant, how, by } => {
                let had = self.control.has;
                match (mine(participant), how) {
                    (true, Handing::Granted | Handing::HandedOver) => {
                        self.control = Control {
                            has: true,
                            is_declined: false,
                        };
                    }
                    (true, Handing::TakenBack) | (false, Handing::HandedOver) => self.control.has = false,
                    (true, Handing::Declined) => {
                        self.control.is_declined = Some(*by) != self.me.map(By::Participant);
                    }
                    (false, _) => {}
                }
                let is_lost = had && !self.control.has && *by == By::Participant(OWNER);
                if is_new && is_lost && !self.is_owner() {
                    let roll = &self.transcript.roll;
                    let (owner, to) = (roll.opening(*by), roll.told(By::Participant(*participant)));
                    let what = match how {
                        Handing::HandedOver => format!("handed control over to {to}"),
                        _ => "took control back from you".to_owned(),
                    };
                    self.tell(&format!(
                        "{owner} {what}: you are watching now, and can request control."
                    ));
                }
            }
            _ => {}
        }
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
            TakingPart::TakeControl => {
                // Who wants it says so when they come.
                self.wants_control = true;
                self.resync()
            }
            TakingPart::Hand(participant, how) => self.command(FromBrowser::Hand { participant, how }),
            TakingPart::Made(link, token) => {
                self.links.keep(link, token);
                Vec::new()
            }
        }
    }

    fn call_me(&mut self, name: String) -> Vec<Effect> {
        self.name_problem = check_name(&name).err().map(Refusal::sentence);
        if self.name_problem.is_some() {
            return Vec::new();
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

/// Whether nothing but a link lets somebody in: what they are called, they say themselves.
pub fn is_guest(person: &Person) -> bool {
    person.role != Role::Owner && !person.account
}

/// What somebody takes part as, in a few words.
pub fn part_of(person: &Person) -> String {
    let who = match person.role {
        Role::Owner => "",
        _ if is_guest(person) => "guest, ",
        _ if person.link.is_none() => "supervisor, ",
        _ => "",
    };
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
    format!("{who}{role}{shown}{control}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_takes_part_as_tells_guests_and_supervisors_from_all_others() {
        let told = |id, role, link, account| {
            part_of(&Person {
                id,
                name: "sue".to_owned(),
                role,
                sight: Sight::Everything,
                link,
                account,
                control: role.commands(),
                asks: false,
                typing: false,
            })
        };
        assert_eq!(told(OWNER, Role::Owner, None, false), "owner");
        assert_eq!(told(2, Role::Control, Some(1), false), "guest, has control");
        assert_eq!(told(2, Role::SignIn, Some(1), false), "guest, signs in");
        assert_eq!(told(2, Role::Watch, Some(1), true), "watches");
        assert_eq!(told(2, Role::Watch, None, true), "supervisor, watches");
        assert_eq!(told(2, Role::Control, None, true), "supervisor, has control");
    }

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
