//! Who reads along without haste.
//!
//! Whoever has control waits for the reply to what they typed and is woken at once. Everybody else is told of all that
//! came within a few milliseconds in one go, a part of them after the other: waking 200 tasks for every line would keep
//! the one waiting who typed it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::task::yield_now;
use tokio::time::sleep;

/// How much later than who has control viewers are told, in milliseconds, if they are few.
const LATER: u64 = 5;

/// How much later in milliseconds if they are many. Still nobody sees a delay.
const LATER_MAX: u64 = 40;

/// So many viewers are told a millisecond later yet: writing to them takes about that, and half of the time is
/// everybody else's.
const VIEWERS_A_MILLISECOND: usize = 25;

/// In so many parts they are told, with everybody else's turn between two.
const PARTS: usize = 16;

/// The viewers of one session.
#[derive(Default)]
pub(super) struct Viewers {
    parts: [Notify; PARTS],
    here: AtomicUsize,
    came: AtomicUsize,
    /// Whether they will be told soon.
    due: AtomicBool,
}

/// One viewer's place among them. Dropping it leaves.
pub(crate) struct Viewer {
    viewers: Arc<Viewers>,
    part: usize,
}

impl Viewers {
    /// One more.
    pub(super) fn enter(self: &Arc<Self>) -> Viewer {
        self.here.fetch_add(1, Ordering::Relaxed);
        Viewer {
            viewers: self.clone(),
            part: self.came.fetch_add(1, Ordering::Relaxed) % PARTS,
        }
    }

    /// Sees to it that they are told soon, unless that is so already.
    pub(super) fn tell(self: &Arc<Self>) {
        let here = self.here.load(Ordering::Relaxed);
        if here == 0 || self.due.swap(true, Ordering::AcqRel) {
            return;
        }
        let more = here / VIEWERS_A_MILLISECOND;
        let later = Duration::from_millis((LATER + more as u64).min(LATER_MAX));
        let viewers = self.clone();
        tokio::spawn(async move {
            sleep(later).await;
            // Before anybody is woken: what comes from here on is told by the next.
            viewers.due.store(false, Ordering::Release);
            for part in &viewers.parts {
                part.notify_waiters();
                yield_now().await;
            }
        });
    }
}

impl Viewer {
    /// Waits for news that come after this was called, also before it is waited for.
    pub(super) fn news(&self) -> Notified<'_> {
        self.viewers
            .parts
            .get(self.part)
            .unwrap_or(&self.viewers.parts[0])
            .notified()
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.viewers.here.fetch_sub(1, Ordering::Relaxed);
    }
}
