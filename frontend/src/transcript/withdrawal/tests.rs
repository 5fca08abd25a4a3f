//! What is hidden is gone for those who were here, and they see what those see who come late.

use protocol::entry::{Entry, Event};

use super::*;
use crate::recorded::Recorded;
use crate::transcript::rows::{Body, Row};

const ME: By = By::Participant(1);
const OTHER: By = By::Participant(2);

/// A transcript that takes entries in as a page does.
fn take(transcript: &mut Transcript, entries: &[Entry]) -> Vec<TypedLine> {
    let mut typed = Vec::new();
    for entry in entries {
        transcript.append(entry);
        if let Event::Hidden { entries, by } = &entry.event {
            typed.extend(transcript.withdraw(entries, *by).typed);
        }
    }
    typed
}

/// The rows. Which records they are made of is nobody's to see.
fn rows(transcript: &Transcript) -> Vec<Row> {
    (0..transcript.len())
        .filter_map(|record| transcript.row(record))
        .map(|row| Row { record: 0, ..row })
        .collect()
}

fn text(row: &Row) -> String {
    match &row.body {
        Body::Line(spans) => spans.iter().map(|span| span.text.as_str()).collect(),
        other => format!("{other:?}"),
    }
}

/// Rows of who was here from the beginning, and of who comes now.
fn both(recorded: &mut Recorded, live: &mut Transcript) -> (Vec<Row>, Vec<Row>) {
    take(live, &recorded.take());
    let mut late = Transcript::read_by(1);
    take(&mut late, &recorded.late());
    (rows(live), rows(&late))
}

/// The places of the entries that hold a text.
fn places(recorded: &Recorded, wanted: &str) -> Vec<Seq> {
    let holds = |entry: &&Entry| format!("{:?}", entry.event).contains(wanted);
    recorded.late().iter().filter(holds).map(|it| it.seq).collect()
}

#[test]
fn a_hidden_line_and_its_echo_are_gone_and_say_who_hid_them() {
    let mut recorded = Recorded::new();
    recorded
        .server("+OK\r\n")
        .client(1, "hunter2")
        .server("-ERR Unknown command: HUNTER2\r\n")
        .client(2, "USER hunter2");
    let mut live = Transcript::read_by(1);
    take(&mut live, &recorded.take());
    let typed = places(&recorded, "hunter2");
    recorded.hide(typed[0], ME).hide(typed[1], OTHER);
    let forgotten = take(&mut live, &recorded.take());
    let forgotten: Vec<_> = forgotten.iter().map(TypedLine::reveal).collect();
    assert_eq!(forgotten, [b"hunter2".as_slice(), b"USER hunter2"]);
    let (live_rows, late_rows) = both(&mut recorded, &mut live);
    assert_eq!(live_rows, late_rows);
    let told: Vec<_> = live_rows.iter().map(text).collect();
    assert_eq!(
        told[1..],
        [
            "•••••••• hidden by you",
            "-ERR •••••••• hidden by you",
            "USER •••••••• hidden by guest 2"
        ]
    );
    assert_eq!(live_rows[1].part, "command");
    assert_eq!(live_rows[1].outcome, Some(super::super::exchanges::Outcome::Err));
    for record in 0..live.len() {
        let octets = String::from_utf8_lossy(&live.lines.octets(record)).to_lowercase();
        assert!(!octets.contains("hunter2"));
        assert_eq!(live.hideable(record).is_some(), record == 0);
    }
    let verbs = (0..3).filter_map(|at| live.exchanges.get(at).map(|it| it.verb.clone()));
    assert_eq!(verbs.collect::<Vec<_>>(), ["", "", "USER"]);
}

#[test]
fn the_octets_are_overwritten_in_the_store() {
    let mut recorded = Recorded::new();
    recorded
        .server("+OK\r\n")
        .client(1, "RETR 1")
        .server("+OK\r\n\r\nhunter2\r\nhun");
    let mut live = Transcript::read_by(1);
    take(&mut live, &recorded.take());
    let body = places(&recorded, "hunter2");
    recorded
        .hide(body[0], ME)
        .server("ter2\r\n")
        .server("free\r\n.\r\n");
    take(&mut live, &recorded.take());
    let stored = live.lines.stored();
    let stored = String::from_utf8_lossy(&stored);
    assert!(
        !stored.contains("hunter2") && !stored.contains("hun"),
        "{stored:?}"
    );
    assert!(stored.contains("free"));
}

