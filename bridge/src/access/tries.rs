//! How often passwords may be tried: for one name, and from one address, whoever it is. And how often codes may that a
//! provider is asked about, all of which are of one name.
//!
//! Whoever tries more often than that has to wait for their turn, and is turned away where that would be long. A name that
//! somebody else tries over and over is open all the same to whoever signed in with it before, from where they did.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::time::Instant;

use crate::network;
use crate::session::token::Hash;

/// How long a password waits for its turn at most. One that would have to wait longer is not looked at.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// How many come from one address, whatever they try, without waiting for each other.
const OF_ADDRESS: Rate = Rate {
    at_once: 10,
    every: Duration::from_secs(2),
};

/// Of passwords.
pub(super) const PASSWORDS: Bounds = Bounds {
    of_address: OF_ADDRESS,
    of_name: Rate {
        at_once: 20,
        every: Duration::from_secs(1),
    },
    of_both: OF_ADDRESS,
};

/// Of codes. All together are more than one name's passwords: beyond, those wait who never signed in from where they are.
pub(super) const CODES: Bounds = Bounds {
    of_address: OF_ADDRESS,
    of_name: Rate {
        at_once: 60,
        every: Duration::from_millis(200),
    },
    of_both: OF_ADDRESS,
};

/// The most addresses, or names, that are counted each for itself. Others are counted together.
const COUNTED_MAX: usize = 4096;

/// How many of those are remembered who signed in: a name, and from where.
const REMEMBERED_MAX: usize = 4096;

/// How many from one address, of one name, or of one name from one address, are looked at without waiting for each other,
/// and in which time one more is. Those that were right are not counted.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    of_address: Rate,
    of_name: Rate,
    of_both: Rate,
}

#[derive(Clone, Copy)]
struct Rate {
    at_once: u32,
    every: Duration,
}

/// What has been tried of late.
pub(crate) struct Tries {
    bounds: Bounds,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    of_address: Clock,
    of_name: Clock,
    of_both: Clock,
    /// Who signed in last, newest last.
    signed_in: VecDeque<Hash>,
}

/// When the next of each would be looked at, had none been at once.
#[derive(Default)]
struct Clock(HashMap<Hash, Instant>);

/// When one may be looked at, and as what it was counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    pub(crate) begins: Instant,
    address: Hash,
    name: Hash,
    both: Hash,
    is_known: bool,
}

impl Tries {
    /// Within these bounds.
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            counts: Mutex::default(),
        }
    }

    /// When a password for that name is looked at that came from there at that time; none if that would be too late. It is
    /// counted by that.
    pub(crate) fn turn(&self, from: IpAddr, name: &str, heard: Instant) -> Option<Turn> {
        let (mut counts, bounds) = (self.counts(), self.bounds);
        let address = hash(&[network::counted(from).to_string().as_bytes()]);
        let name = hash(&[name.to_lowercase().as_bytes()]);
        let both = hash(&[&address, &name]);
        let is_known = counts.signed_in.contains(&both);
        let begins = if is_known {
            counts.of_both.begins(both, heard, bounds.of_both)
        } else {
            let of_address = counts.of_address.begins(address, heard, bounds.of_address);
            of_address.max(counts.of_name.begins(name, heard, bounds.of_name))
        };
        if begins > heard + WAIT_MAX {
            return None;
        }
        if is_known {
            counts.of_both.count(both, heard, bounds.of_both);
        } else {
            counts.of_address.count(address, heard, bounds.of_address);
            counts.of_name.count(name, heard, bounds.of_name);
        }
        Some(Turn {
            begins,
            address,
            name,
            both,
            is_known,
        })
    }

    /// The password was right: it is not counted, and whoever had it is remembered.
    pub(crate) fn was_right(&self, turn: Turn) {
        let (mut counts, bounds) = (self.counts(), self.bounds);
        if turn.is_known {
            counts.of_both.give_back(turn.both, bounds.of_both);
        } else {
            counts.of_address.give_back(turn.address, bounds.of_address);
            counts.of_name.give_back(turn.name, bounds.of_name);
        }
        counts.signed_in.retain(|it| *it != turn.both);
        if counts.signed_in.len() >= REMEMBERED_MAX {
            counts.signed_in.pop_front();
        }
        counts.signed_in.push_back(turn.both);
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        // Every step leaves counts that make sense.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock {
    /// When one more is looked at that was heard at that time.
    fn begins(&mut self, key: Hash, heard: Instant, rate: Rate) -> Instant {
        let key = self.counted_as(key, heard);
        let next = self.0.get(&key).copied().unwrap_or(heard).max(heard);
        let at_once = rate.every * (rate.at_once - 1);
        next.checked_sub(at_once)
            .map_or(heard, |begins| begins.max(heard))
    }

    fn count(&mut self, key: Hash, heard: Instant, rate: Rate) {
        let key = self.counted_as(key, heard);
        let next = self.0.entry(key).or_insert(heard);
        *next = (*next).max(heard) + rate.every;
    }

    fn give_back(&mut self, key: Hash, rate: Rate) {
        if let Some(next) = self.0.get_mut(&key) {
            *next = next.checked_sub(rate.every).unwrap_or(*next);
        }
    }

    fn counted_as(&mut self, key: Hash, heard: Instant) -> Hash {
        if self.0.len() >= COUNTED_MAX && !self.0.contains_key(&key) {
            self.0.retain(|_, next| *next > heard);
            if self.0.len() >= COUNTED_MAX {
                return Hash::default();
            }
        }
        key
    }
}

