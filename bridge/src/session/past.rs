//! Sessions of before: those that ended, to be read, and those that the bridge's end interrupted, which come alive
//! again when somebody comes in time.

mod interrupted;
pub(crate) mod lost;
mod reading;
pub(crate) mod search;
mod stood;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use protocol::entry::Seq;
use protocol::standing::Ending;
use protocol::state::State;
use protocol::wire::{BadMessage, decode};
use tokio::sync::{OwnedMutexGuard, RwLock, RwLockReadGuard};
use tokio::task::spawn_blocking;
use tracing::warn;

use super::Session;
use super::access::Access;
use super::registry::OpenError;
use super::transcript::{RestoreError, now};
use crate::access::Identity;
use crate::entrance::room::NoRoom;
use crate::journal::{Asked, Head, Journal, JournalError, Order};
use crate::places::{Place, Places};
use interrupted::Looked;
use lost::Lost;
pub(crate) use reading::Lease;
use reading::Reading;
use search::{SEARCHED_MAX, Search};
pub(crate) use stood::Stood;

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

/// What was found of what was looked for.
pub(crate) struct Found {
    pub(crate) stood: Vec<Stood>,
    /// Whether it was looked for in all that are kept.
    pub(crate) in_all: bool,
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
    #[error(transparent)]
    NoRoom(#[from] NoRoom),
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

    /// What is kept of a session beside its entries.
    pub(crate) async fn head(&self, id: &str) -> Result<Option<Head>, LoadError> {
        self.ask(id, |journal, id| Ok(journal.head(id)?)).await
    }

    /// The newest sessions of which that is so, those that live among them, in which that is found, as they are looked for on
    /// behalf of an account: its own, or everybody's.
    pub(crate) async fn newest(
        &self,
        reader: &Identity,
        own: bool,
        most: usize,
        is_so: impl Fn(&Head) -> bool + Send + 'static,
        search: Search,
    ) -> Result<Found, LoadError> {
        let looking = place_of(&self.looking, &reader.id).await?;
        self.ask(&reader.id, move |journal, reader| {
            // Until it is done, also where nobody waits for it any more.
            let _looking = looking;
            let asked = Asked {
                owner: own.then_some(reader),
                words: search.words(),
                searched: SEARCHED_MAX,
            };
            let mut heads = Vec::new();
            let in_all = journal.find(asked, &mut |head| {
                // What a newer console wrote of one is no reason not to tell of the others.
                if is_so(&head)
                    && let Ok(access) = decode::<Access>(&head.access)
                {
                    heads.push((head, access));
                }
                heads.len() < most
            })?;
            let stood = heads
                .into_iter()
                .map(|(head, access)| Stood::of(journal, head, access));
            let stood = stood.collect::<Result<_, _>>()?;
            Ok(Found { stood, in_all })
        })
        .await
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

    /// Says in an interrupted session what became of its connection, if that could not be said before. What was lost, if that
    /// is news.
    pub(crate) async fn settle(&self, id: &str) -> Result<Option<Lost>, LoadError> {
        self.ask(id, |journal, id| lost::settle(journal, id, now())).await
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
}

/// Waits for a place of that account.
async fn place_of(places: &Places<String>, account: &str) -> Result<Place, LoadError> {
    let place = places.place(account.to_owned()).await;
    place.map_err(|_| LoadError::GivenUp)
}

#[cfg(test)]
mod tests;
