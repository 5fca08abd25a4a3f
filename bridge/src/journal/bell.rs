//! What wakes the recorder.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Thread, park, park_timeout};
use std::time::Instant;

/// Rung whenever there is something to record. Ringing it again before it was heard costs next to nothing.
#[derive(Default)]
pub(crate) struct Bell {
    rung: AtomicBool,
    listener: OnceLock<Thread>,
}

impl Bell {
    /// Wakes the listener.
    pub(crate) fn ring(&self) {
        if self.rung.load(Ordering::Relaxed) || self.rung.swap(true, Ordering::AcqRel) {
            return;
        }
        if let Some(listener) = self.listener.get() {
            listener.unpark();
        }
    }

    /// Says that this thread listens.
    pub(super) fn listen(&self) {
        self.listener.get_or_init(std::thread::current);
    }

    /// Waits until it was rung.
    pub(super) fn wait(&self) {
        while !self.rung.load(Ordering::Acquire) {
            park();
        }
    }

    /// The same, at most until then.
    pub(super) fn wait_until(&self, until: Instant) {
        while !self.rung.load(Ordering::Acquire) {
            let Some(rest) = until.checked_duration_since(Instant::now()) else {
                return;
            };
            park_timeout(rest);
        }
    }

    /// What was rung for until now is about to be looked at.
    pub(super) fn heard(&self) {
        self.rung.store(false, Ordering::SeqCst);
    }
}
