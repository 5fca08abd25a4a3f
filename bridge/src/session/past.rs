//! Sessions of before: those that ended, to be read, and those that the bridge's end interrupted, which come alive
//! again when somebody comes in time.

pub(crate) mod lost;
pub(crate) mod search;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use protocol::alias::Alias;
use protocol::entry::Seq;
use protocol::standing::Ending;
use protocol::state::{Phase, State};
use protocol::wire::{BadMessage, CloseCode, decode};
use tokio::sync::{OwnedMutexGuard, RwLock, RwLockReadGuard, watch};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

use super::Session;
use super::access::Access;
use super::registry::{Held, OpenError};
use super::transcript::{RestoreError, now};
use crate::access::Identity;
use crate::journal::{Change, Head, Journal, JournalError, Order, Recording};
use crate::places::{Place, Places};
use lost::Lost;
use search::Search;

/// How long after a failure it is tried again to record that sessions have ended.
const AGAIN: Duration = Duration::from_secs(10);

/// How many at a time look through all that is kept, and how many of them for one account. It takes long, and others wait for
/// the same threads.
const LOOKING_MAX: usize = 2;
const LOOKING_OF_ACCOUNT: usize = 1;

/// How many are loaded at a time, and how many of them for one account. It takes the disk, and a core.
const LOADING_MAX: usize = 2;
const LOADING_OF_ACCOUNT: usize = 1;

/// The sessions of before, in a journal.
pub(crate) struct Past {
    journal: Arc<dyn Journal>,
    /// Those that may come alive again, each with how it stands once somebody has asked: that stays so until it does.
    interrupted: Mutex<HashMap<String, Looked>>,
    /// Those that ended and are being read, each once: whoever comes while somebody has one in hand is given the same.
    open: Mutex<HashMap<String, Arc<Reading>>>,
    /// How long one of those stays in memory when nobody has it in hand any more.
    let_go_after: Duration,
    /// Each is loaded once at a time, so that two who come at once find one session.
    loading: Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>,
    /// In hand of all who load one.
    all: RwLock<()>,
    /// See [`LOADING_MAX`].
    loads: Places<String>,
    /// See [`LOOKING_MAX`].
    looking: Places<String>,
}

/// The right to load one session, or to delete it, while nobody else does.
pub(crate) struct Loading<'a> {
    _one: OwnedMutexGuard<()>,
    _all: RwLockReadGuard<'a, ()>,
}

/// A session that ended and is being read.
struct Reading {
    session: Arc<Session>,
    /// How many have it in hand.
    hands: watch::Sender<usize>,
}

/// Somebody's hand on a session that is being read, whether they have a window of it, ask something of it or take it
/// with them as a file. It stays in memory until this is dropped.
pub(crate) struct Lease(Arc<Reading>);

/// What is known of one that was interrupted.
enum Looked {
    /// Nobody has asked.
    NotYet,
    /// How it stands; none where that cannot be told.
    Found(Option<Arc<Stood>>),
}

/// How a session that is not in memory stood last.
pub(crate) struct Stood {
    pub(crate) head: Head,
    pub(crate) access: Access,
    pub(crate) state: State,
    /// How its newest connection ended, as far as that is kept; none while it has not.
    pub(crate) ending: Option<Ending>,
}

