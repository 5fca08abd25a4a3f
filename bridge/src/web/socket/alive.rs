//! Whether the other end of a socket is still there.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// When a sign of life was seen last: a message, or octets that the other end took after they had to wait.
/// The second keeps a viewer that reads slowly, whose answers to beats come late.
pub(super) struct Alive(Mutex<Instant>);

impl Alive {
    /// Seen just now.
    pub(super) fn new() -> Self {
        Self(Mutex::new(Instant::now()))
    }

    /// There was a sign of life.
    pub(super) fn heard(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Waits until there has been none for so long.
    pub(super) async fn lost(&self, silence: Duration) {
        loop {
            let until = *self.0.lock().unwrap_or_else(PoisonError::into_inner) + silence;
            if until <= Instant::now() {
                return;
            }
            sleep_until(until).await;
        }
    }
}
