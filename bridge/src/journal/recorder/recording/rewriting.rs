//! What is written of a session already is written anew: what was hidden, and all of it when more or less is to be kept.

use protocol::access::Keep;
use protocol::entry::Seq;

use super::{Plan, Recording, Turn};
use crate::journal::Change;

/// About how many octets of a transcript are written anew at once: everybody else's entries wait for that.
const STEP: usize = 1024 * 1024;

impl Recording {
    /// Puts what is left of what was hidden in its place, wherever it is written, and tells how many entries these are. It
    /// needs not be known for that what else may be kept.
    pub(super) fn replace(&self, replaced: &mut Vec<Seq>, plan: &mut Plan) -> usize {
        replaced.append(&mut self.session.transcript.take_replaced());
        if replaced.is_empty() {
            return 0;
        }
        replaced.sort_unstable();
        replaced.dedup();
        let entries = self.session.transcript.encoded(replaced);
        self.change(plan, |session| Change::Replace { session, entries });
        plan.erases = true;
        replaced.len()
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
            let (first, wanted) = (at + 1, frame.last.min(turn.cursor));
            looked_at += frame.octets.len();
            let (octets, last) = self.session.kept_between(keep, first, wanted);
            let is_short = last < wanted;
            // What may not be kept goes, also where it cannot be told from the rest.
            let cleared = if is_short { turn.cursor } else { last };
            self.change(plan, |session| Change::Clear {
                session,
                first,
                last: cleared,
            });
            if last >= first {
                self.change(plan, |session| Change::Entries {
                    session,
                    first,
                    last,
                    octets: octets.into(),
                });
            }
            at = last;
            if is_short {
                turn.cursor = at;
                turn.no_room = true;
            }
        }
        plan.octets += looked_at;
        turn.rewriting = (at < turn.cursor && looked_at >= STEP).then_some(at);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use protocol::access::{By, Sight};
    use protocol::alias::Alias;
    use protocol::entry::{Event, Part};
    use protocol::remark::Remark;
    use protocol::wire::decode;
    use tokio::sync::watch;

    use super::*;
    use crate::config::Limits;
    use crate::journal::{self, Journal, Order};
    use crate::session::Session;
    use crate::session::access::Access;
    use crate::session::transcript::{Budget, Transcript, Unready};

    const CANARY: &[u8] = b"Kanarienvogel#7";

    fn session(keep: Keep) -> Arc<Session> {
        Arc::new(Session::of_tests(keep))
    }

    fn session_in(budget: &Budget, access: Access) -> Arc<Session> {
        let (session, _) = Session::new(1, Alias::of("one"), access, &Limits::default(), budget.clone());
        Arc::new(session)
    }

    /// The session as it is kept, loaded.
    fn loaded(journal: &dyn Journal, budget: &Budget) -> Arc<Session> {
        let head = journal.head("one").unwrap().unwrap();
        let session = session_in(budget, decode(&head.access).unwrap());
        journal
            .read("one", Order::Forwards, &mut |row| {
                session
                    .transcript
                    .restore(row.first, row.last, row.octets)
                    .unwrap();
                true
            })
            .unwrap();
        session
    }

    /// What takes all of that but for some octets.
    fn taken(budget: &Budget) -> Transcript {
        let remark = || Event::Remark(Remark::StlsRefused);
        let (left, taken) = (
            Transcript::new(1 << 26, budget.clone()),
            Transcript::new(1 << 26, budget.clone()),
        );
        left.append(1, remark()).unwrap();
        while taken.append(1, remark()).is_ok() {}
        taken
    }

    fn note(session: &Session) -> Seq {
        let event = Event::Note {
            seq: 0,
            line: 0,
            text: String::from_utf8(CANARY.to_vec()).unwrap(),
            by: By::Console,
        };
        session.transcript.append(1, event).unwrap();
        session.transcript.last()
    }

