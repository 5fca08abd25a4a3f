//! How many connections there may be, and how those are turned away that find no place.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::stream::Arriving;

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

    /// What a connection is given that is there; nothing where too many are being turned away already. It is not kept
    /// waiting: a crowd that says nothing would keep those waiting who come behind it.
    pub(super) fn room(&self) -> Option<Room> {
        let place = self.free.clone().try_acquire_owned().map(Room::Place);
        place
            .or_else(|_| self.turning_away.clone().try_acquire_owned().map(Room::None))
            .ok()
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
