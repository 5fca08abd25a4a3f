//! The thread that writes what happens into the journal, for all sessions together.

mod recording;
mod sweeper;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tracing::{error, info, warn};

use super::queue::Queue;
use super::{Change, Journal, JournalError};
use crate::audit::Row;
use crate::session::Session;
pub(crate) use recording::{Lasts, Recording};
use recording::{Plan, Turn};
pub(crate) use sweeper::Days;
use sweeper::Sweeper;

/// How long what happens may wait so that more of it is written at once.
const GATHER: Duration = Duration::from_millis(10);

/// How long after a failure it is tried again.
const AGAIN: Duration = Duration::from_secs(2);

/// How long somebody waits at most for what is on its way into the journal.
const SETTLES_WITHIN: Duration = Duration::from_secs(2);

/// Writes what happens into the journal.
pub(crate) struct Recorder {
    shared: Arc<Shared>,
    sweeper: Arc<Sweeper>,
    /// What writes, and what sweeps, until they are closed.
    threads: Mutex<Option<[JoinHandle<()>; 2]>>,
}

struct Shared {
    journal: Arc<dyn Journal>,
    sweeper: Arc<Sweeper>,
    /// By the numbers of their tickets.
    recordings: Mutex<HashMap<u64, Arc<Recording>>>,
    queue: Arc<Queue>,
    /// Counts what was written, or could not be, for those who wait for it.
    written: watch::Sender<u64>,
    closing: watch::Sender<bool>,
    /// Whether it could not be written to last time, and how often that was so.
    is_failing: AtomicBool,
    refused: AtomicU64,
    /// Where what is told to those who watch is brought to them.
    runtime: Option<Handle>,
}

/// How writing goes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RecorderStanding {
    /// Entries that are to be in the journal and are not yet.
    pub(crate) waiting: u64,
    /// Whether it could not be written to last time.
    pub(crate) is_failing: bool,
    /// How often it could not.
    pub(crate) refused: u64,
}

/// A session is not deleted, or not yet for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotDeleted {
    #[error("What is kept of the session could not be deleted now. Try again in a moment.")]
    Kept,
    #[error(
        "The session is deleted and nobody can read it here any more, but what the journal's file held of it could not be \
         overwritten yet. That is done as soon as it is possible."
    )]
    Traces,
}

