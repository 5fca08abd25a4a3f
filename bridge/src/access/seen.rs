//! What others say of those for whom they vouch: whether they may use the console, and when that was said.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Identity;

/// The most of whom it is remembered what was said.
pub(super) const REMEMBERED_MAX: usize = 10_000;

/// What a proxy or a provider said last of each, since the console started. Times are milliseconds since 1970-01-01T00:00:00Z.
///
/// Of whom nobody says anything any more nobody hears either that they may not: so it counts for as long as a sign-on does.
pub(super) struct Seen {
    lasts: u64,
    said: Mutex<Said>,
}

struct Said {
    /// Until when that counts of each. It is over of those who may not.
    until: HashMap<Box<str>, u64>,
    /// The same of whom nothing was said since: what was said before it began to be remembered counts as said then.
    of_others: u64,
}

impl Seen {
    /// Nobody yet, at that time. What is said counts for so long.
    pub(super) fn new(lasts: Duration, now: u64) -> Self {
        let lasts = u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX);
        Self {
            lasts,
            said: Mutex::new(Said {
                until: HashMap::new(),
                of_others: now.saturating_add(lasts),
            }),
        }
    }

    /// Those may not, as others said before it began to be remembered: what tells them apart.
    pub(super) fn begins_without(&self, all: &[String]) {
        let mut said = self.said();
        for id in all {
            said.remember(id, 0, 0);
        }
    }

    /// Nothing counts of what others said before it began to be remembered.
    pub(super) fn begins_with_nobody(&self) {
        self.said().of_others = 0;
    }

    /// Somebody may, as others say now.
    pub(super) fn sees(&self, identity: &Identity, now: u64) {
        self.said()
            .remember(&identity.id, now.saturating_add(self.lasts), now);
    }

    /// Somebody may not, as others say now. Whether what was said of them before counted until now.
    pub(super) fn puts_out(&self, identity: &Identity, now: u64) -> bool {
        let mut said = self.said();
        let was_in = said.until(identity) > now;
        // Of whom it is over anyhow nothing has to be remembered: strangers take no place.
        if was_in {
            said.remember(&identity.id, 0, now);
        }
        was_in
    }

    /// Whether of nobody was forgotten what was said.
    pub(super) fn knows_all(&self) -> bool {
        self.said().of_others > 0
    }

    /// Until when what was said of somebody counts.
    pub(super) fn until(&self, identity: &Identity) -> u64 {
        self.said().until(identity)
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        // Every change leaves what makes sense.
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Said {
    fn until(&self, identity: &Identity) -> u64 {
        self.until.get(&*identity.id).copied().unwrap_or(self.of_others)
    }

    fn remember(&mut self, id: &str, until: u64, now: u64) {
        if let Some(known) = self.until.get_mut(id) {
            *known = until;
            return;
        }
        if self.until.len() >= REMEMBERED_MAX {
            self.make_room(now);
        }
        self.until.insert(id.into(), until);
    }

    /// Forgets those of whom it is over, and whoever was vouched for longest ago if there is nobody else. Nobody who was put
    /// out is in again by that: of whom nothing is remembered, what was said before counts no longer.
    fn make_room(&mut self, now: u64) {
        self.of_others = 0;
        self.until.retain(|_, until| *until > now);
        if self.until.len() >= REMEMBERED_MAX
            && let Some(oldest) = self.until.iter().min_by_key(|(_, until)| **until)
        {
            let oldest = oldest.0.clone();
            self.until.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::person::named;

    /// A tenth of a second from the start on.
    fn seen(now: u64) -> Seen {
        Seen::new(Duration::from_millis(100), now)
    }

    #[test]
    fn what_is_said_of_somebody_counts_for_a_while_and_what_was_said_before_as_if_it_were_said_then() {
        let seen = seen(1000);
        assert_eq!(seen.until(&named("anna")), 1100);
        seen.sees(&named("anna"), 1050);
        seen.sees(&named("anna"), 1070);
        assert_eq!(seen.until(&named("Anna")), 1170);
        assert_eq!(seen.until(&named("ben")), 1100);
    }

    #[test]
    fn who_is_put_out_is_out_until_others_say_again_that_they_may() {
        let seen = seen(1000);
        for name in ["anna", "never seen"] {
            assert!(seen.puts_out(&named(name), 1010));
            assert!(!seen.puts_out(&named(name), 1010));
            assert!(seen.until(&named(name)) <= 1010);
            seen.sees(&named(name), 1020);
            assert_eq!(seen.until(&named(name)), 1120);
            assert!(seen.puts_out(&named(name), 1020));
        }
        // Whose time is over is out already.
        assert!(!seen.puts_out(&named("ben"), 1100));
    }

    #[test]
    fn no_more_are_remembered_than_the_bound_and_those_of_late_are() {
        let seen = seen(0);
        let name = |number: usize| named(&format!("user{number}"));
        for number in 0..=REMEMBERED_MAX {
            seen.sees(&name(number), 1000 + number as u64 / REMEMBERED_MAX as u64);
        }
        assert_eq!(seen.said().until.len(), REMEMBERED_MAX);
        assert_eq!(seen.until(&name(REMEMBERED_MAX)), 1101);
        seen.sees(&named("anna"), 5000);
        assert_eq!(seen.said().until.len(), 1);
    }

    #[test]
    fn nobody_is_in_again_for_the_sake_of_others_who_are_put_out_however_many() {
        let seen = seen(1000);
        seen.sees(&named("anna"), 1000);
        seen.puts_out(&named("mallory"), 1010);
        for number in 0..=REMEMBERED_MAX {
            seen.puts_out(&named(&format!("stranger{number}")), 1020);
        }
        assert!(seen.said().until.len() <= REMEMBERED_MAX);
        assert!(seen.until(&named("mallory")) <= 1020);
        assert_eq!(seen.until(&named("anna")), 1100);
        // They may be signed in still, which is said.
        assert!(!seen.puts_out(&named("mallory"), 1020) && !seen.knows_all());
    }
}
