use protocol::entry::Seq;

use super::*;
use crate::journal::Listing;

const DAY: u64 = 24 * 60 * 60 * 1000;

fn journal(folder: &tempfile::TempDir) -> Sqlite {
    Sqlite::new(&folder.path().join("journal.sqlite"))
}

fn head(id: &str, ended: Option<u64>) -> Change {
    Change::Head(Box::new(Head {
        id: id.into(),
        ended,
        access: b"access".to_vec(),
    }))
}

fn end(id: &str, at: u64) -> Change {
    Change::Ended {
        session: id.into(),
        at,
    }
}

fn entries(session: &str, first: Seq, last: Seq, octets: &'static [u8]) -> Change {
    Change::Entries {
        session: session.into(),
        first,
        last,
        octets: octets.into(),
    }
}

fn read(journal: &Sqlite, session: &str, order: Order) -> Vec<(Seq, Seq, Vec<u8>)> {
    let mut rows = Vec::new();
    journal
        .read(session, order, &mut |row| {
            rows.push((row.first, row.last, row.octets.to_vec()));
            true
        })
        .unwrap();
    rows
}

#[test]
fn rows_are_read_in_either_order() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(&folder);
    let changes = [
        head("one", None),
        head("other", None),
        entries("one", 1, 3, b"abc"),
        entries("other", 1, 1, b"x"),
        entries("one", 4, 4, b"d"),
        entries("one", 5, 9, b"efghi"),
    ];
    journal.commit(&changes).unwrap();
    journal.commit(&[entries("one", 4, 4, b"D")]).unwrap();
    let mut rows = read(&journal, "one", Order::Forwards);
    assert_eq!(
        rows,
        [
            (1, 3, b"abc".to_vec()),
            (4, 4, b"D".to_vec()),
            (5, 9, b"efghi".to_vec())
        ]
    );
    rows.reverse();
    assert_eq!(read(&journal, "one", Order::Backwards), rows);
}

#[test]
fn what_cannot_be_done_as_a_whole_is_not_done_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(&folder);
    journal.prepare().unwrap();
    let refusal = "CREATE TRIGGER refusal BEFORE INSERT ON entries BEGIN SELECT RAISE(ABORT, 'no'); END";
    journal
        .writing(|connection| connection.execute_batch(refusal))
        .unwrap();
    let changes = [head("one", None), entries("one", 1, 1, b"x")];
    assert!(journal.commit(&changes).is_err());
    assert_eq!(journal.head("one").unwrap(), None);
    journal.commit(&[head("one", None)]).unwrap();
    assert_eq!(journal.unfinished().unwrap(), ["one"]);
}

#[test]
fn sessions_that_ended_are_deleted_for_good_when_their_time_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(&folder);
    let now = 40 * DAY;
    let changes = [
        head("old", None),
        entries("old", 1, 1, b"Kanarienvogel#7"),
        head("young", None),
        end("young", now - 29 * DAY),
        head("lives", None),
        end("old", now - 31 * DAY),
    ];
    journal.commit(&changes).unwrap();
    assert_eq!(journal.expire(now - 30 * DAY).unwrap(), Expired::Session);
    assert_eq!(journal.expire(now - 30 * DAY).unwrap(), Expired::Nothing);
    journal.scrub().unwrap();
    assert_eq!(journal.head("old").unwrap(), None);
    assert!(journal.head("young").unwrap().is_some() && journal.head("lives").unwrap().is_some());
    assert!(!holds(&folder, b"Kanarienvogel#7"));
}

#[test]
fn nothing_that_was_deleted_is_kept_again_and_keeps_anything_else_from_being_kept() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(&folder);
    journal
        .commit(&[head("old", None), entries("old", 1, 1, b"\x01"), end("old", 7)])
        .unwrap();
    journal.commit(&[head("old", Some(6))]).unwrap();
    assert_eq!(journal.head("old").unwrap().unwrap().ended, Some(6));
    while journal.expire(8).unwrap() != Expired::Nothing {}
    let changes = [
        head("old", Some(7)),
        entries("old", 2, 2, b"\x02"),
        head("lives", None),
        entries("lives", 1, 1, b"\x01"),
    ];
    journal.commit(&changes).unwrap();
    assert_eq!(journal.head("old").unwrap(), None);
    assert_eq!(read(&journal, "lives", Order::Forwards).len(), 1);
}

