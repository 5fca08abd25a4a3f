//! The current line: the one that keys move, that links lead to, and that something can be done with.

use super::{Kind, Transcript};

/// Where the current line goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// To the row above.
    Up,
    /// To the row below.
    Down,
    /// Up by what is in sight.
    PageUp,
    /// Down by what is in sight.
    PageDown,
    /// To the first row.
    First,
    /// To the last row.
    Last,
}

/// What can be done with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tools {
    /// The number of its line, if it has one that everyone sees.
    pub line: Option<usize>,
    /// Whether the message that it belongs to can be saved.
    pub message: bool,
    /// Whether it can be hidden.
    pub hide: bool,
    /// Whether a note can be attached to its line.
    pub note: bool,
    /// Whether it has octets, and whether it shows them.
    pub hex: Option<bool>,
}

impl Transcript {
    /// The row that a step leads to from one that is shown. `sight` is how much is in sight, in pixels.
    pub fn step(&self, from: usize, step: Step, sight: f64) -> usize {
        let last = self.shown(self.len().saturating_sub(1));
        let paged = |place: f64| self.shown(self.at(place.max(0.0)));
        match step {
            Step::Up => {
                let before = std::iter::successors(from.checked_sub(1), |it| it.checked_sub(1));
                let mut before = before.map(|it| self.shown(it));
                before.find(|&it| !self.is_swallowed(it)).unwrap_or(from)
            }
            Step::Down => {
                let mut behind = self.all_shown(self.next_shown(from)..self.len());
                behind.find(|&it| !self.is_swallowed(it)).unwrap_or(from)
            }
            Step::PageUp => paged(self.top(from) - sight).min(self.step(from, Step::Up, 0.0)),
            Step::PageDown => paged(self.top(from) + sight).max(self.step(from, Step::Down, 0.0)),
            Step::First => 0,
            Step::Last => last,
        }
    }

    /// The record with which the line of that number begins, if it has come.
    pub fn record_of_line(&self, number: usize) -> Option<usize> {
        let tail = self.lines.len();
        self.lines.record(number).or_else(|| {
            let is_tail = self.tail.as_ref().is_some_and(|it| !it.continues);
            (is_tail && self.number(tail) == number).then_some(tail)
        })
    }

    /// What can be done with a row.
    pub fn tools(&self, record: usize) -> Option<Tools> {
        let run = self.run_of(record)?;
        let is_known = !matches!(run.kind, Kind::Unknown { .. });
        Some(Tools {
            line: is_known.then(|| self.number(record)),
            message: self.message(record).is_some(),
            hex: self.has_octets(record).then(|| self.shows_hex(record)),
            hide: self.hideable(record).is_some(),
            note: self.place_of_note(record).is_some(),
        })
    }

    /// The records of the line that a record belongs to.
    pub fn line_of(&self, record: usize) -> std::ops::Range<usize> {
        let mut first = record;
        while first > 0 && self.is_continuation(first) {
            first -= 1;
        }
        let mut end = record + 1;
        while end < self.len() && self.is_continuation(end) {
            end += 1;
        }
        first..end
    }

    /// Whether a record goes on with the line of the one before it.
    pub(super) fn is_continuation(&self, record: usize) -> bool {
        self.goes_on(record) && !self.is_unknown(record)
    }

    /// Whether only this browser knows of a record, which then counts as no line.
    pub(super) fn is_unknown(&self, record: usize) -> bool {
        self.run_of(record)
            .is_some_and(|run| matches!(run.kind, Kind::Unknown { .. }))
    }
}
