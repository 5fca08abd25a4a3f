//! Networks or names that are counted each for itself, and, where there is no room for more, by the site of whoever asks: a site with
//! however many networks, which can use up that room, keeps its own waiting by that and nobody else.

use std::hash::Hash;

use tokio::time::Instant;

use crate::network::Site;
use crate::rate::{Counts, Rate};

/// As what something is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum As<K> {
    Itself(K),
    OneOf(Site),
}

/// All of a kind.
pub(super) struct Apart<K> {
    each: Counts<K>,
    of_sites: Counts<Site>,
}

impl<K: Copy + Eq + Hash> Apart<K> {
    pub(super) fn new(rate: Rate) -> Self {
        Self {
            each: Counts::new(rate),
            of_sites: Counts::new(rate),
        }
    }

    /// As what that one is counted now, where whoever asks is at that site.
    pub(super) fn of(&mut self, which: K, site: Site, now: Instant) -> As<K> {
        match self.each.has_room(which, now) {
            true => As::Itself(which),
            false => As::OneOf(site),
        }
    }

    /// As [`Counts::turn`].
    pub(super) fn turn(&mut self, which: As<K>, now: Instant) -> Instant {
        match which {
            As::Itself(which) => self.each.turn(which, now),
            As::OneOf(site) => self.of_sites.turn(site, now),
        }
    }

    /// As [`Counts::count`].
    pub(super) fn count(&mut self, which: As<K>, now: Instant) {
        match which {
            As::Itself(which) => self.each.count(which, now),
            As::OneOf(site) => self.of_sites.count(site, now),
        }
    }

    /// As [`Counts::give_back`].
    pub(super) fn give_back(&mut self, which: As<K>) {
        match which {
            As::Itself(which) => self.each.give_back(which),
            As::OneOf(site) => self.of_sites.give_back(site),
        }
    }
}
