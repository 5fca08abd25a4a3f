//! How often passwords may be tried: for one name, and from one address, whoever it is. And how often codes may that a
//! provider is asked about, all of which are of one name.
//!
//! Whoever tries more often than that has to wait for their turn, and is turned away where that would be long. A name that
//! somebody else tries over and over is open all the same to whoever signed in with it before, from where they did.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::apart::{Apart, As};
use crate::network::{Network, Site};
use crate::rate::{Counts, Rate};
use crate::session::token::{Hash, hash_of};

/// How long a password waits for its turn at most. One that would have to wait longer is not looked at.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// How many come from one address, whatever they try or for one name, without waiting for each other; and in which time one
/// more. Those that were right are not counted.
const TRIES_AT_ONCE: u32 = 10;
const EVERY: Duration = Duration::from_secs(2);
const OF_ADDRESS: Rate = Rate::of(TRIES_AT_ONCE, EVERY);

/// The same of passwords for one name, wherever they come from.
pub(super) const PASSWORDS: Rate = Rate::of(20, Duration::from_secs(1));

/// Of codes. All together are more than one name's passwords: beyond, those wait who never signed in from where they are.
pub(super) const CODES: Rate = Rate::of(60, Duration::from_millis(200));

/// How many of those are remembered who signed in: a name, and from where.
const REMEMBERED_MAX: usize = 4096;

/// What has been tried of late.
pub(crate) struct Tries(Mutex<Remembered>);

struct Remembered {
    of_network: Apart<Network>,
    of_name: Apart<Hash>,
    of_both: Counts<Hash>,
    /// Who signed in last, newest last.
    signed_in: VecDeque<Hash>,
}

/// When one may be looked at, and as what it was counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    pub(crate) begins: Instant,
    network: As<Network>,
    name: As<Hash>,
    both: Hash,
    /// Whether somebody signed in with that name from there before.
    pub(super) is_known: bool,
}

impl Tries {
    /// Where so many are for one name.
    pub(super) fn new(of_name: Rate) -> Self {
        Self(Mutex::new(Remembered {
            of_network: Apart::new(OF_ADDRESS),
            of_name: Apart::new(of_name),
            of_both: Counts::new(OF_ADDRESS),
            signed_in: VecDeque::new(),
        }))
    }

    /// When a password for that name is looked at that came from there at that time; none if that would be too late. It is
    /// counted by that.
    pub(crate) fn turn(&self, from: IpAddr, name: &str, heard: Instant) -> Option<Turn> {
        let mut tried = self.lock();
        let network = Network::from(from);
        let name = hash_of(&[name.to_lowercase().as_bytes()]);
        let both = hash_of(&[&name, network.address().to_string().as_bytes()]);
        let is_known = tried.signed_in.contains(&both);
        let site = Site::from(from);
        let network = tried.of_network.of(network, site, heard);
        let name = tried.of_name.of(name, site, heard);
        let begins = if is_known {
            tried.of_both.turn(both, heard)
        } else {
            let of_network = tried.of_network.turn(network, heard);
            of_network.max(tried.of_name.turn(name, heard))
        };
        if begins > heard + WAIT_MAX {
            return None;
        }
        if is_known {
            tried.of_both.count(both, heard);
        } else {
            tried.of_network.count(network, heard);
            tried.of_name.count(name, heard);
        }
        Some(Turn {
            begins,
            network,
            name,
            both,
            is_known,
        })
    }

    /// The password was right: it is not counted, and whoever had it is remembered.
    pub(crate) fn was_right(&self, turn: Turn) {
        let mut tried = self.lock();
        if turn.is_known {
            tried.of_both.give_back(turn.both);
        } else {
            tried.of_network.give_back(turn.network);
            tried.of_name.give_back(turn.name);
        }
        tried.signed_in.retain(|it| *it != turn.both);
        if tried.signed_in.len() >= REMEMBERED_MAX {
            tried.signed_in.pop_front();
        }
        tried.signed_in.push_back(turn.both);
    }

    fn lock(&self) -> MutexGuard<'_, Remembered> {
        // Every step leaves what makes sense.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rate::COUNTED_MAX;

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
        assert_eq!(at_once, TRIES_AT_ONCE as usize);
        assert!(turns.iter().all(|turn| turn.begins <= heard + WAIT_MAX));
        assert_eq!(turns.len(), 12);
        // After a while there is room again, and somebody elsewhere had it all the time.
        assert_eq!(tries.turn(address(2), "ben", heard).unwrap().begins, heard);
        let later = heard + 12 * EVERY;
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
    fn one_site_with_however_many_networks_keeps_no_other_from_a_name() {
        let (tries, heard) = (Tries::new(PASSWORDS), Instant::now());
        // Another network and another name each time.
        let of_one_site = (0..2 * COUNTED_MAX as u16)
            .filter(|number| {
                let from = IpAddr::from([0x2001, 0xdb8, 1, *number, 0, 0, 0, 1]);
                tries.turn(from, &number.to_string(), heard).is_some()
            })
            .count();
        // Those for which there is room, and what one network has beside.
        assert_eq!(of_one_site, COUNTED_MAX + 12);
        let elsewhere = IpAddr::from([0x2001, 0xdb8, 2, 1, 0, 0, 0, 1]);
        for from in [elsewhere, address(1)] {
            let turn = tries.turn(from, "anna", heard).unwrap();
            assert_eq!(turn.begins, heard);
            // What was right is given back to whom it was taken from.
            tries.was_right(turn);
        }
        assert!(looked_at(&tries, address(2), "ben", heard) >= 10);
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
    fn no_more_is_remembered_than_the_bound() {
        let (tries, heard) = (Tries::new(PASSWORDS), Instant::now());
        for number in 0..2 * REMEMBERED_MAX as u32 {
            if let Some(turn) = tries.turn(IpAddr::from(number.to_be_bytes()), &number.to_string(), heard) {
                tries.was_right(turn);
            }
        }
        assert_eq!(tries.lock().signed_in.len(), REMEMBERED_MAX);
    }
}
