//! What waits to be written to one place, and how writing there goes: who writes takes as long as it takes, and nobody else
//! waits for that.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Record;
use super::queue::{WAITING_MAX, lost_records};

/// How long after a failure it is tried again.
const AGAIN: Duration = Duration::from_secs(2);

/// What has not taken anything for so long is said to take nothing.
const STALLED_AFTER: Duration = Duration::from_secs(10);

/// Where records are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    StandardOutput,
    File,
    Journal,
}

/// How writing to one place goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PlaceStanding {
    /// It in one word.
    pub(crate) place: &'static str,
    /// Whether it takes nothing.
    pub(crate) is_failing: bool,
    /// Records that it has not taken yet.
    pub(crate) waiting: usize,
    /// Those for which there was no room.
    pub(crate) lost: u64,
}

/// A record as it is written.
#[derive(Clone)]
pub(crate) struct Row {
    /// When it happened, in milliseconds since 1970-01-01T00:00:00Z.
    pub(crate) at: u64,
    /// It as JSON, in one line.
    pub(crate) text: Arc<str>,
}

/// What waits for one place.
pub(super) struct Shelf {
    pub(super) place: Place,
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Default)]
struct State {
    /// At most [`WAITING_MAX`]. What is being written is among them until it is.
    waiting: VecDeque<Row>,
    /// How many found no room, and how many of them no record tells of yet.
    lost: u64,
    untold: u64,
    /// Since when something is being written, where something is.
    begun: Option<Instant>,
    /// When it is tried again, where that failed.
    again: Option<Instant>,
    /// Whether the log says that it takes nothing.
    is_told: bool,
    /// Whether nothing more comes, whether what failed has been tried once more since, and whether nobody writes any more.
    is_closed: bool,
    is_last_try: bool,
    is_over: bool,
}

impl Place {
    /// In one word.
    fn word(self) -> &'static str {
        match self {
            Place::StandardOutput => "standard_output",
            Place::File => "file",
            Place::Journal => "journal",
        }
    }

    /// What it is called in the log.
    pub(super) fn name(self) -> &'static str {
        match self {
            Place::StandardOutput => "standard output",
            Place::File => "its file",
            Place::Journal => "the journal",
        }
    }
}

impl Row {
    pub(super) fn of(record: &Record) -> Option<Self> {
        // Everything in a record has a name or is a number, so that it always can be written.
        let text = serde_json::to_string(record).ok()?;
        Some(Self {
            at: record.micros / 1000,
            text: text.into(),
        })
    }
}

impl Shelf {
    pub(super) fn new(place: Place) -> Self {
        Self {
            place,
            state: Mutex::default(),
            news: Condvar::new(),
        }
    }

    /// Leaves these to be written, and that so many more were lost before. Whether the log is to say that it takes nothing: an
    /// attempt has been going on for long, and no error says why.
    pub(super) fn put(&self, rows: &[Row], lost: u64) -> bool {
        let mut state = self.lock();
        state.tell_lost();
        let room = WAITING_MAX.saturating_sub(state.waiting.len()).min(rows.len());
        let (taken, too_many) = rows.split_at(room);
        state.waiting.extend(taken.iter().cloned());
        let lost = lost + too_many.len() as u64;
        state.lost += lost;
        state.untold += lost;
        let is_news = !state.is_told && state.is_stalled();
        state.is_told |= is_news;
        drop(state);
        self.news.notify_all();
        is_news
    }