#[test]
fn nothing_is_kept_once_it_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(&folder);
    journal.commit(&[head("one", None)]).unwrap();
    journal.close();
    assert!(journal.commit(&[head("two", None)]).is_err());
    let next = self::journal(&folder);
    assert_eq!(next.unfinished().unwrap(), ["one"]);
    next.prepare().unwrap();
}

#[test]
fn entries_that_go_take_no_others_of_their_rows_with_them() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(&folder);
    let changes = [
        head("one", None),
        entries("one", 1, 5, b"\x01\x42\xff\xff\x03\x04\x05"),
        entries("one", 6, 6, b"\x06"),
        entries("one", 7, 9, b"\x07\x08\x09"),
    ];
    journal.commit(&changes).unwrap();
    let clear = |first, last| Change::Clear {
        session: "one".into(),
        first,
        last,
    };
    journal
        .commit(&[clear(3, 7), entries("one", 3, 7, b"new")])
        .unwrap();
    let rows = [
        (1, 2, b"\x01\x42\xff\xff".to_vec()),
        (3, 7, b"new".to_vec()),
        (8, 9, b"\x08\x09".to_vec()),
    ];
    assert_eq!(read(&journal, "one", Order::Forwards), rows);
    // What is in the middle of a row leaves both its ends.
    journal
        .commit(&[clear(9, 9), clear(1, 1), clear(4, 4), clear(12, 20)])
        .unwrap();
    let firsts: Vec<(Seq, Seq)> = read(&journal, "one", Order::Forwards)
        .into_iter()
        .map(|(first, last, _)| (first, last))
        .collect();
    assert_eq!(firsts, [(2, 2), (3, 3), (5, 7), (8, 8)]);
}

#[test]
fn entries_that_are_replaced_leave_the_others_of_their_rows_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(&folder);
    let replace = |session: &str, entries: &[(Seq, &[u8])]| Change::Replace {
        session: session.into(),
        entries: entries
            .iter()
            .map(|(seq, octets)| (*seq, octets.to_vec()))
            .collect(),
    };
    let changes = [
        head("one", None),
        entries("one", 2, 5, b"\x02\x42KV\x04\x05"),
        entries("one", 6, 6, b"\x06"),
        entries("one", 8, 9, b"\x08\x43KVA"),
        replace(
            "one",
            &[
                (1, b"\x00"),
                (3, b"\x41x"),
                (5, b"\x42yz"),
                (7, b"\x00"),
                (9, b"\x00"),
                (12, b"\x00"),
            ],
        ),
        replace("none", &[(1, b"\x00")]),
    ];
    journal.commit(&changes).unwrap();
    let rows = [
        (2, 5, b"\x02\x41x\x04\x42yz".to_vec()),
        (6, 6, b"\x06".to_vec()),
        (8, 9, b"\x08\x00".to_vec()),
    ];
    assert_eq!(read(&journal, "one", Order::Forwards), rows);
    journal.scrub().unwrap();
    assert!(!holds(&folder, b"KV"));
}

#[test]
fn a_long_session_is_deleted_in_short_steps_and_can_be_read_by_nobody_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(&folder);
    journal
        .commit(&[head("long", None), head("other", None), end("other", 9)])
        .unwrap();
    let rows: Vec<Change> = (1..=200)
        .map(|seq| entries("long", seq, seq, b"Kanarienvogel#7"))
        .collect();
    journal.commit(&rows).unwrap();
    journal
        .commit(&[Change::Delete {
            session: "long".into(),
        }])
        .unwrap();
    assert_eq!(journal.head("long").unwrap(), None);
    assert_eq!(read(&journal, "long", Order::Forwards), []);
    assert_eq!(journal.unfinished().unwrap(), [""; 0]);
    let mut steps = 0;
    while journal.expire(1).unwrap() != Expired::Session {
        steps += 1;
    }
    assert!(steps >= 3, "{steps}");
    assert_eq!(journal.expire(1).unwrap(), Expired::Nothing);
    journal.scrub().unwrap();
    assert!(!holds(&folder, b"Kanarienvogel#7"));
    assert!(journal.head("other").unwrap().is_some());
}

