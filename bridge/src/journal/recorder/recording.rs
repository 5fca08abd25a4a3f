//! One session on its way into the journal.

mod lasting;
mod rewriting;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::access::Keep;
use protocol::entry::{ConnectionNo, Seq};
use protocol::remark::Sharing;
use tokio::sync::watch;

pub(crate) use lasting::Lasts;

use crate::journal::{Change, Ticket};
use crate::session::Session;
use crate::session::transcript::Unready;

/// About how many octets are written at once.
const BATCH: usize = 4 * 1024 * 1024;

/// A session that is recorded.
pub(crate) struct Recording {
    id: Arc<str>,
    session: Arc<Session>,
    ticket: Arc<Ticket>,
    progress: Mutex<Progress>,
    /// Counts what was written, or could not be.
    written: watch::Sender<u64>,
}

struct Progress {
    fate: Fate,
    /// Up to which entry it is written.
    cursor: Seq,
    /// What is written of it; none while nothing is.
    kept: Option<Keep>,
    /// Whether anything of it is written, or may be by now.
    is_there: bool,
    /// Up to which entry it is written so, where it was written otherwise before; none where all of it is.
    rewriting: Option<Seq>,
    /// Which state of its head is written.
    altered: Option<u64>,
    /// Of which connection it is told there where that is to.
    stated_of: ConnectionNo,
    /// What was hidden and is not written yet.
    replaced: Vec<Seq>,
    /// Whether the session was told that it is not being recorded.
    told: bool,
    over: bool,
}

/// What becomes of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It lives.
    Lives,
    /// The bridge stops, and leaves it behind as it is.
    Left,
    /// It ended, in milliseconds since 1970-01-01T00:00:00Z.
    Ended(u64),
    /// It is to be deleted.
    Deleted,
}

/// What is to be written of all sessions.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) changes: Vec<Change>,
    /// Whether something is deleted or replaced, of which nothing may stay.
    pub(super) erases: bool,
    /// Whether there is more than is written at once.
    pub(super) has_more: bool,
    octets: usize,
}

/// How far a session is once the plan is carried out.
pub(super) struct Turn {
    cursor: Seq,
    kept: Option<Keep>,
    rewriting: Option<Seq>,
    altered: Option<u64>,
    stated_of: ConnectionNo,
    /// How many of those that were hidden are written.
    replaced: usize,
    /// Whether there was none to see what may be kept.
    no_room: bool,
    /// Whether there is more of it than was planned.
    has_more: bool,
    /// What was to become of the session when this was planned.
    fate: Fate,
    over: bool,
}

impl Recording {
    pub(super) fn new(
        id: &str,
        session: Arc<Session>,
        is_kept: bool,
        ticket: Arc<Ticket>,
        written: watch::Sender<u64>,
    ) -> Self {
        let progress = Progress {
            fate: Fate::Lives,
            cursor: if is_kept { session.transcript.last() } else { 0 },
            kept: is_kept.then(|| session.kept()),
            is_there: is_kept,
            rewriting: (is_kept && session.is_unsettled()).then_some(0),
            altered: is_kept.then(|| session.altered()),
            stated_of: session.transcript.stated_of(),
            replaced: Vec::new(),
            told: false,
            over: false,
        };
        Self {
            id: id.into(),
            session,
            ticket,
            progress: Mutex::new(progress),
            written,
        }
    }

    /// The session ended then, in milliseconds since 1970-01-01T00:00:00Z: what is left of it is written, and that.
    pub(crate) fn end(&self, at: u64) {
        self.meet(Fate::Ended(at));
    }

    /// The bridge stops: what is left of the session is written.
    pub(crate) fn leave(&self) {
        self.meet(Fate::Left);
    }

    /// All that is kept of the session is deleted, and nothing is written any more.
    pub(crate) fn delete(&self) {
        self.meet(Fate::Deleted);
    }

    /// The first fate counts, but for being deleted.
    fn meet(&self, fate: Fate) {
        let mut progress = self.lock();
        if progress.fate == Fate::Lives || fate == Fate::Deleted {
            progress.fate = fate;
        }
        drop(progress);
        self.ticket.queue();
    }

    /// Takes the ticket that it is queued by, before it is looked at whether there is something to be written: what comes from
    /// now on queues it anew.
    pub(super) fn take_ticket(&self) {
        self.ticket.take();
    }

