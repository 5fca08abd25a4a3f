//! What those wait for who want to know that it is written what they decided.

use std::time::Duration;

use protocol::access::Keep;
use tokio::time::timeout;

use super::{Fate, Recording};

/// How long somebody waits at most until what they changed outlives the bridge.
const LASTS_WITHIN: Duration = Duration::from_secs(2);

/// Whether what was changed of who may do what outlives the bridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lasts {
    /// It is written: a bridge that is killed knows it when it begins anew.
    Yes,
    /// Nothing is kept of the session, which ends with the bridge.
    NotKept,
    /// It is not written now. It is as soon as that is possible.
    NotYet,
}

impl Recording {
    /// Waits until what was changed till now of who may do what outlives the bridge, for a bounded time; not at all where
    /// the session was told that it is not being recorded.
    pub(crate) async fn lasts(&self) -> Lasts {
        let altered = self.session.altered();
        let mut written = self.written.subscribe();
        let settled = written.wait_for(|_| self.lasting(altered).is_some());
        // Whether it was that or the time that was over, this is how it stands.
        let _ = timeout(LASTS_WITHIN, settled).await;
        self.lasting(altered).unwrap_or(Lasts::NotYet)
    }

    /// The same of one state of it; none while that is on its way.
    fn lasting(&self, altered: u64) -> Option<Lasts> {
        let progress = self.lock();
        if progress.kept.is_some() && progress.altered.is_some_and(|written| written >= altered) {
            Some(Lasts::Yes)
        } else if progress.fate == Fate::Deleted || self.session.kept() == Keep::Nothing {
            Some(Lasts::NotKept)
        } else {
            (progress.told || progress.over).then_some(Lasts::NotYet)
        }
    }
}
