//! The sessions of this bridge, and who is let into them.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use protocol::access::{Keep, Role};
use protocol::alias::Alias;
use protocol::remark::End;
use protocol::wire::Refusal;
use tokio::sync::watch;

use super::access::Access;
use super::link::Pass;
use super::past::Lease;
use super::token::{NoRandomness, Token, random};
use super::transcript::Budget;
use super::transcript::budget::Shares;
use super::{Inbox, Session};
use crate::access::{Barred, Identity, Opener, SignOn, Visitor};
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

/// A session that somebody has in hand: for so long there is no other object of the same one that people are let into.
pub(crate) struct Held {
    session: Arc<Session>,
    /// Of one that ended and is read; none of one that lives, which its own task keeps.
    _lease: Option<Lease>,
}

/// Who was let in, and where.
pub(crate) struct Admission {
    pub(crate) session: Held,
    pub(crate) pass: Pass,
    /// As whom they are signed in, if they are.
    pub(crate) signed_on: Option<Arc<SignOn>>,
    /// By whose leave they are in; none of whoever needs nobody's.
    pub(crate) opener: Option<Opener>,
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

impl Held {
    /// One that lives.
    pub(crate) fn living(session: Arc<Session>) -> Self {
        Self {
            session,
            _lease: None,
        }
    }

    /// One that ended and is read.
    pub(crate) fn for_reading(session: Arc<Session>, lease: Lease) -> Self {
        Self {
            session,
            _lease: Some(lease),
        }
    }
}

impl Deref for Held {
    type Target = Arc<Session>;

    fn deref(&self) -> &Arc<Session> {
        &self.session
    }
}

impl Admission {
    /// Lets in whoever may come in to the session. Who is turned away for their token is recorded there.
    pub(crate) fn to(session: Held, visitor: &Visitor) -> Option<Self> {
        match visitor.pass(&session.links, session.opened_by.as_deref()) {
            // There is nothing left to sign in to.
            Ok(pass) if session.ended.is_some() && pass.role == Role::SignIn => None,
            Ok(pass) => Some(Admission {
                opener: pass
                    .link
                    .and_then(|_| visitor.opener(session.opened_by.as_deref())),
                session,
                pass,
                signed_on: visitor.signed_on().cloned(),
            }),
            Err(Barred::Token(with)) => {
                session.turned_away(with);
                None
            }
            Err(Barred::NotSignedOn) => None,
        }
    }

    /// Whether whoever was let in may stay: their link still lets in, whose ever it is, and they are signed in still if they
    /// were.
    pub(crate) fn lasts(&self) -> bool {
        let signed_on = self.signed_on.as_ref().is_none_or(|it| !it.is_over());
        let is_open = self.opener.as_ref().is_none_or(|it| !it.is_out());
        signed_on && is_open && self.session.links.lets_in(self.pass.link)
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
            keeps,
            epoch: u64::from_le_bytes(random()?),
        })
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
mod tests {
    use protocol::entry::Event;
    use protocol::state::State;

    use super::*;
    use crate::session::transcript::Transcript;

    fn registry(sessions: usize) -> Registry {
        Registry::new(
            Limits {
                sessions,
                ..Limits::default()
            },
            Keep::Everything,
            Audit::default(),
        )
        .unwrap()
    }

    #[test]
    fn only_the_token_of_the_very_session_lets_in() {
        let registry = registry(2);
        let one = registry.open(Keep::Everything, None, || false).unwrap();
        let two = registry.open(Keep::Everything, None, || false).unwrap();
        assert_eq!(one.token.len(), 43);
        assert_ne!(one.id, two.id);
        assert_ne!(one.token, two.token);
        let lets_in = |id: &str, token: &str| registry.admit(id, &Visitor::with_token(token)).is_some();
        assert!(lets_in(&one.id, &one.token));
        assert!(!lets_in(&one.id, &two.token));
        assert!(!lets_in(&one.id, ""));
        assert!(!lets_in("", &one.token));
        registry.forget(&one.id);
        assert!(!lets_in(&one.id, &one.token));
    }