#[test]
fn what_was_half_deleted_is_deleted_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let before = journal(&folder);
    let rows = (1..=200).map(|seq| entries("old", seq, seq, b"Kanarienvogel#7"));
    let begun = [head("old", None), end("old", 7)];
    let changes: Vec<Change> = begun.into_iter().chain(rows).collect();
    before.commit(&changes).unwrap();
    assert_eq!(before.expire(8).unwrap(), Expired::Some);
    // It had begun: there is no way back, whatever is kept for how long.
    assert_eq!(before.head("old").unwrap(), None);
    drop(before);
    let after = journal(&folder);
    while after.expire(1).unwrap() != Expired::Nothing {}
    after.scrub().unwrap();
    assert!(!holds(&folder, b"Kanarienvogel#7"));
}

#[test]
fn the_log_comes_into_the_file_while_more_is_written_and_has_a_bound() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = journal(&folder);
    journal.log_max = 256 * 1024;
    let log = || log::length(&folder.path().join("journal.sqlite"));
    journal.commit(&[head("one", None)]).unwrap();
    let reader = journal.reader().unwrap();
    reader.execute_batch("BEGIN; SELECT * FROM session").unwrap();
    // Somebody reads what was before: nothing comes in, and at some point no more is taken.
    let octets = &[7; 60 * 1024];
    let mut written = 0;
    let begin = std::time::Instant::now();
    while journal
        .commit(&[entries("one", written + 1, written + 1, octets)])
        .is_ok()
    {
        written += 1;
        assert!(!journal.fold().unwrap());
        assert!(log() < journal.log_max + 2 * octets.len() as u64 && written < 20);
    }
    assert!(written > 2 && begin.elapsed() >= BUSY_WITHIN);
    reader.execute_batch("COMMIT").unwrap();
    journal
        .commit(&[entries("one", written + 1, written + 1, octets)])
        .unwrap();
    assert!(log() < journal.log_max);
    // Where nobody reads, what was folded makes room for more.
    for seq in written + 2..40 {
        journal.commit(&[entries("one", seq, seq, octets)]).unwrap();
        assert!(journal.fold().unwrap());
        assert!(log() < 4 * octets.len() as u64, "{}", log());
    }
    assert_eq!(read(&journal, "one", Order::Forwards).len(), 39);
}

#[test]
fn who_writes_does_not_wait_while_the_log_comes_into_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(&folder);
    journal.commit(&[head("one", None)]).unwrap();
    // Whoever folds has it for as long as it takes.
    let folder_held = journal.folder.lock().unwrap();
    journal.commit(&[entries("one", 1, 1, b"a")]).unwrap();
    assert_eq!(journal.expire(1).unwrap(), Expired::Nothing);
    drop(folder_held);
    journal.fold().unwrap();
    assert_eq!(read(&journal, "one", Order::Forwards).len(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_is_put_aside_in_another_file_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(&folder);
    let (octets, others) = (&[7; 64 * 1024], &[8; 64 * 1024 - 100]);
    journal.commit(&[head("one", None)]).unwrap();
    let aside = journal.changing(|transaction| {
        for seq in 1..=20 {
            change::apply(transaction, &entries("one", seq, seq, octets))?;
        }
        for seq in 1..=20 {
            change::apply(transaction, &entries("one", seq, seq, others))?;
        }
        let open = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
        let files = open.filter_map(|file| std::fs::read_link(file.path()).ok());
        // SQLite's own files have no name, of which Linux makes this one; elsewhere one that is unlinked at once.
        let is_own = |file: &PathBuf| {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with('#') || name.starts_with("etilqs_")
        };
        Ok(files.filter(is_own).collect::<Vec<_>>())
    });
    let aside = aside.unwrap();
    assert!(aside.is_empty(), "{aside:?}");
}

fn told(at: u64, record: &str) -> Change {
    Change::Audit {
        at,
        record: record.into(),
    }
}

/// All that was recorded of who did what.
fn recorded(folder: &tempfile::TempDir) -> Vec<String> {
    let mut records = Vec::new();
    let file = folder.path().join("journal.sqlite");
    read_audit(&file, &mut |record| {
        records.push(record.to_owned());
        true
    })
    .unwrap();
    records
}

#[test]
fn what_was_recorded_of_who_did_what_is_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(&folder);
    journal.commit(&[told(1, "anna"), told(2, "ben")]).unwrap();
    for change in ["record = 'nobody'", "at = 3", "number = 3"] {
        let statement = format!("UPDATE audit SET {change} WHERE at = 2");
        let changed = journal.writing(|connection| connection.execute(&statement, ()));
        let why = changed.unwrap_err().to_string();
        assert!(
            why.contains("what was recorded is not changed"),
            "{change}: {why}"
        );
    }
    assert_eq!(recorded(&folder), ["anna", "ben"]);
}

