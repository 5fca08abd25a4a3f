//! How the bridge stops: told once, it takes nothing new and waits for the connections to mail servers to end; told again, or
//! when it has waited for long enough, it drops what is left. It never sends QUIT.

use protocol::remark::Remark;
use tokio::sync::watch;
use tokio::time::timeout;
use tracing::info;

use crate::Bridge;
use crate::session::transcript::now;

/// Stops a [`Server`](crate::Server), from anywhere.
#[derive(Clone)]
pub struct Shutdown {
    draining: watch::Sender<bool>,
    stopping: watch::Sender<bool>,
}

impl Shutdown {
    /// One that nobody has told anything.
    pub(crate) fn new() -> Self {
        Self {
            draining: watch::Sender::new(false),
            stopping: watch::Sender::new(false),
        }
    }

    /// Begins to stop at once.
    pub fn begin(&self) {
        self.draining.send_replace(true);
        self.stopping.send_replace(true);
    }

    /// What a signal means: the first lets sessions end for as long as the settings say, the second does not.
    pub fn signal(&self) {
        if self.draining.send_replace(true) {
            self.stopping.send_replace(true);
        }
    }

    /// Whether nothing new is taken any more.
    pub(crate) fn is_draining(&self) -> bool {
        *self.draining.borrow()
    }

    /// Whether that, and what was there is being dropped.
    pub(crate) fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    /// Waits until nothing new is taken any more.
    async fn drains(&self) {
        // The sender lives in self, so waiting cannot fail.
        let _ = self.draining.subscribe().wait_for(|&draining| draining).await;
    }

    /// Waits until what was there is dropped.
    pub(crate) async fn stops(&self) {
        // As above.
        let _ = self.stopping.subscribe().wait_for(|&stopping| stopping).await;
    }
}

impl Bridge {
    /// Waits until the bridge is told to stop, lets connections end for that long, and has it stop then. Sessions without one lose
    /// nothing by it that is kept.
    pub(crate) async fn drain(&self) {
        let within = self.drains_within;
        self.shutdown.drains().await;
        if !within.is_zero() && !*self.shutdown.stopping().borrow() {
            let standing = &self.ways.standing;
            info!(
                connections = standing.count(),
                seconds = within.as_secs(),
                "waiting for connections to mail servers to end"
            );
            let stopping = Remark::Stopping {
                within: within.as_secs(),
                at: now() / 1000 + within.as_millis().try_into().unwrap_or(u64::MAX),
            };
            for session in self.registry.sessions() {
                session.remark(stopping.clone());
            }
            tokio::select! {
                _ = timeout(within, standing.none()) => {}
                () = self.shutdown.stops() => {}
            }
        }
        self.shutdown.begin();
    }
}
