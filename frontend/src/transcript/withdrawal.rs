//! Lines that somebody hid. Their octets are overwritten; where they stand, and how their exchange came out, stays.
//! Whoever comes late is sent what is left of them alone, and sees the same rows.

use std::ops::Range;

use protocol::access::{By, Roll};
use protocol::command;
use protocol::entry::{Part, Seq};
use protocol::secret::TypedLine;
use protocol::withdrawal::{left_of_answer, left_of_command};

use super::charset::without_end;
use super::rows::SECRET_COLUMNS;
use super::{Kind, Transcript, glyphs};

/// The columns of what stands in the place of a line.
pub(super) const COLUMNS: usize = SECRET_COLUMNS;

/// How many runs of later entries a run may stand behind: a line of payload that is still coming in stands behind
/// everything that comes meanwhile.
const DISORDER: usize = 1024;

/// What was taken away.
#[derive(Default)]
pub struct Withdrawn {
    /// The lines among it that were typed, and had no secret struck out.
    pub typed: Vec<TypedLine>,
    /// Whether payload was among it.
    pub has_payload: bool,
    /// Whether some of it answered CAPA.
    pub has_capabilities: bool,
}

/// What goes when an entry is hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// What was typed, and what answered it.
    Command,
    /// So many lines.
    Lines(usize),
    /// A note to a line.
    Note,
}

/// Which entry was hidden by whom, and behind which entry that says what somebody is called.
#[derive(Default)]
pub(super) struct Withdrawals(Vec<(Seq, By, Seq)>);

impl Withdrawals {
    fn add(&mut self, seq: Seq, by: By, named: Seq) {
        if let Err(at) = self.0.binary_search_by_key(&seq, |it| it.0) {
            self.0.insert(at, (seq, by, named));
        }
    }

    /// Whether an entry was hidden.
    pub(super) fn have(&self, seq: Seq) -> bool {
        self.0.binary_search_by_key(&seq, |it| it.0).is_ok()
    }

    /// How many were.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// What stands in the place of what was hidden of an entry.
    pub(super) fn told(&self, seq: Seq, roll: &Roll) -> String {
        match self.0.binary_search_by_key(&seq, |it| it.0) {
            Ok(at) => {
                let (_, by, named) = self.0[at];
                format!("•••••••• hidden by {}", roll.at(named).told(by))
            }
            Err(_) => "•••••••• hidden".to_owned(),
        }
    }
}

impl Transcript {
    /// Takes the text of entries away, which are named in ascending order.
    pub fn withdraw(&mut self, entries: &[Seq], by: By) -> Withdrawn {
        self.revision += 1;
        let named = self.roll.newest();
        for &seq in entries {
            self.withdrawals.add(seq, by, named);
        }
        self.withdraw_notes(entries);
        let mut withdrawn = Withdrawn::default();
        for run in self.runs_of(entries) {
            let records = self.records_of(run);
            match &self.runs[run].kind {
                Kind::Command { .. } => withdrawn.typed.extend(self.withdraw_command(run, records)),
                Kind::Answer { .. } => self.withdraw_answer(run, records),
                // What the person is not shown stands there as it did.
                Kind::Payload { .. } if self.runs[run].is_unseen => {}
                Kind::Payload { .. } => {
                    withdrawn.has_payload = true;
                    if let Some(exchange) = self.runs[run].exchange {
                        self.exchanges.hide(exchange as usize);
                        let exchange = self.exchanges.get(exchange as usize);
                        withdrawn.has_capabilities |= exchange.is_some_and(|it| it.verb == "CAPA");
                    }
                    if let Some(completed) = self.runs[run].completes {
                        self.withdraw_line(completed as usize);
                    }
                    for record in records {
                        self.lines.withdraw(record, b"", COLUMNS);
                    }
                }
                Kind::Unknown { .. } => self.blank(records),
                Kind::Remark(_) => {}
            }
        }
        if withdrawn.has_capabilities {
            self.exchanges.untell();
        }
        let is_tail = |seq| entries.binary_search(&seq).is_ok();
        if let Some(tail) = &self.tail
            && is_tail(tail.run.seq)
        {
            let (completes, exchange) = (tail.run.completes, tail.run.exchange);
            withdrawn.has_payload = true;
            exchange
                .into_iter()
                .for_each(|it| self.exchanges.hide(it as usize));
            self.withdraw_tail();
            if let Some(completed) = completes {
                self.withdraw_line(completed as usize);
            }
        }
        withdrawn
    }

    /// Whether a record goes on with a line of which nothing is left: one row says so for all of it.
    pub(super) fn is_swallowed(&self, record: usize) -> bool {
        if record >= self.lines.len() && self.tail_is_joined() {
            return true;
        }
        self.goes_on(record) && self.is_withdrawn(record) || self.lines.is_swallowed(record)
    }