impl Recorder {
    /// Begins to write there.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(journal: Arc<dyn Journal>, days: Days) -> std::io::Result<Self> {
        let sweeper = Arc::new(Sweeper::new(journal.clone(), days));
        let shared = Arc::new(Shared {
            journal,
            sweeper: sweeper.clone(),
            recordings: Mutex::default(),
            queue: Arc::default(),
            written: watch::Sender::new(0),
            closing: watch::Sender::new(false),
            is_failing: AtomicBool::new(false),
            refused: AtomicU64::new(0),
            runtime: Handle::try_current().ok(),
        });
        let thread = |name: &str| std::thread::Builder::new().name(name.to_owned());
        let sweeping = thread("journal-sweeper").spawn({
            let sweeper = sweeper.clone();
            move || sweeper.run()
        })?;
        let writing = thread("journal").spawn({
            let shared = shared.clone();
            move || shared.run()
        });
        let writing = writing.inspect_err(|_| sweeper.close())?;
        Ok(Self {
            shared,
            sweeper,
            threads: Mutex::new(Some([writing, sweeping])),
        })
    }

    /// Records a session, of which everything up to now is kept already.
    pub(crate) fn record(&self, id: &str, session: Arc<Session>, is_kept: bool) -> Arc<Recording> {
        let ticket = Arc::new(self.shared.queue.ticket());
        // First, so that of what changes from now on nothing is missed.
        session.transcript.queue_by(ticket.clone());
        let recording = Arc::new(Recording::new(
            id,
            session.clone(),
            is_kept,
            ticket.clone(),
            self.shared.written.clone(),
        ));
        session.keep_recording(&recording);
        self.shared
            .recordings()
            .insert(ticket.number(), recording.clone());
        ticket.enter();
        recording
    }

    /// Deletes all that is kept of a session, and waits for that for a bounded time. Nobody can read it then, but there are
    /// [traces](Self::is_clean) of it.
    ///
    /// # Errors
    /// When it is not deleted. What is on its way into the journal is as soon as that is possible.
    pub(crate) async fn delete(&self, id: &str) -> Result<(), NotDeleted> {
        self.shared.all_of(id).iter().for_each(|held| held.delete());
        if !self.settled(id).await {
            return Err(NotDeleted::Kept);
        }
        // Of one that nobody records any more, or whose last words were just written, it is there still.
        let (shared, id) = (self.shared.clone(), id.to_owned());
        let deleted = spawn_blocking(move || shared.delete(&id)).await;
        match deleted {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                warn!(%error, "a session could not be deleted");
                Err(NotDeleted::Kept)
            }
            Err(_) => Err(NotDeleted::Kept),
        }
    }

    /// Waits until no traces are left of what was deleted or replaced till now, for a bounded time. Whether that is so.
    pub(crate) async fn is_clean(&self) -> bool {
        self.sweeper.is_gone(self.sweeper.erase()).await
    }

    /// Adds to the audit. It waits for the disk.
    ///
    /// # Errors
    /// When it cannot be kept now; nothing of it is then.
    pub(crate) fn audit(&self, rows: &[Row]) -> Result<(), JournalError> {
        let change = |row: &Row| Change::Audit {
            at: row.at,
            record: row.text.clone(),
        };
        let changes: Vec<Change> = rows.iter().map(change).collect();
        self.shared.journal.commit(&changes)?;
        self.sweeper.wrote(false);
        Ok(())
    }

    /// Who was put out and opened what is kept: what tells them apart. It waits for the disk.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn put_out(&self) -> Result<Vec<String>, JournalError> {
        self.shared.journal.put_out()
    }

    /// Those of them are put out of whom that is said, and the others are not. It waits for the disk.
    ///
    /// # Errors
    /// When it cannot be kept now; nothing of it is then.
    pub(crate) fn put_out_now(&self, all: &[(Arc<str>, bool)]) -> Result<(), JournalError> {
        let change = |(identity, is_out): &(Arc<str>, bool)| Change::PutOut {
            identity: identity.clone(),
            is_out: *is_out,
        };
        let changes: Vec<Change> = all.iter().map(change).collect();
        self.shared.journal.commit(&changes)?;
        // It is to outlive the machine, too.
        self.sweeper.wrote(true);
        Ok(())
    }

    /// What ended before that is kept no longer, in milliseconds since 1970-01-01T00:00:00Z.
    pub(crate) fn kept_since(&self) -> u64 {
        self.sweeper.kept_since()
    }

    /// What is left of a session is written, and it is recorded no longer.
    pub(crate) fn let_go(&self, id: &str) {
        self.shared.all_of(id).iter().for_each(|held| held.leave());
    }

    /// Waits until nothing of that session is on its way into the journal any more, for a bounded time. Whether that is so.
    pub(crate) async fn settled(&self, id: &str) -> bool {
        let mut written = self.shared.written.subscribe();
        let is_held = || self.shared.recordings().values().any(|held| held.is_of(id));
        let settled = timeout(SETTLES_WITHIN, written.wait_for(|_| !is_held())).await;
        settled.is_ok()
    }

    /// How writing goes.
    pub(crate) fn standing(&self) -> RecorderStanding {
        let recordings = self.shared.all();
        RecorderStanding {
            waiting: recordings.iter().map(|recording| recording.waiting()).sum(),
            is_failing: self.shared.is_failing.load(Ordering::Relaxed),
            refused: self.shared.refused.load(Ordering::Relaxed),
        }
    }

    /// Writes what is left, and stops. It waits for the disk.
    pub(crate) fn close(&self) {
        self.shared.closing.send_replace(true);
        self.shared.queue.bell.ring();
        let threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner).take();
        for thread in threads.into_iter().flatten() {
            if thread.join().is_err() {
                error!("a thread of the journal's had failed");
            }
            // The sweeper erases also what was deleted last.
            self.sweeper.close();
        }
        self.shared.journal.close();
    }
}

