//! What those wait for who want to know that it is written what they decided.

use std::time::Duration;

use tokio::time::timeout;

use super::{Recording, is_to_go};

/// How long somebody waits at most until what they changed outlives the bridge.
const LASTS_WITHIN: Duration = Duration::from_secs(2);

/// How long somebody waits at most until so much of a session is written as they decided, and no more.
const KEEPS_WITHIN: Duration = Duration::from_secs(5);

/// Whether what was changed of who may do what outlives the bridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lasts {
    /// It is written: a bridge that is killed knows it when it begins anew.
    Yes,
    /// Nothing of the session is in the journal, and it ends with the bridge.
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
        } else if !progress.is_there && is_to_go(self.session.kept(), progress.fate) {
            Some(Lasts::NotKept)
        } else {
            (progress.told || progress.over).then_some(Lasts::NotYet)
        }
    }

    /// Waits until so much of it is written as is to be kept now, and no more, for a bounded time. Whether that is so.
    pub(crate) async fn keeps(&self) -> bool {
        let altered = self.session.altered();
        let mut written = self.written.subscribe();
        let settled = written.wait_for(|_| self.keeping(altered).is_some());
        let _ = timeout(KEEPS_WITHIN, settled).await;
        self.keeping(altered).unwrap_or(false)
    }

    /// The same as it stands; none where it may become so.
    fn keeping(&self, altered: u64) -> Option<bool> {
        let progress = self.lock();
        let keep = self.session.kept();
        let is_so = if is_to_go(keep, progress.fate) {
            !progress.is_there
        } else {
            progress.kept == Some(keep)
                && progress.rewriting.is_none()
                && progress.altered.is_some_and(|written| written >= altered)
        };
        (is_so || progress.over).then_some(is_so)
    }
}
