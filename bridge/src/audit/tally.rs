//! Those who are turned away before they are anybody: counted by address, so that whoever floods fills no file.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::network;

/// How long it takes until somebody who is turned away over and over is told of again.
pub(super) const TOLD_EVERY: Duration = Duration::from_secs(60);

/// The most addresses that are counted each for itself. Those of others are counted together.
const ADDRESSES_MAX: usize = 1024;

/// Why somebody was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Turned {
    /// What they came with lets nobody in.
    WrongToken,
    /// Their name or their password was wrong.
    WrongPassword,
    /// They tried to sign in too often, or too many people did.
    Throttled,
    /// A proxy's word, or a provider's, signs them on as nobody.
    Unnamed,
    /// They came from another site, or asked for another host.
    Foreign,
}

/// From which address, where it is counted for itself, and why.
pub(super) type Visitor = (Turned, Option<IpAddr>);

/// How often each was turned away since they were told of last.
#[derive(Default)]
pub(super) struct Tally(HashMap<Visitor, Count>);

struct Count {
    times: u64,
    told: Instant,
}

impl Tally {
    /// Counts. Whether it is to be told of at once.
    pub(super) fn count(&mut self, address: IpAddr, what: Turned, at: Instant) -> Option<Visitor> {
        let own = (what, Some(network::counted(address)));
        let has_room = self.0.len() < ADDRESSES_MAX || self.0.contains_key(&own);
        let visitor = if has_room { own } else { (what, None) };
        if let Some(count) = self.0.get_mut(&visitor) {
            count.times += 1;
            return None;
        }
        self.0.insert(visitor, Count { times: 0, told: at });
        Some(visitor)
    }

    /// When some are to be told of next.
    pub(super) fn due(&self) -> Option<Instant> {
        self.0.values().map(|count| count.told + TOLD_EVERY).min()
    }

    /// Those to be told of by then, and how often they were turned away. Who was not any more is forgotten.
    pub(super) fn take(&mut self, by: Instant) -> Vec<(Visitor, u64)> {
        let mut told = Vec::new();
        self.0.retain(|visitor, count| {
            if count.told + TOLD_EVERY > by {
                return true;
            }
            if count.times == 0 {
                return false;
            }
            told.push((*visitor, std::mem::take(&mut count.times)));
            count.told = by;
            true
        });
        told
    }

    /// All that were counted.
    pub(super) fn take_all(&mut self) -> Vec<(Visitor, u64)> {
        let all = self.0.drain().map(|(visitor, count)| (visitor, count.times));
        all.filter(|(_, times)| *times > 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_floods_is_told_of_at_once_and_then_once_a_minute_with_how_often() {
        let (mut tally, begin) = (Tally::default(), Instant::now());
        let one = IpAddr::from([192, 0, 2, 1]);
        let visitor = (Turned::WrongToken, Some(one));
        assert_eq!(tally.count(one, Turned::WrongToken, begin), Some(visitor));
        for _ in 0..1000 {
            assert_eq!(tally.count(one, Turned::WrongToken, begin), None);
        }
        assert!(tally.count(one, Turned::Foreign, begin).is_some());
        assert_eq!(tally.take(begin), []);
        assert_eq!(tally.due(), Some(begin + TOLD_EVERY));
        assert_eq!(tally.take(begin + TOLD_EVERY), [(visitor, 1000)]);
        assert_eq!(tally.take(begin + 2 * TOLD_EVERY), []);
        assert_eq!(tally.due(), None);
        // Told of before: so the next time it is told of at once.
        assert!(tally.count(one, Turned::WrongToken, begin).is_some());
    }

    #[test]
    fn no_more_addresses_are_counted_than_the_bound() {
        let (mut tally, begin) = (Tally::default(), Instant::now());
        for number in 0..2 * ADDRESSES_MAX as u32 {
            tally.count(IpAddr::from(number.to_be_bytes()), Turned::Foreign, begin);
        }
        assert_eq!(tally.0.len(), ADDRESSES_MAX + 1);
        let others = (Turned::Foreign, None);
        assert_eq!(tally.take_all(), [(others, ADDRESSES_MAX as u64 - 1)]);
    }
}