#[test]
fn a_line_of_unknown_outcome_goes_with_the_echo_that_settled_it() {
    let mut recorded = Recorded::new();
    recorded.server("+OK\r\n");
    let mut live = Transcript::read_by(1);
    take(&mut live, &recorded.take());
    live.append_unknown(7, "hunter2", 2);
    assert_eq!(live.hideable(1), None, "nobody else has it");
    recorded.client(7, "hunter2");
    let typed = places(&recorded, "hunter2");
    recorded.hide(typed[0], ME);
    take(&mut live, &recorded.take());
    let body = &rows(&live)[1].body;
    assert!(matches!(body, Body::Unknown(_, true)));
    assert_eq!(body.shown(), "•••••••• hidden by you");
}

#[test]
fn a_hidden_status_announces_nothing_any_more() {
    let mut recorded = Recorded::new();
    recorded
        .server("+OK\r\n")
        .client(1, "RETR 1")
        .server("+OK 3 octets\r\n\r\nx\r\n.\r\n");
    let mut live = Transcript::read_by(1);
    take(&mut live, &recorded.take());
    let status = places(&recorded, "3 octets");
    recorded.hide(status[0], ME);
    let (live, late) = both(&mut recorded, &mut live);
    assert_eq!(live, late);
    assert_eq!(live[2].margin[1].text, "5 octets");
}

#[test]
fn a_long_line_is_one_row_when_it_is_hidden_and_takes_the_height_of_one() {
    // Not so long that it folds.
    let long = "hunter2 ".repeat(600);
    let longer = "hunter2 ".repeat(9000);
    let message = format!("+OK\r\nX: a\r\n\r\n{long}\r\nend\r\n.\r\n-ERR {longer}\r\n");
    for (size, wanted) in [
        (100_000, "+OK"),
        (4096, "X: "),
        (1000, "hunter2"),
        (7001, "hunter2"),
    ] {
        let mut recorded = Recorded::new();
        recorded
            .server("+OK\r\n")
            .client(1, "RETR 1")
            .client(2, "hunter2");
        let mut live = Transcript::read_by(1);
        for (number, piece) in message.as_bytes().chunks(size).enumerate() {
            recorded.server(piece);
            take(&mut live, &recorded.take());
            if number == 1 {
                let seq = places(&recorded, wanted).pop();
                recorded.hide(seq.unwrap_or_default(), ME);
            }
            let (live_rows, late_rows) = both(&mut recorded, &mut live);
            assert_eq!(live_rows, late_rows, "in pieces of {size}");
        }
        for seq in 1..=recorded.late().len() as Seq {
            recorded.hide(seq, ME);
        }
        let (live_rows, late_rows) = both(&mut recorded, &mut live);
        assert_eq!(live_rows, late_rows, "in pieces of {size}");
        assert_eq!(
            live.height(),
            live.metrics().row * live_rows.len() as f64 + live.metrics().gap * 2.0
        );
        assert!(!String::from_utf8_lossy(&live.lines.stored()).contains("hunter2"));
    }
}

/// Numbers that look like chance and are the same every time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

#[test]
fn whoever_was_here_and_whoever_comes_late_see_the_same_rows_whatever_is_hidden_when() {
    let message =
        "+OK 1 octets\r\nSubject: a\r\nX: hunter2\r\n\r\n..\r\nhunter2\r\n\r\nbare\n.hunter2 end\r\n.\r\n";
    let listing = "+OK\r\n1 2\r\n2 3\r\n.\r\n";
    for seed in 0..400 {
        let mut chance = Chance(seed);
        let mut recorded = Recorded::new();
        let mut live = Transcript::read_by(1);
        recorded.server("+OK hunter2\r\n");
        let said = format!("{message}{listing}-ERR hunter2\r\nhunter2\r\n{message}");
        recorded
            .client(1, "RETR 1")
            .client(2, "LIST")
            .client(3, "hunter2");
        let mut rest = said.as_bytes();
        let mut is_sent = false;
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at(chance.below(24).min(rest.len() - 1) + 1);
            rest = behind;
            recorded.server(piece);
            if !is_sent && chance.below(4) == 0 {
                recorded.client(4, "TOP 1 9");
                is_sent = true;
            }
            take(&mut live, &recorded.take());
            if chance.below(6) == 0 {
                let seq = chance.below(recorded.late().len() + 2) as Seq;
                recorded.hide(seq, [ME, OTHER][chance.below(2)]);
            }
            let (live_rows, late_rows) = both(&mut recorded, &mut live);
            assert_eq!(live_rows, late_rows, "seed {seed}");
        }
        for seq in 1..=recorded.late().len() as Seq {
            recorded.hide(seq, ME);
        }
        let (live_rows, late_rows) = both(&mut recorded, &mut live);
        assert_eq!(live_rows, late_rows, "seed {seed}");
        assert!(
            live_rows.iter().all(|row| !text(row).contains("hunter2")),
            "seed {seed}"
        );
        assert!(!String::from_utf8_lossy(&live.lines.stored()).contains("hunter2"));
        assert_eq!(live.hideable(live.len() - 1), None);
    }
}
