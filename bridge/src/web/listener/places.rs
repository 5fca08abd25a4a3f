//! How many connections there may be, and how those are turned away that find no place.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ipnet::IpNet;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::stream::Arriving;
use crate::config::Config;
use crate::network::Site;
use crate::share;

/// Connections at a time that are told that there is no place for them. Others are closed without a word.
const TURNED_AWAY_MAX: usize = 64;

/// How long telling one may take.
const TOLD_WITHIN: Duration = Duration::from_secs(1);

/// What they are told.
const FULL: &str = "As many connections stand as this console takes. Try again in a moment.\n";

/// The connections that a listener takes at a time.
pub(crate) struct Places {
    free: Arc<Semaphore>,
    max: u32,
    turning_away: Arc<Semaphore>,
    share: Share,
    /// How many each has, and how many requests and WebSockets each has behind trusted proxies.
    of_sites: Counts,
    of_forwarded: Counts,
}

type Counts = Arc<Mutex<HashMap<Site, u32>>>;

/// What one address may take of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Share {
    is_bounded: bool,
    /// Of these it is bounded who asks them, which they see to.
    proxies: Vec<IpNet>,
}

/// A connection's place, for as long as this lives.
pub(super) struct Taken {
    _permit: OwnedSemaphorePermit,
    _counted: Counted,
}

/// What a site has one of, for as long as this lives.
pub(in crate::web) struct Counted {
    site: Site,
    counts: Counts,
}

/// What the next connection is given.
pub(super) enum Room {
    /// A place.
    Place(Taken),
    /// Word that there is none.
    None(OwnedSemaphorePermit),
}

impl Share {
    /// As the settings want it: where the console is hosted nobody from outside takes all.
    pub(crate) fn of(config: &Config) -> Self {
        Self {
            is_bounded: config.hosted(),
            proxies: config.trusted_proxies.clone(),
        }
    }

    fn is_proxy(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|proxies| proxies.contains(&address))
    }
}

impl Places {
    /// So many, of which one address may have its share.
    pub(crate) fn new(max: u32, share: Share) -> Arc<Self> {
        Arc::new(Self {
            free: Arc::new(Semaphore::new(max as usize)),
            max,
            turning_away: Arc::new(Semaphore::new(TURNED_AWAY_MAX)),
            share,
            of_sites: Counts::default(),
            of_forwarded: Counts::default(),
        })
    }

    /// How many are taken.
    pub(crate) fn taken(&self) -> usize {
        (self.max as usize).saturating_sub(self.free.available_permits())
    }

    /// What a connection is given that is there; nothing where too many are being turned away already. It is not kept
    /// waiting: a crowd that says nothing would keep those waiting who come behind it.
    pub(super) fn room(&self, from: IpAddr) -> Option<Room> {
        let place = self.take(from).map(Room::Place);
        place.or_else(|| {
            let word = self.turning_away.clone().try_acquire_owned().ok();
            word.map(Room::None)
        })
    }

    fn take(&self, from: IpAddr) -> Option<Taken> {
        let counted = self.count(&self.of_sites, from, self.share.is_proxy(from))?;
        Some(Taken {
            _permit: self.free.clone().try_acquire_owned().ok()?,
            _counted: counted,
        })
    }

    /// Counts what whoever has that address asks a trusted proxy for; none where that is too much at a time.
    pub(in crate::web) fn forwarded(&self, from: IpAddr) -> Option<Counted> {
        self.count(&self.of_forwarded, from, false)
    }

    fn count(&self, counts: &Counts, from: IpAddr, is_proxy: bool) -> Option<Counted> {
        let site = Site::from(from);
        let mut of_sites = lock(counts);
        let has = of_sites.entry(site).or_default();
        if self.share.is_bounded && !is_proxy && *has >= share::of_one(self.max) {
            return None;
        }
        *has += 1;
        Some(Counted {
            site,
            counts: counts.clone(),
        })
    }

    /// Waits until none is taken.
    pub(super) async fn emptied(&self) {
        // It is never closed, so it is got sooner or later.
        let _ = self.free.acquire_many(self.max).await;
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut of_sites = lock(&self.counts);
        if let Entry::Occupied(mut has) = of_sites.entry(self.site) {
            *has.get_mut() -= 1;
            if *has.get() == 0 {
                has.remove();
            }
        }
    }
}

fn lock(of_sites: &Mutex<HashMap<Site, u32>>) -> MutexGuard<'_, HashMap<Site, u32>> {
    // Every change leaves what makes sense.
    of_sites.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tells whoever asks for something that there is no place, and closes.
pub(super) async fn turn_away(stream: Arriving, _word: OwnedSemaphorePermit) {
    let told = async {
        let arrived = stream.arrive().await;
        let mut stream = arrived.ok_or(io::ErrorKind::NotConnected)?;
        // What is not read is answered with a reset, which may overtake the answer.
        let mut header = [0; 4096];
        let mut read = 0;
        while let Some(space) = header.get_mut(read..).filter(|space| !space.is_empty()) {
            match stream.read(space).await? {
                0 => break,
                octets => read += octets,
            }
            if header[..read].windows(4).any(|end| end == b"\r\n\r\n") {
                break;
            }
        }
        let length = FULL.len();
        let answer = format!(
            "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Length: {length}\r\nRetry-After: 5\r\nCache-Control: no-store\r\n\
             X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{FULL}"
        );
        stream.write_all(answer.as_bytes()).await?;
        stream.shutdown().await
    };
    // Whoever does not wait for the word goes without.
    let _ = timeout(TOLD_WITHIN, told).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn taken(places: &Places, from: &str) -> Vec<Taken> {
        let taken = (0..10).map_while(|_| places.take(address(from)));
        taken.collect()
    }

    #[tokio::test]
    async fn one_address_leaves_places_to_others_and_gives_back_what_it_had() {
        let share = Share {
            is_bounded: true,
            proxies: vec!["192.0.2.9/32".parse().unwrap()],
        };
        let places = Places::new(5, share);
        let one = taken(&places, "2001:db8::1");
        assert_eq!(one.len(), 3);
        assert!(places.take(address("2001:db8::2")).is_none());
        assert!(places.take(address("2001:db8:0:7::1")).is_none());
        assert!(places.take(address("2001:db8:7::1")).is_some());
        let proxy = taken(&places, "192.0.2.9");
        assert_eq!(proxy.len(), 2);
        drop(proxy);
        assert_eq!(taken(&places, "192.0.2.1").len(), 2);
        drop(one);
        assert_eq!(taken(&places, "192.0.2.9").len(), 5);
        assert!(lock(&places.of_sites).is_empty());
    }

    #[tokio::test]
    async fn behind_a_proxy_whoever_asks_it_leaves_places_to_others() {
        let share = Share {
            is_bounded: true,
            proxies: vec!["192.0.2.9/32".parse().unwrap()],
        };
        let places = Places::new(5, share);
        let asked = |from: &str| places.forwarded(address(from));
        let one: Vec<_> = (0..5).filter_map(|_| asked("2001:db8::1")).collect();
        assert_eq!(one.len(), 3);
        assert!(asked("2001:db8::2").is_none() && asked("192.0.2.1").is_some());
        drop(one);
        assert!(asked("2001:db8::2").is_some());
        assert!(lock(&places.of_forwarded).is_empty());
    }

    #[tokio::test]
    async fn where_the_console_is_somebodys_own_they_have_all_of_it() {
        let places = Places::new(5, Share::default());
        assert_eq!(taken(&places, "127.0.0.1").len(), 5);
    }
}
