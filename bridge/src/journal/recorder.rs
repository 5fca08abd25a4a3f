//! The thread that writes what happens into the journal, for all sessions together.

mod recording;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tracing::{error, info, warn};

use super::{Bell, Change, Journal, JournalError};
use crate::session::Session;
use crate::session::transcript::now;
pub(crate) use recording::{Lasts, Recording};
use recording::{Plan, Turn};

/// How long what happens may wait so that more of it is written at once.
const GATHER: Duration = Duration::from_millis(10);

/// How long after a failure it is tried again.
const AGAIN: Duration = Duration::from_secs(2);

/// How often sessions are looked for that are kept no longer.
const EXPIRE_EVERY: Duration = Duration::from_secs(60 * 60);

/// How long somebody waits at most for what is on its way into the journal.
const SETTLES_WITHIN: Duration = Duration::from_secs(2);

/// Milliseconds of a day.
const DAY: u64 = 24 * 60 * 60 * 1000;

/// Writes what happens into the journal.
pub(crate) struct Recorder {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    journal: Arc<dyn Journal>,
    /// After so many days sessions that have ended are deleted.
    keep_days: u32,
    recordings: Mutex<Vec<Arc<Recording>>>,
    bell: Arc<Bell>,
    /// Counts what was written, or could not be, for those who wait for it.
    written: watch::Sender<u64>,
    closing: watch::Sender<bool>,
    /// Whether something was deleted or replaced of which traces may be left.
    unscrubbed: AtomicBool,
}

/// A session is not deleted, or not yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("What is kept of the session could not be deleted now. Try again in a moment.")]
pub(crate) struct NotDeleted;

impl Recorder {
    /// Begins to write there.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(journal: Arc<dyn Journal>, keep_days: u32) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            journal,
            keep_days,
            recordings: Mutex::default(),
            bell: Arc::default(),
            written: watch::Sender::new(0),
            closing: watch::Sender::new(false),
            unscrubbed: AtomicBool::new(false),
        });
        let thread = std::thread::Builder::new().name("journal".to_owned()).spawn({
            let shared = shared.clone();
            move || shared.run()
        })?;
        Ok(Self {
            shared,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Records a session, of which everything up to now is kept already.
    pub(crate) fn record(&self, id: &str, session: Arc<Session>, is_kept: bool) -> Arc<Recording> {
        let bell = self.shared.bell.clone();
        session.transcript.ring(bell.clone());
        let recording = Arc::new(Recording::new(
            id,
            session.clone(),
            is_kept,
            bell,
            self.shared.written.clone(),
        ));
        session.is_recorded_by(&recording);
        self.shared.recordings().push(recording.clone());
        self.shared.bell.ring();
        recording
    }

    /// Deletes all that is kept of a session, for good, and waits until it is gone, for a bounded time.
    ///
    /// # Errors
    /// When it is not gone. What is on its way into the journal is deleted as soon as that is possible.
    pub(crate) async fn delete(&self, id: &str) -> Result<(), NotDeleted> {
        let recordings = self.shared.recordings().clone();
        for recording in recordings.iter().filter(|held| held.is_of(id)) {
            recording.delete();
        }
        if !self.settled(id).await {
            return Err(NotDeleted);
        }
        // Of one that nobody records any more, or whose last words were just written, it is there still.
        let (shared, id) = (self.shared.clone(), id.to_owned());
        let deleted = spawn_blocking(move || shared.delete(&id)).await;
        match deleted {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                warn!(%error, "a session could not be deleted");
                Err(NotDeleted)
            }
            Err(_) => Err(NotDeleted),
        }
    }

    /// What is left of a session is written, and it is recorded no longer.
    pub(crate) fn let_go(&self, id: &str) {
        let recordings = self.shared.recordings().clone();
        recordings
            .iter()
            .filter(|held| held.is_of(id))
            .for_each(|held| held.leave());
    }

    /// Waits until nothing of that session is on its way into the journal any more, for a bounded time. Whether that is so.
    pub(crate) async fn settled(&self, id: &str) -> bool {
        let mut written = self.shared.written.subscribe();
        let is_held = || self.shared.recordings().iter().any(|held| held.is_of(id));
        let settled = timeout(SETTLES_WITHIN, written.wait_for(|_| !is_held())).await;
        settled.is_ok()
    }

    /// Writes what is left, and stops. It waits for the disk.
    pub(crate) fn close(&self) {
        self.shared.closing.send_replace(true);
        self.shared.bell.ring();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Err(_)) = thread.map(JoinHandle::join) {
            error!("the journal's thread had failed");
        }
        self.shared.journal.close();
    }
}

