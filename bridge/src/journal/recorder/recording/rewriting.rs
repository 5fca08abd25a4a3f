//! What is written of a session already is written anew: what was hidden, and all of it when more or less is to be kept.

use protocol::access::Keep;
use protocol::entry::Seq;

use super::{Plan, Recording, Turn};
use crate::journal::{Change, Journal, JournalError};

/// About how many octets of a transcript are written anew at once: everybody else's entries wait for that.
const STEP: usize = 1024 * 1024;

impl Recording {
    /// Writes the rows anew that hold what was hidden.
    pub(super) fn replace(
        &self,
        journal: &dyn Journal,
        keep: Keep,
        replaced: &[Seq],
        plan: &mut Plan,
    ) -> Result<(), JournalError> {
        for (first, last) in journal.rows(&self.id, replaced)? {
            let octets = self.session.kept_between(keep, first, last).into();
            self.change(plan, |session| Change::Entries {
                session,
                first,
                last,
                octets,
            });
        }
        plan.erases = true;
        Ok(())
    }

    /// Writes some of the entries behind that one anew, as they are to be kept now. At no moment is less kept than that.
    pub(super) fn rewrite(&self, keep: Keep, from: Seq, turn: &mut Turn, plan: &mut Plan) {
        let (mut at, mut looked_at) = (from, 0);
        plan.erases = true;
        while at < turn.cursor && looked_at < STEP {
            // Measured by what everything takes: the more of it is deleted, the less is written, or the other way round.
            let Ok(Some(frame)) = self.session.kept_after(Keep::Everything, at) else {
                break;
            };
            let (first, last) = (at + 1, frame.last.min(turn.cursor));
            looked_at += frame.octets.len();
            if self.session.kept_after(keep, at).is_err() {
                // What may not be kept goes, also where it cannot be told from the rest.
                let last = turn.cursor;
                self.change(plan, |session| Change::Clear { session, first, last });
                turn.cursor = at;
                turn.no_room = true;
                break;
            }
            let octets = self.session.kept_between(keep, first, last).into();
            self.change(plan, |session| Change::Clear { session, first, last });
            self.change(plan, |session| Change::Entries {
                session,
                first,
                last,
                octets,
            });
            at = last;
        }
        plan.octets += looked_at;
        turn.rewriting = (at < turn.cursor && looked_at >= STEP).then_some(at);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use protocol::access::{By, Sight};
    use protocol::entry::{Event, Part};
    use protocol::wire::decode;
    use tokio::sync::watch;

    use super::*;
    use crate::journal::{self, Order};
    use crate::session::Session;
    use crate::session::transcript::Unready;

    const CANARY: &[u8] = b"Kanarienvogel#7";

    fn session(keep: Keep) -> Arc<Session> {
        Arc::new(Session::of_tests(keep))
    }

    fn recording(session: &Arc<Session>, is_kept: bool) -> Recording {
        Recording::new(
            "one",
            session.clone(),
            is_kept,
            Arc::default(),
            watch::Sender::new(0),
        )
    }

    /// A message of some megabytes.
    fn receive(session: &Session) {
        for number in 0..100 {
            let mut bytes = format!("{number} ").into_bytes();
            bytes.extend_from_slice(CANARY);
            bytes.resize(50_000, b'x');
            bytes.extend_from_slice(b"\r\n");
            let event = Event::Received {
                exchange: 1,
                part: Part::Body,
                bytes: bytes.into(),
            };
            session.transcript.append(1, event).unwrap();
        }
    }

    /// Carries a plan out; whether there is more to do.
    fn step(recording: &Recording, journal: &dyn Journal) -> bool {
        let mut plan = Plan::default();
        let turn = recording.plan(journal, &mut plan).unwrap();
        let octets = plan.changes.iter().map(|change| match change {
            Change::Entries { octets, .. } => octets.len(),
            _ => 0,
        });
        assert!(octets.sum::<usize>() < 2 * super::super::BATCH);
        journal.commit(&plan.changes).unwrap();
        recording.done(turn);
        plan.has_more
    }

    /// What is kept, without a gap: how many entries, and how many rows hold the canary.
    fn kept(journal: &dyn Journal) -> (Seq, usize) {
        let (mut last, mut holding) = (0, 0);
        journal
            .read("one", Order::Forwards, &mut |row| {
                assert_eq!(row.first, last + 1, "a gap or a duplicate");
                last = row.last;
                let is_here = row.octets.windows(CANARY.len()).any(|window| window == CANARY);
                holding += usize::from(is_here);
                true
            })
            .unwrap();
        (last, holding)
    }

    #[test]
    fn all_of_a_session_is_written_anew_in_steps_without_a_gap_at_any_time() {
        let folder = tempfile::tempdir().unwrap();
        let journal = journal::open(&folder.path().join("journal.sqlite")).unwrap();
        let session = session(Keep::Everything);
        let recording = recording(&session, false);
        receive(&session);
        while step(&recording, &*journal) {}
        let (entries, whole) = kept(&*journal);
        assert!(entries == 100 && whole > 50, "{entries} {whole}");

        session.keep(Keep::NoContent, By::Console);
        let (mut steps, mut left) = (0, whole);
        while step(&recording, &*journal) {
            let (last, holding) = kept(&*journal);
            assert!(last >= entries && holding < left, "{holding} of {left}");
            (steps, left) = (steps + 1, holding);
        }
        assert!(steps >= 3, "{steps}");
        assert_eq!(kept(&*journal), (entries + 1, 0));
    }

    #[test]
    fn nobody_waits_until_all_of_a_session_was_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let journal = journal::open(&folder.path().join("journal.sqlite")).unwrap();
        let session = session(Keep::Everything);
        let recording = recording(&session, false);
        for _ in 0..5 {
            receive(&session);
        }
        while step(&recording, &*journal) {}
        session.keep(Keep::NoContent, By::Console);
        assert!(step(&recording, &*journal));
        let newest = session.transcript.after(Sight::Commands, 500).map(drop);
        assert_eq!(newest, Err(Unready::Looking));
    }

