//! How often something may be done: so often at once, and then evenly. What was taken can be given back, as where a sign-in
//! succeeds that was counted when it went out.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The most that are counted apart of one kind, such as mail servers, names or addresses. Those that nobody uses any more make
/// room; where none does, all that are new are counted as one, or as whatever else is chosen for them.
pub(crate) const COUNTED_MAX: usize = 4096;

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
pub(crate) struct Counts<K> {
    rate: Rate,
    /// Of none of them what is counted together.
    taken: HashMap<Option<K>, Taken>,
}

/// The same, for many at a time.
pub(crate) struct Rates<K>(Mutex<Counts<K>>);

impl Rate {
    /// So often, at least once, in that time.
    pub(crate) fn new(often: u32, within: Duration) -> Self {
        let each = within / often.max(1);
        Self { within, each }
    }

    /// So many at once, and one more each time that so much has passed.
    pub(crate) const fn of(at_once: u32, each: Duration) -> Self {
        Self {
            within: each.saturating_mul(at_once),
            each,
        }
    }

    /// When it is the turn of once more that is asked for now.
    fn turn(&self, taken: Taken, now: Instant) -> Instant {
        // What a division leaves over is nobody's.
        let latest = now + self.within;
        now + (taken.until(now) + self.each).saturating_duration_since(latest)
    }

    fn count(&self, taken: &mut Taken, now: Instant) {
        taken.0 = Some(taken.until(now) + self.each);
    }

    /// Once more, now.
    ///
    /// # Errors
    /// How long it has to wait.
    pub(crate) fn take(&self, taken: &mut Taken, now: Instant) -> Result<(), Duration> {
        let wait = self.turn(*taken, now) - now;
        if !wait.is_zero() {
            return Err(wait);
        }
        self.count(taken, now);
        Ok(())
    }
}

impl Taken {
    fn until(self, now: Instant) -> Instant {
        self.0.map_or(now, |until| until.max(now))
    }

    /// Once less: what was taken did not come about.
    fn give_back(&mut self, rate: &Rate) {
        self.0 = self.0.and_then(|until| until.checked_sub(rate.each));
    }

    fn is_over(self, now: Instant) -> bool {
        self.0.is_none_or(|until| until <= now)
    }
}

impl<K: Copy + Eq + Hash> Counts<K> {
    pub(crate) fn new(rate: Rate) -> Self {
        Self {
            rate,
            taken: HashMap::new(),
        }
    }

    /// When it is that one's turn once more, if it is asked for now. Nothing is taken by that.
    pub(crate) fn turn(&mut self, which: K, now: Instant) -> Instant {
        let which = self.counted_as(which, now);
        self.rate
            .turn(self.taken.get(&which).copied().unwrap_or_default(), now)
    }

    /// Once more of that one, when its turn comes.
    pub(crate) fn count(&mut self, which: K, now: Instant) {
        let which = self.counted_as(which, now);
        self.rate.count(self.taken.entry(which).or_default(), now);
    }

    /// Once more of that one, now.
    ///
    /// # Errors
    /// How long it has to wait.
    pub(crate) fn take(&mut self, which: K, now: Instant) -> Result<(), Duration> {
        let which = self.counted_as(which, now);
        self.rate.take(self.taken.entry(which).or_default(), now)
    }

    /// Once less of that one.
    pub(crate) fn give_back(&mut self, which: K) {
        if let Some(taken) = self.taken.get_mut(&Some(which)) {
            taken.give_back(&self.rate);
        }
    }

    /// Whether that one is counted apart, or would be.
    pub(crate) fn has_room(&mut self, which: K, now: Instant) -> bool {
        if self.taken.len() < COUNTED_MAX || self.taken.contains_key(&Some(which)) {
            return true;
        }
        self.taken.retain(|_, taken| !taken.is_over(now));
        self.taken.len() < COUNTED_MAX
    }

    fn counted_as(&mut self, which: K, now: Instant) -> Option<K> {
        self.has_room(which, now).then_some(which)
    }
}

impl<K: Copy + Eq + Hash> Rates<K> {
    pub(crate) fn new(rate: Rate) -> Self {
        Self(Mutex::new(Counts::new(rate)))
    }

    /// As [`Counts::take`].
    ///
    /// # Errors
    /// How long it has to wait.
    pub(crate) fn take(&self, which: K, now: Instant) -> Result<(), Duration> {
        self.lock().take(which, now)
    }

    /// Once less of that one.
    pub(crate) fn give_back(&self, which: K) {
        self.lock().give_back(which);
    }

    fn lock(&self) -> MutexGuard<'_, Counts<K>> {
        // Every step leaves counts that make sense.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
            rates.give_back("one");
        }
        rates.give_back("other");
        assert_eq!(rates.take("one", now), Ok(()));
        assert_eq!(rates.take("one", now), Ok(()));
        assert!(rates.take("one", now).is_err());
    }

    #[test]
    fn whose_turn_it_is_not_yet_is_told_when_it_is() {
        let (mut counts, now) = (Counts::new(Rate::of(2, SECOND)), Instant::now());
        let mut turns = (0..4).map(|_| {
            let turn = counts.turn("one", now);
            counts.count("one", now);
            turn - now
        });
        assert!(turns.by_ref().take(2).all(|wait| wait.is_zero()));
        assert_eq!(turns.collect::<Vec<_>>(), [SECOND, 2 * SECOND]);
        assert_eq!(counts.turn("other", now), now);
    }

    #[test]
    fn one_keeps_no_other_waiting_and_those_beyond_what_is_kept_are_counted_as_one() {
        let (mut counts, now) = (Counts::new(Rate::of(1, SECOND)), Instant::now());
        for which in 0..COUNTED_MAX {
            assert_eq!(counts.take(which, now), Ok(()));
        }
        assert!(counts.take(0, now).is_err());
        assert_eq!(counts.take(COUNTED_MAX, now), Ok(()));
        assert_eq!(counts.take(COUNTED_MAX + 1, now), Err(SECOND));
        assert!(counts.taken.len() <= COUNTED_MAX + 1);
        assert_eq!(counts.take(COUNTED_MAX + 1, now + SECOND), Ok(()));
        assert_eq!(counts.taken.len(), 1);
    }
}
