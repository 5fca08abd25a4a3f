//! Whether the rest of the machine leaves the measurement alone.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::{account, interrupt};

/// How long the machine is looked at before something is measured.
const LOOK: Duration = Duration::from_millis(150);

/// The part of one core that the rest of the machine may take.
const LET_PASS: f64 = 0.15;

/// Waits for quiet moments and measures again what was disturbed, for a bounded time in all.
pub(crate) struct Quiet {
    patience: Duration,
    measured: u32,
    disturbed: u32,
}

/// Ticks of a hundredth of a second each.
#[derive(Clone, Copy)]
struct Ticks {
    /// That all cores together spent in programs and for them.
    all: u64,
    /// That this program and what it started spent, as far as that has ended.
    own: u64,
}

impl Quiet {
    /// With so much patience for the whole run.
    pub(crate) fn new(patience: Duration) -> Self {
        Self {
            patience,
            measured: 0,
            disturbed: 0,
        }
    }

    /// Measures in a quiet moment, or, when patience is at its end, in any. What is measured must have ended when
    /// `measure` returns.
    ///
    /// # Errors
    /// What `measure` fails with, or when the system does not say how busy it is, or somebody interrupted.
    pub(crate) fn take<T>(&mut self, mut measure: impl FnMut() -> Result<T>) -> Result<T> {
        self.measured += 1;
        loop {
            let began = Instant::now();
            self.wait_since(began)?;
            let (measured, quiet) = quiet_during(&mut measure)?;
            if quiet {
                return Ok(measured);
            }
            if !self.has_patience(began) {
                self.disturbed += 1;
                return Ok(measured);
            }
            self.patience = self.patience.saturating_sub(began.elapsed());
        }
    }

    /// Waits for a quiet moment, or until patience is at its end. Nothing that is measured may run meanwhile.
    ///
    /// # Errors
    /// When the system does not say how busy it is, or somebody interrupted.
    pub(crate) fn wait(&mut self) -> Result<()> {
        self.measured += 1;
        let began = Instant::now();
        self.wait_since(began)?;
        if !self.has_patience(began) {
            self.disturbed += 1;
        }
        self.patience = self.patience.saturating_sub(began.elapsed());
        Ok(())
    }

    fn wait_since(&self, began: Instant) -> Result<()> {
        while self.has_patience(began) {
            let ((), quiet) = quiet_during(|| {
                std::thread::sleep(LOOK);
                Ok(())
            })?;
            if quiet {
                return Ok(());
            }
        }
        Ok(())
    }

    fn has_patience(&self, since: Instant) -> bool {
        since.elapsed() < self.patience
    }

    /// What is to be said of it; none when there is nothing.
    pub(crate) fn words(&self) -> Option<String> {
        (self.disturbed > 0).then(|| {
            format!(
                "The rest of the machine was busy during {} of {} measurements: what crosses cores is then slower than \
                 it is.",
                self.disturbed, self.measured
            )
        })
    }
}

/// Does something, and says whether the rest of the machine was quiet meanwhile.
fn quiet_during<T>(work: impl FnOnce() -> Result<T>) -> Result<(T, bool)> {
    interrupt::check()?;
    let (began, before) = (Instant::now(), Ticks::now()?);
    let done = work()?;
    interrupt::check()?;
    let (took, after) = (began.elapsed(), Ticks::now()?);
    let others = (after.all - before.all).saturating_sub(after.own - before.own);
    Ok((done, others as f64 / 100.0 <= LET_PASS * took.as_secs_f64()))
}

impl Ticks {
    fn now() -> Result<Self> {
        let all = all_in(&fs::read_to_string("/proc/stat")?).context("/proc/stat is not as expected")?;
        let own =
            own_in(&fs::read_to_string("/proc/self/stat")?).context("/proc/self/stat is not as expected")?;
        let orphans = account::orphans_time().as_millis() / 10;
        Ok(Self {
            all,
            own: own + orphans as u64,
        })
    }
}

/// User, nice and system of all cores; interrupts are not anybody's.
fn all_in(stat: &str) -> Option<u64> {
    let mut numbers = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace();
    let mut next = || numbers.next()?.parse::<u64>().ok();
    Some(next()? + next()? + next()?)
}

/// User and system of a process, and of its children that have ended.
fn own_in(stat: &str) -> Option<u64> {
    // The name, in parentheses, may hold anything.
    let fields = stat.rsplit_once(')')?.1.split_whitespace();
    let times: Vec<u64> = fields
        .skip(11)
        .take(4)
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    (times.len() == 4).then(|| times.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_those_spent_on_programs() {
        let stat = "cpu  10 20 30 4000 500 6 7 8 90 100\ncpu0 1 2 3 4 5 6 7 8 9 10\n";
        assert_eq!(all_in(stat), Some(60));
        assert_eq!(all_in("intr 1 2 3"), None);
        let own = "42 (a name) with) R 1 2 3 4 5 6 7 8 9 10 100 200 30 4 20 0 1 0 99 0";
        assert_eq!(own_in(own), Some(334));
        assert_eq!(own_in("42 (short) R 1 2"), None);
    }

    #[test]
    fn what_fails_is_not_measured_again() {
        let mut times = 0;
        let failed = Quiet::new(Duration::ZERO).take(|| {
            times += 1;
            Err::<(), _>(anyhow::anyhow!("no"))
        });
        assert!(failed.is_err());
        assert_eq!(times, 1);
    }
}
