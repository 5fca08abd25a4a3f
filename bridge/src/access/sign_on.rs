//! One browser in which somebody is signed in to the console: who that is, and for how long.

use std::time::Duration;

use protocol::standing::Rank;
use tokio::sync::watch;
use tokio::time::sleep;

use super::account::{Account, Identity};
use super::confirmed::Confirmed;
use super::person::Person;
use crate::session::transcript::now;

/// How long the clock is trusted at most: a machine that slept, or whose clock was set, is noticed after that.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// One browser in which somebody is signed in. Its token is the browser's alone; nothing is kept of it but its hash. Of
/// somebody whom each request names there is one for all browsers, and no token.
pub(crate) struct SignOn {
    pub(super) person: Person,
    /// When it was begun, and until when it lasts, in milliseconds since 1970-01-01T00:00:00Z.
    pub(super) begun: u64,
    pub(crate) until: u64,
    over: watch::Sender<bool>,
    /// In which of its pages they gave their own password of late.
    pub(super) confirmed: Confirmed,
}

impl SignOn {
    /// It begins now, and lasts so long.
    pub(super) fn new(person: Person, lasts: Duration) -> Self {
        let begun = millis();
        let lasts = u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX);
        Self {
            person,
            begun,
            until: begun.saturating_add(lasts),
            over: watch::Sender::new(false),
            confirmed: Confirmed::default(),
        }
    }

    /// It is over from now on, whatever time is left.
    pub(super) fn end(&self) {
        self.over.send_replace(true);
    }

    /// Whether it was ended, and has not just lasted its time.
    pub(super) fn was_ended(&self) -> bool {
        *self.over.borrow()
    }

    /// Who it is.
    pub(crate) fn identity(&self) -> Identity {
        self.person.identity.clone()
    }

    /// What everybody calls them.
    pub(crate) fn name(&self) -> &str {
        &self.person.identity.name
    }

    /// Whether that is who it is.
    pub(crate) fn is(&self, identity: &Identity) -> bool {
        self.person.identity == *identity
    }

    /// With which account of the console's own they signed in, as it was then.
    pub(super) fn account(&self) -> Option<&Account> {
        self.person.account()
    }

    /// What they may do.
    pub(crate) fn rank(&self) -> Rank {
        self.person.rank
    }

    /// How they signed on, in a word.
    pub(crate) fn how(&self) -> &'static str {
        self.person.by.name()
    }

    /// Whether they are signed in no longer.
    pub(crate) fn is_over(&self) -> bool {
        self.was_ended() || self.until <= millis()
    }

    /// Waits until they are signed in no longer.
    pub(crate) async fn over(&self) {
        let mut over = self.over.subscribe();
        loop {
            let left = Duration::from_millis(self.until.saturating_sub(millis()));
            if left.is_zero() {
                return;
            }
            tokio::select! {
                // The sender lives in self, so waiting cannot fail.
                _ = over.wait_for(|&over| over) => return,
                () = sleep(left.min(LOOK_EVERY)) => {}
            }
        }
    }
}

/// Milliseconds since 1970-01-01T00:00:00Z.
fn millis() -> u64 {
    now() / 1000
}
