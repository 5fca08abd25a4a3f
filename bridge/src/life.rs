//! A session's life with all that has part in it: how it begins, how it goes on that was interrupted, and how all end when the
//! bridge stops.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use protocol::access::{Keep, OWNER};
use protocol::remark::End;
use protocol::wire::CloseCode;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tracing::{info, warn};

use crate::Bridge;
use crate::access::Identity;
use crate::audit::{Event, Known};
use crate::journal::Recording;
use crate::metrics::Limit;
use crate::session::registry::{OpenError, Registry};
use crate::session::transcript::now;
use crate::session::{Doer, Inbox, Session};
use crate::upstream::Upstream;

/// How long sessions may take to end once the bridge stops.
const SESSIONS_END_WITHIN: Duration = Duration::from_secs(5);

impl Bridge {
    /// Opens a session of which so much is kept, or as much as may be if nothing is said of that, with that account if there
    /// are accounts, for somebody at that address: its id, and its owner's token.
    pub(crate) fn open_session(
        &self,
        keep: Option<Keep>,
        opened_by: Option<Identity>,
        from: IpAddr,
    ) -> Result<(String, String), OpenError> {
        let known = opened_by.as_ref().map(Known::of);
        let keep = keep.unwrap_or(self.registry.keeps);
        let opened = self
            .registry
            .open(keep, opened_by, || self.shutdown.is_draining());
        self.count_full(opened.as_ref().err());
        let opened = opened?;
        self.metrics.opened();
        let trail = &opened.session.trail;
        trail.is_at(OWNER, from, known);
        trail.tell(Doer::owner(from), Event::opened(keep));
        self.bring_to_life(&opened.id, opened.session, opened.inbox, false);
        Ok((opened.id, opened.token))
    }

    /// Counts that there was no room for a session, if that is why it was not taken in.
    fn count_full(&self, why: Option<&OpenError>) {
        match why {
            Some(OpenError::Full) => self.metrics.met(Limit::Sessions),
            Some(OpenError::FullOfAccount) => self.metrics.met(Limit::SessionsOfAccount),
            _ => {}
        }
    }

    /// Has a session live, and records it: everything of it up to now is kept already, or nothing is.
    pub(crate) fn bring_to_life(&self, id: &str, session: Arc<Session>, inbox: Inbox, is_kept: bool) {
        let kept = self.kept.as_ref();
        let upstream = Upstream::new(session.clone(), inbox, self.ways.clone());
        let registered = Registered {
            id: id.to_owned(),
            registry: self.registry.clone(),
            recording: kept.map(|kept| kept.recorder.record(id, session.clone(), is_kept)),
            session,
        };
        tokio::spawn(live(registered, upstream, self.grace));
    }

    /// Waits for the stop, and ends every session then.
    pub(crate) async fn end_sessions(&self) {
        self.shutdown.stops().await;
        self.registry.stop_all(&End::Shutdown);
        if let Some(kept) = &self.kept {
            kept.past.close();
        }
        if timeout(SESSIONS_END_WITHIN, self.registry.emptied())
            .await
            .is_err()
        {
            warn!("some sessions did not end in time");
        }
    }

    /// Writes what is left to be kept, once nobody asks for anything any more: what they did then is recorded, too.
    pub(crate) async fn close(self: &Arc<Self>) {
        let bridge = self.clone();
        let closing = spawn_blocking(move || {
            // Before the journal, which these write to.
            if let Some(reception) = &bridge.reception {
                reception.keep_put_out();
            }
            bridge.audit.close();
            if let Some(kept) = &bridge.kept {
                kept.recorder.close();
            }
        });
        // It fails where writing panicked, which is said by then.
        let _ = closing.await;
    }
}

/// A session's place in the registry. Dropping it forgets the session and lets its browsers go, also when its
/// task panicked.
struct Registered {
    id: String,
    session: Arc<Session>,
    registry: Arc<Registry>,
    recording: Option<Arc<Recording>>,
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.session.transcript.seal(CloseCode::SessionEnded);
        // Unless the bridge stops, which leaves it behind.
        if let Some(recording) = &self.recording {
            recording.end(now() / 1000);
        }
        self.registry.forget(&self.id);
    }
}

/// A session's whole life: it ends when it is told to, or when nobody has been there for the grace time.
async fn live(registered: Registered, upstream: Upstream, grace: Duration) {
    let session = registered.session.clone();
    info!(session = session.number, "session begins");
    // A task of its own, so that it costs nothing while people come, go and type.
    let deserted = tokio::spawn(async move { session.end_when_deserted(grace).await });
    let why = upstream.run().await;
    if let (End::Shutdown, Some(recording)) = (why, &registered.recording) {
        recording.leave();
    }
    deserted.abort();
}