#[test]
fn whoever_reads_it_slowly_keeps_nothing_from_being_deleted_and_misses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(&folder);
    let all = 2 * AUDITED_AT_ONCE + 1;
    let some: Vec<Change> = (0..all as u64).map(|at| told(at, &at.to_string())).collect();
    journal.commit(&some).unwrap();
    journal
        .commit(&[head("one", None), entries("one", 1, 1, b"Kanarienvogel#7")])
        .unwrap();
    let mut records = Vec::new();
    read_audit(&folder.path().join("journal.sqlite"), &mut |record| {
        if records.is_empty() {
            let delete = Change::Delete {
                session: "one".into(),
            };
            journal.commit(&[delete, told(0, "the newest")]).unwrap();
            assert!(journal.fold().unwrap());
            while journal.expire(1).unwrap() != Expired::Nothing {}
            journal.scrub().unwrap();
            assert!(!holds(&folder, b"Kanarienvogel#7"));
        }
        records.push(record.to_owned());
        true
    })
    .unwrap();
    assert_eq!(records.len(), all + 1);
    let mut in_order = records.iter().zip(0..all);
    assert!(in_order.all(|(record, at)| *record == at.to_string()));
    assert_eq!(records.last().map(String::as_str), Some("the newest"));
}

#[test]
fn whoever_has_had_enough_of_it_is_given_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(&folder);
    journal.commit(&[told(1, "anna"), told(2, "ben")]).unwrap();
    let mut records = 0;
    read_audit(&folder.path().join("journal.sqlite"), &mut |_| {
        records += 1;
        false
    })
    .unwrap();
    assert_eq!(records, 1);
}

#[test]
fn what_was_recorded_of_who_did_what_goes_when_its_time_is_over_and_what_is_younger_stays() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(&folder);
    let now = 200 * DAY;
    let old = (0..130).map(|at| told(at, "Kanarienvogel#7"));
    let young = [told(now - 20 * DAY, "young"), told(now - DAY, "younger")];
    journal.commit(&old.chain(young).collect::<Vec<_>>()).unwrap();
    let mut steps = 0;
    while journal.expire_audit(now - 20 * DAY).unwrap() {
        steps += 1;
    }
    assert_eq!(steps, 3);
    assert_eq!(recorded(&folder), ["young", "younger"]);
    journal.scrub().unwrap();
    assert!(!holds(&folder, b"Kanarienvogel#7"));
}

/// A session that one opened then, and by what it is found.
fn listed(id: &str, owner: &str, opened: u64, mailbox: &str) -> [Change; 2] {
    let listing = Listing {
        opened,
        owner: Some(owner.into()),
        mailbox: Some(mailbox.into()),
        ..Listing::default()
    };
    [
        head(id, None),
        Change::Listing {
            session: id.into(),
            listing: Box::new(listing),
        },
    ]
}

/// What is found, and whether it was looked for in all.
fn found(journal: &Sqlite, owner: Option<&str>, words: &str, searched: usize) -> (Vec<String>, bool) {
    let mut ids = Vec::new();
    let asked = Asked {
        owner,
        words,
        searched,
    };
    let in_all = journal.find(asked, &mut |head| {
        ids.push(head.id.to_string());
        true
    });
    (ids, in_all.unwrap())
}

