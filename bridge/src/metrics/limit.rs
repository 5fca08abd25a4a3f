//! The limits that can be met, and how often each was.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use tracing::warn;

use super::Label;
use crate::seldom::Seldom;

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
    /// People, or windows of theirs, who came through one link.
    Link,
    /// People who are known of one session.
    People,
    /// One transcript.
    Transcript,
    /// All transcripts of sessions that live, or of one account's.
    Transcripts,
    /// All transcripts of sessions that ended and are read.
    Reading,
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
    /// Passwords for the console itself.
    Passwords,
    /// Sign-ins to the console at a provider.
    SignOns,
}

impl Limit {
    const ALL: [Self; 16] = [
        Self::Connections,
        Self::Sessions,
        Self::SessionsOfAccount,
        Self::Windows,
        Self::Link,
        Self::People,
        Self::Transcript,
        Self::Transcripts,
        Self::Reading,
        Self::Exports,
        Self::Messages,
        Self::TargetRate,
        Self::Idle,
        Self::SignInRate,
        Self::Passwords,
        Self::SignOns,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Connections => "connections",
            Self::Sessions => "sessions",
            Self::SessionsOfAccount => "sessions_of_account",
            Self::Windows => "windows",
            Self::Link => "link",
            Self::People => "people",
            Self::Transcript => "transcript",
            Self::Transcripts => "transcripts",
            Self::Reading => "reading",
            Self::Exports => "exports",
            Self::Messages => "messages",
            Self::TargetRate => "target_rate",
            Self::Idle => "idle",
            Self::SignInRate => "sign_in_rate",
            Self::Passwords => "passwords",
            Self::SignOns => "sign_ons",
        }
    }
}

/// How often each limit was met.
pub(super) struct Met {
    pub(super) counters: Family<Label, Counter>,
    said: [Seldom; Limit::ALL.len()],
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
            said: Default::default(),
        }
    }

    pub(super) fn met(&self, limit: Limit) {
        self.counters.get_or_create(&label(limit)).inc();
        if let Some(times) = self.said.get(limit as usize).and_then(Seldom::says) {
            warn!(limit = limit.name(), times, "a limit was met");
        }
    }
}

fn label(limit: Limit) -> Label {
    [("limit", limit.name())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_has_its_place() {
        for (at, limit) in Limit::ALL.into_iter().enumerate() {
            assert_eq!(limit as usize, at);
        }
    }
}
