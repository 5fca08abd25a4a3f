//! What happens over and over is said in the log now and then, with how often it happened: whoever floods fills no log.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often the log says it at most.
pub(crate) const SAID_EVERY: Duration = Duration::from_secs(10);

/// One thing that the log says now and then.
#[derive(Debug, Default)]
pub(crate) struct Seldom(Mutex<Said>);

#[derive(Debug, Default)]
struct Said {
    last: Option<Instant>,
    /// How often it happened since.
    since: u64,
}

impl Seldom {
    /// It happened once more. How often it has since the log said so last, where it is to say so again.
    pub(crate) fn says(&self) -> Option<u64> {
        self.says_at(Instant::now())
    }

    /// The same at that time.
    pub(crate) fn says_at(&self, now: Instant) -> Option<u64> {
        // Every change is a single step, so a panic leaves nothing half done.
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        said.since += 1;
        if said
            .last
            .is_some_and(|last| now.duration_since(last) < SAID_EVERY)
        {
            return None;
        }
        said.last = Some(now);
        Some(std::mem::take(&mut said.since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_not_flooded_and_says_how_often_it_happened() {
        let (seldom, begin) = (Seldom::default(), Instant::now());
        assert_eq!(seldom.says_at(begin), Some(1));
        for _ in 0..1000 {
            assert_eq!(seldom.says_at(begin), None);
        }
        assert_eq!(seldom.says_at(begin + SAID_EVERY), Some(1001));
    }
}
