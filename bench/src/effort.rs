//! How much is measured.

use std::time::Duration;

/// How much is measured, and how often.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// How long quiet moments are waited for, in all.
    pub(crate) patience: Duration,
    /// Rounds of what takes a second.
    pub(crate) rounds: u32,
    /// Rounds of what takes several, and differs little from time to time.
    pub(crate) rounds_long: u32,
    /// Lines of one round of round trips.
    pub(crate) lines: usize,
    /// Lines of a large message: 50 MB.
    pub(crate) large: u32,
    /// How long many sessions are busy.
    pub(crate) busy: Duration,
    /// Busy sessions at a time.
    pub(crate) busy_sessions: usize,
    /// Idle sessions in a crowd.
    pub(crate) crowd_idle: usize,
    /// Busy sessions in it.
    pub(crate) crowd_busy: usize,
    /// Lines of each of those.
    pub(crate) crowd_lines: usize,
    /// Lines of one session that is alone, in each of several turns.
    pub(crate) crowd_alone: usize,
    /// Downloads beside which round trips are measured.
    pub(crate) downloads: u32,
    /// Idle sessions that are weighed.
    pub(crate) idle_sessions: usize,
    /// Lines that many viewers see.
    pub(crate) fan_outs: usize,
    /// Rounds in the browser.
    pub(crate) rounds_page: u32,
    /// Frames while it is scrolled.
    pub(crate) frames: u32,
}

impl Effort {
    /// For figures to be quoted: some fifteen minutes.
    pub(crate) const FULL: Effort = Effort {
        patience: Duration::from_secs(600),
        rounds: 9,
        rounds_long: 3,
        lines: 20_000,
        large: 625_000,
        busy: Duration::from_secs(2),
        busy_sessions: 200,
        crowd_idle: 2_000,
        crowd_busy: 200,
        crowd_lines: 50,
        crowd_alone: 100,
        downloads: 3,
        idle_sessions: 1_000,
        fan_outs: 40,
        rounds_page: 5,
        frames: 400,
    };

    /// To see that everything still works: about a minute. The figures are rough.
    pub(crate) const QUICK: Effort = Effort {
        patience: Duration::from_secs(10),
        rounds: 2,
        rounds_long: 1,
        lines: 3_000,
        busy: Duration::from_millis(500),
        crowd_idle: 200,
        crowd_busy: 20,
        crowd_lines: 10,
        crowd_alone: 10,
        downloads: 1,
        idle_sessions: 100,
        fan_outs: 8,
        rounds_page: 1,
        frames: 60,
        ..Effort::FULL
    };
}
