//! Who comes to which session: one that lives, one that ended, or one that comes alive again.
//!
//! An interrupted session comes alive for whoever has any of its tokens, a watch link's among them. Otherwise they would be
//! shown a session that ended, and be somewhere else than its owner when that one comes back. Nothing goes to a mail server
//! by that: no connection is made before somebody with control asks for one.
//!
//! What is asked of a session that need not be loaded for it is beside: how it stands (`glance`), how much of it is kept
//! (`keeping`), and its end when nobody comes (`over`).

mod glance;
pub(crate) mod keeping;
mod over;
pub(crate) mod room;

use std::net::IpAddr;
use std::sync::Arc;

use protocol::access::{LinkNo, Role};
use protocol::wire::decode;
use tracing::{info, warn};

use crate::access::Visitor;
use crate::journal::Head;
use crate::session::access::Access;
use crate::session::admission::{Admission, Held};
use crate::session::link::{Links, Pass};
use crate::session::past::LoadError;
use crate::session::transcript::{RestoreError, now};
use crate::session::{Doer, Session};
use crate::{Bridge, Journaled};
use room::NoRoom;

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

    /// Revokes a link of a session: whoever came through it is out, and what they take with them is broken off. Whether
    /// there is such a link.
    pub(crate) fn revoke(&self, id: &str, session: &Session, link: LinkNo, from: IpAddr) -> bool {
        let revoked = session.revoke(link, Doer::owner(from));
        self.exports.stop_through(id, link);
        revoked
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
