//! Those who are turned away: counted by account, or by address where they are nobody yet, so that whoever floods fills no file.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::{Duration, Instant};

use protocol::access::LinkNo;
use protocol::alias::Alias;

use super::event::{Known, Server};
use super::turned::{Turned, TurnedAway};
use crate::network::Network;
use crate::rate::{Rate, Taken};

/// How long it takes until somebody who is turned away over and over is told of again.
pub(super) const TOLD_EVERY: Duration = Duration::from_secs(60);

/// The most that are counted each for themselves. Others are counted together.
const COUNTED_MAX: usize = 1024;

/// How many of those who have no account begin to be counted each for themselves: whoever has a network, and comes from another
/// address each time, fills no audit. Others are counted together.
const STRANGERS: Rate = Rate::of(60, Duration::from_secs(1));

/// As what they are counted.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    what: Turned,
    session: Option<Alias>,
    known: Option<Known>,
    link: Option<LinkNo>,
    /// None of whoever has an account, who is one wherever they come from.
    address: Option<Network>,
    server: Option<Server>,
}

/// How often each was turned away since they were told of last.
#[derive(Default)]
pub(super) struct Tally {
    counts: HashMap<Key, Count>,
    /// How many begin to be counted each for themselves, where that is bounded, and of how many that is known.
    apart: Option<(Rate, Taken)>,
}

struct Count {
    times: u64,
    told: Instant,
    /// As they came last.
    newest: TurnedAway,
}

impl TurnedAway {
    fn key(&self) -> Key {
        let is_stranger = self.who.known.is_none();
        let address = self.who.address.filter(|_| is_stranger);
        Key {
            what: self.what,
            session: self.about.alias,
            known: self.who.known.clone(),
            link: self.who.link,
            address: address.map(Network::from),
            server: self.server.clone(),
        }
    }
}

impl Tally {
    /// Of those who have no account.
    pub(super) fn of_strangers() -> Self {
        Self {
            apart: Some((STRANGERS, Taken::default())),
            ..Self::default()
        }
    }

    /// Counts. Who is to be told of at once, if anybody is.
    pub(super) fn count(&mut self, turned_away: TurnedAway, at: Instant) -> Option<TurnedAway> {
        let is_apart = self.counts.contains_key(&turned_away.key()) || self.begins(at);
        let counted = if is_apart {
            turned_away
        } else {
            TurnedAway::somebody(turned_away.what)
        };
        match self.counts.entry(counted.key()) {
            Entry::Occupied(mut known) => {
                let count = known.get_mut();
                count.times += 1;
                count.newest = counted;
                None
            }
            Entry::Vacant(free) => {
                free.insert(Count {
                    times: 0,
                    told: at,
                    newest: counted.clone(),
                });
                Some(counted)
            }
        }
    }

    /// Whether one more begins to be counted for themselves now.
    fn begins(&mut self, at: Instant) -> bool {
        let apart = self.apart.as_mut();
        self.counts.len() < COUNTED_MAX
            && apart.is_none_or(|(rate, taken)| rate.take(taken, at.into()).is_ok())
    }

    /// When some are to be told of next.
    pub(super) fn due(&self) -> Option<Instant> {
        self.counts.values().map(|count| count.told + TOLD_EVERY).min()
    }

    /// Those to be told of by then, and how often they were turned away. Who was not any more is forgotten.
    pub(super) fn take(&mut self, by: Instant) -> Vec<(TurnedAway, u64)> {
        let mut told = Vec::new();
        self.counts.retain(|_, count| {
            if count.told + TOLD_EVERY > by {
                return true;
            }
            if count.times == 0 {
                return false;
            }
            told.push((count.newest.clone(), std::mem::take(&mut count.times)));
            count.told = by;
            true
        });
        told
    }