    /// It is to be looked at again, when something is written next.
    pub(super) fn stay(&self) {
        self.ticket.stay();
    }

    pub(super) fn number(&self) -> u64 {
        self.ticket.number()
    }

    pub(super) fn is_of(&self, id: &str) -> bool {
        *self.id == *id
    }

    /// How many entries are to be written, and are not yet.
    pub(super) fn waiting(&self) -> u64 {
        let progress = self.lock();
        if is_to_go(self.session.kept(), progress.fate) {
            return 0;
        }
        self.session.transcript.last().saturating_sub(progress.cursor)
    }

    pub(super) fn is_over(&self) -> bool {
        self.lock().over
    }

    /// What is to be written of it now.
    pub(super) fn plan(&self, plan: &mut Plan) -> Turn {
        let mut progress = self.lock();
        let keep = self.session.kept();
        let mut turn = Turn {
            cursor: progress.cursor,
            kept: progress.kept,
            rewriting: progress.rewriting,
            altered: progress.altered,
            stated_of: progress.stated_of,
            replaced: 0,
            no_room: false,
            has_more: false,
            fate: progress.fate,
            over: false,
        };
        let is_to_go = is_to_go(keep, progress.fate);
        // Nothing else is being written now.
        progress.is_there = progress.kept.is_some() || !is_to_go;
        if is_to_go {
            if turn.kept.take().is_some() {
                self.change(plan, |session| Change::Delete { session });
                plan.erases = true;
            }
            (turn.cursor, turn.rewriting) = (0, None);
            turn.altered = None;
            turn.over = progress.fate != Fate::Lives;
            return turn;
        }
        let head_at = plan.changes.len();
        if turn.kept.is_some_and(|kept| kept != keep) {
            turn.rewriting = Some(0);
        }
        if let Some(from) = turn.rewriting {
            self.rewrite(keep, from, &mut turn, plan);
        }
        let is_all = self.add(keep, &mut turn, plan) && turn.rewriting.is_none();
        // Behind the entries, so that none tells of what is hidden before that is.
        turn.replaced = self.replace(&mut progress.replaced, plan);
        // Looked at behind the entries, so that it is no older than what they tell of. It is written before them.
        let altered = self.session.altered();
        let stated_of = self.session.transcript.stated_of();
        let is_unsettled = turn.rewriting.is_some();
        if turn.altered != Some(altered)
            || turn.stated_of != stated_of
            || turn.kept != Some(keep)
            || progress.rewriting.is_some() != is_unsettled
        {
            let (head, listing) = self.session.head(self.id.clone(), keep, is_unsettled);
            let listing = Change::Listing {
                session: self.id.clone(),
                listing: Box::new(listing),
            };
            let head = [Change::Head(Box::new(head)), listing];
            plan.changes.splice(head_at..head_at, head);
            (turn.altered, turn.stated_of) = (Some(altered), stated_of);
        }
        turn.kept = Some(keep);
        if !is_all {
            (turn.has_more, plan.has_more) = (true, true);
            return turn;
        }
        if let Fate::Ended(at) = progress.fate {
            self.change(plan, |session| Change::Ended { session, at });
        }
        turn.over = progress.fate != Fate::Lives;
        turn
    }

    /// Plans the entries that are not written yet. Whether these are all.
    fn add(&self, keep: Keep, turn: &mut Turn, plan: &mut Plan) -> bool {
        loop {
            let frame = match self.session.kept_at_once(keep, turn.cursor) {
                Ok(Some(frame)) => frame,
                Ok(None) => return true,
                // Other sessions have their turn before it is looked on.
                Err(Unready::Looking) => return false,
                Err(Unready::NoRoom) => {
                    turn.no_room = true;
                    return true;
                }
            };
            if plan.octets >= BATCH {
                return false;
            }
            plan.octets += frame.octets.len();
            let first = turn.cursor + 1;
            turn.cursor = frame.last;
            self.change(plan, |session| Change::Entries {
                session,
                first,
                last: frame.last,
                octets: frame.octets,
            });
        }
    }

