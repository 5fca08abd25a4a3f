//! The thread that hands records to each place where they are kept. It waits for none of these.

use std::sync::Arc;

use tracing::warn;

use super::queue::Queue;
use super::shelf::{Row, Shelf};

/// What hands them on.
pub(super) struct Keeper {
    queue: Arc<Queue>,
    shelves: Vec<Arc<Shelf>>,
}

impl Keeper {
    pub(super) fn new(queue: Arc<Queue>, shelves: Vec<Arc<Shelf>>) -> Self {
        Self { queue, shelves }
    }

    /// Until the queue is closed.
    pub(super) fn run(self) {
        loop {
            let taken = self.queue.take();
            let rows: Vec<Row> = taken.records.iter().filter_map(Row::of).collect();
            for shelf in &self.shelves {
                if shelf.put(&rows, taken.lost) {
                    let place = shelf.place.name();
                    warn!(
                        "the audit is not being written to {place}, which takes nothing; it waits until that does"
                    );
                }
                if taken.is_last {
                    shelf.close();
                }
            }
            if taken.is_last {
                return;
            }
        }
    }
}
