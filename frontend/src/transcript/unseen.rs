//! Payload that the person is not shown. A stretch of it takes one row, which says how much it is; but each line is
//! a record, so that lines have the same numbers for everyone.

use std::collections::BTreeMap;

use protocol::access::Keep;
use protocol::entry::{ConnectionNo, ExchangeNo, Part};
use protocol::unseen;

use super::Transcript;
use super::lines::Stands;
use super::withdrawal::COLUMNS;

/// Stretches of payload that is withheld.
#[derive(Default)]
pub(super) struct Unseen {
    /// By the records with which they begin.
    stretches: BTreeMap<u32, Stretch>,
    /// The one that goes on, and the record with which it begins, once a line of it has come.
    growing: Option<Growing>,
}

struct Growing {
    source: (ConnectionNo, ExchangeNo, Part),
    head: Option<u32>,
    stretch: Stretch,
}

#[derive(Clone, Copy, Default)]
struct Stretch {
    lines: u64,
    octets: u64,
}

impl Unseen {
    /// Something else comes: what is withheld behind it is another stretch.
    pub(super) fn interrupt(&mut self) {
        if self.growing.as_ref().is_some_and(|it| it.head.is_some()) {
            self.growing = None;
        }
    }

    /// So much more is withheld.
    pub(super) fn grow(&mut self, source: (ConnectionNo, ExchangeNo, Part), lines: u32, octets: u32) {
        if self.growing.as_ref().is_none_or(|it| it.source != source) {
            self.growing = Some(Growing {
                source,
                head: None,
                stretch: Stretch::default(),
            });
        }
        if let Some(growing) = &mut self.growing {
            growing.stretch.lines += u64::from(lines);
            growing.stretch.octets += u64::from(octets);
            if let Some(head) = growing.head {
                self.stretches.insert(head, growing.stretch);
            }
        }
    }

    /// A line is added as that record. Tells whether it goes into a stretch that has begun.
    fn join(&mut self, record: usize) -> bool {
        let Some(growing) = &mut self.growing else {
            return false;
        };
        if growing.head.is_some() {
            return true;
        }
        growing.head = Some(record as u32);
        self.stretches.insert(record as u32, growing.stretch);
        false
    }
}

impl Transcript {
    /// Whether anything was withheld from the person.
    pub fn has_unseen(&self) -> bool {
        self.unseen.growing.is_some() || !self.unseen.stretches.is_empty()
    }

    /// Adds a line that the person is not shown.
    pub(super) fn push_unseen(&mut self) {
        let joins = self.unseen.join(self.lines.len());
        let stands = Stands {
            withdrawn: true,
            ..Stands::default()
        };
        self.lines.push(b"", if joins { 0 } else { COLUMNS }, stands);
    }

    /// Whether the line that is still coming in goes into a stretch that has begun.
    pub(super) fn tail_is_joined(&self) -> bool {
        let growing = self.unseen.growing.as_ref();
        let is_unseen = |it: &super::payload::Tail| it.is_withdrawn && it.run.is_unseen;
        self.tail.as_ref().is_some_and(is_unseen) && growing.is_some_and(|it| it.head.is_some())
    }

    /// The record that stands for one: the first of the stretch that it is in.
    pub(super) fn seen_at(&self, record: usize) -> usize {
        if !self.is_swallowed(record) {
            return record;
        }
        let head = self.unseen.stretches.range(..=record as u32).next_back();
        head.map_or(record, |it| *it.0 as usize)
    }

    /// What stands in the place of a stretch.
    pub(super) fn unseen_told(&self, record: usize) -> String {
        let stretch = self.unseen.stretches.get(&(record as u32)).copied();
        let growing = || self.unseen.growing.as_ref().map(|it| it.stretch);
        let Stretch { lines, octets } = stretch.or_else(growing).unwrap_or_default();
        // To whoever is shown everything a stretch is what was not kept, whatever is kept since; what was hidden is none.
        unseen::told(lines, octets, self.sight, Keep::NoContent)
    }
}
