//! How much of a session is kept from now on, and the end of all that was kept of it.

use std::sync::Arc;

use protocol::access::{By, Keep, OWNER};
use protocol::alias::Alias;
use protocol::wire::{CloseCode, Refusal};

use crate::audit::{About, Event, Who};
use crate::journal::NotDeleted;
use crate::session::{Doer, Session};
use crate::{Bridge, Journaled};

/// Why it stays as it was how much of a session is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotKept {
    #[error("This console was started without a journal: it keeps nothing.")]
    NoJournal,
    #[error("Of a session that has ended no more can be kept than is.")]
    More,
    #[error("{}", Refusal::KeepsLess.sentence())]
    KeepsLess,
    #[error("What is kept of the session could not be changed now. Try again in a moment.")]
    NotNow,
    #[error(
        "So much is kept of the session from now on, but what the journal's file held beside that could not be deleted yet. \
         That is done as soon as it is possible."
    )]
    NotYet,
}

impl Bridge {
    /// Ends a session for somebody, if it lives, and deletes all that is kept of it, for good. None of its entries are read for that: one
    /// that is too large to be read, or cannot be, is deleted like any other.
    ///
    /// # Errors
    /// When what is kept is not gone.
    pub(crate) async fn delete(&self, id: &str, who: Who) -> Result<(), NotDeleted> {
        self.delete_telling(id, who, CloseCode::Deleted).await
    }

    /// The same; whoever reads it is told that.
    pub(super) async fn delete_telling(&self, id: &str, who: Who, why: CloseCode) -> Result<(), NotDeleted> {
        let number = self.registry.get(id).map(|session| session.number);
        let deleted = self.delete_all_of(id, &who, why).await;
        if !matches!(deleted, Err(NotDeleted::Kept)) {
            let about = About {
                session: number,
                alias: Some(Alias::of(id)),
            };
            self.audit.tell(about, who, Event::Deleted);
        }
        deleted
    }

    async fn delete_all_of(&self, id: &str, who: &Who, why: CloseCode) -> Result<(), NotDeleted> {
        let stop = || {
            if let Some(session) = self.registry.get(id) {
                session.links.shut();
                if let Some(address) = who.address {
                    session.trail.is_at(OWNER, address, who.known.clone());
                }
                session.end_by(Doer {
                    by: By::Participant(OWNER),
                    from: who.address,
                });
            }
            // Behind that: one that is just beginning looks at the links once it can be reached here.
            self.exports.stop(id);
        };
        let Some(kept) = &self.kept else {
            stop();
            return Ok(());
        };
        // So that nobody is loading it meanwhile. Of its traces nothing can be loaded: nobody needs to wait for them.
        let loading = kept.past.loading(id).await;
        kept.past.shut(id, why);
        stop();
        kept.recorder.delete(id).await?;
        kept.past.forget(id);
        drop(loading);
        let is_gone = kept.recorder.is_clean().await;
        is_gone.then_some(()).ok_or(NotDeleted::Traces)
    }

    /// Decides how much of a session that is in memory is kept. Of one that has ended that can only become less, and
    /// whoever reads it, or takes it along, is let go, since it reads otherwise then.
    ///
    /// # Errors
    /// When it stays as it is, or what is not to be kept is not gone yet.
    pub(crate) async fn keep(
        &self,
        id: &str,
        session: &Arc<Session>,
        keep: Keep,
        who: Who,
    ) -> Result<(), NotKept> {
        let kept = self.kept.as_ref().ok_or(NotKept::NoJournal)?;
        let owner = Doer {
            by: By::Participant(OWNER),
            from: who.address,
        };
        if session.ended.is_none() {
            let decided = session.keep(keep, owner);
            decided.map_err(|_| NotKept::KeepsLess)?;
            return kept.keeps_no_more(session).await;
        }
        if keep == Keep::Nothing {
            return self.delete(id, who).await.map_err(|error| match error {
                NotDeleted::Kept => NotKept::NotNow,
                NotDeleted::Traces => NotKept::NotYet,
            });
        }
        // So that nobody is loading it meanwhile. Whoever does behind that waits until it is written.
        let loading = kept.past.loading(id).await;
        let is_read = kept.past.get(id).is_some_and(|it| Arc::ptr_eq(&it, session));
        if !is_read {
            return Err(NotKept::NotNow);
        }
        let was = session.kept();
        if was.keeps_less_than(keep) {
            return Err(NotKept::More);
        }
        // Where it was decided before, that may not be done yet.
        if was != keep {
            let decided = session.keep(keep, owner);
            decided.map_err(|_| NotKept::KeepsLess)?;
            kept.past.shut(id, CloseCode::KeptLess);
            // What is taken along would hold what is not to be kept.
            self.exports.stop(id);
            kept.recorder.let_go(id);
        }
        drop(loading);
        kept.keeps_no_more(session).await
    }
}

impl Journaled {
    /// Waits until no more is kept of a session than is to be, and no traces are left of the rest, for a bounded time.
    async fn keeps_no_more(&self, session: &Session) -> Result<(), NotKept> {
        let is_done =
            session.keeps().await && (session.kept() == Keep::Everything || self.recorder.is_clean().await);
        is_done.then_some(()).ok_or(NotKept::NotYet)
    }
}
