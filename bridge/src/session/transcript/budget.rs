//! The octets that transcripts share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::Full;
use crate::share;

/// The octets that transcripts share.
#[derive(Clone)]
pub(crate) struct Budget(Arc<Octets>);

struct Octets {
    used: AtomicU64,
    max: u64,
    /// Of what these are a share: what is taken of them is taken there as well.
    whole: Option<Budget>,
}

/// A budget of which nobody alone takes all.
pub(crate) struct Shares {
    whole: Budget,
    of_accounts: Mutex<HashMap<Box<str>, Weak<Octets>>>,
}

impl Budget {
    /// Of so many octets.
    pub(crate) fn new(max: u64) -> Self {
        Self::of(max, None)
    }

    fn of(max: u64, whole: Option<Budget>) -> Self {
        Self(Arc::new(Octets {
            used: AtomicU64::new(0),
            max,
            whole,
        }))
    }

    /// How many of them are used.
    pub(crate) fn used(&self) -> u64 {
        self.0.used.load(Ordering::Relaxed)
    }

    /// Whether there are any left.
    ///
    /// # Errors
    /// When there are none.
    pub(super) fn room(&self) -> Result<(), Full> {
        self.are_all(|it, used| used < it.max)
    }

    /// Takes so many, unless that would go so far beyond.
    ///
    /// # Errors
    /// When it would.
    pub(super) fn take(&self, octets: u64, beyond: u64) -> Result<(), Full> {
        self.add(octets);
        let taken = self.are_all(|it, used| used <= it.max + beyond);
        if taken.is_err() {
            self.give_back(octets);
        }
        taken
    }

    fn are_all(&self, is_so: impl Fn(&Octets, u64) -> bool) -> Result<(), Full> {
        let first = self.all().find(|it| !is_so(it, it.used.load(Ordering::Relaxed)));
        first.map_or(Ok(()), |it| {
            let of_account = it.whole.is_some();
            Err(Full::Together { of_account })
        })
    }

    /// Takes so many, whether there are as many left or not.
    pub(super) fn add(&self, octets: u64) {
        for it in self.all() {
            it.used.fetch_add(octets, Ordering::Relaxed);
        }
    }

    /// Gives so many back.
    pub(super) fn give_back(&self, octets: u64) {
        for it in self.all() {
            it.used.fetch_sub(octets, Ordering::Relaxed);
        }
    }

    fn all(&self) -> impl Iterator<Item = &Octets> {
        std::iter::successors(Some(&*self.0), |it| it.whole.as_ref().map(|whole| &*whole.0))
    }
}

impl Shares {
    /// Of so many octets.
    pub(crate) fn new(max: u64) -> Self {
        Self {
            whole: Budget::new(max),
            of_accounts: Mutex::default(),
        }
    }

    /// Of as many as two accounts take, each of which may take so many.
    pub(crate) fn of_two(each: u64) -> Self {
        // One account has [half](share::of_one).
        Self::new(each.saturating_mul(2))
    }

    /// How many of them are used.
    pub(crate) fn used(&self) -> u64 {
        self.whole.used()
    }

    /// What that account may take of them; all of them, where there are no accounts.
    pub(crate) fn of(&self, account: Option<&str>) -> Budget {
        let Some(account) = account else {
            return self.whole.clone();
        };
        // Every change is a single step, so a panic leaves nothing half done.
        let mut shares = self.of_accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = shares.get(account).and_then(Weak::upgrade) {
            return Budget(share);
        }
        // Whose sessions are all gone has none any more.
        shares.retain(|_, share| share.strong_count() > 0);
        let max = share::of_one(self.whole.0.max);
        let share = Budget::of(max, Some(self.whole.clone()));
        shares.insert(account.into(), Arc::downgrade(&share.0));
        share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_account_leaves_a_part_to_others_and_gives_back_what_it_took() {
        let shares = Shares::new(1000);
        let (one, again, other) = (
            shares.of(Some("anna")),
            shares.of(Some("anna")),
            shares.of(Some("ben")),
        );
        assert_eq!(one.take(400, 0), Ok(()));
        assert_eq!(again.take(200, 0), Err(Full::Together { of_account: true }));
        assert_eq!(again.take(200, 100), Ok(()));
        assert!(one.room().is_err());
        assert_eq!(other.take(500, 0), Err(Full::Together { of_account: false }));
        assert_eq!(other.take(400, 0), Ok(()));
        assert!(shares.of(None).room().is_err() && other.room().is_err());
        again.give_back(600);
        assert_eq!(shares.used(), 400);
        assert!(one.room().is_ok());
        drop((one, again, other));
        drop(shares.of(Some("carl")));
        assert_eq!(shares.of_accounts.lock().unwrap().len(), 1);
    }
}