    /// The entry to hide so that a record is hidden; none of what cannot be, or is already.
    pub fn hideable(&self, record: usize) -> Option<Seq> {
        let run = self.run_of(record)?;
        let is_text = matches!(
            run.kind,
            Kind::Command { .. } | Kind::Answer { .. } | Kind::Payload { .. }
        );
        (is_text && !self.is_withdrawn(record)).then_some(run.seq)
    }

    /// What goes when an entry is hidden.
    pub fn extent(&self, seq: Seq) -> Extent {
        if self.is_note(seq) {
            return Extent::Note;
        }
        let runs = self.runs_of(&[seq]);
        let is_command = |&run: &usize| matches!(self.runs[run].kind, Kind::Command { .. });
        if runs.iter().any(is_command) {
            return Extent::Command;
        }
        let lines = |run: &usize| {
            let begin = self
                .records_of(*run)
                .filter(|&it| !self.lines.continues(it))
                .count();
            begin + usize::from(self.runs[*run].completes.is_some())
        };
        Extent::Lines(runs.iter().map(lines).sum())
    }

    /// Takes away the line whose last record that is.
    pub(super) fn withdraw_line(&mut self, last: usize) {
        for record in (0..=last).rev() {
            self.lines.withdraw(record, b"", COLUMNS);
            if !self.lines.continues(record) {
                return;
            }
        }
    }

    fn withdraw_command(&mut self, run: usize, records: Range<usize>) -> Option<TypedLine> {
        let line = self.octets_of(records.clone());
        let left = left_of_command(line.reveal());
        if let Some(exchange) = self.runs[run].exchange {
            let verb = |line: &[u8]| String::from_utf8_lossy(&line[command::verb(line)]).to_ascii_uppercase();
            self.exchanges.rename(
                exchange as usize,
                &verb(line.reveal()),
                verb(&line.reveal()[..left]),
            );
        }
        let was_whole = self.leave(run, records, &line.reveal()[..left], left);
        was_whole.then_some(line)
    }

    fn withdraw_answer(&mut self, run: usize, records: Range<usize>) {
        let Kind::Answer { part, .. } = self.runs[run].kind else {
            return;
        };
        let line = self.octets_of(records.clone());
        let goes_on = self.lines.continues(records.start);
        let (from, end) = left_of_answer(part, line.reveal(), goes_on);
        let octets = [&line.reveal()[..from], &line.reveal()[end..]].concat();
        self.leave(run, records, &octets, from);
        if let (Part::Status, Some(exchange)) = (part, self.runs[run].exchange) {
            self.exchanges.unannounce(exchange as usize);
        }
    }

    /// Leaves of a run's line nothing but that, with something struck out of it there. Tells whether all of it was
    /// there.
    fn leave(&mut self, run: usize, records: Range<usize>, octets: &[u8], at: usize) -> bool {
        for record in records.clone().skip(1) {
            self.lines.withdraw(record, b"", 0);
        }
        self.lines.withdraw(
            records.start,
            octets,
            glyphs::columns(without_end(octets)) + COLUMNS,
        );
        match &mut self.runs[run].kind {
            Kind::Command { struck, .. } | Kind::Answer { struck, .. } => {
                std::mem::replace(struck, vec![at as u32]).is_empty()
            }
            _ => false,
        }
    }

    fn blank(&mut self, records: Range<usize>) {
        for record in records {
            self.lines.replace(record, b"", COLUMNS);
        }
    }

    /// The octets of records, overwritten when they are dropped.
    fn octets_of(&self, records: Range<usize>) -> TypedLine {
        let length = records.clone().map(|record| self.lines.length(record)).sum();
        let mut octets = Vec::with_capacity(length);
        for record in records {
            octets.extend_from_slice(TypedLine::new(self.lines.octets(record)).reveal());
        }
        TypedLine::new(octets)
    }

    /// The runs that entries made, and those of lines of unknown outcome that turned out to be these.
    pub(super) fn runs_of(&self, entries: &[Seq]) -> Vec<usize> {
        let Some(&first) = entries.first() else {
            return Vec::new();
        };
        let mut earlier = 0;
        let looked = self.runs.iter().enumerate().rev().take_while(|(_, run)| {
            earlier += usize::from(run.seq < first);
            earlier <= DISORDER
        });
        looked
            .filter(|(_, run)| {
                let seq = match run.kind {
                    Kind::Unknown { sent, .. } => sent,
                    _ => run.seq,
                };
                entries.binary_search(&seq).is_ok()
            })
            .map(|(at, _)| at)
            .collect()
    }

    pub(super) fn records_of(&self, run: usize) -> Range<usize> {
        let first = |run: usize| {
            self.runs
                .get(run)
                .map_or(self.lines.len(), |run| run.first as usize)
        };
        first(run)..first(run + 1)
    }
}

#[cfg(test)]
mod tests;
