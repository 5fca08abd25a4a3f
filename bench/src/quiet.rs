//! Whether the rest of the machine leaves the measurement alone.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::interrupt;

/// How long the machine is looked at.
const LOOK: Duration = Duration::from_millis(150);

/// The part of one core that the rest of the machine may take.
const LET_PASS: f64 = 0.15;

/// Waits for quiet moments, for a bounded time in all, and remembers how often it waited in vain.
pub(crate) struct Quiet {
    patience: Duration,
    looked: u32,
    disturbed: u32,
}

impl Quiet {
    /// With so much patience for the whole run.
    pub(crate) fn new(patience: Duration) -> Self {
        Self {
            patience,
            looked: 0,
            disturbed: 0,
        }
    }

    /// Waits until the rest of the machine is quiet, or patience is at its end. Nothing that is measured may run
    /// meanwhile.
    ///
    /// # Errors
    /// When the system does not say, or somebody interrupted.
    pub(crate) fn wait(&mut self) -> Result<()> {
        self.looked += 1;
        loop {
            interrupt::check()?;
            let before = busy()?;
            std::thread::sleep(LOOK);
            if (busy()? - before).as_secs_f64() <= LET_PASS * LOOK.as_secs_f64() {
                return Ok(());
            }
            match self.patience.checked_sub(LOOK) {
                Some(left) => self.patience = left,
                None => {
                    self.disturbed += 1;
                    return Ok(());
                }
            }
        }
    }

    /// What is to be said of it; none when there is nothing.
    pub(crate) fn words(&self) -> Option<String> {
        (self.disturbed > 0).then(|| {
            format!(
                "The rest of the machine was busy at {} of {} measurements: what crosses cores is then slower than it is.",
                self.disturbed, self.looked
            )
        })
    }
}

/// The time that all cores together were busy since the machine started.
fn busy() -> Result<Duration> {
    let stat = fs::read_to_string("/proc/stat")?;
    let ticks = ticks_in(&stat).context("/proc/stat does not say how busy the cores are")?;
    // A tick is a hundredth of a second, whatever the kernel's own is.
    Ok(Duration::from_millis(10 * ticks))
}

/// All ticks but those spent idle or waiting for a disk.
fn ticks_in(stat: &str) -> Option<u64> {
    let numbers = stat.lines().next()?.strip_prefix("cpu ")?;
    let ticks: Vec<u64> = numbers
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    // User, nice, system, idle, waiting, interrupts, soft interrupts, stolen; guests are among user.
    Some(
        ticks
            .iter()
            .take(8)
            .enumerate()
            .filter(|(at, _)| !matches!(at, 3 | 4))
            .map(|(_, ticks)| ticks)
            .sum(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_cores_are_not_busy() {
        let stat = "cpu  10 20 30 4000 500 6 7 8 90 100\ncpu0 1 2 3 4 5 6 7 8 9 10\n";
        assert_eq!(ticks_in(stat), Some(81));
        assert_eq!(ticks_in("intr 1 2 3"), None);
    }
}
