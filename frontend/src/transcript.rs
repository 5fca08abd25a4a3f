//! The transcript as the browser holds it: every octet once, an index of lines that grows with each entry, and
//! the exchanges. Nothing here is cut into tokens before somebody looks at it.

pub mod exchanges;
pub mod glyphs;
pub mod lines;
pub mod rows;
mod store;
pub mod window;

use protocol::access::By;
use protocol::command;
use protocol::entry::{ConnectionNo, Entry, Event, ExchangeNo, Part};
use protocol::remark::Remark;

use exchanges::{Exchange, Exchanges, Outcome};
use lines::{Lines, Metrics, SEGMENT_MAX};

/// A transcript.
#[derive(Default)]
pub struct Transcript {
    lines: Lines,
    runs: Vec<Run>,
    exchanges: Exchanges,
    /// A line of payload whose end has not come yet. It stands behind everything else until it has.
    tail: Option<Tail>,
    /// When the last entry came that shows its time.
    timed: Option<u64>,
}

/// Records that one entry made.
#[derive(Clone)]
struct Run {
    /// Its first record.
    first: u32,
    /// Where its first octet is stored.
    base: u32,
    seq: u64,
    at: u64,
    /// How long after the one before it that shows its time, in microseconds; none if it shows none.
    since: Option<u64>,
    exchange: Option<u32>,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    Command {
        struck: Vec<u32>,
        by: By,
    },
    Answer {
        part: Part,
        struck: Vec<u32>,
    },
    Payload {
        part: Part,
    },
    Remark(Box<Remark>),
    /// A line of this browser's of which nobody knows whether it went out; whether that is settled by now.
    Unknown {
        id: u64,
        settled: bool,
    },
}

struct Tail {
    run: Run,
    source: (ConnectionNo, ExchangeNo, Part),
    octets: Vec<u8>,
    /// Whether segments of the line stand directly before it.
    continues: bool,
}

impl Transcript {
    /// Adds an entry. Takes time in proportion to the entry, not to the transcript.
    pub fn append(&mut self, entry: &Entry) {
        let (connection, at) = (entry.connection, entry.at);
        match &entry.event {
            Event::Sent {
                exchange,
                line,
                id,
                by,
            } => {
                self.settle(*id);
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
            Event::Remark(remark) => {
                if matches!(remark, Remark::Ended { .. }) {
                    self.end_tail();
                    self.exchanges.end(connection);
                }
                let opens = matches!(remark, Remark::Connected { .. } | Remark::Failed { .. });
                let run = self.run(entry, None, Kind::Remark(Box::new(remark.clone())));
                self.push_beside_tail(run, b"", opens);
            }
            Event::State(_) => {}
        }
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
            kind: Kind::Unknown { id, settled: false },
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

    /// Lays the lines out anew.
    pub fn set_metrics(&mut self, metrics: Metrics) {
        self.lines.set_metrics(metrics);
    }

    /// How lines are laid out.
    pub fn metrics(&self) -> Metrics {
        self.lines.metrics()
    }

    /// The height of all in pixels.
    pub fn height(&self) -> f64 {
        self.lines.height() + self.tail_height()
    }

    /// How far below the top a record begins, in pixels.
    pub fn top(&self, record: usize) -> f64 {
        let tail = if record > self.lines.len() {
            self.tail_height()
        } else {
            0.0
        };
        self.lines.top(record) + tail
    }

    /// The record that stands at so many pixels below the top; the last one below all.
    pub fn at(&self, y: f64) -> usize {
        if self.tail.is_some() && y >= self.lines.height() {
            self.lines.len()
        } else {
            self.lines.at(y)
        }
    }

    /// Takes in how high a record turned out, and gives by how much that differs from what was thought.
    pub fn measured(&mut self, record: usize, height: f64) -> f64 {
        self.lines.measured(record, height)
    }

    /// Whether a gap stands above a record.
    pub fn has_gap(&self, record: usize) -> bool {
        self.lines.has_gap(record)
    }

    fn tail_height(&self) -> f64 {
        let metrics = self.lines.metrics();
        self.tail.as_ref().map_or(0.0, |tail| {
            let columns = glyphs::columns(&tail.octets).max(1);
            columns.div_ceil(metrics.columns.max(1) as usize) as f64 * metrics.row
        })
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
            Kind::Remark(remark) => remark.sentences().iter().map(|it| it.len() + 1).sum(),
            Kind::Command { struck, .. } => glyphs::columns(octets) + struck.len() * rows::SECRET_COLUMNS,
            _ => 0,
        };
        self.begin_run(run);
        let mut segments = Segments(octets);
        let first = segments.next().unwrap_or_default();
        let gap = gap && !self.lines.is_empty();
        self.lines
            .push(first, columns.max(shown_columns(first)), gap, goes_on);
        for segment in segments {
            self.lines.push(segment, shown_columns(segment), false, true);
        }
    }

    /// Records from now on belong to this run.
    fn begin_run(&mut self, mut run: Run) {
        run.first = self.lines.len() as u32;
        run.base = self.lines.end();
        match self.runs.last() {
            Some(last) if last.seq == run.seq && matches!(last.kind, Kind::Payload { .. }) => {}
            _ => self.runs.push(run),
        }
    }

    /// Adds payload, which is cut anywhere.
    fn payload(&mut self, run: Run, source: (ConnectionNo, ExchangeNo, Part), octets: &[u8]) {
        if self.tail.as_ref().is_some_and(|tail| tail.source != source) {
            self.end_tail();
        }
        let mut rest = octets;
        if let Some(tail) = &mut self.tail {
            let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
            tail.octets.extend_from_slice(&rest[..end]);
            rest = &rest[end..];
            self.cut_tail();
        }
        let mut begun = false;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            if !begun {
                self.begin_run(run.clone());
                begun = true;
            }
            self.push_payload(&run, &rest[..=end], false);
            rest = &rest[end + 1..];
        }
        if !rest.is_empty() {
            self.tail = Some(Tail {
                run,
                source,
                octets: rest.to_vec(),
                continues: false,
            });
            self.cut_tail();
        }
    }

