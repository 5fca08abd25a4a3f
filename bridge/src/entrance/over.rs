//! Sessions that are over when nobody did anything: those that an earlier bridge left behind and nobody came back to, and those
//! that are kept no longer.

use std::sync::Arc;
use std::time::Duration;

use protocol::wire::CloseCode;
use tracing::warn;

use crate::Bridge;
use crate::audit::{Actor, Ending, Who};

/// How often it is looked whether somebody reads what is kept no longer.
const SHUT_EVERY: Duration = Duration::from_secs(60);

impl Bridge {
    /// Ends those that an earlier bridge left behind, when nobody has come back to them for the grace time.
    pub(crate) fn end_interrupted(self: Arc<Self>) {
        let Some(past) = self.kept.as_ref().map(|kept| kept.past.clone()) else {
            return;
        };
        let (grace, audit) = (self.grace, self.audit.clone());
        let ending = async move {
            tokio::time::sleep(grace).await;
            for session in past.end_interrupted().await {
                audit.ended(session, Ending::of_interrupted());
            }
        };
        let mut stopping = self.shutdown.stopping();
        tokio::spawn(async move {
            tokio::select! {
                () = ending => {}
                () = async { drop(stopping.wait_for(|&stopping| stopping).await) } => {}
            }
        });
    }

    /// Sees to it, until the bridge stops, that nobody reads what is kept no longer.
    pub(crate) fn shut_expired(self: Arc<Self>) {
        if self.kept.is_none() {
            return;
        }
        let mut stopping = self.shutdown.stopping();
        tokio::spawn(async move {
            let stopped = async { drop(stopping.wait_for(|&stopping| stopping).await) };
            let shutting = async {
                loop {
                    tokio::time::sleep(SHUT_EVERY).await;
                    self.shut_expired_now().await;
                }
            };
            tokio::select! {
                () = shutting => {}
                () = stopped => {}
            }
        });
    }

    /// Deletes what somebody reads and is kept no longer. The journal deletes only what is in its file.
    pub(super) async fn shut_expired_now(&self) {
        let Some(kept) = &self.kept else { return };
        for id in kept.past.ended_before(kept.recorder.kept_since()) {
            let who = Who {
                by: Some(Actor::Console),
                ..Who::default()
            };
            // That is nobody's doing: it is as if they came later.
            if let Err(error) = self.delete_telling(&id, who, CloseCode::NoSession).await {
                warn!(%error, "a session that is kept no longer could not be deleted for now");
            }
        }
    }
}
