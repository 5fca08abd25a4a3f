use super::*;

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
fn rows_are_read_in_either_order_and_found_by_their_entries() {
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
    assert_eq!(journal.rows("one", &[2, 3, 7, 12]).unwrap(), [(1, 3), (5, 9)]);
    assert_eq!(journal.rows("none", &[1]).unwrap(), []);
}

#[test]
fn what_cannot_be_done_as_a_whole_is_not_done_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(&folder);
    // There is no such session to have entries.
    let changes = [head("one", None), entries("other", 1, 1, b"x")];
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
        head("young", Some(now - 29 * DAY)),
        head("lives", None),
        Change::Ended {
            session: "old".into(),
            at: now - 31 * DAY,
        },
    ];
    journal.commit(&changes).unwrap();
    assert_eq!(journal.expire(now - 30 * DAY).unwrap(), 1);
    assert_eq!(journal.head("old").unwrap(), None);
    assert!(journal.head("young").unwrap().is_some() && journal.head("lives").unwrap().is_some());
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let octets = std::fs::read(file.unwrap().path()).unwrap();
        assert!(memchr(&octets, b"Kanarienvogel#7").is_none());
    }
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

fn memchr(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
