//! What waits to be written to the mail server.

use std::collections::VecDeque;
use std::io::IoSlice;

use protocol::dialogue::Outgoing;

/// How many waiting pieces one write takes together.
pub(crate) const TOGETHER_MAX: usize = 32;

/// From so many waiting octets on no more lines are taken.
const WAITING_MAX: usize = 64 * 1024;

/// Octets in the order of writing. Each piece stays in its own memory, which is overwritten when it is
/// dropped: nothing here copies what may be a secret.
#[derive(Default)]
pub(crate) struct Outbox {
    pieces: VecDeque<Outgoing>,
    /// How much of the first piece is written.
    written: usize,
    waiting: usize,
}

impl Outbox {
    /// Appends a piece.
    pub(crate) fn push(&mut self, piece: Outgoing) {
        self.waiting += piece.reveal().len();
        self.pieces.push_back(piece);
    }

    /// Whether so much waits that no more is to be taken.
    pub(crate) fn is_full(&self) -> bool {
        self.waiting >= WAITING_MAX
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Fills in what one write may take, and says how many slices that are.
    pub(crate) fn slices<'a>(&'a self, slices: &mut [IoSlice<'a>; TOGETHER_MAX]) -> usize {
        let mut count = 0;
        let mut skip = self.written;
        for (slice, piece) in slices.iter_mut().zip(&self.pieces) {
            *slice = IoSlice::new(piece.reveal().get(skip..).unwrap_or_default());
            skip = 0;
            count += 1;
        }
        count
    }

    /// So many octets were written.
    pub(crate) fn advance(&mut self, octets: usize) {
        self.waiting = self.waiting.saturating_sub(octets);
        self.written += octets;
        while let Some(first) = self.pieces.front().map(|piece| piece.reveal().len()) {
            if self.written < first {
                break;
            }
            self.written -= first;
            self.pieces.pop_front();
        }
    }

    /// Drops everything: nothing can be written any more.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}