impl Shared {
    fn run(&self) {
        // That a session is not recorded is an entry like any other, and viewers are told of those by a task.
        let _inside = self.runtime.as_ref().map(Handle::enter);
        self.queue.bell.listen();
        // Known before anybody comes whose session would not be recorded.
        let mut failing = self.looked(self.journal.commit(&[])).is_err();
        loop {
            let closing = *self.closing.borrow();
            if failing && !closing {
                self.pause();
            } else if !closing {
                self.queue.bell.wait();
                sleep(GATHER);
            }
            self.queue.bell.heard();
            let written = self.looked(self.write(failing));
            if let Err(error) = &written {
                if !failing {
                    warn!(%error, "sessions are not being recorded");
                }
                self.tell(error);
            } else if failing {
                info!("sessions are being recorded again");
            }
            failing = written.is_err();
            if closing {
                return;
            }
        }
    }

    /// Keeps in mind how writing went.
    fn looked(&self, written: Result<(), JournalError>) -> Result<(), JournalError> {
        self.is_failing.store(written.is_err(), Ordering::Relaxed);
        if written.is_err() {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        written
    }

    /// Writes all there is. Where nothing is, it is tried only if it `was_failing`. Sessions of which there is no news are not
    /// looked at: there may be thousands.
    fn write(&self, was_failing: bool) -> Result<(), JournalError> {
        let mut tries = was_failing;
        loop {
            let recordings = self.queued();
            let mut plan = Plan::default();
            let turns: Vec<(&Arc<Recording>, Turn)> = recordings
                .iter()
                .map(|recording| (recording, recording.plan(&mut plan)))
                .collect();
            if tries || !plan.changes.is_empty() {
                let committed = self.journal.commit(&plan.changes);
                if committed.is_err() {
                    recordings.iter().for_each(|recording| recording.stay());
                }
                committed?;
                tries = false;
            }
            if !plan.changes.is_empty() {
                let is_head = |change: &Change| matches!(change, Change::Head(_));
                self.sweeper.wrote(plan.changes.iter().any(is_head));
            }
            if plan.erases {
                self.sweeper.erase();
            }
            for (recording, turn) in turns {
                recording.done(turn);
            }
            let is_any_over = self.let_go(&recordings);
            if is_any_over || !plan.changes.is_empty() {
                self.written.send_modify(|written| *written += 1);
            }
            if !plan.has_more {
                return Ok(());
            }
        }
    }

    /// Those of which there is something to be written.
    fn queued(&self) -> Vec<Arc<Recording>> {
        let numbers = self.queue.take();
        let recordings = self.recordings();
        // Of one that is not there any more nothing is written.
        let queued: Vec<_> = numbers
            .iter()
            .filter_map(|number| recordings.get(number).cloned())
            .collect();
        for recording in &queued {
            recording.take_ticket();
        }
        queued
    }

    /// Lets those of these go that are over. Whether there are any.
    fn let_go(&self, recordings: &[Arc<Recording>]) -> bool {
        let mut held = self.recordings();
        let before = held.len();
        for recording in recordings.iter().filter(|recording| recording.is_over()) {
            held.remove(&recording.number());
        }
        held.len() < before
    }

    /// Deletes what is kept of a session that is not being recorded.
    fn delete(&self, id: &str) -> Result<(), JournalError> {
        if self.journal.head(id)?.is_some() {
            self.journal.commit(&[Change::Delete { session: id.into() }])?;
        }
        Ok(())
    }

    /// Waits before it is tried again, but not when the bridge stops, nor when a session comes, which is to be told.
    fn pause(&self) {
        let (until, sessions) = (Instant::now() + AGAIN, self.recordings().len());
        while Instant::now() < until && !*self.closing.borrow() && self.recordings().len() <= sessions {
            sleep(GATHER);
        }
    }

    /// Tells every session that it is not being recorded.
    fn tell(&self, error: &JournalError) {
        let detail = error.cause();
        for recording in self.all() {
            recording.not_recorded(detail);
        }
        self.written.send_modify(|written| *written += 1);
    }

    fn all(&self) -> Vec<Arc<Recording>> {
        self.recordings().values().cloned().collect()
    }

    /// Those of that session: one that is about to be let go may be among them.
    fn all_of(&self, id: &str) -> Vec<Arc<Recording>> {
        let recordings = self.recordings();
        let held = recordings.values().filter(|held| held.is_of(id));
        held.cloned().collect()
    }

    fn recordings(&self) -> MutexGuard<'_, HashMap<u64, Arc<Recording>>> {
        // Every change is a single insertion or removal, so a panic leaves nothing half done.
        self.recordings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
