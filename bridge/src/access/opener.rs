//! Whoever opened a session, as far as others come in by their leave.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::{Identity, Reception};

/// How long the clock is trusted at most: a machine that slept, or whose clock was set, is noticed after that.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Whoever opened a session where the console is hosted. What they share is shared for as long as they may use the console
/// themselves.
#[derive(Clone)]
pub(crate) struct Opener {
    reception: Arc<Reception>,
    identity: Identity,
}

impl Opener {
    /// That one, of whom that reception knows.
    pub(super) fn new(reception: Arc<Reception>, identity: Identity) -> Self {
        Self { reception, identity }
    }

    /// Whether they may use the console no longer.
    pub(crate) fn is_out(&self) -> bool {
        self.reception.is_out(&self.identity)
    }

    /// Waits until they may not.
    pub(crate) async fn out(&self) {
        let mut changed = self.reception.changed.subscribe();
        while !self.is_out() {
            tokio::select! {
                // The sender lives in the reception, so waiting cannot fail.
                _ = changed.changed() => {}
                () = self.over() => {}
            }
        }
    }

    /// Waits until what others said of them may count no longer, if it ends by itself.
    async fn over(&self) {
        match self.reception.counts_for(&self.identity) {
            Some(left) => sleep(left.min(LOOK_EVERY)).await,
            None => pending().await,
        }
    }
}
