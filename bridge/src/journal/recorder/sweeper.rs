//! The thread beside the one that writes: it brings what was written to its place, deletes what is kept no longer, and
//! leaves no traces of what is gone. No entry waits for it longer than for one short step.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::timeout;
use tracing::{info, warn};

use super::AGAIN;
use crate::journal::{Bell, Expired, Journal, JournalError};
use crate::session::listing;
use crate::session::transcript::now;

/// How long after something was written it is on the disk at the latest, and what takes. So much is lost of it when the
/// machine's power goes.
const FOLDED_AFTER: Duration = Duration::from_secs(5);

/// When so often in a row not all could be brought there, since somebody read what was before, whoever runs the console is
/// told: nobody here reads for so long.
const UNFOLDED_TOLD: u32 = 5;

/// How often sessions are looked for that are kept no longer.
const EXPIRE_EVERY: Duration = Duration::from_secs(60 * 60);

/// Who writes has its turn for so long after each step of deleting.
const BETWEEN: Duration = Duration::from_millis(2);

/// How long it goes on deleting when the bridge stops. What is left then is deleted at the next start.
const LAST: Duration = Duration::from_secs(2);

/// How long somebody waits at most until what they want gone is gone.
const GONE_WITHIN: Duration = Duration::from_secs(5);

/// Milliseconds of a day.
const DAY: u64 = 24 * 60 * 60 * 1000;

/// What keeps the journal in order.
pub(super) struct Sweeper {
    journal: Arc<dyn Journal>,
    days: Days,
    bell: Bell,
    /// How often something was written, and how often when that was brought to its place last.
    written: AtomicU64,
    folded: AtomicU64,
    /// Whether that is not to wait.
    hurries: AtomicBool,
    /// How often something was to be gone, and up to which of these it is.
    doomed: AtomicU64,
    gone: watch::Sender<u64>,
    /// Whether something was deleted of which traces may be left: a console of before may have left some.
    has_traces: AtomicBool,
    closing: watch::Sender<bool>,
}

/// After so many days what is deleted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Days {
    /// Sessions that have ended.
    pub(crate) sessions: u32,
    /// What was recorded of who did what.
    pub(crate) audit: u32,
}

/// When what is to be done.
struct Due {
    /// What was written is on the disk by then; none where it is.
    fold: Option<Instant>,
    /// How often in a row not all of it could be.
    unfolded: u32,
    /// What could not be erased is tried again.
    erase: Option<Instant>,
    /// More of what a console of before left is listed; none where all is.
    list: Option<Instant>,
    expire: Instant,
}

impl Sweeper {
    pub(super) fn new(journal: Arc<dyn Journal>, days: Days) -> Self {
        Self {
            journal,
            days,
            bell: Bell::default(),
            written: AtomicU64::new(0),
            folded: AtomicU64::new(0),
            hurries: AtomicBool::new(false),
            doomed: AtomicU64::new(0),
            gone: watch::Sender::new(0),
            has_traces: AtomicBool::new(true),
            closing: watch::Sender::new(false),
        }
    }

    /// Something was written. Who may do what is to outlive the machine, too, as soon as can be.
    pub(super) fn wrote(&self, is_access: bool) {
        let before = self.written.fetch_add(1, Ordering::AcqRel);
        self.hurries.fetch_or(is_access, Ordering::AcqRel);
        if is_access || before == self.folded.load(Ordering::Acquire) || self.journal.is_long() {
            self.bell.ring();
        }
    }

    /// Something was deleted or replaced, and nothing of it may stay. Tells which time that was.
    pub(super) fn erase(&self) -> u64 {
        let doomed = self.doomed.fetch_add(1, Ordering::AcqRel) + 1;
        self.bell.ring();
        doomed
    }

    /// Waits until nothing of that is left, for a bounded time. Whether that is so.
    pub(super) async fn is_gone(&self, doomed: u64) -> bool {
        let mut gone = self.gone.subscribe();
        let waited = timeout(GONE_WITHIN, gone.wait_for(|&gone| gone >= doomed)).await;
        waited.is_ok()
    }

    /// Erases what is still to be erased, and stops.
    pub(super) fn close(&self) {
        self.closing.send_replace(true);
        self.bell.ring();
    }

    /// What ended before that is kept no longer, in milliseconds since 1970-01-01T00:00:00Z.
    pub(super) fn kept_since(&self) -> u64 {
        ago(self.days.sessions)
    }

