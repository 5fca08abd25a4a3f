//! What people do in a session, as it is told to whoever runs the console.

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use protocol::access::{By, LinkNo, OWNER, ParticipantId, Role};
use protocol::alias::Alias;

use super::link::Pass;
use crate::audit::{About, Actor, Audit, Ending, Event, Known, Server, Tried, Turned, TurnedAway, Who};

/// Coming back as the same sooner than so long after coming is not told of: a page that lost its network does it over and over.
const COMES_EVERY: Duration = Duration::from_secs(60);

/// The most people of whom it is known where they are. A new one takes the place of whoever came first.
const PEOPLE_MAX: usize = 1024;

/// Tells of one session.
pub(crate) struct Trail {
    audit: Audit,
    about: About,
    people: Mutex<Vec<Person>>,
    /// Where whoever ended the session was as they did.
    ended_from: OnceLock<IpAddr>,
}

/// Who does something, and where they are as they do it. Somebody has many windows, and may have them in many places.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Doer {
    pub(crate) by: By,
    /// None where nobody asked for it now: then it is where they came from last.
    pub(crate) from: Option<IpAddr>,
}

impl Doer {
    /// The session's owner, who asks for it from there.
    pub(crate) fn owner(from: IpAddr) -> Self {
        Self {
            by: By::Participant(OWNER),
            from: Some(from),
        }
    }
}

impl From<By> for Doer {
    fn from(by: By) -> Self {
        Self { by, from: None }
    }
}

/// Where somebody is.
struct Person {
    id: ParticipantId,
    link: Option<LinkNo>,
    known: Option<Box<Known>>,
    address: IpAddr,
    /// When their coming was told of last, and as what; none where it was not.
    told: Option<(Instant, Role)>,
}

impl Trail {
    /// Of the session that goes by that number and that alias.
    pub(crate) fn new(audit: Audit, number: u64, alias: Alias) -> Self {
        Self {
            audit,
            about: About {
                session: Some(number),
                alias: Some(alias),
            },
            people: Mutex::default(),
            ended_from: OnceLock::new(),
        }
    }

    /// Somebody did that.
    pub(crate) fn tell(&self, doer: impl Into<Doer>, event: Event) {
        self.audit.tell(self.about, self.who(doer.into()), event);
    }

    /// That is refused to somebody, at that mail server if at one. Whoever tries it over and over is counted.
    pub(crate) fn refuse(&self, doer: Doer, tried: Tried, server: Option<Server>) {
        self.audit.turned_away(TurnedAway {
            what: Turned::Refused(tried),
            about: self.about,
            who: self.who(doer),
            server,
        });
    }

    /// The session is about to be ended by somebody who is there.
    pub(super) fn ends_from(&self, from: IpAddr) {
        // It ends once.
        let _ = self.ended_from.set(from);
    }

    /// Something ended; `from` is where whoever asked for that was, where it did not end with the session.
    pub(crate) fn tell_end(&self, ending: Ending, from: Option<IpAddr>) {
        let from = from.or_else(|| self.ended_from.get().copied());
        let who = ending.by.map(|by| self.who(Doer { by, from }));
        let who = who.unwrap_or_default();
        self.audit.tell(self.about, who, ending.event);
    }

    /// Somebody did that of whom it is known what lets them in, with which account they came, and where they are.
    pub(crate) fn tell_of(
        &self,
        pass: Pass,
        id: Option<ParticipantId>,
        known: Option<Known>,
        address: IpAddr,
        event: Event,
    ) {
        let who = Who {
            by: Some(actor_with(pass)),
            known,
            participant: id,
            link: pass.link,
            address: Some(address),
        };
        self.audit.tell(self.about, who, event);
    }

    /// Somebody came, with that account or without one, to a session that has ended or has not.
    pub(crate) fn comes(
        &self,
        id: ParticipantId,
        pass: Pass,
        known: Option<Known>,
        address: IpAddr,
        ended: bool,
    ) {
        let at = Instant::now();
        let mut people = self.lock();
        let found = people.iter().find(|it| it.id == id && it.address == address);
        let last = found.and_then(|it| it.told);
        let is_news = last.is_none_or(|(told, role)| role != pass.role || at - told >= COMES_EVERY);
        let person = Person {
            id,
            link: pass.link,
            known: known.map(Box::new),
            address,
            told: if is_news { Some((at, pass.role)) } else { last },
        };
        put(&mut people, person);
        drop(people);
        if is_news {
            let came = Event::came(pass.role, pass.sight, ended);
            let doer = Doer {
                by: By::Participant(id),
                from: Some(address),
            };
            self.tell(doer, came);
        }
    }

    /// Somebody who needs no link asks for something from there, with that account or without one.
    pub(crate) fn is_at(&self, id: ParticipantId, address: IpAddr, known: Option<Known>) {
        let mut people = self.lock();
        if people.iter().any(|it| it.id == id && it.address == address) {
            return;
        }
        let person = Person {
            id,
            link: None,
            known: known.map(Box::new),
            address,
            told: None,
        };
        put(&mut people, person);
    }

    fn who(&self, doer: Doer) -> Who {
        let By::Participant(id) = doer.by else {
            return Who {
                by: Some(Actor::Console),
                ..Who::default()
            };
        };
        let people = self.lock();
        let found = people.iter().find(|it| it.id == id);
        let link = found.and_then(|it| it.link);
        // Of whom nothing is known any more it is not said what they are.
        let is_known = found.is_some() || id == OWNER;
        Who {
            by: is_known.then(|| actor(id == OWNER, link)),
            known: found.and_then(|it| it.known.as_deref()).cloned(),
            participant: Some(id),
            link,
            address: doer.from.or_else(|| found.map(|it| it.address)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Person>> {
        // Every change leaves what makes sense.
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As what somebody does something whom that lets in.
pub(crate) fn actor_with(pass: Pass) -> Actor {
    actor(pass == Pass::OWNER, pass.link)
}

/// Whoever is neither the owner nor came through a link is let in everywhere.
fn actor(is_owner: bool, link: Option<LinkNo>) -> Actor {
    match link {
        _ if is_owner => Actor::Owner,
        Some(_) => Actor::Guest,
        None => Actor::Supervisor,
    }
}

fn put(people: &mut Vec<Person>, person: Person) {
    people.retain(|it| it.id != person.id);
    if people.len() >= PEOPLE_MAX {
        people.remove(0);
    }
    if people.is_empty() {
        // Most sessions are one person's.
        people.reserve_exact(1);
    }
    people.push(person);
}
