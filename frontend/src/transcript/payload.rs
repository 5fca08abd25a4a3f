//! Payload, which comes cut anywhere, becomes lines.

mod withheld;

use protocol::entry::{ConnectionNo, ExchangeNo, Part};

pub(super) use self::withheld::Withheld;
use super::folds::Joined;
use super::lines::{SEGMENT_MAX, Stands};
use super::{Kind, Run, Transcript};

/// A line whose end has not come yet.
pub(super) struct Tail {
    pub(super) run: Run,
    pub(super) source: (ConnectionNo, ExchangeNo, Part),
    pub(super) octets: Vec<u8>,
    /// Whether segments of the line stand directly before it.
    pub(super) continues: bool,
    /// Whether there are such segments, wherever they stand: its first octet does not begin a line.
    pub(super) is_inside: bool,
    /// Whether some of the line is withdrawn: then nothing of it is kept.
    pub(super) is_withdrawn: bool,
}

impl Transcript {
    /// Adds payload, which is cut anywhere.
    pub(super) fn payload(&mut self, mut run: Run, source: (ConnectionNo, ExchangeNo, Part), octets: &[u8]) {
        if self.tail.as_ref().is_some_and(|tail| tail.source != source) {
            self.end_tail();
        }
        let mut rest = octets;
        let goes_on = self.tail.is_some();
        if self.tail.as_ref().is_some_and(|tail| tail.is_withdrawn) {
            rest = self.withhold_rest(rest);
        } else if let Some(tail) = &mut self.tail {
            let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
            tail.octets.extend_from_slice(&rest[..end]);
            rest = &rest[end..];
            self.cut_tail();
        }
        run.completes = goes_on.then(|| self.lines.len().saturating_sub(1) as u32);
        let mut begun = false;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            if !begun {
                self.begin_run(run.clone());
                begun = true;
            }
            let taken = self.push_folded(&run, rest);
            if taken == 0 {
                self.push_payload(&run, &rest[..=end], false, false);
            }
            rest = &rest[taken.max(end + 1)..];
        }
        if !rest.is_empty() {
            self.tail = Some(Tail {
                run,
                source,
                octets: rest.to_vec(),
                continues: false,
                is_inside: false,
                is_withdrawn: false,
            });
            self.cut_tail();
        }
    }

    /// Adds lines that go into a fold that has begun, in which nothing of them is decided any more. Gives how many
    /// octets that were.
    fn push_folded(&mut self, run: &Run, octets: &[u8]) -> usize {
        let hidden = self.folds.goes_on(self.lines.len(), run.exchange);
        let (Some(hidden), Some(exchange)) = (hidden, run.message_of()) else {
            return 0;
        };
        let (charset, mut stuffed) = (&self.charset, 0);
        let taken = self.lines.push_lines(octets, hidden, |line| {
            stuffed += u64::from(line.starts_with(b"."));
            charset.columns(line)
        });
        self.folds.reach(self.lines.len());
        self.exchanges.count(exchange, taken as u64 - stuffed);
        taken
    }

    /// Adds a line of payload, or what is left of one.
    fn push_payload(&mut self, run: &Run, line: &[u8], mut continues: bool, mut is_inside: bool) {
        if let (Kind::Payload { part: Part::Listing }, Some(exchange), false) =
            (&run.kind, run.exchange, is_inside)
        {
            self.exchanges.listed(exchange as usize, line);
        }
        for segment in Segments(line) {
            self.push_segment(run, segment, self.charset.columns(segment), continues);
            if let Some(exchange) = run.message_of() {
                let stuffed = !is_inside && segment.first() == Some(&b'.');
                self.exchanges
                    .count(exchange, segment.len() as u64 - u64::from(stuffed));
            }
            (continues, is_inside) = (true, true);
        }
    }

    /// Adds a record of payload.
    fn push_segment(&mut self, run: &Run, segment: &[u8], columns: usize, continues: bool) {
        let joined = match (&run.kind, run.exchange) {
            (Kind::Payload { part }, Some(exchange)) if *part != Part::Terminator => {
                self.folds.join(&mut self.lines, exchange, columns)
            }
            _ => Joined::default(),
        };
        let stands = Stands {
            continues,
            hidden: joined.hidden,
            chip: joined.chip,
            ..Stands::default()
        };
        self.lines.push(segment, columns, stands);
    }

    /// Makes records of what of the tail is whole: segments, or all of it once its line end is there.
    fn cut_tail(&mut self) {
        let Some(mut tail) = self.tail.take_if(|tail| !tail.is_withdrawn) else {
            return;
        };
        if tail.octets.ends_with(b"\n") {
            self.begin_run(tail.run.clone());
            self.push_payload(&tail.run, &tail.octets, tail.continues, tail.is_inside);
            return;
        }
        let mut cut = 0;
        while let Some(length) = segment(&tail.octets[cut..]) {
            self.begin_run(tail.run.clone());
            let segment = &tail.octets[cut..cut + length];
            self.push_payload(&tail.run, segment, tail.continues, tail.is_inside);
            (tail.continues, tail.is_inside) = (true, true);
            cut += length;
        }
        tail.octets.drain(..cut);
        self.tail = Some(tail);
    }

    /// The line end will not come any more.
    pub(super) fn end_tail(&mut self) {
        self.cut_tail();
        if let Some(tail) = self.tail.take() {
            if tail.is_withdrawn {
                return self.end_withdrawn(&tail);
            }
            self.begin_run(tail.run.clone());
            self.push_payload(&tail.run, &tail.octets, tail.continues, tail.is_inside);
        }
    }
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

/// The segments of a line.
pub(super) struct Segments<'a>(pub(super) &'a [u8]);

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
