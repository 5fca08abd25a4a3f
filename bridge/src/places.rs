//! Places for what takes long: so many at a time, and so few of one of those who want them that others find one.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// All of them. Of those who want one each is known by a key: a network, or an account.
#[derive(Debug)]
pub(crate) struct Places<K> {
    all: Arc<Semaphore>,
    of_one: usize,
    own: Mutex<HashMap<K, Arc<Semaphore>>>,
}

/// A place among those of one, as long as it is held.
pub(crate) struct Own {
    all: Arc<Semaphore>,
    held: OwnedSemaphorePermit,
}

/// A place, as long as it is held.
pub(crate) struct Place {
    _own: OwnedSemaphorePermit,
    _held: OwnedSemaphorePermit,
}

impl<K: Eq + Hash> Places<K> {
    /// So many, and so many of one.
    pub(crate) fn new(all: usize, of_one: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(all)),
            of_one,
            own: Mutex::default(),
        }
    }

    /// Waits until that one has, or waits for, fewer than one may.
    pub(crate) async fn own(&self, whose: K) -> Result<Own, AcquireError> {
        let own = self.of(whose);
        Ok(Own {
            all: self.all.clone(),
            held: own.acquire_owned().await?,
        })
    }

    /// Waits until there is a place for that one.
    pub(crate) async fn place(&self, whose: K) -> Result<Place, AcquireError> {
        self.own(whose).await?.place().await
    }

    /// A place for that one, if nobody has to be waited for.
    pub(crate) fn find(&self, whose: K) -> Option<Place> {
        let own = self.of(whose).try_acquire_owned().ok()?;
        Some(Place {
            _held: self.all.clone().try_acquire_owned().ok()?,
            _own: own,
        })
    }

    fn of(&self, whose: K) -> Arc<Semaphore> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever has a place or waits for one holds it too, so what stays is bounded by them.
        own.retain(|_, it| Arc::strong_count(it) > 1);
        let own = own
            .entry(whose)
            .or_insert_with(|| Arc::new(Semaphore::new(self.of_one)));
        own.clone()
    }
}

impl Own {
    /// Waits until fewer have a place, whosever they are. Nobody waits for more than their own: nobody is kept by those who come
    /// over and over.
    pub(crate) async fn place(self) -> Result<Place, AcquireError> {
        Ok(Place {
            _held: self.all.acquire_owned().await?,
            _own: self.held,
        })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    const ALL: usize = 16;
    const OF_ONE: usize = 2;

    /// A place for somebody; none if they have to wait.
    fn find(places: &Places<u8>, whose: u8) -> Option<Place> {
        places.place(whose).now_or_never().map(Result::unwrap)
    }

    #[test]
    fn one_leaves_places_to_others_and_whoever_goes_leaves_theirs() {
        let places = Places::new(ALL, OF_ONE);
        let mut held: Vec<_> = (0..9).filter_map(|_| find(&places, 1)).collect();
        assert_eq!(held.len(), OF_ONE);
        held.extend((2..99).filter_map(|whose| find(&places, whose)));
        assert_eq!(held.len(), ALL);
        drop(held.pop());
        assert!(find(&places, 1).is_none());
        let other = find(&places, 99).unwrap();
        drop((held, other));
        assert!(find(&places, 1).is_some());
        places.of(1);
        assert_eq!(places.own.lock().unwrap().len(), 1);
    }
}
