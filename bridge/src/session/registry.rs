//! The sessions of this bridge, and who is let into them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use protocol::access::Keep;
use protocol::alias::Alias;
use protocol::remark::End;
use protocol::wire::Refusal;
use tokio::sync::watch;

use super::access::Access;
use super::admission::{Admission, Held};
use super::token::{NoRandomness, Token, random};
use super::transcript::Budget;
use super::transcript::budget::Shares;
use super::{Inbox, OfAccounts, Session};
use crate::access::{Identity, Visitor};
use crate::audit::Audit;
use crate::config::Limits;

/// All sessions of this bridge. They cannot be listed from outside.
pub(crate) struct Registry {
    sessions: Mutex<HashMap<String, Arc<Session>>>,
    count: watch::Sender<usize>,
    opened: AtomicU64,
    limits: Limits,
    shares: Shares,
    /// What those share that ended and are read.
    past: Shares,
    audit: Audit,
    of_accounts: OfAccounts,
    /// How much may be kept of a session at most.
    pub(crate) keeps: Keep,
    /// New at every start.
    pub(crate) epoch: u64,
}

/// A session that was just opened.
pub(crate) struct Opened {
    pub(crate) id: String,
    /// The owner's secret. It is never logged.
    pub(crate) token: String,
    pub(crate) session: Arc<Session>,
    pub(crate) inbox: Inbox,
}

/// Why no session was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("There are as many live sessions as this console takes. End one, or wait until one has ended.")]
    Full,
    #[error(
        "You have as many live sessions as this console takes of one account. End one, or wait until one has ended."
    )]
    FullOfAccount,
    #[error("The console is stopping and opens no new sessions. Try again when it is back.")]
    Stopping,
    #[error("{}", Refusal::KeepsLess.sentence())]
    KeepsLess,
    #[error("The system gives no random numbers.")]
    NoRandomness,
}

impl From<NoRandomness> for OpenError {
    fn from(_: NoRandomness) -> Self {
        OpenError::NoRandomness
    }
}

