//! When those for whom others vouch were vouched for last.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Identity;

/// The most that are remembered. Beyond, whoever was vouched for longest ago is forgotten.
const REMEMBERED_MAX: usize = 10_000;

/// When a proxy or a provider said last of whom that they may use the console, since it started. Times are milliseconds since
/// 1970-01-01T00:00:00Z.
///
/// Of whom nobody says anything any more nobody hears either that they may not: so it counts for as long as a sign-on does.
pub(super) struct Seen {
    /// When it began to be remembered. What was said before counts as said then.
    begun: u64,
    lasts: u64,
    last: Mutex<HashMap<Box<str>, u64>>,
}

impl Seen {
    /// Nobody yet, at that time. What is said counts for so long.
    pub(super) fn new(lasts: Duration, now: u64) -> Self {
        Self {
            begun: now,
            lasts: u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX),
            last: Mutex::default(),
        }
    }

    /// Somebody may, as others say now.
    pub(super) fn sees(&self, identity: &Identity, now: u64) {
        // Every change leaves what makes sense.
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = last.get_mut(&*identity.id) {
            *last = now;
            return;
        }
        if last.len() >= REMEMBERED_MAX {
            last.retain(|_, at| at.saturating_add(self.lasts) > now);
        }
        if last.len() >= REMEMBERED_MAX
            && let Some(oldest) = last.iter().min_by_key(|(_, at)| **at)
        {
            let oldest = oldest.0.clone();
            last.remove(&oldest);
        }
        last.insert(identity.id.as_str().into(), now);
    }

    /// Until when that counts of somebody.
    pub(super) fn until(&self, identity: &Identity) -> u64 {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let at = last.get(&*identity.id).copied().unwrap_or(self.begun);
        at.saturating_add(self.lasts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::person::named;

    #[test]
    fn what_is_said_of_somebody_counts_for_a_while_and_what_was_said_before_as_if_it_were_said_then() {
        let seen = Seen::new(Duration::from_millis(100), 1000);
        assert_eq!(seen.until(&named("anna")), 1100);
        seen.sees(&named("anna"), 1050);
        seen.sees(&named("anna"), 1070);
        assert_eq!(seen.until(&named("Anna")), 1170);
        assert_eq!(seen.until(&named("ben")), 1100);
    }

    #[test]
    fn no_more_are_remembered_than_the_bound_and_those_of_late_are() {
        let seen = Seen::new(Duration::from_millis(100), 0);
        let name = |number: usize| named(&format!("user{number}"));
        for number in 0..=REMEMBERED_MAX {
            seen.sees(&name(number), 1000 + number as u64 / REMEMBERED_MAX as u64);
        }
        assert_eq!(seen.last.lock().unwrap().len(), REMEMBERED_MAX);
        assert_eq!(seen.until(&name(REMEMBERED_MAX)), 1101);
        seen.sees(&named("anna"), 5000);
        assert_eq!(seen.last.lock().unwrap().len(), 1);
    }
}