    /// Until it is closed.
    pub(super) fn run(&self) {
        self.bell.listen();
        let mut due = Due {
            fold: None,
            unfolded: 0,
            erase: None,
            list: Some(Instant::now()),
            expire: Instant::now(),
        };
        while !*self.closing.borrow() {
            let next = [due.fold, due.erase, due.list].into_iter().flatten().min();
            self.bell
                .wait_until(next.map_or(due.expire, |next| next.min(due.expire)));
            self.bell.heard();
            self.erase_in_time(&mut due);
            self.fold(&mut due);
            self.list(&mut due);
        }
        if self.is_doomed()
            && let Err(error) = self.erase_until(Instant::now() + LAST)
        {
            warn!(%error, "what is gone could not be erased before the end");
        }
    }

    fn erase_in_time(&self, due: &mut Due) {
        let at = Instant::now();
        let is_time = due.erase.map_or(self.is_doomed(), |again| again <= at);
        if !is_time && due.expire > at {
            return;
        }
        let erased = self.erase_until(at + EXPIRE_EVERY);
        if let (Err(error), None) = (&erased, due.erase) {
            warn!(%error, "what is gone could not be erased for now");
        }
        due.erase = erased.is_err().then(|| Instant::now() + AGAIN);
        if due.expire <= at {
            due.expire = Instant::now() + EXPIRE_EVERY;
        }
    }

    /// Brings what was written to its place, when it is time or there is much of it.
    fn fold(&self, due: &mut Due) {
        let written = self.written.load(Ordering::Acquire);
        if written == self.folded.load(Ordering::Acquire) {
            return;
        }
        let at = Instant::now();
        let is_time = *due.fold.get_or_insert(at + FOLDED_AFTER) <= at;
        let hurries = self.hurries.swap(false, Ordering::AcqRel);
        // Where it was tried in vain, it is not tried with all that is written.
        let is_soon = due.unfolded == 0 && (hurries || self.journal.is_long());
        if !is_time && !is_soon {
            return;
        }
        let folded = self.journal.fold();
        if !matches!(folded, Ok(true)) {
            due.unfolded += 1;
            due.fold = Some(Instant::now() + AGAIN);
            if let Err(error) = folded {
                warn!(%error, "the journal's log could not be brought into its file");
            } else if due.unfolded == UNFOLDED_TOLD {
                warn!(
                    "somebody has been reading the journal for long: its log grows, and what is deleted is not overwritten, until \
                     they have done"
                );
            }
            return;
        }
        due.unfolded = 0;
        self.folded.store(written, Ordering::Release);
        let is_all = self.written.load(Ordering::Acquire) == written;
        // What was written meanwhile has not rung.
        due.fold = (!is_all).then(|| Instant::now() + FOLDED_AFTER);
        if is_all && self.journal.is_long() {
            // It takes room and is of no use. Where somebody reads it is cut when it begins anew.
            let _ = self.journal.scrub();
        }
    }

    /// Lists some of what a console of before left, when it is time.
    fn list(&self, due: &mut Due) {
        let at = Instant::now();
        if due.list.is_none_or(|list| list > at) {
            return;
        }
        let journal = &*self.journal;
        match journal.list(&mut |head| listing::kept(journal, head)) {
            Ok(is_more) => {
                self.written.fetch_add(1, Ordering::AcqRel);
                due.list = is_more.then(|| Instant::now() + BETWEEN);
            }
            Err(error) => {
                warn!(%error, "sessions of before could not be listed for now");
                due.list = Some(Instant::now() + AGAIN);
            }
        }
    }

    fn is_doomed(&self) -> bool {
        self.doomed.load(Ordering::Acquire) > *self.gone.borrow()
    }

    /// Deletes what is kept no longer, and leaves no traces of that and of what was replaced.
    fn erase_until(&self, until: Instant) -> Result<(), JournalError> {
        let doomed = self.doomed.load(Ordering::Acquire);
        let before = self.kept_since();
        let mut sessions = 0_u64;
        loop {
            match self.journal.expire(before)? {
                Expired::Nothing => break,
                Expired::Session => sessions += 1,
                Expired::Some => {}
            }
            self.has_traces.store(true, Ordering::Relaxed);
            if Instant::now() > until {
                return Ok(());
            }
            sleep(BETWEEN);
        }
        let before = ago(self.days.audit);
        while self.journal.expire_audit(before)? {
            self.has_traces.store(true, Ordering::Relaxed);
            if Instant::now() > until {
                return Ok(());
            }
            sleep(BETWEEN);
        }
        if self.has_traces.load(Ordering::Relaxed) || doomed > *self.gone.borrow() {
            self.journal.scrub()?;
            self.has_traces.store(false, Ordering::Relaxed);
        }
        if sessions > 0 {
            info!(sessions, "deleted for good");
        }
        self.gone.send_replace(doomed);
        Ok(())
    }
}

