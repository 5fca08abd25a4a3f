//! NOOP, where somebody wants it, when nothing else has gone out for long.

use std::time::Duration;

use protocol::access::By;
use protocol::state::Phase;
use protocol::wire::Refusal;
use tokio::time::Instant;

use super::Relay;
use crate::rate::{Rate, Taken};
use crate::session::Asker;
use crate::upstream::Outcome;
use crate::upstream::opening::micros;

/// RFC 1939 §5 allows it in the TRANSACTION state alone.
const NOOP: &[u8] = b"NOOP";

/// How often it is switched on one connection: so often at once, and then four times a second. Each time is recorded for
/// everybody.
const SWITCHES: Rate = Rate::of(8, Duration::from_millis(250));

/// Whether, and since when, the server is to be kept from logging us out. It begins anew with every connection:
/// nothing goes out by itself that nobody asked for on this very one.
pub(super) struct KeepAlive {
    on: bool,
    /// When a line went out last.
    since: Instant,
    /// How often it was switched of late.
    switched: Taken,
}

impl KeepAlive {
    /// Off.
    pub(super) fn new() -> Self {
        Self {
            on: false,
            since: Instant::now(),
            switched: Taken::default(),
        }
    }

    /// A line goes out.
    pub(super) fn sent(&mut self, now: Instant) {
        self.since = now;
    }
}

impl Relay<'_> {
    /// Somebody switches it. Doing so twice is no news, and too often in a row is not done.
    pub(super) fn switch_keep_alive(&mut self, on: bool, asker: Asker) -> Result<(), Outcome> {
        if self.keep_alive.on == on {
            return Ok(());
        }
        if SWITCHES
            .take(&mut self.keep_alive.switched, Instant::now())
            .is_err()
        {
            asker.refuse(None, Refusal::TooSoon);
            return Ok(());
        }
        self.keep_alive.on = on;
        let every = micros(self.ways.deadlines.keep_alive);
        Ok(self.record.kept_alive(on, every, asker.by)?)
    }

    /// When NOOP is to be sent; none while it must not be.
    pub(super) fn noop_due(&self) -> Option<Instant> {
        let may = self.keep_alive.on
            && self.dialogue.phase() == Phase::Transaction
            && self.dialogue.is_idle()
            && self.outbox.is_empty()
            && !self.line.is_mute();
        may.then(|| self.keep_alive.since + self.ways.deadlines.keep_alive)
    }

    /// Sends it as a line that everybody sees.
    pub(super) fn send_noop(&mut self) {
        let sent: Result<(), Refusal> = self.dialogue.submit(NOOP, None, By::Console, &mut self.outputs);
        debug_assert!(sent.is_ok(), "an idle dialogue takes a line");
    }
}
