//! Notes that people attached to lines: shown below them, found by a search, and part of what is saved.

use std::collections::BTreeMap;

use protocol::access::{By, Roll};
use protocol::calendar;
use protocol::entry::{Entry, Event, Seq};

use super::plain::Plain;
use super::rows::Span;
use super::withdrawal::Withdrawals;
use super::{Kind, Transcript, glyphs};

/// The notes, in the order in which they came.
#[derive(Default)]
pub(super) struct Notes {
    notes: Vec<Note>,
    /// Which belong to the line that begins with a record.
    placed: BTreeMap<u32, Vec<usize>>,
    /// Those whose line has not come.
    unplaced: Vec<usize>,
}

struct Note {
    seq: Seq,
    at: u64,
    by: By,
    /// The entry that its line begins in, and which of the lines that begin there.
    line: (Seq, u32),
    text: String,
}

/// A note as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Noted {
    /// Its entry.
    pub seq: Seq,
    /// Whose it is.
    pub by: String,
    /// When it was attached, in UTC.
    pub moment: String,
    /// What it says.
    pub text: Vec<Span>,
    /// Whether there is anything left of it to hide.
    pub has_text: bool,
}

impl Note {
    fn shown(&self, roll: &Roll, withdrawals: &Withdrawals) -> Noted {
        let text = if self.text.is_empty() {
            let told = if withdrawals.have(self.seq) {
                withdrawals.told(self.seq, roll)
            } else {
                "a note to a withheld line".to_owned()
            };
            vec![Span::text(told, "secret")]
        } else {
            let mut spans = Vec::new();
            for (at, line) in self.text.split('\n').enumerate() {
                if at > 0 {
                    spans.push(Span::text("\n".to_owned(), "said"));
                }
                glyphs::spans(line.trim_end_matches('\r').as_bytes(), "said", &mut spans);
            }
            spans
        };
        Noted {
            seq: self.seq,
            by: roll.at(self.seq).told(self.by),
            moment: calendar::moment(self.at),
            text,
            has_text: !self.text.is_empty(),
        }
    }
}

impl Noted {
    /// What is searched of it.
    pub fn plain(&self) -> String {
        self.text.iter().map(Span::plain).collect()
    }
}

impl Transcript {
    /// How many notes there are.
    pub fn note_count(&self) -> usize {
        self.notes.notes.len()
    }

    /// Where a note to the line of a record belongs: the entry that the line begins in, and which of the lines that
    /// begin there; none of what only this browser knows, and of a line that has not come whole.
    pub fn place_of_note(&self, record: usize) -> Option<(Seq, u32)> {
        let first = self.line_of(record).start;
        let run = self.run_of(first)?;
        if first >= self.lines.len() || matches!(run.kind, Kind::Unknown { .. }) {
            return None;
        }
        let before = self.begins_of(run.seq).take_while(|&it| it < first).count();
        Some((run.seq, u32::try_from(before).ok()?))
    }

    /// The number of the line that a note belongs to, once that is there.
    pub fn line_of_note(&self, note: Seq) -> Option<usize> {
        let at = self.notes.notes.iter().rposition(|it| it.seq == note)?;
        let placed = self.notes.placed.iter().find(|(_, notes)| notes.contains(&at))?;
        Some(self.number(*placed.0 as usize))
    }

    /// The records with which the lines begin that begin in an entry.
    fn begins_of(&self, seq: Seq) -> impl Iterator<Item = usize> {
        let mut runs = self.runs_of(&[seq]);
        runs.retain(|&run| self.runs[run].seq == seq && !matches!(self.runs[run].kind, Kind::Unknown { .. }));
        runs.sort_unstable();
        let records = runs.into_iter().flat_map(|run| self.records_of(run));
        records.filter(|&it| !self.lines.continues(it))
    }

    pub(super) fn add_note(&mut self, entry: &Entry) {
        let Event::Note { seq, line, text, by } = &entry.event else {
            return;
        };
        self.notes.unplaced.push(self.notes.notes.len());
        self.notes.notes.push(Note {
            seq: entry.seq,
            at: entry.at,
            by: *by,
            line: (*seq, *line),
            text: text.clone(),
        });
        self.place_notes();
    }

    /// Puts notes to the lines that have come. A search begins anew: it has been past them.
    pub(super) fn place_notes(&mut self) {
        for note in std::mem::take(&mut self.notes.unplaced) {
            let (seq, line) = self.notes.notes[note].line;
            let found = self.begins_of(seq).nth(line as usize);
            // Of an entry that has come whole no more lines come: a note to one that is not there goes below its last.
            match found.or_else(|| self.last_begun(seq).filter(|_| self.is_whole(seq))) {
                Some(record) => {
                    let record = self.seen_at(record) as u32;
                    self.notes.placed.entry(record).or_default().push(note);
                    self.revision += 1;
                }
                None => self.notes.unplaced.push(note),
            }
        }
    }

    /// Whether all lines are there that begin in an entry, which has come.
    fn is_whole(&self, seq: Seq) -> bool {
        self.tail.as_ref().is_none_or(|tail| tail.run.seq != seq)
    }

    /// The record with which the last line begins that begins in an entry or, where none does, before it.
    fn last_begun(&self, seq: Seq) -> Option<usize> {
        let runs = self.runs.iter().enumerate();
        let earlier = runs.filter(|(_, run)| run.seq <= seq && !matches!(run.kind, Kind::Unknown { .. }));
        let (run, _) = earlier.max_by_key(|(at, run)| (run.seq, *at))?;
        let last = self.records_of(run).next_back()?;
        Some(self.line_of(last).start)
    }

    pub(super) fn has_unplaced_notes(&self) -> bool {
        !self.notes.unplaced.is_empty()
    }

    /// The text of notes that were hidden goes.
    pub(super) fn withdraw_notes(&mut self, entries: &[Seq]) {
        for note in &mut self.notes.notes {
            if entries.binary_search(&note.seq).is_ok() {
                let mut octets = std::mem::take(&mut note.text).into_bytes();
                octets.fill(0);
            }
        }
    }

    /// Whether an entry is a note.
    pub(super) fn is_note(&self, seq: Seq) -> bool {
        self.notes.notes.iter().any(|it| it.seq == seq)
    }

    /// The notes to the line that begins with a record.
    pub(super) fn notes_of(&self, record: usize) -> Vec<Noted> {
        let placed = u32::try_from(record)
            .ok()
            .and_then(|it| self.notes.placed.get(&it));
        let notes = placed.into_iter().flatten();
        notes
            .map(|&it| self.notes.notes[it].shown(&self.roll, &self.withdrawals))
            .collect()
    }

    /// Adds what is searched of the notes to a record, each on a line of its own.
    pub(super) fn add_notes(&self, record: usize, plain: &mut Plain) {
        for note in self.notes_of(record) {
            plain.text.push('\n');
            plain.text.push_str(&note.plain());
        }
    }
}
