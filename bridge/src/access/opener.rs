//! Whoever opened a session, as far as others come in by their leave.

use std::sync::Arc;

use super::{Identity, Reception};

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
            // The sender lives in the reception, so waiting cannot fail.
            let _ = changed.changed().await;
        }
    }
}