impl Shared {
    fn run(&self) {
        self.bell.listen();
        let mut failing = false;
        let mut expire_at = Instant::now();
        loop {
            let closing = *self.closing.borrow();
            if failing && !closing {
                self.pause();
            } else if !closing {
                let unscrubbed = self.unscrubbed.load(Ordering::Relaxed);
                let until_then = expire_at.saturating_duration_since(Instant::now());
                self.bell.wait(if unscrubbed { AGAIN } else { until_then });
                sleep(GATHER);
            }
            self.bell.heard();
            let written = self.write();
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
            if !failing && expire_at <= Instant::now() {
                self.expire();
                expire_at = Instant::now() + EXPIRE_EVERY;
            }
        }
    }

    /// Writes all there is.
    fn write(&self) -> Result<(), JournalError> {
        loop {
            let recordings = self.recordings().clone();
            let mut plan = Plan::default();
            let turns: Vec<(&Arc<Recording>, Turn)> = recordings
                .iter()
                .map(|recording| Ok((recording, recording.plan(&*self.journal, &mut plan)?)))
                .collect::<Result<_, JournalError>>()?;
            if !plan.changes.is_empty() {
                self.journal.commit(&plan.changes)?;
            }
            // Before it is said to be done: who asked for it to be gone can rely on that.
            self.unscrubbed.fetch_or(plan.erases, Ordering::Relaxed);
            self.scrub();
            for (recording, turn) in turns {
                recording.done(turn);
            }
            let mut left = self.recordings();
            let before = left.len();
            left.retain(|recording| !recording.is_over());
            let news = !plan.changes.is_empty() || left.len() < before;
            drop(left);
            if news {
                self.written.send_modify(|written| *written += 1);
            }
            if !plan.has_more {
                return Ok(());
            }
        }
    }

    /// Deletes what is kept of a session that is not being recorded.
    fn delete(&self, id: &str) -> Result<(), JournalError> {
        if self.journal.head(id)?.is_some() {
            self.journal.commit(&[Change::Delete { session: id.into() }])?;
            if self.journal.scrub().is_err() {
                self.unscrubbed.store(true, Ordering::Relaxed);
                self.bell.ring();
            }
        }
        Ok(())
    }

    /// Waits before it is tried again, but not when the bridge stops.
    fn pause(&self) {
        let until = Instant::now() + AGAIN;
        while Instant::now() < until && !*self.closing.borrow() {
            sleep(GATHER);
        }
    }

    /// Leaves no traces of what was deleted or replaced, or tries again later.
    fn scrub(&self) {
        if self.unscrubbed.load(Ordering::Relaxed) {
            match self.journal.scrub() {
                Ok(()) => self.unscrubbed.store(false, Ordering::Relaxed),
                Err(error) => warn!(%error, "traces of what was deleted are left for now"),
            }
        }
    }

    /// Tells every session that it is not being recorded.
    fn tell(&self, error: &JournalError) {
        let detail = error.cause();
        for recording in self.recordings().clone() {
            recording.not_recorded(detail);
        }
        self.written.send_modify(|written| *written += 1);
    }

    fn expire(&self) {
        let before = (now() / 1000).saturating_sub(u64::from(self.keep_days) * DAY);
        match self.journal.expire(before) {
            Ok(0) => {}
            Ok(sessions) => info!(sessions, "deleted for good, as they are kept no longer"),
            Err(error) => warn!(%error, "what is kept no longer could not be deleted"),
        }
    }

    fn recordings(&self) -> MutexGuard<'_, Vec<Arc<Recording>>> {
        // Every change is a single insertion or removal, so a panic leaves nothing half done.
        self.recordings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
