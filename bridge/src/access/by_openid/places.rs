//! Places for those whose codes are given the provider: so many at a time, and so few from one network that others find one.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use crate::network;

/// How many codes are given the provider at a time, and how many of them that come from one network.
const PLACES: usize = 16;
const OF_NETWORK: usize = 2;

/// All of them.
pub(super) struct Places {
    all: Semaphore,
    of_network: Mutex<HashMap<IpAddr, Arc<Semaphore>>>,
}

/// A place among those of one network, as long as it is held.
pub(super) struct Own<'p> {
    places: &'p Places,
    _held: OwnedSemaphorePermit,
}

/// A place, as long as it is held.
pub(super) struct Place<'p> {
    _own: Own<'p>,
    _held: SemaphorePermit<'p>,
}

impl Places {
    pub(super) fn new() -> Self {
        Self {
            all: Semaphore::new(PLACES),
            of_network: Mutex::default(),
        }
    }

    /// Waits until fewer have a place, or wait for one, that come from there.
    pub(super) async fn own(&self, from: IpAddr) -> Result<Own<'_>, AcquireError> {
        let own = self.of_network(from);
        Ok(Own {
            places: self,
            _held: own.acquire_owned().await?,
        })
    }

    fn of_network(&self, from: IpAddr) -> Arc<Semaphore> {
        let mut networks = self.of_network.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever has a place or waits for one holds it too, so what stays is bounded by them.
        networks.retain(|_, it| Arc::strong_count(it) > 1);
        let own = networks
            .entry(network::counted(from))
            .or_insert_with(|| Arc::new(Semaphore::new(OF_NETWORK)));
        own.clone()
    }
}

impl<'p> Own<'p> {
    /// Waits until fewer have a place, wherever they come from. No network waits for more than its own: nobody is kept by
    /// those who come over and over.
    pub(super) async fn place(self) -> Result<Place<'p>, AcquireError> {
        Ok(Place {
            _held: self.places.all.acquire().await?,
            _own: self,
        })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn v4(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    /// A place for somebody who comes from there; none if they have to wait.
    fn find(places: &Places, from: u8) -> Option<Place<'_>> {
        let finding = async { places.own(v4(from)).await.unwrap().place().await.unwrap() };
        finding.now_or_never()
    }

    #[test]
    fn one_network_leaves_places_to_others_and_whoever_goes_leaves_theirs() {
        let places = Places::new();
        let mut held: Vec<_> = (0..9).filter_map(|_| find(&places, 1)).collect();
        assert_eq!(held.len(), OF_NETWORK);
        held.extend((2..99).filter_map(|from| find(&places, from)));
        assert_eq!(held.len(), PLACES);
        drop(held.pop());
        assert!(find(&places, 1).is_none());
        let other = find(&places, 99).unwrap();
        drop((held, other));
        assert!(find(&places, 1).is_some());
        places.of_network(v4(1));
        assert_eq!(places.of_network.lock().unwrap().len(), 1);
    }
}