    /// Nothing more comes.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.news.notify_all();
    }

    /// The next of those that wait, so many at most; none when there is nothing more to be done. It waits for them.
    pub(super) fn next(&self, most: usize) -> Option<Vec<Row>> {
        let mut state = self.lock();
        loop {
            if state.is_closed {
                if state.waiting.is_empty() && state.untold == 0 || state.again.is_some() && state.is_last_try
                {
                    return None;
                }
                // What it did not take is tried once more, now.
                state.is_last_try |= state.again.take().is_some();
            }
            state.tell_lost();
            let at = Instant::now();
            let until = state.again.filter(|&again| again > at);
            if until.is_none() && !state.waiting.is_empty() {
                state.begun = Some(at);
                return Some(state.waiting.iter().take(most).cloned().collect());
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

    /// So many were written, or none could be. Whether it is news that they could, or could not.
    pub(super) fn wrote(&self, rows: usize, could: bool) -> bool {
        let mut state = self.lock();
        state.begun = None;
        state.again = (!could).then(|| Instant::now() + AGAIN);
        if could {
            state.waiting.drain(..rows);
        }
        let is_news = state.is_told == could;
        state.is_told = !could;
        is_news
    }

    /// Nobody writes any more.
    pub(super) fn leave(&self) {
        self.lock().is_over = true;
        self.news.notify_all();
    }

    /// Waits until nobody writes any more, at most until then. Whether that is so.
    pub(super) fn is_left_by(&self, until: Instant) -> bool {
        let mut state = self.lock();
        while !state.is_over {
            let rest = until.saturating_duration_since(Instant::now());
            if rest.is_zero() {
                return false;
            }
            let waited = self.news.wait_timeout(state, rest);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// How many were not written, those lost of which no record tells among them.
    pub(super) fn unwritten(&self) -> u64 {
        let state = self.lock();
        state.waiting.len() as u64 + state.untold
    }

    pub(super) fn standing(&self) -> PlaceStanding {
        let state = self.lock();
        PlaceStanding {
            place: self.place.word(),
            is_failing: state.again.is_some() || state.is_stalled() || state.is_over,
            waiting: state.waiting.len(),
            lost: state.lost,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // What a panic could leave half done is a number that is too small.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// That so many were lost is a record, too, as soon as there is room for one.
    fn tell_lost(&mut self) {
        if self.untold > 0 && self.waiting.len() < WAITING_MAX {
            let lost = Row::of(&lost_records(self.untold));
            self.waiting.extend(lost);
            self.untold = 0;
        }
    }

    fn is_stalled(&self) -> bool {
        self.begun.is_some_and(|begun| begun.elapsed() >= STALLED_AFTER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{About, Event, Who};

    fn rows(number: usize) -> Vec<Row> {
        let record = Record::new(0, About::default(), Who::default(), Event::Deleted);
        vec![Row::of(&record).unwrap(); number]
    }

    #[test]
    fn what_found_no_room_is_counted_and_told_of_once_there_is_some() {
        let shelf = Shelf::new(Place::File);
        shelf.put(&rows(WAITING_MAX + 3), 2);
        let standing = shelf.standing();
        assert_eq!((standing.waiting, standing.lost), (WAITING_MAX, 5));
        assert_eq!(shelf.unwritten(), WAITING_MAX as u64 + 5);
        assert_eq!(shelf.next(1).unwrap().len(), 1);
        shelf.wrote(1, true);
        let left = shelf.next(WAITING_MAX).unwrap();
        assert_eq!(left.len(), WAITING_MAX);
        let lost = r#""what":"lost","records":5"#;
        assert!(
            left.last().unwrap().text.contains(lost),
            "{}",
            left.last().unwrap().text
        );
        shelf.wrote(left.len(), true);
        shelf.close();
        assert!(shelf.next(1).is_none());
        let standing = shelf.standing();
        assert_eq!((standing.waiting, standing.lost), (0, 5));
    }

    #[test]
    fn what_could_not_be_written_stays_and_is_tried_once_more_at_the_end() {
        let shelf = Shelf::new(Place::Journal);
        shelf.put(&rows(2), 0);
        assert_eq!(shelf.next(9).unwrap().len(), 2);
        assert!(!shelf.standing().is_failing);
        // It is news the first time only.
        assert!(shelf.wrote(2, false) && !shelf.wrote(2, false));
        let standing = shelf.standing();
        assert_eq!((standing.is_failing, standing.waiting), (true, 2));
        shelf.close();
        assert_eq!(shelf.next(9).unwrap().len(), 2);
        shelf.wrote(2, false);
        assert!(shelf.next(9).is_none());
        assert_eq!(shelf.unwritten(), 2);
        // So is what was under way then.
        let shelf = Shelf::new(Place::Journal);
        shelf.put(&rows(2), 0);
        shelf.next(9).unwrap();
        shelf.close();
        shelf.wrote(2, false);
        assert_eq!(shelf.next(9).unwrap().len(), 2);
        shelf.wrote(2, false);
        assert!(shelf.next(9).is_none());
    }

    #[test]
    fn what_takes_nothing_for_long_is_failing_and_that_is_said_once() {
        let shelf = Shelf::new(Place::StandardOutput);
        shelf.put(&rows(1), 0);
        shelf.next(1).unwrap();
        assert!(!shelf.standing().is_failing && !shelf.put(&rows(1), 0));
        shelf.lock().begun = Instant::now().checked_sub(STALLED_AFTER);
        assert!(shelf.standing().is_failing);
        assert!(shelf.put(&rows(1), 0) && !shelf.put(&rows(1), 0));
        // That it goes on is news then, and that it does still is none.
        assert!(shelf.wrote(1, true) && !shelf.standing().is_failing);
        shelf.next(1).unwrap();
        assert!(!shelf.wrote(1, true));
    }

    #[test]
    fn nobody_waits_for_long_for_one_who_does_not_leave() {
        let shelf = Shelf::new(Place::StandardOutput);
        assert!(!shelf.is_left_by(Instant::now()));
        shelf.leave();
        assert!(shelf.is_left_by(Instant::now()) && shelf.standing().is_failing);
    }
}
