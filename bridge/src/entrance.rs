//! Who comes to which session: one that lives, one that ended, or one that comes alive again.
//!
//! An interrupted session comes alive for whoever has any of its tokens, a watch link's among them. Otherwise they would be
//! shown a session that ended, and be somewhere else than its owner when that one comes back. Nothing goes to a mail server
//! by that: no connection is made before somebody with control asks for one.

pub(crate) mod room;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use protocol::access::{By, Keep, LinkNo, OWNER, Role};
use protocol::alias::Alias;
use protocol::entry::Seq;
use protocol::standing::Ending;
use protocol::state::State;
use protocol::wire::{CloseCode, Refusal, decode};
use tracing::{info, warn};

use crate::access::Visitor;
use crate::audit::{About, Actor, Ending as Told, Event, Who};
use crate::journal::{Head, NotDeleted};
use crate::session::access::Access;
use crate::session::admission::{Admission, Held};
use crate::session::link::{Links, Pass};
use crate::session::past::LoadError;
use crate::session::transcript::{RestoreError, now};
use crate::session::{Doer, Session};
use crate::{Bridge, Journaled};
use room::NoRoom;

/// How often it is looked whether somebody reads what is kept no longer.
const SHUT_EVERY: Duration = Duration::from_secs(60);

/// How a session stands that is not in memory.
pub(crate) struct Glance {
    pub(crate) access: Access,
    /// What the token that was asked with lets in to.
    pub(crate) pass: Pass,
    /// When it ended, in milliseconds since 1970-01-01T00:00:00Z, where that is known.
    pub(crate) ended: Option<u64>,
    /// Whether it may come alive again.
    pub(crate) interrupted: bool,
    /// Where its newest connection stood last.
    pub(crate) state: State,
    /// How that ended, as far as it is known.
    pub(crate) ending: Option<Ending>,
    pub(crate) last: Seq,
}

/// What is kept of a session beside its entries, and what a token of it lets in to.
struct Known {
    head: Head,
    access: Access,
    pass: Pass,
    /// Whether nothing of it is on its way into the journal any more.
    is_settled: bool,
}