#[test]
fn sessions_are_found_the_newest_first_among_ones_own_or_all_and_searched_up_to_a_bound() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(&folder);
    let changes = [
        listed("a", "anna", 3, "billing"),
        listed("b", "ben", 2, "billing"),
        listed("c", "anna", 1, "user01"),
        listed("d", "anna", 4, "user01"),
    ];
    journal.commit(changes.as_flattened()).unwrap();
    let all = |ids: &[&str]| (ids.iter().map(|&id| id.to_owned()).collect(), true);
    assert_eq!(found(&journal, None, "", 0), all(&["d", "a", "b", "c"]));
    assert_eq!(found(&journal, Some("anna"), "", 0), all(&["d", "a", "c"]));
    assert_eq!(found(&journal, None, "bill", 4), all(&["a", "b"]));
    assert_eq!(found(&journal, Some("anna"), "r01", 3), all(&["d", "c"]));
    assert_eq!(
        found(&journal, Some("anna"), "r01", 2),
        (vec!["d".to_owned()], false)
    );
    // What is told of one anew is all that it is found by.
    journal.commit(&listed("d", "anna", 4, "other")).unwrap();
    assert_eq!(found(&journal, None, "r01", 4), all(&["c"]));
    let delete = Change::Delete { session: "c".into() };
    journal.commit(&[delete, end("a", 9)]).unwrap();
    assert_eq!(found(&journal, None, "", 0), all(&["d", "a", "b"]));
    while journal.expire(10).unwrap() != Expired::Nothing {}
    assert_eq!(found(&journal, None, "", 0), all(&["d", "b"]));
}

#[test]
fn what_is_found_is_asked_of_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(&folder);
    journal.prepare().unwrap();
    for owner in [None, Some("anna")] {
        let plan = journal.reading(|connection| {
            let mut query =
                connection.prepare(&format!("EXPLAIN QUERY PLAN {}", finding::newest_of(owner)))?;
            let steps = query.query_map([owner], |row| row.get::<_, String>("detail"))?;
            steps.collect::<rusqlite::Result<Vec<_>>>()
        });
        let plan = plan.unwrap();
        assert!(
            plan.len() == 1 && plan[0].contains("USING INDEX listing_of"),
            "{plan:?}"
        );
    }
}

#[test]
fn what_is_written_of_a_session_while_those_of_before_are_listed_stays() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(&folder);
    let before: Vec<Change> = (1..=70)
        .map(|number| head(&format!("old{number}"), None))
        .collect();
    journal.commit(&before).unwrap();
    journal
        .writing(|connection| connection.execute("INSERT INTO unlisted VALUES (71)", ()))
        .unwrap();
    let of_before = |mailbox: &str| Listing {
        mailbox: Some(mailbox.into()),
        ..Listing::default()
    };
    let mut steps = 1;
    while journal
        .list(&mut |head| {
            match &*head.id {
                // Its line is hidden meanwhile.
                "old69" => journal.commit(&[Change::Listing {
                    session: head.id.clone(),
                    listing: Box::default(),
                }])?,
                "old3" => journal.commit(&[Change::Delete {
                    session: head.id.clone(),
                }])?,
                "old5" => return Ok(None),
                _ => {}
            }
            Ok(Some(of_before("Kanarienvogel#7")))
        })
        .unwrap()
    {
        assert!(!found(&journal, None, "", 0).1);
        steps += 1;
    }
    assert_eq!(steps, 4);
    let (ids, in_all) = found(&journal, None, "", 0);
    assert_eq!((ids.len(), in_all), (68, true));
    assert!(!ids.iter().any(|id| id == "old3" || id == "old5"));
    assert_eq!(found(&journal, None, "Kanarienvogel#7", 100).0.len(), 67);
    assert!(!journal.list(&mut |_| panic!("all are listed")).unwrap());
}

fn holds(folder: &tempfile::TempDir, text: &[u8]) -> bool {
    let files = std::fs::read_dir(folder.path()).unwrap();
    files.into_iter().any(|file| {
        let octets = std::fs::read(file.unwrap().path()).unwrap();
        memchr(&octets, text).is_some()
    })
}

fn memchr(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
