//! Sessions that the bridge's end interrupted, and that come alive again when somebody comes in time.

use std::collections::HashMap;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use protocol::alias::Alias;
use protocol::wire::decode;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tracing::{info, warn};

use super::{LoadError, Past, Stood, place_of};
use crate::access::Identity;
use crate::journal::{Change, Head};
use crate::session::access::Access;
use crate::session::transcript::now;

/// How long after a failure it is tried again to record that sessions have ended.
const AGAIN: Duration = Duration::from_secs(10);

/// What is known of one that was interrupted.
pub(super) enum Looked {
    /// Nobody has asked.
    NotYet,
    /// How it stands; none where that cannot be told.
    Found(Option<Arc<Stood>>),
}

/// The right to bring an interrupted session to life. Where that does not come about, it may be tried again.
pub(crate) struct Reviving<'a> {
    past: &'a Past,
    /// None once it lives.
    id: Option<&'a str>,
}

impl Reviving<'_> {
    /// It lives.
    pub(crate) fn done(mut self) {
        self.id = None;
    }
}

impl Drop for Reviving<'_> {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.past.interrupted().insert(id.to_owned(), Looked::NotYet);
        }
    }
}

impl Past {
    /// Those that may come alive again, and how each stands, as they are looked for on behalf of an account.
    ///
    /// # Errors
    /// When what is kept cannot be read.
    pub(crate) async fn all_interrupted(&self, reader: &Identity) -> Result<Vec<Arc<Stood>>, LoadError> {
        if self.unlooked().is_empty() {
            return Ok(self.looked());
        }
        let looking = place_of(&self.looking, &reader.id).await?;
        // Somebody else may have looked meanwhile.
        let unlooked = self.unlooked();
        let found = self.ask("", move |journal, _| {
            let _looking = looking;
            let found = unlooked.into_iter().map(|id| {
                let access = |head: &Head| decode::<Access>(&head.access).ok();
                let known = journal.head(&id)?.and_then(|head| Some((access(&head)?, head)));
                let stood = known.map(|(access, head)| Stood::of(journal, head, access));
                // One that cannot be read is no reason not to tell of the others.
                Ok((id, stood.and_then(Result::ok).map(Arc::new)))
            });
            found.collect::<Result<Vec<_>, LoadError>>()
        });
        let found = found.await?;
        let mut interrupted = self.interrupted();
        for (id, stood) in found {
            if let Some(looked) = interrupted.get_mut(&id) {
                *looked = Looked::Found(stood);
            }
        }
        drop(interrupted);
        Ok(self.looked())
    }

    fn unlooked(&self) -> Vec<String> {
        let interrupted = self.interrupted();
        let unlooked = interrupted.iter().filter(|(_, it)| matches!(it, Looked::NotYet));
        unlooked.map(|(id, _)| id.clone()).collect()
    }

    fn looked(&self) -> Vec<Arc<Stood>> {
        let interrupted = self.interrupted();
        let looked = interrupted.values().filter_map(|it| match it {
            Looked::Found(stood) => stood.clone(),
            Looked::NotYet => None,
        });
        looked.collect()
    }

    /// The right to bring a session to life, if it may come alive again. Whoever asks has the right to load it.
    pub(crate) fn revives<'a>(&'a self, id: &'a str) -> Option<Reviving<'a>> {
        self.interrupted().remove(id).map(|_| Reviving {
            past: self,
            id: Some(id),
        })
    }

    /// Whether a session may come alive again.
    pub(crate) fn is_interrupted(&self, id: &str) -> bool {
        self.interrupted().contains_key(id)
    }

    /// How many may come alive again.
    pub(crate) fn interrupted_count(&self) -> usize {
        self.interrupted().len()
    }

    /// After the grace time whoever has not come back finds their session ended. Until that is recorded they may come. Gives
    /// those that have.
    pub(crate) async fn end_interrupted(&self) -> Vec<Alias> {
        loop {
            match self.try_to_end_interrupted().await {
                Ok(ended) => return ended,
                Err(error) => warn!(%error, "that sessions have ended could not be recorded"),
            }
            sleep(AGAIN).await;
        }
    }

    async fn try_to_end_interrupted(&self) -> Result<Vec<Alias>, LoadError> {
        // So that none is coming alive meanwhile.
        let _all = self.all.write().await;
        let at = now() / 1000;
        let ended = |session: &String| Change::Ended {
            session: session.as_str().into(),
            at,
        };
        let changes: Vec<Change> = self.interrupted().keys().map(ended).collect();
        if changes.is_empty() {
            return Ok(Vec::new());
        }
        let journal = self.journal.clone();
        spawn_blocking(move || journal.commit(&changes))
            .await
            .map_err(|_| LoadError::GivenUp)??;
        let ended: Vec<Alias> = self.interrupted().drain().map(|(id, _)| Alias::of(&id)).collect();
        info!(
            sessions = ended.len(),
            "nobody came back to them: they have ended"
        );
        Ok(ended)
    }

    /// That session was deleted: it does not come alive again.
    pub(crate) fn forget(&self, id: &str) {
        self.interrupted().remove(id);
    }

    fn interrupted(&self) -> MutexGuard<'_, HashMap<String, Looked>> {
        self.interrupted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
