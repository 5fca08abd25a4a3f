//! The transcript as the browser holds it: every octet once, an index of lines that grows with each entry, and
//! the exchanges. Nothing here is cut into tokens before somebody looks at it.

pub mod charset;
pub mod copy;
pub mod current;
pub mod exchanges;
pub mod explanations;
pub mod folds;
pub mod glyphs;
pub mod hex;
mod layout;
pub mod lines;
pub mod margin;
pub mod notes;
mod payload;
mod plain;
pub mod rows;
mod run;
pub mod save;
pub mod search;
mod store;
mod unseen;
pub mod window;
pub mod withdrawal;

use std::collections::BTreeSet;

use protocol::access::{Keep, Roll, Sight};
use protocol::entry::{ConnectionNo, Entry, Event, ExchangeNo, Part};
use protocol::remark::Remark;

use charset::Charset;
use exchanges::{Exchange, Exchanges, Outcome};
use folds::Folds;
use lines::{Lines, Stands};
use notes::Notes;
use payload::{Segments, Tail, Withheld};
use run::{Kind, Run};
use unseen::Unseen;
use withdrawal::Withdrawals;

/// A transcript.
#[derive(Default)]
pub struct Transcript {
    /// Who takes part, as whoever reads knows them.
    pub roll: Roll,
    /// How much of it whoever reads is shown.
    pub sight: Sight,
    /// How much of the session is kept.
    pub keep: Keep,
    lines: Lines,
    runs: Vec<Run>,
    exchanges: Exchanges,
    folds: Folds,
    /// A line of payload whose end has not come yet. It stands behind everything else until it has.
    tail: Option<Tail>,
    /// When the last entry came that shows its time.
    timed: Option<u64>,
    withdrawals: Withdrawals,
    unseen: Unseen,
    notes: Notes,
    /// Records that show their octets.
    hexed: BTreeSet<u32>,
    charset: Charset,
    /// Another number whenever lines say something else than they did.
    revision: usize,
}

#[cfg(test)]
impl Transcript {
    /// An empty one that somebody reads.
    fn read_by(reader: protocol::access::ParticipantId) -> Self {
        Self {
            roll: Roll::of(Some(reader)),
            ..Self::default()
        }
    }
}

impl Transcript {
    /// Adds an entry. Takes time in proportion to the entry, not to the transcript.
    pub fn append(&mut self, entry: &Entry) {
        let (connection, at) = (entry.connection, entry.at);
        if !matches!(
            entry.event,
            Event::Withheld { .. } | Event::Note { .. } | Event::Hidden { .. } | Event::State(_)
        ) {
            self.unseen.interrupt();
        }
        match &entry.event {
            Event::Sent {
                exchange,
                line,
                id,
                by,
            } => {
                self.settle(*id, entry.seq);
                let opens = self
                    .exchanges
                    .last()
                    .is_none_or(|it| (it.connection, it.number) < (connection, *exchange));
                let index = self
                    .exchanges
                    .sent((connection, *exchange), line.bytes(), at, *by);
                let kind = Kind::Command {
                    struck: line.struck().to_vec(),
                    by: *by,
                };
                let run = self.run(entry, Some(index), kind);
                self.push_beside_tail(run, line.bytes(), opens);
            }
            Event::Answered { exchange, part, line } => {
                self.end_tail();
                let index = self
                    .exchanges
                    .answered((connection, *exchange), *part, line.bytes(), at);
                let kind = Kind::Answer {
                    part: *part,
                    struck: line.struck().to_vec(),
                };
                let run = self.run(entry, Some(index), kind);
                let goes_on = self.answer_is_open(index, *part);
                self.push(run, line.bytes(), *part == Part::Greeting, goes_on);
            }
            Event::Received {
                exchange,
                part,
                bytes,
            } => {
                let index = self.exchanges.received((connection, *exchange), *part, at);
                let mut run = self.run(entry, Some(index), Kind::Payload { part: *part });
                run.since = None;
                self.payload(run, (connection, *exchange, *part), bytes);
            }
            Event::Withheld {
                exchange,
                part,
                lines,
                octets,
                stuffed,
                is_open,
            } => {
                let index = self.exchanges.received((connection, *exchange), *part, at);
                let mut run = self.run(entry, Some(index), Kind::Payload { part: *part });
                run.since = None;
                // Nobody whose sight is full is sent less than there is, but where somebody hid it or it was not kept.
                run.is_unseen = self.sight != Sight::Everything || self.keep == Keep::NoContent;
                if run.is_unseen {
                    self.unseen.grow((connection, *exchange, *part), *lines, *octets);
                }
                let withheld = Withheld {
                    lines: *lines,
                    octets: u64::from(octets.saturating_sub(*stuffed)),
                    is_open: *is_open,
                };
                self.withheld(run, (connection, *exchange, *part), &withheld);
            }
            Event::Remark(remark) => {
                self.roll.learn(entry.seq, remark);
                if matches!(remark, Remark::Ended { .. }) {
                    self.end_tail();
                    self.exchanges.end(connection);
                }
                let opens = matches!(remark, Remark::Connected { .. } | Remark::Failed { .. });
                let run = self.run(entry, None, Kind::Remark(Box::new(remark.clone())));
                self.push_beside_tail(run, b"", opens);
            }
            Event::Note { .. } => self.add_note(entry),
            Event::Hidden { .. } | Event::State(_) => {}
        }
        if self.has_unplaced_notes() {
            self.place_notes();
        }
    }

    /// Says something of the whole reply to an exchange, below its last line.
    pub fn tell(&mut self, connection: ConnectionNo, exchange: ExchangeNo, text: String) {
        self.exchanges.tell((connection, exchange), text);
    }

