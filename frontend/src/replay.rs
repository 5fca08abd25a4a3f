//! The time of a replay: when each entry is shown, and which are shown by now.

use std::ops::Range;

use protocol::entry::{Entry, Event, Part, Seq};
use protocol::remark::{Remark, Tone};

/// The longest that a replay waits between two entries, in microseconds. Longer gaps are shortened to it.
pub const GAP_MAX: u64 = 2_000_000;

/// How many times faster than it happened, as can be chosen.
pub const SPEEDS: [u32; 3] = [1, 4, 16];

/// The most marks on the time line.
pub const MARKS_MAX: usize = 100;

/// How far a step of the time line goes, of its length.
const STEPS: u64 = 50;

/// What happened at a place of the time line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Landmark {
    /// A connection came about.
    Connection,
    /// Something failed.
    Failure,
    /// Somebody attached a note.
    Note,
}

/// A session that is shown once more as it happened.
#[derive(Debug, Default)]
pub struct Replay {
    entries: Vec<Entry>,
    /// When each is shown, in microseconds from the beginning.
    times: Vec<u64>,
    landmarks: Vec<(u64, Landmark)>,
    /// The last entry there is; none while that is not known.
    last: Option<Seq>,
    /// How many are shown.
    shown: usize,
    at: u64,
    /// How many times faster than it happened.
    pub speed: u32,
    /// Whether time passes.
    pub is_playing: bool,
}

/// What has to be shown then.
#[derive(Debug, PartialEq, Eq)]
pub enum Turn {
    /// These as well.
    On(Range<usize>),
    /// These, and nothing else.
    Anew(Range<usize>),
}

impl Replay {
    /// One that plays as it happened once its entries are there.
    pub fn new() -> Self {
        Self {
            speed: SPEEDS[0],
            is_playing: true,
            ..Self::default()
        }
    }

    /// The entries come, up to that one.
    pub fn expect(&mut self, last: Seq) {
        self.last = Some(last);
    }

    /// Nothing of what came is true any more.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.times.clear();
        self.landmarks.clear();
        (self.last, self.shown, self.at) = (None, 0, 0);
    }

    /// The next entry came.
    pub fn take(&mut self, entry: Entry) {
        let time = match (self.entries.last(), self.times.last()) {
            (Some(before), Some(time)) => time + entry.at.saturating_sub(before.at).min(GAP_MAX),
            _ => 0,
        };
        if let Some(landmark) = landmark(&entry.event).filter(|_| self.landmarks.len() < MARKS_MAX) {
            self.landmarks.push((time, landmark));
        }
        self.times.push(time);
        self.entries.push(entry);
    }

    /// Whether all entries are there.
    pub fn is_loaded(&self) -> bool {
        let came = self.entries.last().map_or(0, |entry| entry.seq);
        self.last.is_some_and(|last| came >= last)
    }

    /// How long it is, in microseconds.
    pub fn length(&self) -> u64 {
        self.times.last().copied().unwrap_or(0)
    }

    /// How far it is.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// Whether all is shown.
    pub fn is_over(&self) -> bool {
        self.is_loaded() && self.shown == self.entries.len()
    }

    /// An entry.
    pub fn entry(&self, place: usize) -> Option<Entry> {
        self.entries.get(place).cloned()
    }

    /// What happened when.
    pub fn landmarks(&self) -> &[(u64, Landmark)] {
        &self.landmarks
    }

    /// A step of the time line, in microseconds.
    pub fn step(&self) -> u64 {
        (self.length() / STEPS).max(1)
    }

    /// So many microseconds have passed.
    pub fn advance(&mut self, passed: u64) -> Turn {
        if !self.is_playing || !self.is_loaded() {
            return Turn::On(self.shown..self.shown);
        }
        self.seek(
            self.at
                .saturating_add(passed.saturating_mul(u64::from(self.speed))),
        )
    }

    /// Goes to a place of the time line.
    pub fn seek(&mut self, at: u64) -> Turn {
        self.at = at.min(self.length());
        let shown = self.times.partition_point(|&time| time <= self.at);
        let before = std::mem::replace(&mut self.shown, shown);
        if self.is_over() {
            self.is_playing = false;
        }
        if shown < before {
            Turn::Anew(0..shown)
        } else {
            Turn::On(before..shown)
        }
    }

    /// Plays, from the beginning if it is over; or pauses.
    pub fn toggle(&mut self) -> Turn {
        self.is_playing = !self.is_playing;
        if self.is_playing && self.is_over() {
            let turn = self.seek(0);
            self.is_playing = !self.is_over();
            return turn;
        }
        Turn::On(self.shown..self.shown)
    }
}

