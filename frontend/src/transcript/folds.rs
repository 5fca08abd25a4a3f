//! Long payloads fold to their first lines. Nothing is cut: what a fold hides is there, has no height, and is shown
//! in place when the fold is opened.

use std::ops::Range;

use protocol::entry::Part;

use super::lines::Lines;
use super::rows::Chip;
use super::{Kind, Transcript};

/// A payload that weighs more rows than this folds, as soon as it does. The demonstration's messages, and the
/// listing of a mailbox of so many, do not.
pub const FOLD_OVER: u32 = 60;

/// How many rows of a folded payload stay in sight, at least.
pub const FOLD_HEAD: u32 = 20;

/// How many columns weigh as one row, however wide the window is.
const COLUMNS: u32 = 100;

/// The folds of a transcript, in their order. None overlaps another.
#[derive(Default)]
pub(super) struct Folds {
    folds: Vec<Fold>,
    payload: Option<Payload>,
}

/// Records that are shown or hidden together. They are of one payload.
struct Fold {
    first: u32,
    end: u32,
    is_open: bool,
}

/// The payload that came last, as far as it has come.
struct Payload {
    exchange: u32,
    /// How many rows it weighs.
    weight: u32,
    /// Where its fold begins, if it folds.
    begin: Option<u32>,
    /// The record behind the last.
    end: u32,
    folds: bool,
}

/// How a fold stands to a record that is about to be added.
#[derive(Default)]
pub(super) struct Joined {
    pub(super) hidden: bool,
    pub(super) chip: bool,
}

impl Folds {
    /// A record of an exchange's payload, of so many columns, is about to be added.
    pub(super) fn join(&mut self, lines: &mut Lines, exchange: u32, columns: usize) -> Joined {
        let record = lines.len() as u32;
        if self.payload.as_ref().is_none_or(|it| it.exchange != exchange) {
            self.payload = Some(Payload {
                exchange,
                weight: 0,
                begin: None,
                end: record,
                folds: false,
            });
        }
        let Some(payload) = &mut self.payload else {
            return Joined::default();
        };
        let is_interrupted = payload.end < record;
        if payload.weight >= FOLD_HEAD && (payload.begin.is_none() || is_interrupted) {
            payload.begin = Some(record);
        }
        payload.end = record + 1;
        payload.weight = payload
            .weight
            .saturating_add((columns as u32).div_ceil(COLUMNS).max(1));
        let Some(begin) = payload.begin.filter(|_| payload.weight > FOLD_OVER) else {
            return Joined::default();
        };
        let is_open = self
            .folds
            .last()
            .filter(|_| payload.folds)
            .is_some_and(|fold| fold.is_open);
        payload.folds = true;
        let begins_here = begin == record;
        match self.folds.last_mut().filter(|fold| fold.first == begin) {
            Some(fold) => fold.end = record + 1,
            None => {
                self.folds.push(Fold {
                    first: begin,
                    end: record + 1,
                    is_open,
                });
                lines.fold(begin as usize..record as usize, is_open);
            }
        }
        Joined {
            hidden: !is_open,
            chip: begins_here,
        }
    }

    /// Whether what comes next of an exchange's payload goes into a fold that has begun, and is hidden there; none if
    /// that depends on what comes.
    pub(super) fn goes_on(&self, records: usize, exchange: Option<u32>) -> Option<bool> {
        let payload = self.payload.as_ref()?;
        let goes_on = payload.folds && Some(payload.exchange) == exchange && payload.end as usize == records;
        let fold = self
            .folds
            .last()
            .filter(|fold| goes_on && fold.end == payload.end)?;
        Some(!fold.is_open)
    }

    /// The fold that goes on reaches up to there now.
    pub(super) fn reach(&mut self, records: usize) {
        if let (Some(fold), Some(payload)) = (self.folds.last_mut(), &mut self.payload) {
            (fold.end, payload.end) = (records as u32, records as u32);
        }
    }