    /// Notes that nobody knows whether a line of this browser's went out. `line` holds no secret.
    pub fn append_unknown(&mut self, id: u64, line: &str, seq: u64) {
        let run = Run {
            first: 0,
            base: 0,
            seq,
            at: 0,
            since: None,
            exchange: None,
            completes: None,
            is_unseen: false,
            kind: Kind::Unknown {
                id,
                settled: false,
                sent: 0,
            },
        };
        if let Some(tail) = &mut self.tail {
            tail.continues = false;
        }
        // It counts as no line: everyone else's lines have the same numbers without it.
        self.push(run, line.as_bytes(), true, true);
    }

    /// How many records there are: lines, or segments of long ones.
    pub fn len(&self) -> usize {
        self.lines.len() + usize::from(self.tail.is_some())
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many lines there are.
    pub fn line_count(&self) -> usize {
        if self.is_empty() {
            0
        } else {
            self.number(self.len() - 1)
        }
    }

    /// The newest exchange.
    pub fn newest_exchange(&self) -> Option<&Exchange> {
        self.exchanges.last()
    }

    /// Whether an AUTH waits for its end: whatever is typed then may be a secret.
    pub fn auth_is_open(&self) -> bool {
        self.exchanges
            .last()
            .is_some_and(|it| it.verb == "AUTH" && it.outcome == Outcome::Pending)
    }

    fn number(&self, record: usize) -> usize {
        match &self.tail {
            Some(tail) if record >= self.lines.len() => {
                let before = self
                    .lines
                    .len()
                    .checked_sub(1)
                    .map_or(0, |last| self.lines.number(last));
                before + usize::from(!tail.continues)
            }
            _ => self.lines.number(record),
        }
    }

    /// Whether a record goes on with the line of the one before it. One of which only this browser knows says so too, since
    /// it counts as no line: [`is_continuation`](Self::is_continuation) does not.
    fn goes_on(&self, record: usize) -> bool {
        match &self.tail {
            Some(tail) if record >= self.lines.len() => tail.continues,
            _ => self.lines.continues(record),
        }
    }

    /// The run that a record belongs to.
    fn run_of(&self, record: usize) -> Option<&Run> {
        match &self.tail {
            Some(tail) if record >= self.lines.len() => Some(&tail.run),
            _ => {
                let behind = self.runs.partition_point(|run| run.first as usize <= record);
                self.runs.get(behind.checked_sub(1)?)
            }
        }
    }

    fn run(&mut self, entry: &Entry, exchange: Option<usize>, kind: Kind) -> Run {
        let is_payload = matches!(kind, Kind::Payload { .. });
        let since = Some(entry.at.saturating_sub(self.timed.unwrap_or(entry.at)));
        if !is_payload {
            self.timed = Some(entry.at);
        }
        Run {
            first: 0,
            base: 0,
            seq: entry.seq,
            at: entry.at,
            since,
            exchange: exchange.map(|at| at as u32),
            completes: None,
            is_unseen: false,
            kind,
        }
    }

    /// Whether the last record is a piece of that very answer, whose line end has not come yet.
    fn answer_is_open(&self, exchange: usize, part: Part) -> bool {
        let Some(last) = self.runs.last() else {
            return false;
        };
        let same = matches!(&last.kind, Kind::Answer { part: held, .. } if *held == part)
            && last.exchange == Some(exchange as u32);
        same && !self
            .lines
            .octets(self.lines.len().saturating_sub(1))
            .ends_with(b"\n")
    }

    /// Adds what stands by itself. A line of payload that is still coming in stays behind it.
    fn push_beside_tail(&mut self, run: Run, octets: &[u8], gap: bool) {
        if let Some(tail) = &mut self.tail {
            tail.continues = false;
        }
        self.push(run, octets, gap, false);
    }

    fn push(&mut self, run: Run, octets: &[u8], gap: bool, goes_on: bool) {
        let columns = match &run.kind {
            Kind::Remark(remark) => remark.sentences(&self.roll).iter().map(|it| it.len() + 1).sum(),
            Kind::Command { struck, .. } => glyphs::columns(octets) + struck.len() * rows::SECRET_COLUMNS,
            _ => 0,
        };
        self.begin_run(run);
        let mut segments = Segments(octets);
        let first = segments.next().unwrap_or_default();
        let stands = Stands {
            gap: gap && !self.lines.is_empty(),
            continues: goes_on,
            ..Stands::default()
        };
        self.lines
            .push(first, columns.max(self.charset.columns(first)), stands);
        let stands = Stands {
            continues: true,
            ..Stands::default()
        };
        for segment in segments {
            self.lines.push(segment, self.charset.columns(segment), stands);
        }
    }

    /// Records from now on belong to this run.
    fn begin_run(&mut self, mut run: Run) {
        run.first = self.lines.len() as u32;
        run.base = self.lines.end();
        match self.runs.last() {
            Some(last) if last.seq == run.seq && last.is_payload() && run.is_payload() => {}
            _ => self.runs.push(run),
        }
    }

    /// The line went out after all.
    fn settle(&mut self, sent_as: Option<u64>, seq: u64) {
        let unsettled = self.runs.iter_mut().rev().take(UNKNOWN_LOOK_BACK);
        for run in unsettled {
            if let Kind::Unknown { id, settled, sent } = &mut run.kind
                && Some(*id) == sent_as
            {
                (*settled, *sent) = (true, seq);
            }
        }
    }
}

/// How many runs back a line of unknown outcome is looked for.
const UNKNOWN_LOOK_BACK: usize = 1000;

#[cfg(test)]
mod tests;