    /// All that were counted.
    pub(super) fn take_all(&mut self) -> Vec<(TurnedAway, u64)> {
        let all = self.counts.drain().map(|(_, count)| (count.newest, count.times));
        all.filter(|(_, times)| *times > 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::access::Identity;
    use crate::audit::{Tried, Who};

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn known(name: &str) -> Known {
        let name = name.to_owned();
        Known::of(&Identity {
            id: name.clone(),
            name,
        })
    }

    #[test]
    fn whoever_floods_is_told_of_at_once_and_then_once_a_minute_with_how_often() {
        let (mut tally, begin) = (Tally::default(), Instant::now());
        let one = |what| TurnedAway::at(address(1), what);
        let stranger = one(Turned::WrongToken);
        assert_eq!(tally.count(stranger.clone(), begin), Some(stranger.clone()));
        for _ in 0..1000 {
            assert_eq!(tally.count(stranger.clone(), begin), None);
        }
        assert!(tally.count(one(Turned::Foreign), begin).is_some());
        assert_eq!(tally.take(begin), []);
        assert_eq!(tally.due(), Some(begin + TOLD_EVERY));
        assert_eq!(tally.take(begin + TOLD_EVERY), [(stranger.clone(), 1000)]);
        assert_eq!(tally.take(begin + 2 * TOLD_EVERY), []);
        assert_eq!(tally.due(), None);
        // Told of before: so the next time it is told of at once.
        assert!(tally.count(stranger, begin).is_some());
    }

    #[test]
    fn an_account_is_one_wherever_it_comes_from_and_guests_are_told_apart_by_their_links() {
        let (mut tally, at) = (Tally::default(), Instant::now());
        let mut tries = |account: Option<&str>, link, from: u8| {
            let who = Who {
                known: account.map(known),
                link,
                address: Some(address(from)),
                ..Who::default()
            };
            let turned_away = TurnedAway {
                who,
                ..TurnedAway::somebody(Turned::Refused(Tried::Own))
            };
            tally.count(turned_away, at).is_some()
        };
        assert!(tries(Some("anna"), None, 1) && !tries(Some("anna"), None, 2));
        assert!(tries(Some("ben"), None, 1));
        assert!(tries(None, Some(1), 1) && tries(None, Some(2), 1) && tries(None, Some(1), 2));
        assert!(!tries(None, Some(1), 1));
        // Of whoever came from elsewhere it is told from where they did last.
        let anna = tally
            .take_all()
            .into_iter()
            .find(|(it, _)| it.who.known.is_some());
        let (anna, times) = anna.unwrap();
        assert_eq!((anna.who.address, times), (Some(address(2)), 1));
    }

    #[test]
    fn strangers_who_come_from_another_address_each_time_are_told_of_together() {
        let (mut tally, begin) = (Tally::of_strangers(), Instant::now());
        let mut newest = 0_u32;
        let mut floods = |tally: &mut Tally, at| {
            let mut told = 0;
            for _ in 0..1000 {
                newest += 1;
                let from = IpAddr::from(newest.to_be_bytes());
                told += usize::from(
                    tally
                        .count(TurnedAway::at(from, Turned::WrongToken), at)
                        .is_some(),
                );
            }
            told
        };
        assert_eq!(floods(&mut tally, begin), 60 + 1);
        assert_eq!(floods(&mut tally, begin), 0);
        let others = TurnedAway::somebody(Turned::WrongToken);
        let then = begin + TOLD_EVERY;
        assert_eq!(tally.take(then), [(others, 1000 - 60 - 1 + 1000)]);
        assert_eq!(floods(&mut tally, then), 60);
        // Who is counted for themselves is so still.
        let one = TurnedAway::at(IpAddr::from((2001_u32).to_be_bytes()), Turned::WrongToken);
        assert_eq!(tally.count(one.clone(), then), None);
        assert!(tally.take_all().contains(&(one, 1)));
    }

    #[test]
    fn no_more_are_counted_than_the_bound() {
        let (mut tally, begin) = (Tally::default(), Instant::now());
        for number in 0..2 * COUNTED_MAX as u32 {
            let from = IpAddr::from(number.to_be_bytes());
            tally.count(TurnedAway::at(from, Turned::Foreign), begin);
        }
        assert_eq!(tally.counts.len(), COUNTED_MAX + 1);
        let others = TurnedAway::somebody(Turned::Foreign);
        assert_eq!(tally.take_all(), [(others, COUNTED_MAX as u64 - 1)]);
    }
}
