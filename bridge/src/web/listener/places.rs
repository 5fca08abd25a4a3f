//! How many connections there may be, and how those are turned away that find no place.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::stream::Arriving;

/// Connections at a time that are told that there is no place for them. Others wait in the system's queue.
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
}

/// What the next connection is given.
pub(super) enum Room {
    /// A place.
    Place(OwnedSemaphorePermit),
    /// Word that there is none.
    None(OwnedSemaphorePermit),
}

impl Places {
    /// So many.
    pub(crate) fn new(max: u32) -> Arc<Self> {
        Arc::new(Self {
            free: Arc::new(Semaphore::new(max as usize)),
            max,
            turning_away: Arc::new(Semaphore::new(TURNED_AWAY_MAX)),
        })
    }

    /// How many are taken.
    pub(crate) fn taken(&self) -> usize {
        (self.max as usize).saturating_sub(self.free.available_permits())
    }

    /// Waits until there is something that the next connection can be given. Nothing is taken by that, so that nobody waits
    /// who has not come: whoever accepts is the only one who takes.
    pub(super) async fn has_room(&self) {
        tokio::select! {
            biased;
            place = self.free.acquire() => drop(place),
            word = self.turning_away.acquire() => drop(word),
        }
    }

    /// What a connection is given that is there.
    pub(super) fn room(&self) -> io::Result<Room> {
        let place = self.free.clone().try_acquire_owned().map(Room::Place);
        place
            .or_else(|_| self.turning_away.clone().try_acquire_owned().map(Room::None))
            .map_err(io::Error::other)
    }

    /// Waits until none is taken.
    pub(super) async fn emptied(&self) {
        // It is never closed, so it is got sooner or later.
        let _ = self.free.acquire_many(self.max).await;
    }
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