fn landmark(event: &Event) -> Option<Landmark> {
    match event {
        Event::Remark(Remark::Connected { .. }) => Some(Landmark::Connection),
        Event::Remark(remark) if remark.tone() == Tone::Bad => Some(Landmark::Failure),
        Event::Answered {
            part: Part::Status,
            line,
            ..
        } if line.bytes().starts_with(b"-ERR") => Some(Landmark::Failure),
        Event::Note { .. } => Some(Landmark::Note),
        _ => None,
    }
}

/// A place of the time line: `0:07`, `12:30`, `1:02:03`.
pub fn clock(at: u64) -> String {
    let seconds = at / 1_000_000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replay(times: &[u64]) -> Replay {
        let mut replay = Replay::new();
        replay.expect(times.len() as Seq);
        for (seq, &at) in (1..).zip(times) {
            replay.take(Entry {
                seq,
                at,
                connection: 1,
                event: Event::Remark(Remark::StlsRefused),
            });
        }
        replay
    }

    #[test]
    fn gaps_are_shortened_and_time_that_runs_back_stands_still() {
        let replay = replay(&[5_000_000, 5_500_000, 95_500_000, 95_400_000, 95_600_000]);
        assert_eq!(replay.times, [0, 500_000, 2_500_000, 2_500_000, 2_700_000]);
        assert_eq!(replay.length(), 2_700_000);
    }

    #[test]
    fn it_plays_at_its_speed_and_stops_at_the_end() {
        let mut replay = replay(&[0, 1_000_000, 2_000_000, 3_000_000]);
        assert_eq!(replay.advance(0), Turn::On(0..1));
        assert_eq!(replay.advance(1_500_000), Turn::On(1..2));
        replay.speed = 4;
        assert_eq!(replay.advance(200_000), Turn::On(2..3));
        replay.toggle();
        assert_eq!(replay.advance(10_000_000), Turn::On(3..3));
        replay.toggle();
        assert_eq!(replay.advance(10_000_000), Turn::On(3..4));
        assert!(replay.is_over() && !replay.is_playing);
        assert_eq!(replay.at(), 3_000_000);
    }

    #[test]
    fn it_goes_to_any_place_and_from_the_end_begins_again() {
        let mut replay = replay(&[0, 1_000_000, 2_000_000]);
        assert_eq!(replay.seek(u64::MAX), Turn::On(0..3));
        assert_eq!(replay.seek(1_000_000), Turn::Anew(0..2));
        assert_eq!(replay.seek(1_200_000), Turn::On(2..2));
        replay.seek(u64::MAX);
        assert_eq!(replay.toggle(), Turn::Anew(0..1));
        assert!(replay.is_playing);
    }

    #[test]
    fn nothing_is_shown_before_all_is_there() {
        let mut replay = replay(&[0, 1]);
        replay.expect(3);
        assert!(!replay.is_loaded());
        assert_eq!(replay.advance(1_000), Turn::On(0..0));
        replay.clear();
        assert!(!replay.is_loaded() && replay.length() == 0);
        replay.expect(0);
        assert!(replay.is_over());
    }

    #[test]
    fn what_happened_is_marked() {
        let replay = replay(&[0]);
        assert_eq!(replay.landmarks(), []);
        let note = Event::Note {
            seq: 1,
            line: 0,
            text: "look".to_owned(),
            by: protocol::access::By::Console,
        };
        assert_eq!(landmark(&note), Some(Landmark::Note));
    }

    #[test]
    fn places_are_told_as_a_clock_does() {
        assert_eq!(
            [0, 7_900_000, 750_000_000, 3_723_000_000].map(clock),
            ["0:00", "0:07", "12:30", "1:02:03"]
        );
    }
}