    #[test]
    fn rows_with_more_entries_than_a_step_takes_are_cut() {
        let folder = tempfile::tempdir().unwrap();
        let journal = journal::open(&folder.path().join("journal.sqlite")).unwrap();
        let session = session(Keep::NoContent);
        let recording = recording(&session, false);
        receive(&session);
        while step(&recording, &*journal) {}
        let mut rows = 0;
        journal
            .read("one", Order::Forwards, &mut |_| {
                rows += 1;
                true
            })
            .unwrap();
        assert_eq!(kept(&*journal), (100, 0));
        assert!(rows <= 25, "{rows}");

        session.keep(Keep::Everything, By::Console);
        let mut steps = 0;
        while step(&recording, &*journal) {
            assert!(kept(&*journal).0 >= 100);
            steps += 1;
        }
        let (last, holding) = kept(&*journal);
        assert!(
            steps >= 3 && last == 101 && holding > 50,
            "{steps} {last} {holding}"
        );
    }

    #[test]
    fn what_was_being_written_anew_when_the_bridge_was_killed_is_when_the_session_is_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let journal = journal::open(&folder.path().join("journal.sqlite")).unwrap();
        let before = session(Keep::Everything);
        let killed = recording(&before, false);
        receive(&before);
        while step(&killed, &*journal) {}
        before.keep(Keep::NoContent, By::Console);
        assert!(step(&killed, &*journal) && kept(&*journal).1 > 0);

        let head = journal.head("one").unwrap().unwrap();
        let after = Arc::new(Session::of_tests_with(decode(&head.access).unwrap()));
        assert_eq!(after.kept(), Keep::NoContent);
        journal
            .read("one", Order::Forwards, &mut |row| {
                after.transcript.restore(row.first, row.last, row.octets).unwrap();
                true
            })
            .unwrap();
        let loaded = recording(&after, true);
        while step(&loaded, &*journal) {}
        assert_eq!(kept(&*journal).1, 0);
        let head = journal.head("one").unwrap().unwrap();
        let again = Arc::new(Session::of_tests_with(decode(&head.access).unwrap()));
        assert!(!again.is_unsettled());
    }
}