    /// The fold that a record is in.
    fn of(&self, record: usize) -> Option<&Fold> {
        let behind = self.folds.partition_point(|fold| fold.first as usize <= record);
        let fold = self.folds.get(behind.checked_sub(1)?)?;
        (record < fold.end as usize).then_some(fold)
    }

    /// Whether more of an exchange's payload would be hidden at once if it came now.
    pub(super) fn hides_next(&self, records: usize, exchange: Option<u32>) -> bool {
        self.goes_on(records, exchange) == Some(true)
    }
}

impl Fold {
    fn records(&self) -> Range<usize> {
        self.first as usize..self.end as usize
    }
}

impl Transcript {
    /// Opens or closes the fold that a record is in, and gives the record with which it begins; none if it is in
    /// none. Takes time in proportion to the fold.
    pub fn toggle_fold(&mut self, record: usize) -> Option<usize> {
        let is_open = self.folds.of(record)?.is_open;
        self.set_fold(record, !is_open)
    }

    /// Opens the fold that a record is in, if it is in one.
    pub fn unfold(&mut self, record: usize) {
        self.set_fold(record, true);
    }

    /// Closes all folds if all are open, and opens them otherwise.
    pub fn toggle_folds(&mut self) {
        let is_open = !self.folds_are_open();
        let first: Vec<usize> = self.folds.folds.iter().map(|fold| fold.first as usize).collect();
        for record in first {
            self.set_fold(record, is_open);
        }
    }

    /// Whether there is anything to fold.
    pub fn has_folds(&self) -> bool {
        !self.folds.folds.is_empty()
    }

    /// Whether every fold is open.
    pub fn folds_are_open(&self) -> bool {
        self.folds.folds.iter().all(|fold| fold.is_open)
    }

    fn set_fold(&mut self, record: usize, is_open: bool) -> Option<usize> {
        let behind = self
            .folds
            .folds
            .partition_point(|fold| fold.first as usize <= record);
        let fold = self.folds.folds.get_mut(behind.checked_sub(1)?)?;
        if record >= fold.end as usize {
            return None;
        }
        if fold.is_open != is_open {
            fold.is_open = is_open;
            self.lines.fold(fold.records(), is_open);
        }
        Some(fold.first as usize)
    }

    /// The record that is shown where a record is: itself, or the first one of the closed fold that hides it.
    pub fn shown(&self, record: usize) -> usize {
        // The line that is still coming in stands behind the fold that it will be in.
        let within = record - usize::from(self.is_hidden_tail(record));
        match self.folds.of(within) {
            Some(fold) if !fold.is_open => fold.first as usize,
            _ => record,
        }
    }

    /// The next record that is shown behind one that is.
    pub fn next_shown(&self, record: usize) -> usize {
        let next = match self.folds.of(record) {
            Some(fold) if !fold.is_open => fold.end as usize,
            _ => record + 1,
        };
        next + usize::from(self.is_hidden_tail(next))
    }

    fn is_hidden_tail(&self, record: usize) -> bool {
        record == self.lines.len() && self.hides_tail()
    }

    /// The records of those that are shown.
    pub fn all_shown(&self, records: Range<usize>) -> impl Iterator<Item = usize> {
        let first = self.shown(records.start);
        let is_there = first < records.end;
        std::iter::successors(is_there.then_some(first), move |&record| {
            Some(self.next_shown(record)).filter(|&next| next < records.end)
        })
    }

    /// What opens and closes a fold, if one begins with the record.
    pub(super) fn chip(&self, record: usize) -> Option<Chip> {
        let fold = self
            .folds
            .of(record)
            .filter(|fold| fold.first as usize == record)?;
        let records = fold.records();
        let goes_on = self.lines.continues(record);
        let last = self.lines.number(records.end - 1);
        let is_listing = self.run_of(record).is_some_and(|run| {
            let part = match &run.kind {
                Kind::Payload { part } => Some(*part),
                _ => None,
            };
            part == Some(Part::Listing)
        });
        Some(Chip {
            lines: last + usize::from(!goes_on) - self.lines.number(record),
            goes_on,
            octets: self.lines.octets_of(records),
            is_listing,
            is_open: fold.is_open,
        })
    }
}
