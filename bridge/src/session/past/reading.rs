//! Sessions that ended and are being read, each of which is in memory once.

use std::collections::HashMap;
use std::sync::{Arc, MutexGuard, PoisonError};

use protocol::wire::CloseCode;
use tokio::sync::watch;
use tokio::time::timeout;

use super::Past;
use crate::journal::Recording;
use crate::session::Session;
use crate::session::admission::Held;

/// A session that ended and is being read.
pub(super) struct Reading {
    session: Arc<Session>,
    /// How many have it in hand.
    hands: watch::Sender<usize>,
}

/// Somebody's hand on a session that is being read, whether they have a window of it, ask something of it or take it
/// with them as a file. It stays in memory until this is dropped.
pub(crate) struct Lease(Arc<Reading>);

impl Lease {
    fn of(reading: &Arc<Reading>) -> Self {
        reading.hands.send_modify(|hands| *hands += 1);
        Self(reading.clone())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.0.hands.send_modify(|hands| *hands -= 1);
    }
}

impl Past {
    /// A session that ended and is being read, which is in hand by that.
    pub(crate) fn get(&self, id: &str) -> Option<Held> {
        // Under the lock, so that it is not let go between being found and being in hand.
        let open = self.open();
        let reading = open.get(id)?;
        Some(Held::for_reading(reading.session.clone(), Lease::of(reading)))
    }

    /// Keeps a session that ended in memory, until nobody has had it in hand for a while.
    pub(crate) fn open_for_reading(
        self: &Arc<Self>,
        id: &str,
        session: Arc<Session>,
        recording: Arc<Recording>,
    ) -> Held {
        let reading = Arc::new(Reading {
            session: session.clone(),
            hands: watch::Sender::new(0),
        });
        let held = Held::for_reading(session, Lease::of(&reading));
        self.open().insert(id.to_owned(), reading.clone());
        let (past, id) = (self.clone(), id.to_owned());
        tokio::spawn(async move {
            let mut hands = reading.hands.subscribe();
            loop {
                // The sender lives in the reading, so waiting cannot fail.
                let _ = hands.wait_for(|hands| *hands == 0).await;
                let somebody = hands.wait_for(|hands| *hands > 0);
                if timeout(past.let_go_after, somebody).await.is_err() && past.let_go(&id, &reading) {
                    break;
                }
            }
            recording.leave();
        });
        held
    }

    /// Lets a session go that nobody has in hand. Whether that is so.
    fn let_go(&self, id: &str, reading: &Arc<Reading>) -> bool {
        let mut open = self.open();
        let is_in_hand = *reading.hands.borrow() > 0;
        // One that was deleted is out of here already, and another may stand in its place, of which less is kept.
        if !is_in_hand && open.get(id).is_some_and(|open| Arc::ptr_eq(open, reading)) {
            open.remove(id);
        }
        !is_in_hand
    }

    /// That session is deleted, or less is kept of it: lets everybody go who reads it, and tells them why.
    pub(crate) fn shut(&self, id: &str, why: CloseCode) {
        if let Some(reading) = self.open().remove(id) {
            reading.session.links.shut();
            reading.session.transcript.seal(why);
        }
    }

    /// Those that are being read and ended before that, in milliseconds since 1970-01-01T00:00:00Z.
    pub(crate) fn ended_before(&self, before: u64) -> Vec<String> {
        let open = self.open();
        let ended = open
            .iter()
            .filter(|(_, reading)| reading.session.ended.is_some_and(|ended| ended < before));
        ended.map(|(id, _)| id.clone()).collect()
    }

    /// Lets everybody go who reads.
    pub(crate) fn close(&self) {
        for reading in self.open().values() {
            reading.session.transcript.seal(CloseCode::GoingAway);
        }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<String, Arc<Reading>>> {
        // Every change is a single insertion or removal, so a panic leaves nothing half done.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