/// Why somebody is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denied {
    /// There is no such session, or not with this token.
    Unknown,
    /// It cannot be read now: it is worth trying again. Said to whoever has its token.
    Unreadable,
    /// The same, where it cannot even be read who has its token.
    Unknowable,
    /// There is no room for it now. Said to whoever has its token.
    NoRoom(NoRoom),
    /// They are not signed in, and what they came with lets them in to nothing.
    NotSignedOn,
}

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
    /// Lets in whoever may come in to the session.
    ///
    /// # Errors
    /// When nobody is let in. An unknown session and a wrong token must look the same to whoever asks; that a session cannot
    /// be read now is told to whoever has its token. Where it cannot be known who has one, everybody is told that.
    pub(crate) async fn admit(&self, id: &str, visitor: &Visitor) -> Result<Admission, Denied> {
        let Some(kept) = &self.kept else {
            return self.registry.admit(id, visitor).ok_or(Denied::Unknown);
        };
        if let Some(session) = self.in_memory(kept, id) {
            return admit_to(session, kept, id, visitor).await;
        }
        // What a wrong token asks for is not loaded, and keeps nobody waiting.
        let known = self.knows(kept, id, visitor).await?;
        let opened_by = known.access.opened_by.as_ref();
        let reader = visitor.signed_on().map(|it| it.identity());
        // Whoever has none is there by the leave of whoever opened it.
        let reader = reader.as_ref().or(opened_by).map(|it| &*it.id);
        let loaded = self.load(kept, id, visitor, reader).await;
        loaded
            .map_err(|error| self.not_loaded(error))?
            .ok_or(Denied::Unknown)
    }

    /// What whoever has a right to a session is told that could not be loaded.
    fn not_loaded(&self, error: LoadError) -> Denied {
        match error {
            LoadError::NoRoom(no_room) => {
                self.metrics.met(no_room.limit());
                Denied::NoRoom(no_room)
            }
            error => denied(Denied::Unreadable)(error),
        }
    }

    /// What of a session somebody is let in to. The session stays where it is: none of its entries are read, and one that was
    /// interrupted comes not alive.
    ///
    /// # Errors
    /// As of [`admit`](Self::admit).
    pub(crate) async fn pass(&self, id: &str, visitor: &Visitor) -> Result<Pass, Denied> {
        let Some(kept) = &self.kept else {
            let admission = self.registry.admit(id, visitor);
            return admission.map(|it| it.pass).ok_or(Denied::Unknown);
        };
        if let Some(session) = self.in_memory(kept, id) {
            return admit_to(session, kept, id, visitor).await.map(|it| it.pass);
        }
        let Known { head, pass, .. } = self.knows(kept, id, visitor).await?;
        let is_over = head.ended.is_some() || !kept.past.is_interrupted(id);
        if is_over && pass.role == Role::SignIn {
            // There is nothing left to sign in to.
            return Err(Denied::Unknown);
        }
        Ok(pass)
    }

    /// How a session stands that is not in memory, to whoever is let in: it stays where it is, and one that
    /// was interrupted comes not alive.
    pub(crate) async fn glance(&self, id: &str, visitor: &Visitor) -> Option<Glance> {
        let kept = self.kept.as_ref()?;
        if self.in_memory(kept, id).is_some() {
            return None;
        }
        let known = self.known(kept, id, visitor).await.ok().flatten()?;
        let interrupted = known.head.ended.is_none() && kept.past.is_interrupted(id);
        if !known.is_settled || (known.pass.role == Role::SignIn && !interrupted) {
            return None;
        }
        let (state, last) = kept.past.stood(id).await.ok()?;
        let ending = kept.past.ending(id).await.ok()?;
        Some(Glance {
            access: known.access,
            pass: known.pass,
            ended: known.head.ended,
            interrupted,
            state,
            ending,
            last,
        })
    }

    /// Whether there is such a session.
    ///
    /// # Errors
    /// When that cannot be known now.
    pub(crate) async fn has(&self, id: &str) -> Result<bool, LoadError> {
        let Some(kept) = &self.kept else {
            return Ok(self.registry.get(id).is_some());
        };
        let is_in_memory = self.in_memory(kept, id).is_some();
        Ok(is_in_memory || kept.past.head(id).await?.is_some())
    }

    /// A session that lives, or one that ended and is being read.
    fn in_memory(&self, kept: &Journaled, id: &str) -> Option<Held> {
        let living = self.registry.get(id).map(Held::living);
        living.or_else(|| kept.past.get(id))
    }

    /// What is kept of a session that is not in memory, to whoever is let in.
    async fn known(&self, kept: &Journaled, id: &str, visitor: &Visitor) -> Result<Option<Known>, LoadError> {
        let is_settled = kept.recorder.settled(id).await;
        let Some(head) = kept.past.head(id).await? else {
            return Ok(None);
        };
        let access: Access = decode(&head.access)?;
        let links = Links::new(access.owner, access.links.clone());
        let pass = visitor.pass(&links, access.opened_by.as_ref()).ok();
        Ok(pass.map(|pass| Known {
            head,
            access,
            pass,
            is_settled,
        }))
    }

    /// The same, of whoever may be let in.
    async fn knows(&self, kept: &Journaled, id: &str, visitor: &Visitor) -> Result<Known, Denied> {
        let known = self.known(kept, id, visitor).await;
        known.map_err(denied(Denied::Unknowable))?.ok_or(Denied::Unknown)
    }

    /// Loads a session for whoever is let in, at the expense of that account, and brings it to life if it was interrupted.
    async fn load(
        &self,
        kept: &Journaled,
        id: &str,
        visitor: &Visitor,
        reader: Option<&str>,
    ) -> Result<Option<Admission>, LoadError> {
        let _place = kept.past.place(reader).await?;
        let _loading = kept.past.loading(id).await;
        if let Some(session) = self.in_memory(kept, id) {
            return Ok(Admission::to(session, visitor));
        }
        let Some(Known {
            mut head,
            access,
            is_settled,
            ..
        }) = self.known(kept, id, visitor).await?
        else {
            return Ok(None);
        };
        if !is_settled {
            // There is more of it than could be read now.
            return Err(LoadError::Unsettled);
        }
        let reviving = head.ended.is_none().then(|| kept.past.revives(id)).flatten();
        match reviving {
            Some(_) => {
                if let Some(lost) = kept.past.settle(id).await? {
                    self.audit.ended(lost.session, lost.ending);
                }
            }
            None => {
                head.ended.get_or_insert(now() / 1000);
            }
        }
        let (session, inbox) = self.registry.restored(id, access, head.ended, reader);
        let loaded = kept.past.load(id, session).await;
        let loaded = loaded.map_err(|error| match error {
            LoadError::Restore(RestoreError::Full(_)) if reviving.is_some() => NoRoom::Transcripts.into(),
            LoadError::Restore(RestoreError::Full(_)) => NoRoom::Reading.into(),
            error => error,
        });
        let session = Arc::new(loaded?);
        let number = session.number;
        let held = if let Some(reviving) = reviving {
            let stopping = || self.shutdown.is_draining();
            let adopted = self.registry.adopt(id, session.clone(), stopping);
            adopted.map_err(|why| {
                let comes = visitor.signed_on().map(|it| it.identity());
                let no_room = NoRoom::of(why, session.opened_by.as_deref(), comes.as_ref());
                no_room.map_or(LoadError::from(why), LoadError::from)
            })?;
            reviving.done();
            info!(session = number, "an interrupted session goes on");
            self.bring_to_life(id, session.clone(), inbox, true);
            Held::living(session)
        } else {
            info!(session = number, "a session that ended is read");
            let recording = kept.recorder.record(id, session.clone(), true);
            kept.past.open_for_reading(id, session, recording)
        };
        Ok(Admission::to(held, visitor))
    }

    /// Ends a session for somebody, if it lives, and deletes all that is kept of it, for good. None of its entries are read for that: one
    /// that is too large to be read, or cannot be, is deleted like any other.
    ///
    /// # Errors
    /// When what is kept is not gone.
    pub(crate) async fn delete(&self, id: &str, who: Who) -> Result<(), NotDeleted> {
        self.delete_telling(id, who, CloseCode::Deleted).await
    }

    /// The same; whoever reads it is told that.
    async fn delete_telling(&self, id: &str, who: Who, why: CloseCode) -> Result<(), NotDeleted> {
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

    /// Revokes a link of a session: whoever came through it is out, and what they take with them is broken off. Whether
    /// there is such a link.
    pub(crate) fn revoke(&self, id: &str, session: &Session, link: LinkNo, from: IpAddr) -> bool {
        let revoked = session.revoke(link, Doer::owner(from));
        self.exports.stop_through(id, link);
        revoked
    }

    /// Ends those that an earlier bridge left behind, when nobody has come back to them for the grace time.
    pub(crate) fn end_interrupted(self: Arc<Self>) {
        let Some(past) = self.kept.as_ref().map(|kept| kept.past.clone()) else {
            return;
        };
        let (grace, audit) = (self.grace, self.audit.clone());
        let ending = async move {
            tokio::time::sleep(grace).await;
            for session in past.end_interrupted().await {
                audit.ended(session, Told::of_interrupted());
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
    async fn shut_expired_now(&self) {
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

impl Journaled {
    /// Waits until no more is kept of a session than is to be, and no traces are left of the rest, for a bounded time.
    async fn keeps_no_more(&self, session: &Session) -> Result<(), NotKept> {
        let is_done =
            session.keeps().await && (session.kept() == Keep::Everything || self.recorder.is_clean().await);
        is_done.then_some(()).ok_or(NotKept::NotYet)
    }
}

/// Lets in to a session that is in memory whoever has one of its tokens. Whoever has none learns as much of it as of one that
/// is not in memory.
async fn admit_to(session: Held, kept: &Journaled, id: &str, visitor: &Visitor) -> Result<Admission, Denied> {
    if let Some(admission) = Admission::to(session, visitor) {
        return Ok(admission);
    }
    kept.past.head(id).await.map_err(denied(Denied::Unknowable))?;
    Err(Denied::Unknown)
}

/// What somebody is told where a session cannot be read.
fn denied(denied: Denied) -> impl FnOnce(LoadError) -> Denied {
    move |error| {
        warn!(%error, "a session of before cannot be read");
        denied
    }
}

#[cfg(test)]
mod tests;
