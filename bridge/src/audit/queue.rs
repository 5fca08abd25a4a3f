//! Records on their way to be kept: whoever tells of something leaves it here and goes on.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::deeds::Deeds;
use super::tally::Tally;
use super::turned::{Turned, TurnedAway};
use super::{About, Event, Record, Who};
use crate::session::transcript::now;

/// The most records that wait, here and for each place where they are kept. Beyond, they are counted, and that so many are
/// missing is a record.
pub(super) const WAITING_MAX: usize = 4096;

/// Records that wait.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    news: Condvar,
}

struct State {
    records: VecDeque<Record>,
    lost: u64,
    /// Those with an account apart from all others: nobody from outside takes the room in which they are counted.
    known: Tally,
    strangers: Tally,
    /// What is done over and over: by those with an account, apart as above, and by others.
    deeds: Deeds,
    deeds_of_others: Deeds,
    is_closed: bool,
}

/// What was taken from a queue.
#[derive(Default)]
pub(super) struct Taken {
    pub(super) records: Vec<Record>,
    /// How many more found no room.
    pub(super) lost: u64,
    /// Whether nothing more comes.
    pub(super) is_last: bool,
}

impl Queue {
    /// Leaves a record, or counts it where the same was done too often of late.
    pub(super) fn push(&self, record: Record) {
        let mut state = self.lock();
        let deeds = match record.who.known {
            Some(_) => &mut state.deeds,
            None => &mut state.deeds_of_others,
        };
        if let Some(record) = deeds.count(record, Instant::now()) {
            state.push(record);
        }
        drop(state);
        self.news.notify_one();
    }

    /// Counts somebody who was turned away.
    pub(super) fn count(&self, turned_away: TurnedAway) {
        let mut state = self.lock();
        let tally = match turned_away.who.known {
            Some(_) => &mut state.known,
            None => &mut state.strangers,
        };
        if let Some(turned_away) = tally.count(turned_away, Instant::now()) {
            state.push(told(turned_away, 1));
        }
        drop(state);
        self.news.notify_one();
    }

    /// Nothing more comes.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.news.notify_one();
    }

    /// Takes all there is. It waits until there is something.
    pub(super) fn take(&self) -> Taken {
        let mut state = self.lock();
        loop {
            let at = Instant::now();
            let State {
                known,
                strangers,
                deeds,
                deeds_of_others,
                is_closed,
                ..
            } = &mut *state;
            let counted = [known, strangers].map(|tally| match is_closed {
                true => tally.take_all(),
                false => tally.take(at),
            });
            let done = [deeds, deeds_of_others].map(|deeds| match is_closed {
                true => deeds.take_all(),
                false => deeds.take(at),
            });
            for (turned_away, times) in counted.into_iter().flatten() {
                state.push(told(turned_away, times));
            }
            done.into_iter().flatten().for_each(|record| state.push(record));
            let due = [
                state.known.due(),
                state.strangers.due(),
                state.deeds.due(),
                state.deeds_of_others.due(),
            ];
            let until = due.into_iter().flatten().min();
            if !state.records.is_empty() || state.is_closed || until.is_some_and(|until| until <= at) {
                return state.take();
            }
            state = match until {
                None => self.news.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(until) => {
                    let waited = self.news.wait_timeout(state, until - at);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change is a single insertion or removal, so a panic leaves nothing half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for State {
    fn default() -> Self {
        Self {
            records: VecDeque::new(),
            lost: 0,
            known: Tally::default(),
            strangers: Tally::of_strangers(),
            deeds: Deeds::default(),
            deeds_of_others: Deeds::default(),
            is_closed: false,
        }
    }
}

impl State {
    fn push(&mut self, record: Record) {
        if self.records.len() < WAITING_MAX {
            self.deeds.named(record.about.alias);
            self.records.push_back(record);
        } else {
            self.lost += 1;
        }
    }

    fn take(&mut self) -> Taken {
        Taken {
            records: self.records.drain(..).collect(),
            lost: std::mem::take(&mut self.lost),
            is_last: self.is_closed,
        }
    }
}

/// That so many records are missing.
pub(super) fn lost_records(records: u64) -> Record {
    Record::new(now(), About::default(), Who::default(), Event::Lost { records })
}

fn told(turned_away: TurnedAway, times: u64) -> Record {
    let TurnedAway {
        what,
        about,
        who,
        server,
    } = turned_away;
    let event = match what {
        Turned::WrongToken => Event::WrongToken { times },
        Turned::WrongPassword => Event::WrongPassword { times },
        Turned::Throttled => Event::Throttled { times },
        Turned::NotAdmitted => Event::NotAdmitted { times },
        Turned::Foreign => Event::Foreign { times },
        Turned::Refused(tried) => Event::Refused {
            tried: tried.name(),
            server,
            times,
        },
    };
    Record::new(now(), about, who, event)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use protocol::access::Keep;
    use protocol::alias::Alias;

    use super::*;
    use crate::access::Identity;
    use crate::audit::Known;

    #[test]
    fn what_finds_no_room_is_counted() {
        let queue = Queue::default();
        for _ in 0..WAITING_MAX + 3 {
            queue.push(Record::new(0, About::default(), Who::default(), Event::Deleted));
        }
        let taken = queue.take();
        assert_eq!((taken.records.len(), taken.lost), (WAITING_MAX, 3));
        assert!(!taken.is_last);
    }

    #[test]
    fn what_was_counted_is_told_when_it_is_closed() {
        let queue = Queue::default();
        let stranger = TurnedAway::at(IpAddr::from([192, 0, 2, 1]), Turned::WrongToken);
        (0..3).for_each(|_| queue.count(stranger.clone()));
        queue.close();
        let taken = queue.take();
        let times = taken.records.iter().map(|record| match record.event {
            Event::WrongToken { times } => times,
            _ => 0,
        });
        assert_eq!(times.collect::<Vec<_>>(), [1, 2]);
        assert!(taken.is_last);
    }

    #[test]
    fn a_session_is_named_by_whatever_is_told_of_it() {
        let queue = Queue::default();
        let about = |number: u32| About {
            session: None,
            alias: Some(Alias::of(&number.to_string())),
        };
        let name = "anna".to_owned();
        let known = Some(Known::of(&Identity {
            id: name.clone(),
            name,
        }));
        let pushes = |session, known: &Option<Known>, event| {
            let known = known.clone();
            let who = Who {
                known,
                ..Who::default()
            };
            queue.push(Record::new(0, about(session), who, event));
        };
        (0..100).for_each(|session| pushes(session, &known, Event::opened(Keep::Everything)));
        // A guest's doing is counted apart from hers.
        pushes(50, &None, Event::Hid { entry: 1 });
        (0..100).for_each(|session| pushes(session, &known, Event::Deleted));
        let taken = queue.take().records.into_iter();
        let deleted = taken.filter(|it| matches!(it.event, Event::Deleted));
        let deleted: Vec<_> = deleted.filter_map(|it| it.about.alias).collect();
        assert!(
            deleted.contains(&about(50).alias.unwrap()) && deleted.len() < 50,
            "{deleted:?}"
        );
    }
}