    /// Adds a line of payload, or what is left of one.
    fn push_payload(&mut self, run: &Run, line: &[u8], continues: bool) {
        let mut continues = continues;
        for segment in Segments(line) {
            self.lines.push(segment, shown_columns(segment), false, continues);
            if let (
                Kind::Payload {
                    part: Part::Header | Part::Body,
                },
                Some(exchange),
            ) = (&run.kind, run.exchange)
            {
                let stuffed = !continues && segment.first() == Some(&b'.');
                self.exchanges
                    .count(exchange as usize, segment.len() as u64 - u64::from(stuffed));
            }
            continues = true;
        }
    }

    /// Makes records of what of the tail is whole: segments, or all of it once its line end is there.
    fn cut_tail(&mut self) {
        let Some(mut tail) = self.tail.take() else { return };
        if tail.octets.ends_with(b"\n") {
            self.begin_run(tail.run.clone());
            self.push_payload(&tail.run, &tail.octets, tail.continues);
            return;
        }
        let mut cut = 0;
        while let Some(length) = segment(&tail.octets[cut..]) {
            self.begin_run(tail.run.clone());
            self.push_payload(&tail.run, &tail.octets[cut..cut + length], tail.continues);
            tail.continues = true;
            cut += length;
        }
        tail.octets.drain(..cut);
        self.tail = Some(tail);
    }

    /// The line end will not come any more.
    fn end_tail(&mut self) {
        self.cut_tail();
        if let Some(tail) = self.tail.take() {
            self.begin_run(tail.run.clone());
            self.push_payload(&tail.run, &tail.octets, tail.continues);
        }
    }

    /// The line went out after all.
    fn settle(&mut self, sent: Option<u64>) {
        let unsettled = self.runs.iter_mut().rev().take(UNKNOWN_LOOK_BACK);
        for run in unsettled {
            if let Kind::Unknown { id, settled } = &mut run.kind
                && Some(*id) == sent
            {
                *settled = true;
            }
        }
    }
}

/// How many runs back a line of unknown outcome is looked for.
const UNKNOWN_LOOK_BACK: usize = 1000;

fn shown_columns(octets: &[u8]) -> usize {
    let end = octets
        .strip_suffix(b"\n")
        .map_or(octets, |rest| rest.strip_suffix(b"\r").unwrap_or(rest));
    glyphs::columns(end)
}

/// The length of the first segment, if the line is longer than one and as much of it is there.
///
/// Depends on the octets of the line alone, not on how they came. Characters stay whole, and a line end never
/// is a segment by itself.
fn segment(line: &[u8]) -> Option<usize> {
    if line.len() <= SEGMENT_MAX + 2 {
        return None;
    }
    let is_inside = |at: usize| line[at] & 0b1100_0000 == 0b1000_0000;
    (SEGMENT_MAX - 3..=SEGMENT_MAX)
        .rev()
        .find(|&at| !is_inside(at))
        .or(Some(SEGMENT_MAX))
}

struct Segments<'a>(&'a [u8]);

impl<'a> Iterator for Segments<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.0.is_empty() {
            return None;
        }
        let (first, rest) = self.0.split_at(segment(self.0).unwrap_or(self.0.len()));
        self.0 = rest;
        Some(first)
    }
}

/// Whether a line begins an AUTH command.
pub fn is_auth(line: &[u8]) -> bool {
    line[command::verb(line)].eq_ignore_ascii_case(b"AUTH")
}

#[cfg(test)]
mod tests;