/// So many days ago, in milliseconds since 1970-01-01T00:00:00Z.
fn ago(days: u32) -> u64 {
    (now() / 1000).saturating_sub(u64::from(days) * DAY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Change;
    use crate::journal::sqlite::Sqlite;

    #[test]
    fn what_somebody_keeps_from_coming_to_its_place_is_brought_there_later() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("journal.sqlite");
        let journal = Arc::new(Sqlite::new(&file));
        let days = Days {
            sessions: 30,
            audit: 30,
        };
        let sweeper = Sweeper::new(journal.clone(), days);
        let writes = || {
            let told = Change::Audit {
                at: 1,
                record: "anna".into(),
            };
            journal.commit(&[told]).unwrap();
            sweeper.wrote(true);
        };
        let is_folded = || sweeper.folded.load(Ordering::Acquire) == sweeper.written.load(Ordering::Acquire);
        let mut due = Due {
            fold: None,
            unfolded: 0,
            erase: None,
            list: None,
            expire: Instant::now() + EXPIRE_EVERY,
        };
        writes();
        let reader = rusqlite::Connection::open(&file).unwrap();
        reader.execute_batch("BEGIN; SELECT * FROM audit").unwrap();
        writes();
        sweeper.fold(&mut due);
        assert!(!is_folded() && due.fold.is_some_and(|at| at <= Instant::now() + AGAIN));
        // Not with each change, but soon.
        writes();
        sweeper.fold(&mut due);
        assert_eq!(due.unfolded, 1);
        reader.execute_batch("COMMIT").unwrap();
        due.fold = Some(Instant::now());
        sweeper.fold(&mut due);
        assert!(is_folded() && due.unfolded == 0 && due.fold.is_none());
    }

    #[test]
    fn what_a_console_of_before_could_not_erase_as_somebody_read_is_erased_by_the_next_which_records_meanwhile()
     {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("journal.sqlite");
        let told = |record: &str, at| Change::Audit {
            at,
            record: record.into(),
        };
        let before = Sqlite::new(&file);
        before.commit(&[told("Kanarienvogel#7", 1)]).unwrap();
        let reader = rusqlite::Connection::open(&file).unwrap();
        reader.execute_batch("BEGIN; SELECT * FROM audit").unwrap();
        assert!(before.expire_audit(2).unwrap());
        drop(before);

        let journal = Arc::new(Sqlite::new(&file));
        let begun = Instant::now();
        journal.commit(&[told("what stays", now() / 1000)]).unwrap();
        assert!(begun.elapsed() < Duration::from_secs(3));
        let days = Days {
            sessions: 30,
            audit: 30,
        };
        let sweeper = Sweeper::new(journal, days);
        let erase = || sweeper.erase_until(Instant::now() + EXPIRE_EVERY);
        erase().unwrap_err();
        assert!(holds(&folder, "Kanarienvogel#7"));
        reader.execute_batch("COMMIT").unwrap();
        erase().unwrap();
        assert!(holds(&folder, "what stays") && !holds(&folder, "Kanarienvogel#7"));
    }

    #[test]
    fn what_goes_leaves_no_traces_however_little_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Arc::new(Sqlite::new(&folder.path().join("journal.sqlite")));
        let told = |record: &str, at| Change::Audit {
            at,
            record: record.into(),
        };
        let changes = [told("Kanarienvogel#7", 1), told("what stays", now() / 1000)];
        journal.commit(&changes).unwrap();
        let days = Days {
            sessions: 30,
            audit: 30,
        };
        let sweeper = Sweeper::new(journal, days);
        sweeper.erase_until(Instant::now() + EXPIRE_EVERY).unwrap();
        assert!(holds(&folder, "what stays") && !holds(&folder, "Kanarienvogel#7"));
    }

    fn holds(folder: &tempfile::TempDir, text: &str) -> bool {
        let mut files = std::fs::read_dir(folder.path()).unwrap();
        files.any(|file| {
            let octets = std::fs::read(file.unwrap().path()).unwrap();
            octets.windows(text.len()).any(|it| it == text.as_bytes())
        })
    }
}
