//! What a guest's window is told of the desk, and when.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use protocol::access::{LinkNo, ParticipantId};
use protocol::wire::{ToBrowser, encode};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use crate::session::presence::Listener;
use crate::session::{Control, Session};

/// How long after one word a guest is given the next: the line may become busy and free many times a second.
const TOLD_EVERY: Duration = Duration::from_millis(100);

/// How long a guest waits at most to be told that they are signed in until the link's being used up outlives the bridge.
/// It is shorter than the time that they have to read it.
const USED_UP_WITHIN: Duration = Duration::from_millis(300);

/// What a window of somebody's is told who came to sign in. Dropping it leaves the desk.
pub(crate) struct DeskNews {
    session: Arc<Session>,
    guest: ParticipantId,
    link: LinkNo,
    changes: watch::Receiver<u64>,
    /// The owner may be called something else by now.
    people: Listener,
    /// What they were told last.
    told: Bytes,
    /// Whether something may have changed since.
    is_due: bool,
    /// Whether it was waited for that their being signed in outlives the bridge.
    lasts: bool,
    not_before: Instant,
}

impl DeskNews {
    /// For somebody who came through a link to sign in.
    pub(crate) fn new(session: Arc<Session>, guest: ParticipantId, link: LinkNo) -> Self {
        session.desk.guests.fetch_add(1, Ordering::Relaxed);
        // Where that finds no room the upstream task is about to be woken anyway.
        let _ = session.controls.try_send(Box::new(Control::Attend));
        Self {
            changes: session.desk.changes.subscribe(),
            people: session.presence.listen(),
            session,
            guest,
            link,
            told: Bytes::new(),
            is_due: true,
            lasts: false,
            not_before: Instant::now(),
        }
    }

    /// Waits until there is something new to be told, and for its time. Nothing is lost when this is dropped before
    /// it is ready.
    pub(crate) async fn next(&mut self) -> Bytes {
        loop {
            // The senders live in the session, so waiting cannot fail.
            if !self.is_due {
                tokio::select! {
                    _ = self.changes.changed() => {}
                    () = self.people.word() => {}
                }
                self.is_due = true;
            }
            if Instant::now() < self.not_before {
                // Boxed: it is rare, and every socket's task would hold room for it.
                Box::pin(sleep_until(self.not_before)).await;
            }
            if !self.lasts && self.session.desk.is_done(self.guest) {
                // Boxed, too. Where it takes longer they are signed in all the same.
                let _ = timeout(USED_UP_WITHIN, Box::pin(self.session.lasts())).await;
                self.lasts = true;
            }
            self.is_due = false;
            self.changes.mark_unchanged();
            let asker = self.session.owner_name();
            let shown = self.session.desk.shown(self.guest, self.link, asker);
            let told: Bytes = encode(&ToBrowser::Desk(shown)).into();
            if told != self.told {
                self.told = told.clone();
                self.not_before = Instant::now() + TOLD_EVERY;
                return told;
            }
        }
    }
}

impl Drop for DeskNews {
    fn drop(&mut self) {
        self.session.desk.guests.fetch_sub(1, Ordering::Relaxed);
    }
}
