//! The index of lines: eight octets a line, and a sum for every block of lines, so that a million lines are
//! found by their place on the screen in microseconds.

mod heights;

use std::collections::BTreeMap;
use std::ops::Range;

use super::store::Store;

/// The most octets of one record. A longer line is several records, so that no line costs more than this
/// to cut into tokens and to show.
pub const SEGMENT_MAX: usize = 4096;

/// How many records have a sum of their own.
const BLOCK: usize = 256;

/// In `Record::length`: the record goes on with the line of the one before it.
const CONTINUES: u16 = 1 << 15;

/// In `Record::length`: a closed fold hides it.
const HIDDEN: u16 = 1 << 14;

/// In `Record::length`: a fold begins with it, and what opens and closes the fold stands above it.
const CHIP: u16 = 1 << 13;

/// In `Record::columns`: a gap stands above it.
const GAP: u16 = 1 << 15;

/// In `Record::columns`: its octets are withdrawn.
const WITHDRAWN: u16 = 1 << 14;

/// The most columns that a record counts: about what a record of the most octets can need at worst, four a piece.
const COLUMNS_MAX: usize = (1 << 14) - 1;

/// A line, or a segment of a long one.
#[derive(Clone, Copy)]
struct Record {
    start: u32,
    length: u16,
    columns: u16,
}

impl Record {
    fn columns(self) -> u32 {
        u32::from(self.columns & !(GAP | WITHDRAWN))
    }

    fn length(self) -> usize {
        usize::from(self.length & !(CONTINUES | HIDDEN | CHIP))
    }

    /// How many rows it takes where so many columns fit.
    fn rows(self, fit: u32) -> u32 {
        let chip = u32::from(self.has(CHIP));
        if self.has(HIDDEN) || self.is_swallowed() {
            return chip;
        }
        self.columns().div_ceil(fit.max(1)).max(1) + chip
    }

    fn has(self, flag: u16) -> bool {
        self.length & flag != 0
    }

    fn continues(self) -> bool {
        self.has(CONTINUES)
    }

    fn has_gap(self) -> bool {
        self.columns & GAP != 0
    }

    fn is_withdrawn(self) -> bool {
        self.columns & WITHDRAWN != 0
    }

    /// Whether it goes on with a line of which nothing is left, or with a stretch of which nothing is shown: one row
    /// says so.
    fn is_swallowed(self) -> bool {
        self.is_withdrawn() && (self.continues() || self.columns() == 0)
    }
}

#[derive(Clone, Copy, Default)]
struct Block {
    rows: u32,
    gaps: u32,
    continuations: u32,
    /// What measuring adds to the pixels that rows and gaps come to.
    measured: f64,
}

/// How lines are laid out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metrics {
    /// How many characters fit beside each other.
    pub columns: u32,
    /// The height of a row in pixels.
    pub row: f64,
    /// The height of the gap above an exchange in pixels.
    pub gap: f64,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            columns: 100,
            row: 21.0,
            gap: 7.0,
        }
    }
}

/// How a record stands to the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stands {
    /// A gap is above it.
    pub(super) gap: bool,
    /// It goes on with the line of the one before it.
    pub(super) continues: bool,
    /// A closed fold hides it.
    pub(super) hidden: bool,
    /// A fold begins with it.
    pub(super) chip: bool,
    /// Its octets are withdrawn. Without columns it goes on with the stretch of the one before it.
    pub(super) withdrawn: bool,
}

/// The lines of a transcript and how high they stand.
#[derive(Default)]
pub struct Lines {
    store: Store,
    records: Vec<Record>,
    blocks: Vec<Block>,
    /// Heights that were measured and differ from what columns come to.
    heights: BTreeMap<u32, f64>,
    metrics: Metrics,
}

impl Lines {
    /// How many records there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Adds a record of these octets, at most [`SEGMENT_MAX`] and a line end.
    pub(super) fn push(&mut self, octets: &[u8], columns: usize, stands: Stands) {
        let Stands {
            gap,
            continues,
            hidden,
            chip,
            withdrawn,
        } = stands;
        let mut record = Record {
            start: self.store.end(),
            length: octets.len() as u16,
            columns: columns.min(COLUMNS_MAX) as u16,
        };
        for (flag, is_set) in [(CONTINUES, continues), (HIDDEN, hidden), (CHIP, chip)] {
            record.length |= if is_set { flag } else { 0 };
        }
        record.columns |= if gap { GAP } else { 0 };
        record.columns |= if withdrawn { WITHDRAWN } else { 0 };
        self.store.push(octets);
        if self.records.len().is_multiple_of(BLOCK) {
            self.blocks.push(Block::default());
        }
        self.records.push(record);
        let rows = record.rows(self.metrics.columns);
        if let Some(block) = self.blocks.last_mut() {
            block.rows += rows;
            block.gaps += u32::from(gap);
            block.continuations += u32::from(continues);
        }
    }

    /// Adds a record for each line that ends in the octets, up to one that is longer than a record or does not end.
    /// All are hidden or none is. `columns` is asked about each. Gives how many octets that were.
    pub(super) fn push_lines(
        &mut self,
        octets: &[u8],
        hidden: bool,
        mut columns: impl FnMut(&[u8]) -> usize,
    ) -> usize {
        let (mut taken, base) = (0, self.store.end());
        let flags = if hidden { HIDDEN } else { 0 };
        for end in memchr::memchr_iter(b'\n', octets) {
            let line = &octets[taken..=end];
            if line.len() > SEGMENT_MAX {
                break;
            }
            let record = Record {
                start: base + taken as u32,
                length: line.len() as u16 | flags,
                columns: columns(line).min(COLUMNS_MAX) as u16,
            };
            if self.records.len().is_multiple_of(BLOCK) {
                self.blocks.push(Block::default());
            }
            self.records.push(record);
            if let Some(block) = self.blocks.last_mut() {
                block.rows += record.rows(self.metrics.columns);
            }
            taken = end + 1;
        }
        self.store.push(&octets[..taken]);
        taken
    }

