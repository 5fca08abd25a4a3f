//! Of which sessions there is something to record, so that the others cost nothing.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Bell;

/// The sessions of which there is something to record, each of them once.
#[derive(Default)]
pub(crate) struct Queue {
    waiting: Mutex<Vec<u64>>,
    /// Counts the tickets.
    tickets: AtomicU64,
    pub(super) bell: Bell,
}

/// A session's own place in the queue.
#[derive(Default)]
pub(crate) struct Ticket {
    number: u64,
    is_queued: AtomicBool,
    queue: Arc<Queue>,
}

impl Queue {
    /// A ticket that counts as queued: nobody queues it before it [enters](Ticket::enter).
    pub(super) fn ticket(self: &Arc<Self>) -> Ticket {
        Ticket {
            number: self.tickets.fetch_add(1, Ordering::Relaxed),
            is_queued: AtomicBool::new(true),
            queue: self.clone(),
        }
    }

    /// The numbers of those that are queued. Each is to be [taken](Ticket::take) before it is looked at.
    pub(super) fn take(&self) -> Vec<u64> {
        std::mem::take(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<u64>> {
        // Every change is a single insertion, or takes all.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket {
    /// The number that it is found by.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// It can be found by its number from now on, and is queued.
    pub(super) fn enter(&self) {
        self.queue.lock().push(self.number);
        self.queue.bell.ring();
    }

    /// There is something to record. Saying so again before it is looked at costs next to nothing.
    pub(crate) fn queue(&self) {
        if self.stay() {
            self.queue.bell.ring();
        }
    }

    /// There is something left to record, which waits until somebody is woken for something else. Whether that is news.
    pub(super) fn stay(&self) -> bool {
        // Exchanged here and there: where it is queued already, whoever takes it next sees what there is to record.
        let is_news = !self.is_queued.swap(true, Ordering::AcqRel);
        if is_news {
            self.queue.lock().push(self.number);
        }
        is_news
    }

    /// It is about to be looked at: what comes from now on queues it again.
    pub(super) fn take(&self) {
        self.is_queued.swap(false, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_queued_once_however_often_it_has_news_and_again_once_it_was_taken() {
        let queue = Arc::new(Queue::default());
        let (one, other) = (queue.ticket(), queue.ticket());
        one.queue();
        assert!(queue.take().is_empty(), "it cannot be found yet");
        for ticket in [&one, &other] {
            ticket.enter();
            ticket.queue();
        }
        assert_eq!(queue.take(), [one.number(), other.number()]);
        one.queue();
        assert!(queue.take().is_empty(), "it is about to be looked at");
        one.take();
        one.queue();
        one.queue();
        assert_eq!(queue.take(), [one.number()]);
    }
}
