//! What one bridge holds at most.

use std::time::Duration;

/// What one bridge holds at most.
#[derive(Clone, Debug)]
pub struct Limits {
    /// HTTP connections at a time, WebSockets among them.
    pub connections: u32,
    /// Sessions at a time.
    pub sessions: usize,
    /// Sessions of one account at a time.
    pub sessions_of_account: usize,
    /// Browser windows in one session at a time.
    pub participants: usize,
    /// Messages that one window sends in a second. What is beyond is not read before its time.
    pub messages: u32,
    /// Connections to one mail server in a minute.
    pub target_rate: u32,
    /// Refused sign-ins to one mailbox of one mail server in a minute.
    pub sign_in_rate: u32,
    /// After how long without anybody typing a mail connection is closed; never if that is no time at all, and none if it is
    /// not said.
    pub idle: Option<Duration>,
    /// Exports that are made at a time.
    pub exports: usize,
    /// Exports of one session that are made at a time.
    pub exports_of_session: usize,
    /// Octets of one transcript.
    pub transcript: u64,
    /// Octets of all transcripts of living sessions together.
    pub transcripts: u64,
    /// Octets of all transcripts together of sessions that ended and that one account reads, or all who read without one. All
    /// who read have twice as many, and take nothing from those that live.
    pub past: u64,
}

/// After how long without anybody typing a mail connection is closed where the console is hosted, when nothing else is said.
const IDLE_HOSTED: Duration = Duration::from_secs(30 * 60);

/// Octets of one transcript, when nothing else is said.
const TRANSCRIPT: u64 = 256 * 1024 * 1024;

/// Octets of all transcripts of sessions that ended and that one account reads, when nothing else is said: one that is full.
const PAST: u64 = 297 * 1024 * 1024;

const _: () = assert!(PAST == room_for_one(TRANSCRIPT));

/// Exports that are made at a time.
const EXPORTS: usize = 64;

/// Exports of one session that are made at a time.
const EXPORTS_OF_SESSION: usize = 8;

impl Limits {
    /// After how long without anybody typing a mail connection is closed; none if it is not.
    pub(crate) fn idle(&self, is_hosted: bool) -> Option<Duration> {
        self.idle_as_said(is_hosted).filter(|time| !time.is_zero())
    }

    /// The same as it would be said.
    pub(super) fn idle_as_said(&self, is_hosted: bool) -> Option<Duration> {
        self.idle.or(is_hosted.then_some(IDLE_HOSTED))
    }

    /// Lets a transcript have so many octets, and one that is full be read when it has ended.
    pub(super) fn allow_transcript(&mut self, octets: u64) {
        self.transcript = octets;
        self.past = self.past.max(room_for_one(octets));
    }
}

/// What a full transcript takes, with its last words, what was hidden in it, and what is left of it at lower sights.
const fn room_for_one(transcript: u64) -> u64 {
    transcript + transcript / 8 + 9 * 1024 * 1024
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            sessions: 64,
            sessions_of_account: 20,
            participants: 256,
            messages: 1000,
            target_rate: 120,
            sign_in_rate: 10,
            idle: None,
            exports: EXPORTS,
            exports_of_session: EXPORTS_OF_SESSION,
            transcript: TRANSCRIPT,
            transcripts: 1024 * 1024 * 1024,
            past: PAST,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Server;
    use crate::config::{Access, Config, Mode, Targets};
    use crate::upstream::policy::Reach;

    /// After how long a bridge with these settings closes a mail connection that nobody uses.
    async fn idle(mode: Mode, idle: Option<Duration>) -> Option<Duration> {
        let limits = Limits {
            idle,
            ..Limits::default()
        };
        let access = Access {
            mode,
            ..Access::default()
        };
        let config = Config {
            public: vec!["http://127.0.0.1:8110".parse().unwrap()],
            trusted_proxies: vec!["127.0.0.1/32".parse().unwrap()],
            no_demonstration: true,
            no_journal: true,
            targets: Targets {
                reach: Some(Reach::Public),
                ..Targets::default()
            },
            access,
            limits,
            ..Config::default()
        };
        Server::new(config).await.unwrap().bridge.ways.idle
    }

    #[tokio::test]
    async fn a_hosted_bridge_closes_what_nobody_uses_after_half_an_hour_unless_something_else_is_said() {
        let (half_an_hour, a_minute) = (Duration::from_secs(1800), Duration::from_secs(60));
        assert_eq!(idle(Mode::Header, None).await, Some(half_an_hour));
        assert_eq!(idle(Mode::Header, Some(a_minute)).await, Some(a_minute));
        assert_eq!(idle(Mode::None, None).await, None);
    }
}
