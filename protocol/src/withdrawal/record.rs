//! The record as it is read to find what goes together.

use super::{TOGETHER_MAX, overwrite, withdrawn};
use crate::entry::{Entry, Event, ExchangeNo, Part, Seq};

/// How many entries back the one is looked for that a server's line goes on from: so many of people's lines and
/// of the console's words may stand between two pieces of it.
const LOOK_BACK: u64 = 1024;

/// The record.
pub(super) struct Record<F>(F);

/// An entry that was read. It may hold what is to be hidden, and is overwritten.
pub(super) struct Looked(Entry);

impl Looked {
    pub(super) fn entry(&self) -> &Entry {
        &self.0
    }
}

impl Drop for Looked {
    fn drop(&mut self) {
        overwrite(&mut self.0.event);
    }
}

impl<F: Fn(Seq) -> Option<Entry>> Record<F> {
    pub(super) fn new(read: F) -> Self {
        Self(read)
    }

    /// The entry at a place.
    pub(super) fn at(&self, seq: Seq) -> Option<Looked> {
        (self.0)(seq).map(Looked)
    }

    /// An entry as it stands from now on; none if nothing can be taken from it.
    pub(super) fn withdrawn(&self, seq: Seq) -> Option<Entry> {
        let looked = self.at(seq)?;
        let entry = looked.entry();
        let left = withdrawn(&entry.event, self.goes_on(entry))?;
        (left != entry.event).then_some(Entry {
            event: left,
            seq,
            at: entry.at,
            connection: entry.connection,
        })
    }

    /// Whether an entry begins within a line.
    pub(super) fn goes_on(&self, entry: &Entry) -> bool {
        let before = source(&entry.event).and_then(|_| self.before(entry));
        before.is_some_and(|before| is_continued(&before.entry().event, &entry.event))
    }

    /// The entry with which the lines begin that an entry is about: itself, unless all of it goes on with a line
    /// that began earlier and is not hidden.
    pub(super) fn begin(&self, seq: Seq) -> Option<Seq> {
        let mut looked = self.at(seq)?;
        if source(&looked.entry().event).is_none() {
            return Some(seq);
        }
        for _ in 0..TOGETHER_MAX {
            let entry = looked.entry();
            let begins_one = match &entry.event {
                Event::Received { bytes, .. } => {
                    memchr::memchr(b'\n', bytes).is_some_and(|at| at + 1 < bytes.len())
                }
                _ => false,
            };
            let before = self.before(entry).filter(|before| {
                let before = &before.entry().event;
                is_continued(before, &entry.event) && !matches!(before, Event::Withheld { .. })
            });
            match before {
                Some(before) if !begins_one => looked = before,
                _ => break,
            }
        }
        Some(looked.entry().seq)
    }

    /// The entry of the server's before that one, on the same connection.
    fn before(&self, entry: &Entry) -> Option<Looked> {
        let earlier = entry.seq.saturating_sub(LOOK_BACK).max(1)..entry.seq;
        earlier
            .rev()
            .map_while(|seq| self.at(seq))
            .take_while(|looked| looked.entry().connection == entry.connection)
            .find(|looked| source(&looked.entry().event).is_some())
    }
}

/// Whether the server's next event goes on with the line within which the one before it ended.
fn is_continued(before: &Event, event: &Event) -> bool {
    is_open(before) && source(before) == source(event)
}

/// What the server sent: its exchange, its part, and whether it is payload. None of what it did not send.
pub(crate) fn source(event: &Event) -> Option<(ExchangeNo, Part, bool)> {
    match event {
        Event::Answered { exchange, part, .. } => Some((*exchange, *part, false)),
        Event::Received { exchange, part, .. } | Event::Withheld { exchange, part, .. } => {
            Some((*exchange, *part, true))
        }
        Event::Sent { .. }
        | Event::Note { .. }
        | Event::Hidden { .. }
        | Event::Remark(_)
        | Event::State(_) => None,
    }
}

/// Whether it ends within a line.
pub(crate) fn is_open(event: &Event) -> bool {
    match event {
        Event::Answered { line, .. } => !line.bytes().ends_with(b"\n"),
        Event::Received { bytes, .. } => !bytes.ends_with(b"\n"),
        Event::Withheld { is_open, .. } => *is_open,
        Event::Sent { .. }
        | Event::Note { .. }
        | Event::Hidden { .. }
        | Event::Remark(_)
        | Event::State(_) => false,
    }
}
