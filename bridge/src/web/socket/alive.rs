//! Whether the other end of a socket is still there.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// How often is looked within the time that the other end may be silent. Looking costs nothing where a sign of life
/// would have to be told the time.
const LOOKS: u32 = 4;

/// Signs of life: a message, or octets that the other end took after they had to wait. The second keeps a viewer
/// that reads slowly, whose answers to beats come late.
#[derive(Default)]
pub(super) struct Alive(AtomicBool);

/// How long there has been none.
pub(super) struct Silence {
    since: Instant,
    looked: Instant,
    max: Duration,
}

impl Alive {
    /// There was a sign of life.
    pub(super) fn heard(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Silence {
    /// Begins now, and may last so long.
    pub(super) fn new(max: Duration) -> Self {
        let now = Instant::now();
        Self {
            since: now,
            looked: now,
            max,
        }
    }

    /// When to look next.
    pub(super) fn look_at(&self) -> Instant {
        self.looked + self.max / LOOKS
    }

    /// Looks, and tells whether it has lasted too long.
    pub(super) fn is_over(&mut self, alive: &Alive) -> bool {
        self.looked = Instant::now();
        if alive.0.swap(false, Ordering::Relaxed) {
            self.since = self.looked;
        }
        self.looked - self.since >= self.max
    }
}
