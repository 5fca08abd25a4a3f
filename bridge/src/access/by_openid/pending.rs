//! Browsers that are at the provider, and have not come back yet.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::session::token::{Hash, NoRandomness, Token};

/// How long a browser may be away.
pub(super) const AWAY_MAX: Duration = Duration::from_secs(10 * 60);

/// The most that are away at a time, and the most of them from one network. Beyond, whoever has been for longest is forgotten,
/// and begins anew.
const PENDING_MAX: usize = 4096;
const OF_NETWORK_MAX: usize = 256;

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
    network: IpAddr,
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
            network: network(from),
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
        make_room(&mut all, OF_NETWORK_MAX, |it| it.network == pending.network);
        make_room(&mut all, PENDING_MAX, |_| true);
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

/// Sees to it that there is room for one more among those, of which there may be so many.
fn make_room(all: &mut HashMap<Hash, Pending>, max: usize, among: impl Fn(&Pending) -> bool) {
    if all.values().filter(|it| among(it)).count() < max {
        return;
    }
    let oldest = all
        .iter()
        .filter(|(_, it)| among(it))
        .min_by_key(|(_, it)| it.begun);
    if let Some(oldest) = oldest.map(|(state, _)| *state) {
        all.remove(&oldest);
    }
}

/// Whose address that is, as far as addresses tell: of IPv6 everybody has 2⁶⁴ of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.into(),
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
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
    fn one_network_keeps_nobody_else_from_signing_in_and_what_is_kept_is_bounded() {
        let pendings = Pendings::default();
        pendings.keep(hash("ben's"), pending("ben", v4(2)));
        for number in 0..=OF_NETWORK_MAX {
            let one_of_many = IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, number as u16]);
            pendings.keep(hash(&number.to_string()), pending("mallory", one_of_many));
        }
        assert_eq!(pendings.0.lock().unwrap().len(), OF_NETWORK_MAX + 1);
        assert!(pendings.take(hash("0"), hash("mallory")).is_none());
        assert!(pendings.take(hash("ben's"), hash("ben")).is_some());
        for number in 0..PENDING_MAX as u32 + 9 {
            let from = IpAddr::from(number.to_be_bytes());
            pendings.keep(hash(&format!("v4 {number}")), pending("x", from));
        }
        assert_eq!(pendings.0.lock().unwrap().len(), PENDING_MAX);
    }
}
