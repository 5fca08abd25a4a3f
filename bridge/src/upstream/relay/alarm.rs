//! What time brings about: deadlines, and what was put off for a moment.

use std::future::pending;
use std::pin::Pin;

use protocol::remark::{End, Failure, Remark, Step};
use protocol::state::Phase;
use tokio::time::{Instant, Sleep, sleep_until};

use super::Relay;
use crate::upstream::Outcome;
use crate::upstream::opening::micros;

/// The one timer of a connection. It may ring before anything is due, and is looked at then: a line that goes out
/// and is answered sets no timer.
pub(super) struct Alarm {
    sleep: Pin<Box<Sleep>>,
    at: Option<Instant>,
}

impl Alarm {
    /// One that does not ring.
    pub(super) fn new() -> Self {
        Self {
            sleep: Box::pin(sleep_until(Instant::now())),
            at: None,
        }
    }

    /// Rings no later than then.
    pub(super) fn set(&mut self, due: Option<Instant>) {
        if let Some(due) = due
            && self.at.is_none_or(|at| due < at)
        {
            self.at = Some(due);
            self.sleep.as_mut().reset(due);
        }
    }

    /// Waits until it rings.
    pub(super) async fn rings(&mut self) {
        if self.at.is_none() {
            return pending().await;
        }
        self.sleep.as_mut().await;
        self.at = None;
    }
}

/// What can be due.
#[derive(Clone, Copy)]
enum Due {
    /// The server has taken nothing for too long.
    Write,
    /// The connection is to be closed from this side.
    Last,
    /// The greeting is late.
    Late,
    /// The greeting did not come.
    Greeting,
    /// The keep-alive sends NOOP.
    Noop,
    /// Lines that went out are to be shown.
    Echo,
    /// Nobody has typed for too long.
    Idle,
}

impl Relay<'_> {
    /// When the next thing is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.dues().into_iter().filter_map(|(_, at)| at).min()
    }

    /// Does what is due.
    pub(super) fn rung(&mut self) -> Result<(), Outcome> {
        let now = Instant::now();
        for (due, at) in self.dues() {
            if at.is_some_and(|at| at <= now) {
                self.fall_due(due)?;
            }
        }
        Ok(())
    }

    /// When each thing is due, in the order in which they are done.
    fn dues(&self) -> [(Due, Option<Instant>); 7] {
        let deadlines = &self.ways.deadlines;
        let greeting = (self.dialogue.phase() == Phase::Greeting).then_some(self.begin);
        // The greeting has a deadline of its own, and so has the end.
        let idle = self
            .ways
            .idle
            .filter(|_| greeting.is_none() && self.last.is_none());
        let late = greeting.filter(|_| !self.heard && !self.told_late);
        [
            (
                Due::Write,
                self.line.blocked_since().map(|since| since + deadlines.write),
            ),
            (Due::Last, self.last.as_ref().map(|(at, _)| *at)),
            (Due::Late, late.map(|begin| begin + deadlines.greeting_late)),
            (Due::Greeting, greeting.map(|begin| begin + deadlines.greeting)),
            (Due::Noop, self.noop_due()),
            (Due::Echo, self.echo),
            (Due::Idle, idle.map(|idle| self.used + idle)),
        ]
    }

    fn fall_due(&mut self, due: Due) -> Result<(), Outcome> {
        match due {
            Due::Write => Err(Outcome::Ended(End::WriteTimedOut)),
            Due::Last => {
                let how = self.last.as_ref().map(|(_, how)| how.clone());
                how.map_or(Ok(()), |how| Err(self.over(how, None)))
            }
            Due::Late => {
                self.told_late = true;
                Ok(self.record.remark(Remark::GreetingLate {
                    after: micros(self.begin.elapsed()),
                    port: self.target.port,
                })?)
            }
            Due::Greeting => Err(self.failed(Step::Greeting, Failure::TimedOut)),
            Due::Noop => {
                self.send_noop();
                Ok(())
            }
            Due::Idle => {
                let after = self.ways.idle.unwrap_or_default().as_secs();
                Err(Outcome::Ended(End::Idle { after }))
            }
            Due::Echo => {
                self.echo = None;
                self.record.announce();
                Ok(())
            }
        }
    }
}