fn hash(parts: &[&[u8]]) -> Hash {
    let hash = parts
        .iter()
        .fold(Sha256::new(), |hash, part| hash.chain_update(part));
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    /// How many of a hundred passwords for that name that come at once are looked at.
    fn looked_at(tries: &Tries, from: IpAddr, name: &str, heard: Instant) -> usize {
        (0..100).filter_map(|_| tries.turn(from, name, heard)).count()
    }

    #[test]
    fn a_few_passwords_are_looked_at_at_once_some_in_their_turn_and_no_more() {
        let (tries, heard) = (Tries::new(PASSWORDS), Instant::now());
        let turns: Vec<Turn> = (0..100)
            .filter_map(|_| tries.turn(address(1), "anna", heard))
            .collect();
        let at_once = turns.iter().filter(|turn| turn.begins == heard).count();
        assert_eq!(at_once, OF_ADDRESS.at_once as usize);
        assert!(turns.iter().all(|turn| turn.begins <= heard + WAIT_MAX));
        assert_eq!(turns.len(), 12);
        // After a while there is room again, and somebody elsewhere had it all the time.
        assert_eq!(tries.turn(address(2), "ben", heard).unwrap().begins, heard);
        let later = heard + 12 * OF_ADDRESS.every;
        assert_eq!(tries.turn(address(1), "anna", later).unwrap().begins, later);
    }

    #[test]
    fn whoever_signed_in_before_gets_in_from_where_they_did_whatever_others_try() {
        let (tries, heard) = (Tries::new(PASSWORDS), Instant::now());
        let right = tries.turn(address(1), "Anna", heard).unwrap();
        tries.was_right(right);
        for elsewhere in 2..=99 {
            looked_at(&tries, address(elsewhere), "anna", heard);
        }
        assert!(tries.turn(address(100), "anna", heard).is_none());
        assert_eq!(tries.turn(address(1), "anna", heard).unwrap().begins, heard);
        // That is no way to try more.
        assert!(looked_at(&tries, address(1), "anna", heard) < 12);
    }

    #[test]
    fn one_address_keeps_no_name_from_others() {
        let (tries, heard) = (Tries::new(PASSWORDS), Instant::now());
        looked_at(&tries, address(1), "anna", heard);
        assert_eq!(tries.turn(address(2), "anna", heard).unwrap().begins, heard);
    }

    #[test]
    fn many_who_try_codes_keep_nobody_out_who_signed_in_from_where_they_are() {
        let (tries, heard) = (Tries::new(CODES), Instant::now());
        let right = tries.turn(address(1), "", heard).unwrap();
        tries.was_right(right);
        let looked_at: usize = (2..=99)
            .map(|one| looked_at(&tries, address(one), "", heard))
            .sum();
        // Those at once, and those of the next five seconds.
        assert_eq!(looked_at, 60 + 25);
        assert!(tries.turn(address(100), "", heard).is_none());
        assert_eq!(tries.turn(address(1), "", heard).unwrap().begins, heard);
    }

    #[test]
    fn right_passwords_do_not_count() {
        let (tries, heard) = (Tries::new(PASSWORDS), Instant::now());
        for _ in 0..100 {
            let turn = tries.turn(address(1), "anna", heard).unwrap();
            assert_eq!(turn.begins, heard);
            tries.was_right(turn);
        }
    }

    #[test]
    fn no_more_is_remembered_than_the_bounds() {
        let (tries, heard) = (Tries::new(PASSWORDS), Instant::now());
        for number in 0..2 * COUNTED_MAX as u32 {
            if let Some(turn) = tries.turn(IpAddr::from(number.to_be_bytes()), &number.to_string(), heard) {
                tries.was_right(turn);
            }
            tries.turn(IpAddr::from(number.to_be_bytes()), "x", heard);
        }
        let counts = tries.counts();
        assert!(counts.of_address.0.len() <= COUNTED_MAX + 1);
        assert!(counts.of_name.0.len() <= COUNTED_MAX + 1);
        assert!(counts.of_both.0.len() <= COUNTED_MAX + 1);
        assert!(counts.signed_in.len() <= REMEMBERED_MAX);
    }
}