    #[test]
    fn there_are_no_more_sessions_than_the_bound() {
        let registry = registry(1);
        let one = registry.open(Keep::Everything, None, || false).unwrap();
        assert_eq!(
            registry.open(Keep::Everything, None, || false).err(),
            Some(OpenError::Full)
        );
        registry.forget(&one.id);
        assert!(registry.open(Keep::Everything, None, || false).is_ok());
    }

    #[test]
    fn one_account_leaves_room_for_others() {
        let limits = Limits {
            sessions_of_account: 1,
            ..Limits::default()
        };
        let registry = Registry::new(limits, Keep::Everything, Audit::default()).unwrap();
        let account = |id: &str| {
            Some(Identity {
                id: id.into(),
                name: "anna".into(),
            })
        };
        let open = |account| registry.open(Keep::Everything, account, || false);
        let one = open(account("1")).unwrap();
        assert_eq!(open(account("1")).err(), Some(OpenError::FullOfAccount));
        // One that comes back counts as one that is opened.
        let access = Access::new([7; 32], account("1"), Keep::Everything);
        let back = Arc::new(registry.restored("back", access, None, None).0);
        let adopted = registry.adopt("back", back, || false);
        assert_eq!(adopted, Err(OpenError::FullOfAccount));
        // Another of the same name is another, and those without are counted together with all.
        assert!(open(account("2")).is_ok());
        assert!(open(None).is_ok() && open(None).is_ok());
        registry.forget(&one.id);
        assert!(open(account("1")).is_ok());
    }

    #[test]
    fn nothing_is_opened_while_stopping() {
        assert_eq!(
            registry(1).open(Keep::Everything, None, || true).err(),
            Some(OpenError::Stopping)
        );
    }

    #[test]
    fn one_account_that_reads_what_has_ended_leaves_as_much_to_others() {
        let limits = Limits {
            past: 1000,
            ..Limits::default()
        };
        let registry = Registry::new(limits, Keep::Everything, Audit::default()).unwrap();
        let read = |reader| {
            let access = Access::new([7; 32], None, Keep::Everything);
            registry.restored("one", access, Some(7), reader).0.transcript
        };
        let fill = |transcript: &Transcript| {
            let state = || Event::State(State::default());
            (0..100)
                .take_while(|_| transcript.append_here(state()).is_ok())
                .count()
        };
        let [anna, again, ben, nobody] = [Some("anna"), Some("anna"), Some("ben"), None].map(read);
        let most = fill(&anna);
        assert!(most > 1);
        assert_eq!(fill(&again), 0);
        assert_eq!(fill(&ben), most);
        // All together have as much as two, and what is left of that.
        assert!(fill(&nobody) < most);
        drop(anna);
        assert!(fill(&again) > 0);
    }

    #[test]
    fn those_that_come_back_keep_to_the_bound_and_those_that_are_read_take_no_room_of_others() {
        let registry = Registry::new(
            Limits {
                sessions: 1,
                transcripts: 8,
                ..Limits::default()
            },
            Keep::Everything,
            Audit::default(),
        )
        .unwrap();
        let living = registry.open(Keep::Everything, None, || false).unwrap().session;
        let restored = |ended| {
            let access = Access::new([7; 32], None, Keep::Everything);
            Arc::new(registry.restored("one", access, ended, None).0)
        };
        let full = registry.adopt("one", restored(None), || false);
        assert_eq!(full, Err(OpenError::Full));
        let has_room = |session: Arc<Session>| {
            let state = Event::State(State::default());
            session.transcript.append_here(state).is_ok()
        };
        assert!(!has_room(living) && !has_room(restored(None)));
        assert!(has_room(restored(Some(7))));
    }
}
