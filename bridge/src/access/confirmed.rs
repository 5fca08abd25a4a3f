//! Where somebody gave their own password of late for what takes it.
//!
//! What they are given for it is for the page that asked, which keeps it in its memory: whoever has come by the browser's cookie
//! has not come by that.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::session::token::{Hash, NoRandomness, Token, hash};

/// The most pages of one browser that are told apart. The oldest asks anew.
const PAGES_MAX: usize = 8;

/// What was given in one browser, and since when.
#[derive(Default)]
pub(super) struct Confirmed(Mutex<VecDeque<(Hash, Instant)>>);

impl Confirmed {
    /// They gave it now, in the page that is told this.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub(super) fn begin(&self, now: Instant) -> Result<Token, NoRandomness> {
        let token = Token::new()?;
        // Every change leaves what makes sense.
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= PAGES_MAX {
            all.pop_front();
        }
        all.push_back((token.hash(), now));
        Ok(token)
    }

    /// Whether they gave it in the page that says this, no longer ago than that.
    pub(super) fn has(&self, token: &str, lasts: Duration, now: Instant) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|(_, given)| now.saturating_duration_since(*given) < lasts);
        // They are compared by their hashes: how long that takes tells nothing of the token.
        let token = hash(token);
        all.iter().any(|(it, _)| *it == token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LASTS: Duration = Duration::from_secs(60);

    #[test]
    fn it_counts_for_a_while_in_the_page_where_it_was_given_and_in_no_other() {
        let (confirmed, now) = (Confirmed::default(), Instant::now());
        let [first, second] = [(); 2].map(|()| confirmed.begin(now).unwrap().reveal());
        assert!(confirmed.has(&first, LASTS, now) && confirmed.has(&second, LASTS, now));
        assert!(!confirmed.has("", LASTS, now) && !confirmed.has("another", LASTS, now));
        assert!(!Confirmed::default().has(&first, LASTS, now));
        assert!(!confirmed.has(&first, LASTS, now + LASTS));
    }

    #[test]
    fn no_more_pages_are_known_than_the_bound() {
        let (confirmed, now) = (Confirmed::default(), Instant::now());
        let first = confirmed.begin(now).unwrap().reveal();
        for _ in 0..PAGES_MAX {
            confirmed.begin(now).unwrap();
        }
        assert!(!confirmed.has(&first, LASTS, now));
        assert_eq!(confirmed.0.lock().unwrap().len(), PAGES_MAX);
    }
}
