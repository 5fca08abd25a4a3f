//! How often something may be done: so often at once, and then evenly. What was taken can be given back, as where a sign-in
//! succeeds that was counted when it went out.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The most that is kept apart of one kind, such as mail servers. Those that nobody uses any more make room; where none does,
/// a new one has to wait.
const KINDS_MAX: usize = 4096;

/// So often in so long a time: all of it at once, or evenly.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    within: Duration,
    each: Duration,
}

/// How much of a rate is taken: until then, if nothing more is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Taken(Option<Instant>);

/// A rate for each of a kind.
pub(crate) struct Rates<K> {
    rate: Rate,
    taken: Mutex<HashMap<K, Taken>>,
}

impl Rate {
    /// So often, at least once, in that time.
    pub(crate) fn new(often: u32, within: Duration) -> Self {
        let each = within / often.max(1);
        Self { within, each }
    }

    /// Once more, now.
    ///
    /// # Errors
    /// How long it has to wait.
    pub(crate) fn take(&self, taken: &mut Taken, now: Instant) -> Result<(), Duration> {
        let until = taken.0.map_or(now, |until| until.max(now)) + self.each;
        // What a division leaves over is nobody's.
        let latest = now + self.within;
        if until > latest {
            return Err(until - latest);
        }
        taken.0 = Some(until);
        Ok(())
    }
}

impl Taken {
    /// Once less: what was taken did not come about.
    fn give_back(&mut self, rate: &Rate) {
        self.0 = self.0.and_then(|until| until.checked_sub(rate.each));
    }

    fn is_over(self, now: Instant) -> bool {
        self.0.is_none_or(|until| until <= now)
    }
}

impl<K: Eq + Hash> Rates<K> {
    pub(crate) fn new(rate: Rate) -> Self {
        Self {
            rate,
            taken: Mutex::default(),
        }
    }

    /// Once more of that one, now.
    ///
    /// # Errors
    /// How long it has to wait.
    pub(crate) fn take(&self, which: K, now: Instant) -> Result<(), Duration> {
        let mut all = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= KINDS_MAX && !all.contains_key(&which) {
            all.retain(|_, taken| !taken.is_over(now));
            if all.len() >= KINDS_MAX {
                return Err(self.rate.within);
            }
        }
        self.rate.take(all.entry(which).or_default(), now)
    }

    /// Once less of that one.
    pub(crate) fn give_back(&self, which: &K) {
        let mut all = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = all.get_mut(which) {
            taken.give_back(&self.rate);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn all_of_it_at_once_and_then_evenly() {
        let (rate, now) = (Rate::new(3, 60 * SECOND), Instant::now());
        let mut taken = Taken::default();
        for _ in 0..3 {
            assert_eq!(rate.take(&mut taken, now), Ok(()));
        }
        assert_eq!(rate.take(&mut taken, now), Err(20 * SECOND));
        assert_eq!(rate.take(&mut taken, now + 19 * SECOND), Err(SECOND));
        assert_eq!(rate.take(&mut taken, now + 20 * SECOND), Ok(()));
        assert_eq!(rate.take(&mut taken, now + 20 * SECOND), Err(20 * SECOND));
        // Who has waited for long has all of it again, and no more.
        let later = now + 600 * SECOND;
        let again = (0..9).filter(|_| rate.take(&mut taken, later).is_ok());
        assert_eq!(again.count(), 3);
    }

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let (rates, now) = (Rates::new(Rate::new(2, 60 * SECOND)), Instant::now());
        for _ in 0..9 {
            assert_eq!(rates.take("one", now), Ok(()));
            rates.give_back(&"one");
        }
        rates.give_back(&"other");
        assert_eq!(rates.take("one", now), Ok(()));
        assert_eq!(rates.take("one", now), Ok(()));
        assert!(rates.take("one", now).is_err());
    }

    #[test]
    fn one_keeps_no_other_waiting_and_what_is_kept_is_bounded() {
        let (rates, now) = (Rates::new(Rate::new(1, SECOND)), Instant::now());
        for which in 0..KINDS_MAX {
            assert_eq!(rates.take(which, now), Ok(()));
        }
        assert!(rates.take(0, now).is_err());
        assert_eq!(rates.take(KINDS_MAX, now), Err(SECOND));
        assert_eq!(rates.take(KINDS_MAX, now + SECOND), Ok(()));
    }
}
