//! Browsers that are at the provider, and have not come back yet.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::network::{Network, Site};
use crate::session::token::{Hash, NoRandomness, Token};

/// How long a browser may be away.
pub(super) const AWAY_MAX: Duration = Duration::from_secs(10 * 60);

/// The most that are away at a time. Beyond, of the site with the most whoever has been for longest is forgotten, and begins
/// anew: who sends many away pushes out their own, from however many networks of theirs. How many one can have is bounded by how
/// fast they leave ([`LEAVING`](super::leaving::LEAVING), [`LEAVING_OF_SITE`](super::leaving::LEAVING_OF_SITE)): fewer would let whoever is behind
/// the same address as others push those out.
const PENDING_MAX: usize = 4096;

/// What the provider and the bridge know each other's messages by, in one attempt to sign in.
pub(super) struct Attempt {
    /// What is in the ID token that is made for it.
    pub(super) nonce: String,
    /// What proves that whoever brings the code has sent the browser away (RFC 7636 §4.1).
    pub(super) verifier: String,
    /// Where the browser comes back to.
    pub(super) back: String,
}

/// An attempt whose browser is away.
pub(crate) struct Pending {
    pub(super) attempt: Attempt,
    /// What the browser is known by.
    binding: Hash,
    /// Where it left from.
    pub(super) network: Network,
    pub(super) site: Site,
    /// The page that it goes on with: a path of the console's own.
    pub(crate) page: String,
    begun: Instant,
}

/// All of them, by the hash of their state.
#[derive(Default)]
pub(super) struct Pendings(Mutex<HashMap<Hash, Pending>>);

impl Attempt {
    /// A new one, whose browser comes back to that address.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub(super) fn new(back: String) -> Result<Self, NoRandomness> {
        Ok(Self {
            nonce: Token::new()?.reveal(),
            verifier: Token::new()?.reveal(),
            back,
        })
    }
}

impl Pending {
    /// Of a browser that leaves now from that address, is known by that, and goes on with that page.
    pub(super) fn new(attempt: Attempt, binding: Hash, from: IpAddr, page: String) -> Self {
        Self {
            attempt,
            binding,
            network: from.into(),
            site: from.into(),
            page,
            begun: Instant::now(),
        }
    }

    fn is_over(&self) -> bool {
        self.begun.elapsed() > AWAY_MAX
    }
}

impl Pendings {
    /// Remembers one by its state's hash.
    pub(super) fn keep(&self, state: Hash, pending: Pending) {
        // Every step leaves what makes sense.
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, it| !it.is_over());
        if all.len() >= PENDING_MAX {
            make_room(&mut all);
        }
        all.insert(state, pending);
    }

    /// The one of that state, if it is of the browser that is known by that. Whoever comes with its state, it counts no more:
    /// a state that another browser has is known to somebody who should not know it.
    pub(super) fn take(&self, state: Hash, binding: Hash) -> Option<Pending> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = all.remove(&state)?;
        // Hashes of what nobody can choose: how long comparing takes tells nothing of it.
        (taken.binding == binding && !taken.is_over()).then_some(taken)
    }
}

/// Forgets the oldest of those of the site that has the most.
fn make_room(all: &mut HashMap<Hash, Pending>) {
    let mut sites: HashMap<Site, usize> = HashMap::new();
    for pending in all.values() {
        *sites.entry(pending.site).or_default() += 1;
    }
    let of_site = |it: &Pending| sites.get(&it.site).copied().unwrap_or_default();
    let first = all.iter().min_by_key(|(_, it)| (Reverse(of_site(it)), it.begun));
    if let Some(first) = first.map(|(state, _)| *state) {
        all.remove(&first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::token::hash;

    fn pending(binding: &str, from: IpAddr) -> Pending {
        let attempt = Attempt::new(String::new()).unwrap();
        Pending::new(attempt, hash(binding), from, "/".to_owned())
    }

    fn v4(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn an_attempt_counts_once_and_in_its_own_browser() {
        let pendings = Pendings::default();
        let begin = |state: &str| pendings.keep(hash(state), pending("anna's", v4(1)));
        begin("one");
        assert!(pendings.take(hash("other"), hash("anna's")).is_none());
        assert!(pendings.take(hash("one"), hash("anna's")).is_some());
        assert!(pendings.take(hash("one"), hash("anna's")).is_none());
        // What somebody else came with is nobody's any more.
        begin("two");
        assert!(pendings.take(hash("two"), hash("mallory's")).is_none());
        assert!(pendings.take(hash("two"), hash("anna's")).is_none());
    }

    #[test]
    fn an_attempt_counts_for_a_while() {
        let pendings = Pendings::default();
        let Some(long_ago) = Instant::now().checked_sub(AWAY_MAX + Duration::from_secs(1)) else {
            // The machine has not been up for that long.
            return;
        };
        let old = Pending {
            begun: long_ago,
            ..pending("anna's", v4(1))
        };
        pendings.keep(hash("one"), old);
        assert!(pendings.take(hash("one"), hash("anna's")).is_none());
    }

    #[test]
    fn who_leaves_over_and_over_is_forgotten_before_others_and_what_is_kept_is_bounded() {
        let pendings = Pendings::default();
        for number in 1..=9 {
            pendings.keep(hash(&format!("anna's {number}")), pending("anna", v4(1)));
        }
        pendings.keep(hash("ben's"), pending("ben", v4(2)));
        for number in 0..PENDING_MAX + 100 {
            // From another network each time, all of them of one site.
            let one_of_many = IpAddr::from([0x2001, 0xdb8, 0, number as u16, 0, 0, 0, 1]);
            pendings.keep(hash(&number.to_string()), pending("mallory", one_of_many));
        }
        assert_eq!(pendings.0.lock().unwrap().len(), PENDING_MAX);
        assert!(pendings.take(hash("0"), hash("mallory")).is_none());
        assert!(pendings.take(hash("ben's"), hash("ben")).is_some());
        for number in 1..=9 {
            assert!(
                pendings
                    .take(hash(&format!("anna's {number}")), hash("anna"))
                    .is_some()
            );
        }
    }
}