    /// The plan was carried out.
    pub(super) fn done(&self, turn: Turn) {
        let mut progress = self.lock();
        progress.cursor = turn.cursor;
        progress.kept = turn.kept;
        progress.is_there = turn.kept.is_some();
        // Nothing of it is to be recorded, and nothing is.
        progress.told &= progress.is_there;
        progress.rewriting = turn.rewriting;
        progress.altered = turn.altered;
        progress.stated_of = turn.stated_of;
        let written = turn.replaced.min(progress.replaced.len());
        progress.replaced.drain(..written);
        // What was decided since then is still to be done.
        progress.over = turn.over && progress.fate == turn.fate;
        let again = progress.told && self.session.transcript.last() == turn.cursor;
        if again {
            progress.told = false;
        }
        drop(progress);
        if turn.has_more || turn.no_room {
            self.stay();
        }
        if again {
            self.session.record(Sharing::RecordedAgain);
        }
        if turn.no_room {
            self.not_recorded("there is no room to tell the content of messages from the rest");
        }
    }

    /// Says so, once until it is recorded again; and where nothing is to be kept, that something is.
    pub(super) fn not_recorded(&self, detail: &str) {
        let is_to_go = self.session.kept() == Keep::Nothing;
        let mut progress = self.lock();
        if is_to_go && !progress.is_there {
            return;
        }
        let told = std::mem::replace(&mut progress.told, true);
        drop(progress);
        if !told {
            let detail = match is_to_go {
                true => format!("what was kept of it could not be deleted yet: {detail}"),
                false => detail.to_owned(),
            };
            self.session.record(Sharing::NotRecorded { detail });
        }
    }

    fn change(&self, plan: &mut Plan, change: impl FnOnce(Arc<str>) -> Change) {
        plan.changes.push(change(self.id.clone()));
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        // What is written twice after a panic is written the same.
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether nothing is to be kept of a session.
fn is_to_go(keep: Keep, fate: Fate) -> bool {
    keep == Keep::Nothing || fate == Fate::Deleted
}

#[cfg(test)]
mod tests {
    use protocol::access::By;

    use super::*;
    use crate::journal::recorder::Days;
    use crate::journal::{self, Recorder};

    fn recording(keep: Keep) -> Recording {
        Recording::new(
            "one",
            Arc::new(Session::of_tests(keep)),
            false,
            Arc::default(),
            watch::Sender::new(0),
        )
    }

    #[test]
    fn what_is_deleted_while_its_end_is_being_written_is_deleted_after_that() {
        let recording = recording(Keep::Everything);
        recording.end(7);
        let turn = recording.plan(&mut Plan::default());
        recording.delete();
        recording.done(turn);
        assert!(!recording.is_over());
        let mut plan = Plan::default();
        let turn = recording.plan(&mut plan);
        assert!(matches!(plan.changes[..], [Change::Delete { .. }]));
        recording.done(turn);
        assert!(recording.is_over());
    }

    #[test]
    fn a_session_without_news_is_not_looked_at_while_another_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let days = Days {
            sessions: 30,
            audit: 30,
        };
        let engine = journal::open(&folder.path().join("journal.sqlite")).unwrap();
        let recorder = Recorder::start(engine, days).unwrap();
        let begin = |id| {
            let session = Arc::new(Session::of_tests(Keep::Everything));
            (recorder.record(id, session.clone(), false), session)
        };
        let ((resting, idle), (_recording, busy)) = (begin("idle"), begin("busy"));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let is_written = |session: &Session| {
            assert_eq!(runtime.block_on(session.lasts()), Lasts::Yes);
        };
        let alter = || {
            busy.tried(1, 1);
            is_written(&busy);
        };
        is_written(&idle);
        // In a turn behind that.
        alter();
        // Whoever looks at it waits for this.
        let unseen = resting.lock();
        for _ in 0..3 {
            alter();
        }
        drop(unseen);
        recorder.close();
    }

    #[test]
    fn what_is_not_to_be_kept_is_told_that_it_is_not_once_it_is_to_be() {
        let recording = recording(Keep::Nothing);
        recording.not_recorded("the disk is full");
        assert_eq!(recording.session.transcript.last(), 0);
        recording.session.keep(Keep::Everything, By::Console).unwrap();
        recording.not_recorded("the disk is full");
        assert_eq!(recording.session.transcript.last(), 2);
        recording.not_recorded("the disk is full");
        assert_eq!(recording.session.transcript.last(), 2);
    }
}