    /// Opens or closes a fold of those records. Takes time in proportion to them.
    pub(super) fn fold(&mut self, fold: Range<usize>, is_open: bool) {
        let end = fold.end.min(self.records.len());
        for at in fold.start..end {
            let record = &mut self.records[at];
            record.length &= !(HIDDEN | CHIP);
            record.length |= if is_open { 0 } else { HIDDEN };
            record.length |= if at == fold.start { CHIP } else { 0 };
        }
        self.heights
            .retain(|record, _| !fold.contains(&(*record as usize)));
        self.recount(fold);
    }

    /// How many octets those records have.
    pub(super) fn octets_of(&self, records: Range<usize>) -> u32 {
        self.start(records.end) - self.start(records.start)
    }

    /// Takes the octets of a record away, but for what is left of them, which takes so many columns.
    pub(super) fn withdraw(&mut self, record: usize, left: &[u8], columns: usize) {
        if let Some(it) = self.records.get_mut(record) {
            it.columns |= WITHDRAWN;
        }
        self.replace(record, left, columns);
    }

    /// Puts something that is no longer in the place of a record's octets, and overwrites them. Takes the time of a
    /// block of records.
    pub(super) fn replace(&mut self, record: usize, left: &[u8], columns: usize) {
        let Some(it) = self.records.get_mut(record) else {
            return;
        };
        let mut octets = vec![0; it.length()];
        let length = left.len().min(octets.len());
        octets[..length].copy_from_slice(&left[..length]);
        self.store.overwrite(it.start, &octets);
        it.length = it.length & (CONTINUES | HIDDEN | CHIP) | length as u16;
        it.columns = it.columns & (GAP | WITHDRAWN) | columns.min(COLUMNS_MAX) as u16;
        self.heights.remove(&(record as u32));
        self.recount(record..record + 1);
    }

    /// A record takes so many columns now. What is higher or lower by that is known when all is laid out anew.
    pub(super) fn set_columns(&mut self, record: usize, columns: usize) {
        if let Some(it) = self.records.get_mut(record) {
            it.columns = it.columns & (GAP | WITHDRAWN) | columns.min(COLUMNS_MAX) as u16;
        }
    }

    /// All that is stored.
    #[cfg(test)]
    pub(super) fn stored(&self) -> Vec<u8> {
        let mut octets = Vec::new();
        self.store.read(0, self.store.end() as usize, &mut octets);
        octets
    }

    /// How many octets a record has, line end included.
    pub(super) fn length(&self, record: usize) -> usize {
        self.records.get(record).map_or(0, |it| it.length())
    }

    /// Whether the octets of a record are withdrawn.
    pub fn is_withdrawn(&self, record: usize) -> bool {
        self.records.get(record).is_some_and(|it| it.is_withdrawn())
    }

    /// Whether another row says what there is to say of a record.
    pub(super) fn is_swallowed(&self, record: usize) -> bool {
        self.records.get(record).is_some_and(|it| it.is_swallowed())
    }

    /// The octets of a record, line end included.
    pub fn octets(&self, record: usize) -> Vec<u8> {
        let mut octets = Vec::with_capacity(self.length(record));
        self.read(record, &mut octets);
        octets
    }

    /// Adds the octets of a record, line end included.
    pub(super) fn read(&self, record: usize, octets: &mut Vec<u8>) {
        if let Some(it) = self.records.get(record) {
            self.store.read(it.start, it.length(), octets);
        }
    }

    /// Where the octets of a record are stored; behind all of a record that is not there.
    pub(super) fn start(&self, record: usize) -> u32 {
        self.records.get(record).map_or(self.end(), |it| it.start)
    }

    /// Where the octets of the next record will be stored.
    pub(super) fn end(&self) -> u32 {
        self.store.end()
    }

    /// Whether a record goes on with the line of the one before it.
    pub fn continues(&self, record: usize) -> bool {
        self.records.get(record).is_some_and(|it| it.continues())
    }

    /// Whether a gap stands above it.
    pub fn has_gap(&self, record: usize) -> bool {
        self.records.get(record).is_some_and(|it| it.has_gap())
    }

    /// The record with which the line of that number begins, if there is one.
    pub fn record(&self, number: usize) -> Option<usize> {
        let mut left = number.checked_sub(1)?;
        for (at, records) in self.records.chunks(BLOCK).enumerate() {
            let begin = records.len() - self.blocks.get(at)?.continuations as usize;
            if left >= begin {
                left -= begin;
                continue;
            }
            let mut begins = (0..records.len()).filter(|&it| !records[it].continues());
            return begins.nth(left).map(|it| at * BLOCK + it);
        }
        None
    }

    /// The number of the line that a record belongs to, counted from 1.
    pub fn number(&self, record: usize) -> usize {
        let before = record / BLOCK;
        let blocks: u32 = self
            .blocks
            .iter()
            .take(before)
            .map(|block| block.continuations)
            .sum();
        let within = self.records.iter().skip(before * BLOCK).take(record % BLOCK + 1);
        record + 1 - blocks as usize - within.filter(|it| it.continues()).count()
    }
}

#[cfg(test)]
mod tests;
