//! Searching everything that was said, a little at a time: what comes meanwhile is searched as well, and nobody waits.
//!
//! What is searched is what a line is copied as: decoded characters, a secret's bullets, the sentences of remarks;
//! what a closed fold hides too. A match lies within one line.

mod literal;

use std::ops::Range;

use super::Transcript;
use super::lines::SEGMENT_MAX;
use super::plain::Plain;
use super::rows;
pub use literal::Literal;

/// The most matches that are kept. What comes behind them is not looked for.
pub const MATCHES_MAX: usize = 100_000;

/// After how many records the clock is looked at.
const LOOK_EVERY: usize = 64;

/// What is searched for.
pub trait Matcher {
    /// Tells of every match in a text from a place on in their order, until it is told to stop. None overlaps another
    /// or is empty. Where something stands before that place, the text does not begin there.
    fn each(&self, text: &str, from: usize, found: &mut dyn FnMut(Range<usize>) -> bool);

    /// How many records of a line are searched in one go, 2 at least. Of a longer line, a match that is longer than one
    /// record may be missed where one go ends and the next begins.
    fn at_once(&self) -> usize {
        64
    }
}

/// A search, as far as it has come.
pub struct Search {
    matcher: Box<dyn Matcher>,
    /// The first record that was not searched.
    next: usize,
    /// What the transcript was when the search began: what is withdrawn since must not be found.
    revision: usize,
    matches: Vec<Match>,
    /// What of matches reaches into the records behind those in which they begin.
    overhangs: Vec<Match>,
    plain: Plain,
}

/// A match: octets of what is copied of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Match {
    record: u32,
    start: u32,
    end: u32,
}

impl Search {
    /// A search from the beginning.
    pub fn new(matcher: Box<dyn Matcher>) -> Self {
        Self {
            matcher,
            next: 0,
            revision: 0,
            matches: Vec::new(),
            overhangs: Vec::new(),
            plain: Plain::default(),
        }
    }

    /// Searches on, until all is searched or the time is up. Tells whether there is more to search.
    pub fn search(&mut self, transcript: &Transcript, is_time_up: impl Fn() -> bool) -> bool {
        if self.revision != transcript.revision || self.next > transcript.len() {
            self.revision = transcript.revision;
            self.next = 0;
            self.matches.clear();
            self.overhangs.clear();
        }
        let most = self.matcher.at_once() * SEGMENT_MAX;
        let (mut looked, mut octets) = (self.next, 0);
        while let Some(line) = self.next_line(transcript) {
            self.search_line(transcript, line);
            octets += self.plain.text.len();
            if self.next - looked >= LOOK_EVERY || octets >= most {
                if is_time_up() {
                    return self.has_more(transcript);
                }
                (looked, octets) = (self.next, 0);
            }
        }
        false
    }

    /// Whether there is something that was not searched.
    pub fn has_more(&self, transcript: &Transcript) -> bool {
        self.revision != transcript.revision || self.next_line(transcript).is_some()
    }

    /// How many matches there are, as far as it was searched.
    pub fn count(&self) -> usize {
        self.matches.len()
    }

    /// Whether there may be more matches than are kept.
    pub fn is_full(&self) -> bool {
        self.matches.len() >= MATCHES_MAX
    }

    /// The record in which a match begins.
    pub fn record(&self, number: usize) -> Option<usize> {
        self.matches.get(number).map(|it| it.record as usize)
    }

    /// The first match in a record or behind it.
    pub fn first_from(&self, record: usize) -> Option<usize> {
        let number = self.matches.partition_point(|it| (it.record as usize) < record);
        (number < self.matches.len()).then_some(number)
    }

    /// What of a record was found; the person is at the match of that number.
    pub fn found(&self, record: usize, chosen: Option<usize>) -> Vec<rows::Match> {
        let of = |matches: &[Match]| {
            let first = matches.partition_point(|it| (it.record as usize) < record);
            let end = matches.partition_point(|it| (it.record as usize) <= record);
            first..end
        };
        let row = |it: &Match, is_chosen: bool| rows::Match {
            range: it.start as usize..it.end as usize,
            is_chosen,
        };
        // What reaches into a record begins it.
        let chosen_record = chosen.and_then(|it| self.matches.get(it)).map(|it| it.record);
        let overhangs = self.overhangs[of(&self.overhangs)].iter().map(|it| {
            let begin = self.matches[..of(&self.matches).start].last().map(|it| it.record);
            row(it, begin.is_some() && begin == chosen_record)
        });
        let within = of(&self.matches);
        let own = within.map(|number| row(&self.matches[number], Some(number) == chosen));
        overhangs.chain(own).collect()
    }

    /// The records of the next line to search, or of as much of it as is searched in one go; none if it is not whole
    /// yet, or nothing more can be kept.
    fn next_line(&self, transcript: &Transcript) -> Option<Range<usize>> {
        let len = transcript.lines.len();
        if self.next >= len || self.is_full() {
            return None;
        }
        let (mut end, most) = (self.next + 1, self.next + self.matcher.at_once());
        while end < len && end < most && transcript.is_continuation(end) {
            end += 1;
        }
        let is_growing = end == len && transcript.tail.as_ref().is_some_and(|it| it.continues);
        (!is_growing || end == most).then_some(self.next..end)
    }

    fn search_line(&mut self, transcript: &Transcript, records: Range<usize>) {
        let goes_on = records.len() == self.matcher.at_once() && transcript.is_continuation(records.end);
        let Self {
            matcher,
            matches,
            overhangs,
            plain,
            ..
        } = self;
        plain.text.clear();
        if transcript.is_continuation(records.start) {
            // What stands before it tells that the line does not begin here.
            transcript.add_plain(records.start - 1, plain);
            let last = plain.text.char_indices().next_back().map_or(0, |(at, _)| at);
            plain.text.drain(..last);
        }
        let begin = plain.text.len();
        // Where the text of each record ends.
        let ends: Vec<usize> = records
            .clone()
            .map(|record| {
                transcript.add_plain(record, plain);
                transcript.add_notes(record, plain);
                plain.text.len()
            })
            .collect();
        let start_of = |at: usize| at.checked_sub(1).map_or(begin, |before| ends[before]);
        // What begins in the last record is found in the next go, in which it is the first.
        let border = if goes_on {
            start_of(ends.len() - 1)
        } else {
            usize::MAX
        };
        // What was found in the last go may reach into this one.
        let covered = overhangs
            .last()
            .filter(|it| it.record as usize == records.start)
            .map_or(0, |it| begin + it.end as usize);
        matcher.each(&plain.text, begin, &mut |found| {
            if found.start >= border {
                return false;
            }
            if found.start < covered {
                return true;
            }
            let first = ends.partition_point(|&end| end <= found.start);
            for (at, &end) in ends.iter().enumerate().skip(first) {
                let start = start_of(at);
                let part = Match {
                    record: (records.start + at) as u32,
                    start: (found.start.max(start) - start) as u32,
                    end: (found.end.min(end) - start) as u32,
                };
                if at == first {
                    matches.push(part);
                } else {
                    overhangs.push(part);
                }
                if found.end <= end {
                    break;
                }
            }
            matches.len() < MATCHES_MAX
        });
        self.next = if goes_on { records.end - 1 } else { records.end };
    }
}

#[cfg(test)]
mod tests;