    fn recording(session: &Arc<Session>, is_kept: bool) -> Recording {
        session.transcript.queue_by(Arc::default());
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
        let turn = recording.plan(&mut plan);
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

        session.keep(Keep::NoContent, By::Console).unwrap();
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
        session.keep(Keep::NoContent, By::Console).unwrap();
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

        session.keep(Keep::Everything, By::Console).unwrap();
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
        before.keep(Keep::NoContent, By::Console).unwrap();
        assert!(step(&killed, &*journal) && kept(&*journal).1 > 0);

        let budget = Budget::new(1 << 26);
        let after = loaded(&*journal, &budget);
        assert_eq!(after.kept(), Keep::NoContent);
        let goes_on = recording(&after, true);
        while step(&goes_on, &*journal) {}
        assert_eq!(kept(&*journal).1, 0);
        assert!(!loaded(&*journal, &budget).is_unsettled());
    }

    #[test]
    fn what_is_hidden_goes_at_once_however_large_what_is_being_written_anew_is() {
        let folder = tempfile::tempdir().unwrap();
        let journal = journal::open(&folder.path().join("journal.sqlite")).unwrap();
        let session = session(Keep::Everything);
        let recording = recording(&session, false);
        for _ in 0..5 {
            receive(&session);
        }
        let note = note(&session);
        while step(&recording, &*journal) {}
        let before = kept(&*journal).1;

        session.keep(Keep::NoContent, By::Console).unwrap();
        session.transcript.hide(note, By::Console).unwrap();
        assert!(step(&recording, &*journal));
        let hidden = loaded(&*journal, &Budget::new(1 << 26)).transcript.entry(note);
        assert_eq!(hidden, session.transcript.entry(note));
        // It was neither waited for what else may be kept nor that put off.
        let newest = session.transcript.after(Sight::Commands, note).map(drop);
        assert_eq!(newest, Err(Unready::Looking));
        assert!(kept(&*journal).1 < before - 10);
        while step(&recording, &*journal) {}
        assert_eq!(kept(&*journal), (session.transcript.last(), 0));
    }

    #[test]
    fn where_there_is_no_room_to_see_all_that_may_be_kept_what_is_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let journal = journal::open(&folder.path().join("journal.sqlite")).unwrap();
        let budget = Budget::new(1 << 22);
        let session = session_in(&budget, Access::new([7; 32], None, Keep::Everything));
        let recording = recording(&session, false);
        for _ in 0..1000 {
            let mut bytes = CANARY.to_vec();
            bytes.resize(1000, b'x');
            let event = Event::Received {
                exchange: 1,
                part: Part::Body,
                bytes: bytes.into(),
            };
            session.transcript.append(1, event).unwrap();
        }
        while step(&recording, &*journal) {}

        let taken = taken(&budget);
        session.keep(Keep::NoContent, By::Console).unwrap();
        while step(&recording, &*journal) {}
        let (last, holding) = kept(&*journal);
        assert!((1..1000).contains(&last) && holding == 0, "{last} {holding}");
        let read = || loaded(&*journal, &Budget::new(1 << 22)).transcript.last();
        assert_eq!(read(), last);

        drop(taken);
        // The last step may say that there is room again.
        for _ in 0..10 {
            step(&recording, &*journal);
        }
        assert_eq!(kept(&*journal), (session.transcript.last(), 0));
        assert_eq!(read(), session.transcript.last());
    }

    #[test]
    fn what_is_hidden_goes_also_where_there_is_no_room_to_see_what_may_be_kept() {
        let folder = tempfile::tempdir().unwrap();
        let journal = journal::open(&folder.path().join("journal.sqlite")).unwrap();
        let before = session(Keep::NoContent);
        receive(&before);
        let note = note(&before);
        let written = recording(&before, false);
        while step(&written, &*journal) {}
        assert_eq!(kept(&*journal), (note, 1));

        let budget = Budget::new(1 << 20);
        let after = loaded(&*journal, &budget);
        let recording = recording(&after, true);
        let taken = taken(&budget);
        for _ in 0..2 {
            taken.append_last(1, Event::Remark(Remark::StlsRefused));
        }
        after.transcript.hide(note, By::Console).unwrap();
        step(&recording, &*journal);
        assert_eq!(kept(&*journal), (note, 0));
        let read = || loaded(&*journal, &Budget::new(1 << 20)).transcript.last();
        assert_eq!(read(), note);
        drop(taken);
        for _ in 0..3 {
            step(&recording, &*journal);
        }
        assert_eq!(read(), after.transcript.last());
    }
}