/// Why a session of before cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Restore(#[from] RestoreError),
    #[error(transparent)]
    Unreadable(#[from] BadMessage),
    #[error("it was given up")]
    GivenUp,
    #[error("what is left of it is on its way into the journal")]
    Unsettled,
    #[error(transparent)]
    NotTakenIn(#[from] OpenError),
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

impl Stood {
    fn of(journal: &dyn Journal, head: Head, access: Access) -> Result<Self, LoadError> {
        let (state, _) = lost::stood(journal, &head.id)?;
        Self::at(journal, head, access, state)
    }

    /// The same where it is known already how its newest connection stands.
    fn at(journal: &dyn Journal, head: Head, access: Access, state: State) -> Result<Self, LoadError> {
        let ending = match state.phase {
            Phase::Closed => lost::ending(journal, &head.id)?,
            _ => None,
        };
        Ok(Self {
            head,
            access,
            state,
            ending,
        })
    }
}

impl Lease {
    fn of(reading: &Arc<Reading>) -> Self {
        reading.hands.send_modify(|hands| *hands += 1);
        Self(reading.clone())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.0.hands.send_modify(|hands| *hands -= 1);
    }
}

impl Past {
    /// Looks at what an earlier bridge left behind, and says in each of its sessions what became of the connection. Of
    /// those that are read, one stays in memory for so long when nobody has it in hand any more. Gives what was lost as well.
    pub(crate) fn new(journal: Arc<dyn Journal>, let_go_after: Duration) -> (Self, Vec<Lost>) {
        let interrupted = journal.unfinished().unwrap_or_else(|error| {
            warn!(%error, "what an earlier bridge left behind cannot be read");
            Vec::new()
        });
        let mut lost = Vec::new();
        for id in &interrupted {
            // It is tried again when somebody comes, and keeps nobody from the others.
            match lost::settle(&*journal, id, now()) {
                Ok(it) => lost.extend(it),
                Err(error) => warn!(%error, "a session that an earlier bridge left behind cannot be read"),
            }
        }
        let interrupted = interrupted.into_iter().map(|id| (id, Looked::NotYet));
        let past = Self {
            journal,
            interrupted: Mutex::new(interrupted.collect()),
            open: Mutex::default(),
            let_go_after,
            loading: Mutex::default(),
            all: RwLock::default(),
            loads: Places::new(LOADING_MAX, LOADING_OF_ACCOUNT),
            looking: Places::new(LOOKING_MAX, LOOKING_OF_ACCOUNT),
        };
        (past, lost)
    }

    /// A session that ended and is being read, which is in hand by that.
    pub(crate) fn get(&self, id: &str) -> Option<Held> {
        // Under the lock, so that it is not let go between being found and being in hand.
        let open = self.open();
        let reading = open.get(id)?;
        Some(Held::for_reading(reading.session.clone(), Lease::of(reading)))
    }

    /// What is kept of a session beside its entries.
    pub(crate) async fn head(&self, id: &str) -> Result<Option<Head>, LoadError> {
        self.ask(id, |journal, id| Ok(journal.head(id)?)).await
    }

    /// The newest sessions of which that is so, those that live among them, and that are meant by how each stood last, as they
    /// are looked for on behalf of an account. Of so many at most that is asked.
    pub(crate) async fn newest(
        &self,
        reader: &Identity,
        most: usize,
        asked: usize,
        is_so: impl Fn(&Head, &Access) -> bool + Send + 'static,
        search: Search,
    ) -> Result<Vec<Stood>, LoadError> {
        let looking = place_of(&self.looking, &reader.id).await?;
        self.ask("", move |journal, _| {
            // Until it is done, also where nobody waits for it any more.
            let _looking = looking;
            let (mut heads, mut left) = (Vec::new(), asked);
            journal.heads(&mut |head| {
                // What a newer console wrote of one is no reason not to tell of the others.
                if let Ok(access) = decode::<Access>(&head.access)
                    && is_so(&head, &access)
                {
                    heads.push((head, access));
                }
                left -= 1;
                heads.len() < search.looks_at(most) && left > 0
            })?;
            let mut found = Vec::new();
            for (head, access) in heads {
                let (state, _) = lost::stood(journal, &head.id)?;
                if search.finds(&access, &state) {
                    found.push(Stood::at(journal, head, access, state)?);
                }
                if found.len() == most {
                    break;
                }
            }
            Ok(found)
        })
        .await
    }

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

    /// A place among those who load one, for that account; all who have none are taken for one. Waited for before the
    /// [right](Self::loading) to: nobody waits for a session whose turn has not come.
    ///
    /// # Errors
    /// Never while there are places.
    pub(crate) async fn place(&self, account: Option<&str>) -> Result<Place, LoadError> {
        place_of(&self.loads, account.unwrap_or_default()).await
    }

    /// The right to load that session.
    pub(crate) async fn loading(&self, id: &str) -> Loading<'_> {
        let all = self.all.read().await;
        let one = {
            // Every change is a single step, so a panic leaves nothing half done.
            let mut loading = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
            loading.get(id).and_then(Weak::upgrade).unwrap_or_else(|| {
                loading.retain(|_, one| one.strong_count() > 0);
                let one = Arc::default();
                loading.insert(id.to_owned(), Arc::downgrade(&one));
                one
            })
        };
        Loading {
            _one: one.lock_owned().await,
            _all: all,
        }
    }

    /// The right to bring a session to life, if it may come alive again. Whoever asks has the right to load it.
    pub(crate) fn revives<'a>(&'a self, id: &'a str) -> Option<Reviving<'a>> {
        self.interrupted().remove(id).map(|_| Reviving {
            past: self,
            id: Some(id),
        })
    }

    /// Says in an interrupted session what became of its connection, if that could not be said before. What was lost, if that
    /// is news.
    pub(crate) async fn settle(&self, id: &str) -> Result<Option<Lost>, LoadError> {
        self.ask(id, |journal, id| lost::settle(journal, id, now())).await
    }

    /// Whether a session may come alive again.
    pub(crate) fn is_interrupted(&self, id: &str) -> bool {
        self.interrupted().contains_key(id)
    }

    /// How many may come alive again.
    pub(crate) fn interrupted_count(&self) -> usize {
        self.interrupted().len()
    }

    /// Where a session's newest connection stood last, and the session's last entry.
    pub(crate) async fn stood(&self, id: &str) -> Result<(State, Seq), LoadError> {
        self.ask(id, lost::stood).await
    }

    /// How a session's newest connection ended, as far as that is kept.
    pub(crate) async fn ending(&self, id: &str) -> Result<Option<Ending>, LoadError> {
        self.ask(id, lost::ending).await
    }

    /// Reads a session's entries.
    pub(crate) async fn load(&self, id: &str, session: Session) -> Result<Session, LoadError> {
        self.ask(id, move |journal, id| {
            let mut failed = None;
            journal.read(id, Order::Forwards, &mut |row| {
                let restored = session.transcript.restore(row.first, row.last, row.octets);
                failed = restored.err();
                failed.is_none()
            })?;
            failed.map_or(Ok(session), |error| Err(error.into()))
        })
        .await
    }

    /// Asks the journal something about a session, where waiting for the disk keeps nobody else up.
    async fn ask<T: Send + 'static>(
        &self,
        id: &str,
        question: impl FnOnce(&dyn Journal, &str) -> Result<T, LoadError> + Send + 'static,
    ) -> Result<T, LoadError> {
        let (journal, id) = (self.journal.clone(), id.to_owned());
        spawn_blocking(move || question(&*journal, &id))
            .await
            .map_err(|_| LoadError::GivenUp)?
    }

    /// Keeps a session that ended in memory, until nobody has had it in hand for a while.
    pub(crate) fn open_for_reading(
        self: &Arc<Self>,
        id: &str,
        session: Arc<Session>,
        recording: Arc<Recording>,
    ) -> Held {
        let reading = Arc::new(Reading {
            session: session.clone(),
            hands: watch::Sender::new(0),
        });
        let held = Held::for_reading(session, Lease::of(&reading));
        self.open().insert(id.to_owned(), reading.clone());
        let (past, id) = (self.clone(), id.to_owned());
        tokio::spawn(async move {
            let mut hands = reading.hands.subscribe();
            loop {
                // The sender lives in the reading, so waiting cannot fail.
                let _ = hands.wait_for(|hands| *hands == 0).await;
                let somebody = hands.wait_for(|hands| *hands > 0);
                if timeout(past.let_go_after, somebody).await.is_err() && past.let_go(&id, &reading) {
                    break;
                }
            }
            recording.leave();
        });
        held
    }

    /// Lets a session go that nobody has in hand. Whether that is so.
    fn let_go(&self, id: &str, reading: &Arc<Reading>) -> bool {
        let mut open = self.open();
        let is_in_hand = *reading.hands.borrow() > 0;
        // One that was deleted is out of here already, and another may stand in its place, of which less is kept.
        if !is_in_hand && open.get(id).is_some_and(|open| Arc::ptr_eq(open, reading)) {
            open.remove(id);
        }
        !is_in_hand
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

    /// That session is deleted, or less is kept of it: lets everybody go who reads it, and tells them why.
    pub(crate) fn shut(&self, id: &str, why: CloseCode) {
        if let Some(reading) = self.open().remove(id) {
            reading.session.links.shut();
            reading.session.transcript.seal(why);
        }
    }

    /// Those that are being read and ended before that, in milliseconds since 1970-01-01T00:00:00Z.
    pub(crate) fn ended_before(&self, before: u64) -> Vec<String> {
        let open = self.open();
        let ended = open
            .iter()
            .filter(|(_, reading)| reading.session.ended.is_some_and(|ended| ended < before));
        ended.map(|(id, _)| id.clone()).collect()
    }

    /// Lets everybody go who reads.
    pub(crate) fn close(&self) {
        for reading in self.open().values() {
            reading.session.transcript.seal(CloseCode::GoingAway);
        }
    }

    fn interrupted(&self) -> MutexGuard<'_, HashMap<String, Looked>> {
        self.interrupted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) -> MutexGuard<'_, HashMap<String, Arc<Reading>>> {
        // Every change is a single insertion or removal, so a panic leaves nothing half done.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for a place of that account.
async fn place_of(places: &Places<String>, account: &str) -> Result<Place, LoadError> {
    let place = places.place(account.to_owned()).await;
    place.map_err(|_| LoadError::GivenUp)
}

#[cfg(test)]
mod tests;
