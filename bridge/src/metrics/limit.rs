//! The limits that can be met, and how often each was.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use tracing::warn;

use super::Label;

/// How often the log says at most that one limit is met.
const SAID_EVERY: Duration = Duration::from_secs(10);

/// A limit that can be met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// HTTP connections at a time.
    Connections,
    /// Sessions at a time.
    Sessions,
    /// Sessions of one account.
    SessionsOfAccount,
    /// Windows of one session.
    Windows,
    /// One transcript, or all together.
    Transcript,
    /// Exports at a time.
    Exports,
    /// Messages of one window in a second.
    Messages,
    /// Connections to one mail server in a minute.
    TargetRate,
    /// How long nobody uses a mail connection.
    Idle,
    /// Refused sign-ins to one mailbox in a minute.
    SignInRate,
}

impl Limit {
    const ALL: [Self; 10] = [
        Self::Connections,
        Self::Sessions,
        Self::SessionsOfAccount,
        Self::Windows,
        Self::Transcript,
        Self::Exports,
        Self::Messages,
        Self::TargetRate,
        Self::Idle,
        Self::SignInRate,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Connections => "connections",
            Self::Sessions => "sessions",
            Self::SessionsOfAccount => "sessions_of_account",
            Self::Windows => "windows",
            Self::Transcript => "transcript",
            Self::Exports => "exports",
            Self::Messages => "messages",
            Self::TargetRate => "target_rate",
            Self::Idle => "idle",
            Self::SignInRate => "sign_in_rate",
        }
    }
}

/// How often each limit was met.
pub(super) struct Met {
    pub(super) counters: Family<Label, Counter>,
    /// When the log said so of each last, and how often each was met since.
    said: Mutex<[(Option<Instant>, u64); Limit::ALL.len()]>,
}

impl Met {
    pub(super) fn new() -> Self {
        let counters = Family::<Label, Counter>::default();
        for limit in Limit::ALL {
            // It is told that a limit was never met, too.
            drop(counters.get_or_create(&label(limit)));
        }
        Self {
            counters,
            said: Mutex::default(),
        }
    }

    pub(super) fn met(&self, limit: Limit) {
        self.counters.get_or_create(&label(limit)).inc();
        if let Some(times) = self.says(limit, Instant::now()) {
            warn!(limit = limit.name(), times, "a limit was met");
        }
    }

    /// How often it was met since the log said so last, where it is to say so again.
    fn says(&self, limit: Limit, now: Instant) -> Option<u64> {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, since) = said.get_mut(limit as usize)?;
        *since += 1;
        if last.is_some_and(|last| now.duration_since(last) < SAID_EVERY) {
            return None;
        }
        *last = Some(now);
        Some(std::mem::take(since))
    }
}

fn label(limit: Limit) -> Label {
    [("limit", limit.name())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_not_flooded_and_says_how_often_a_limit_was_met() {
        let (met, begin) = (Met::new(), Instant::now());
        assert_eq!(met.says(Limit::Windows, begin), Some(1));
        assert_eq!(met.says(Limit::Windows, begin), None);
        assert_eq!(met.says(Limit::Sessions, begin), Some(1));
        assert_eq!(met.says(Limit::Windows, begin + SAID_EVERY), Some(2));
    }

    #[test]
    fn each_limit_has_its_place() {
        for (at, limit) in Limit::ALL.into_iter().enumerate() {
            assert_eq!(limit as usize, at);
        }
    }
}