impl Registry {
    /// An empty one.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub(crate) fn new(limits: Limits, keeps: Keep, audit: Audit) -> Result<Self, OpenError> {
        Ok(Self {
            sessions: Mutex::default(),
            count: watch::Sender::new(0),
            opened: AtomicU64::new(0),
            shares: Shares::new(limits.transcripts),
            past: Shares::of_two(limits.past),
            limits,
            audit,
            of_accounts: OfAccounts::default(),
            keeps,
            epoch: u64::from_le_bytes(random()?),
        })
    }

    /// In none of its sessions is anybody called so who has no account.
    #[must_use]
    pub(crate) fn where_names_are_of(self, of_accounts: OfAccounts) -> Self {
        Self { of_accounts, ..self }
    }

    /// Opens a session of which so much is kept, with that account if there are accounts. `stopping` is asked under the registry's lock, so that none is opened behind
    /// [`stop_all`](Self::stop_all)'s back.
    ///
    /// # Errors
    /// When more is to be kept of it than may be, there is no room for it, or the bridge is stopping.
    pub(crate) fn open(
        &self,
        keep: Keep,
        opened_by: Option<Identity>,
        stopping: impl FnOnce() -> bool,
    ) -> Result<Opened, OpenError> {
        if self.keeps.keeps_less_than(keep) {
            return Err(OpenError::KeepsLess);
        }
        let id = BASE64_URL_SAFE_NO_PAD.encode(random::<16>()?);
        let token = Token::new()?;
        let mut sessions = self.lock();
        self.has_room(&sessions, opened_by.as_ref(), stopping)?;
        let number = self.opened.fetch_add(1, Ordering::Relaxed) + 1;
        let budget = self.share(opened_by.as_ref());
        let (mut session, inbox) = Session::new(
            number,
            Alias::of(&id),
            Access::new(token.hash(), opened_by, keep),
            &self.limits,
            budget,
        );
        self.begins(&mut session);
        let session = Arc::new(session);
        sessions.insert(id.clone(), session.clone());
        self.count.send_replace(sessions.len());
        Ok(Opened {
            id,
            token: token.reveal(),
            session,
            inbox,
        })
    }

    /// A session as it was kept, empty yet, and where its orders come out. One that ended takes nothing of the room of those
    /// that live, but of what that account may read; all who have none are taken for one.
    pub(crate) fn restored(
        &self,
        id: &str,
        access: Access,
        ended: Option<u64>,
        reader: Option<&str>,
    ) -> (Session, Inbox) {
        let number = self.opened.fetch_add(1, Ordering::Relaxed) + 1;
        let budget = match ended {
            Some(_) => self.past.of(Some(reader.unwrap_or_default())),
            None => self.share(access.opened_by.as_ref()),
        };
        let (mut session, inbox) = Session::new(number, Alias::of(id), access, &self.limits, budget);
        session.ended = ended;
        self.begins(&mut session);
        (session, inbox)
    }

    /// What the transcripts of one account's sessions may take.
    fn share(&self, account: Option<&Identity>) -> Budget {
        self.shares.of(account.map(|account| &account.id[..]))
    }

    /// What holds for every session of this bridge.
    fn begins(&self, session: &mut Session) {
        session.keeps_at_most(self.keeps);
        session.audited_by(self.audit.clone());
        session.names_are_of(self.of_accounts.clone());
    }

    /// Takes a session in that comes alive again. `stopping` is asked as by [`open`](Self::open).
    ///
    /// # Errors
    /// When the bridge is stopping, or has as many live sessions as it takes.
    pub(crate) fn adopt(
        &self,
        id: &str,
        session: Arc<Session>,
        stopping: impl FnOnce() -> bool,
    ) -> Result<(), OpenError> {
        let mut sessions = self.lock();
        self.has_room(&sessions, session.opened_by.as_deref(), stopping)?;
        sessions.insert(id.to_owned(), session);
        self.count.send_replace(sessions.len());
        Ok(())
    }

    fn has_room(
        &self,
        sessions: &HashMap<String, Arc<Session>>,
        opened_by: Option<&Identity>,
        stopping: impl FnOnce() -> bool,
    ) -> Result<(), OpenError> {
        if stopping() {
            Err(OpenError::Stopping)
        } else if sessions.len() >= self.limits.sessions {
            Err(OpenError::Full)
        } else if let Some(account) = opened_by
            && sessions
                .values()
                .filter(|it| it.opened_by.as_deref() == Some(account))
                .count()
                >= self.limits.sessions_of_account
        {
            Err(OpenError::FullOfAccount)
        } else {
            Ok(())
        }
    }

    /// All sessions that live, each with what it is called in an address.
    pub(crate) fn all(&self) -> Vec<(String, Arc<Session>)> {
        let sessions = self.lock();
        sessions.iter().map(|(id, it)| (id.clone(), it.clone())).collect()
    }

    /// A session that lives.
    pub(crate) fn get(&self, id: &str) -> Option<Arc<Session>> {
        self.lock().get(id).cloned()
    }

    /// Lets in whoever may come in to the session. None where there is none: an unknown session and a wrong token
    /// must look the same to whoever asks. Who is turned away from a session is recorded there.
    pub(crate) fn admit(&self, id: &str, visitor: &Visitor) -> Option<Admission> {
        Admission::to(Held::living(self.get(id)?), visitor)
    }

    /// How many sessions live, and how many windows are in them.
    pub(crate) fn crowd(&self) -> (usize, usize) {
        let sessions = self.lock();
        let windows = sessions.values().map(|session| session.presence.windows()).sum();
        (sessions.len(), windows)
    }

    /// What the transcripts of those that live take of the memory that they share, in octets.
    pub(crate) fn transcript_octets(&self) -> u64 {
        self.shares.used()
    }

    /// Forgets a session.
    pub(crate) fn forget(&self, id: &str) {
        let mut sessions = self.lock();
        sessions.remove(id);
        self.count.send_replace(sessions.len());
    }

    /// Every session that lives.
    pub(crate) fn sessions(&self) -> Vec<Arc<Session>> {
        self.lock().values().cloned().collect()
    }

    /// Ends every session.
    pub(crate) fn stop_all(&self, why: &End) {
        for session in self.lock().values() {
            session.stop(why.clone());
        }
    }

    /// Waits until every session is forgotten.
    pub(crate) async fn emptied(&self) {
        // The sender lives in self, so waiting cannot fail.
        let _ = self.count.subscribe().wait_for(|&count| count == 0).await;
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Session>>> {
        // Every change is a single insertion or removal, so a panic leaves nothing half done.
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
