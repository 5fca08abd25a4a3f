//! Who is in a session now, and what everybody is told of it.

mod telling;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use protocol::access::{By, LinkNo, ParticipantId, Role, Sight};
use protocol::wire::{ToBrowser, encode};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::Session;
use super::desk::DeskNews;
use super::link::Pass;
use super::order::{Asker, Refused};
use super::people::{Called, Came, NoPlace, Roster};
use super::token::Hash;
use super::trail::Doer;
pub(crate) use telling::Listener;
use telling::Telling;

/// The most requests of one participant that may still be answered. Beyond, its reader waits for its writer.
const ANSWERS_WAITING_MAX: usize = 128;

/// How many places guests leave to the owner, whom they could keep out otherwise.
const OWNERS_PLACES: usize = 4;

/// How often a window may begin to type within [`TYPING_WITHIN`]. Everybody is told whenever one does.
const TYPING_MAX: u32 = 4;

/// See [`TYPING_MAX`].
const TYPING_WITHIN: Duration = Duration::from_secs(1);

/// Who is in a session.
pub(crate) struct Presence {
    attendance: Mutex<Attendance>,
    here: watch::Sender<Here>,
    telling: Arc<Telling>,
    max: usize,
}

/// Who takes part, and as what everybody is told of it.
struct Attendance {
    roster: Roster,
    /// Who is here, as everybody is told; none since it changed.
    encoded: Option<Bytes>,
}

/// How many windows are here.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Here {
    pub(crate) windows: usize,
}

/// One WebSocket's place in a session: a window of somebody's. Dropping it leaves the session.
pub(crate) struct Participant {
    pub(crate) id: ParticipantId,
    pub(crate) role: Role,
    pub(crate) sight: Sight,
    pub(crate) link: Option<LinkNo>,
    /// Whether they watched before and have control by coming with this one.
    pub(crate) took_control: bool,
    /// Where the window is; none where nobody said.
    from: Option<IpAddr>,
    typing: Mutex<Typing>,
    answers: mpsc::Sender<Box<Refused>>,
    session: Arc<Session>,
}

/// Whether somebody types in a window, and how often they began to of late.
#[derive(Default)]
struct Typing {
    now: bool,
    begun: u32,
    since: Option<Instant>,
}

/// What a window is told beside entries.
pub(crate) enum Beside {
    /// Who is here.
    People(PeopleNews),
    /// What there is to know for whoever came to sign in.
    Desk(Box<DeskNews>),
}

/// What a window has been told of who is here.
pub(crate) struct PeopleNews {
    session: Arc<Session>,
    people: Listener,
}

impl Presence {
    /// With at most `max` windows at a time, and those who took part before.
    pub(crate) fn new(max: usize, roster: Roster) -> Self {
        let attendance = Attendance {
            roster: roster.restored(),
            encoded: None,
        };
        Self {
            attendance: Mutex::new(attendance),
            here: watch::Sender::default(),
            telling: Arc::default(),
            max,
        }
    }

    /// How many are here, now and whenever that changes.
    pub(crate) fn watch(&self) -> watch::Receiver<Here> {
        self.here.subscribe()
    }

    /// How many windows are here.
    pub(crate) fn windows(&self) -> usize {
        self.here.borrow().windows
    }

    /// Asks something of who takes part.
    pub(crate) fn ask<T>(&self, question: impl FnOnce(&Roster) -> T) -> T {
        question(&self.lock().roster)
    }

    /// A place among those who are told that who is here, or what they may do, has changed.
    pub(crate) fn listen(&self) -> Listener {
        self.telling.listen()
    }

    /// Changes who takes part or what they may do, and lets everybody who is here know.
    pub(crate) fn change<T>(&self, how: impl FnOnce(&mut Roster) -> T) -> T {
        let mut attendance = self.lock();
        let changed = how(&mut attendance.roster);
        attendance.encoded = None;
        drop(attendance);
        self.telling.tell();
        changed
    }

    /// The same, where that may be no news: then nobody is told, and nothing may have changed.
    pub(crate) fn change_by_news<T, E>(
        &self,
        how: impl FnOnce(&mut Roster) -> Result<Option<T>, E>,
    ) -> Result<Option<T>, E> {
        let mut attendance = self.lock();
        let news = how(&mut attendance.roster)?;
        if news.is_some() {
            attendance.encoded = None;
            drop(attendance);
            self.telling.tell();
        }
        Ok(news)
    }

    /// Counts what nobody is told of.
    pub(crate) fn count<T>(&self, how: impl FnOnce(&mut Roster) -> T) -> T {
        how(&mut self.lock().roster)
    }

    /// Takes a place for one more window. Whether there was one.
    fn take_place(&self, role: Role) -> bool {
        let kept = if role == Role::Owner { 0 } else { OWNERS_PLACES };
        self.here.send_if_modified(|here| {
            let room = here.windows + kept < self.max;
            here.windows += usize::from(room);
            room
        })
    }

    fn give_place_back(&self) {
        self.here.send_modify(|here| here.windows -= 1);
    }

    fn told(&self) -> Bytes {
        let mut attendance = self.lock();
        if let Some(encoded) = &attendance.encoded {
            return encoded.clone();
        }
        let encoded = Bytes::from(encode(&ToBrowser::People(attendance.roster.people())));
        // Whoever is alone is told so once, and an idle session keeps nothing for it.
        attendance.encoded = (self.here.borrow().windows > 1).then(|| encoded.clone());
        encoded
    }

    fn lock(&self) -> MutexGuard<'_, Attendance> {
        // Every rule leaves a roster that makes sense, also where it was not done to its end.
        self.attendance.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    /// Enters with one window of a browser that calls itself so; the second part is where answers come out.
    ///
    /// # Errors
    /// When there is no place for it.
    pub(crate) fn enter<'a>(
        self: &Arc<Self>,
        pass: Pass,
        browser: Hash,
        called: impl Into<Called<'a>>,
    ) -> Result<(Participant, mpsc::Receiver<Box<Refused>>), NoPlace> {
        if !self.presence.take_place(pass.role) {
            return Err(NoPlace::TooManyWindows);
        }
        let came = self.presence.change(|roster| {
            let came = roster.come(pass, browser, called, |link| self.links.lets_in(link));
            if let Ok(Came { news, .. }) = &came
                && !news.is_empty()
            {
                self.alters();
                news.iter().cloned().for_each(|news| self.record(news));
            }
            came
        });
        let Came { id, took_control, .. } = match came {
            Ok(came) => came,
            Err(why) => {
                self.presence.give_place_back();
                return Err(why);
            }
        };
        let (answers, answers_out) = mpsc::channel(ANSWERS_WAITING_MAX);
        let participant = Participant {
            id,
            role: pass.role,
            sight: pass.sight,
            link: pass.link,
            took_control,
            from: None,
            typing: Mutex::default(),
            answers,
            session: self.clone(),
        };
        Ok((participant, answers_out))
    }
}

impl Participant {
    /// The same, whose window is there.
    pub(crate) fn at(mut self, from: IpAddr) -> Self {
        self.from = Some(from);
        self
    }

    /// The person, in this window.
    pub(crate) fn doer(&self) -> Doer {
        Doer {
            by: By::Participant(self.id),
            from: self.from,
        }
    }

    /// The right to ask for one thing and to be answered. None when nobody takes answers any more.
    pub(crate) async fn asker(&self) -> Option<Asker> {
        let place = self.answers.clone().reserve_owned().await.ok()?;
        Some(Asker {
            by: By::Participant(self.id),
            from: self.from,
            place,
        })
    }

    /// Whether the person may type commands now.
    pub(crate) fn has_control(&self) -> bool {
        self.session.presence.ask(|roster| roster.has_control(self.id))
    }

    /// The person begins to type in this window, or stops. Saying so twice is no news, and neither is beginning too
    /// often.
    pub(crate) fn types(&self, typing: bool) {
        if self.typing().turns(typing, Instant::now()) {
            let change = |roster: &mut Roster| roster.typing(self.id, typing);
            self.session.presence.change(change);
        }
    }

    fn typing(&self) -> MutexGuard<'_, Typing> {
        // Every change leaves what makes sense.
        self.typing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What this window is told beside entries: who is here, or, where it came to sign in, what there is to know for
    /// that and nothing else.
    pub(crate) fn beside(&self) -> Option<Beside> {
        let session = self.session.clone();
        if self.role == Role::SignIn {
            return self
                .link
                .map(|link| Beside::Desk(Box::new(DeskNews::new(session, self.id, link))));
        }
        Some(Beside::People(PeopleNews {
            people: session.presence.listen(),
            session,
        }))
    }
}

impl Typing {
    /// Whether that is a change, at that time, and may be one.
    fn turns(&mut self, typing: bool, at: Instant) -> bool {
        if self.now == typing {
            return false;
        }
        if typing {
            if self.since.is_none_or(|since| at - since >= TYPING_WITHIN) {
                (self.begun, self.since) = (0, Some(at));
            }
            if self.begun >= TYPING_MAX {
                return false;
            }
            self.begun += 1;
        }
        self.now = typing;
        true
    }
}

impl Drop for Participant {
    fn drop(&mut self) {
        let typing = self.typing().now;
        let leave = |roster: &mut Roster| roster.leave(self.id, typing);
        self.session.presence.change(leave);
        self.session.presence.give_place_back();
    }
}

impl Beside {
    /// Waits until there is something new to be told. Nothing is lost when this is dropped before it is ready.
    pub(crate) async fn news(&mut self) -> Bytes {
        match self {
            Beside::People(people) => people.next().await,
            // Boxed: few come for that, and every socket's task would hold room for it.
            Beside::Desk(desk) => Box::pin(desk.next()).await,
        }
    }
}

impl PeopleNews {
    /// Waits until there is something new to be told. Nothing is lost when this is dropped before it is ready.
    pub(crate) async fn next(&mut self) -> Bytes {
        self.people.word().await;
        self.session.presence.told()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_begins_to_type_over_and_over_is_told_of_a_few_times_a_second() {
        let (mut typing, begin) = (Typing::default(), Instant::now());
        let mut turns = |at| {
            let twice = [true, false].into_iter();
            twice.filter(|typed| typing.turns(*typed, at)).count()
        };
        let told: usize = (0..100).map(|_| turns(begin)).sum();
        assert_eq!(told, 2 * TYPING_MAX as usize);
        assert_eq!(turns(begin + TYPING_WITHIN), 2);
    }
}
