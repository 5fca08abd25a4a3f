//! Conversations as they end up in rows.

mod charset;
mod copy;
mod current;
mod folds;
mod hex;
mod list;
mod names;
mod notes;
mod save;
mod tokens;

use protocol::entry::{Entry, Event, Part};

use super::lines::SEGMENT_MAX;
use super::rows::{Body, Row};
use super::*;
use crate::recorded::Recorded;

fn transcript(entries: &[Entry]) -> Transcript {
    let mut transcript = Transcript::read_by(1);
    entries.iter().for_each(|entry| transcript.append(entry));
    transcript
}

fn rows(transcript: &Transcript) -> Vec<Row> {
    (0..transcript.len())
        .filter_map(|record| transcript.row(record))
        .collect()
}

fn text(row: &Row) -> String {
    row.body.shown()
}

fn unknown(line: &str, is_settled: bool) -> Body {
    Body::Unknown(vec![rows::Span::text(line.to_owned(), "said")], is_settled)
}

fn told(transcript: &Transcript) -> Vec<String> {
    rows(transcript)
        .iter()
        .map(|row| {
            format!("{} {} {}", row.sign, row.part, text(row))
                .trim()
                .to_owned()
        })
        .collect()
}

#[test]
fn a_message_is_rows_with_its_octets_checked() {
    let mut recorded = Recorded::new();
    recorded
        .server("+OK ready\r\n")
        .client(1, "RETR 1")
        .server("+OK 26 octets\r\nSubject: a\r\n\r\n..\r\nb\r\n");
    recorded.server("end\r\n.\r\n");
    let transcript = transcript(&recorded.take());
    assert_eq!(
        told(&transcript),
        [
            "← greeting +OK ready",
            "→ command RETR 1",
            "← status +OK 26 octets",
            "header Subject: a",
            "header",
            "body ..",
            "body b",
            "body end",
            "terminator .",
        ]
    );
    let rows = rows(&transcript);
    assert_eq!(
        rows.iter().map(|row| row.number).collect::<Vec<_>>(),
        (1..=9).map(Some).collect::<Vec<_>>()
    );
    assert_eq!(rows[1].margin[0].text, "you");
    // Byte-stuffing is not part of the message: 12 + 2 + 3 + 3 + 5.
    assert_eq!(rows[2].margin[1].text, "25 octets, 26 announced ✗");
    assert_eq!(rows[2].margin[1].brief, "25 ≠ 26 ✗");
    assert!(rows[2].margin[1].is_bad);
    assert!(rows.iter().skip(1).all(|row| row.outcome == Some(Outcome::Ok)));
}

#[test]
fn any_chunking_gives_the_same_rows() {
    let long = "x".repeat(SEGMENT_MAX * 2 + 17);
    let wide = "日本".repeat(SEGMENT_MAX);
    // What follows the long lines is in a fold.
    let folded = "..\r\n.dot\ta\r\n\x1b\r\nan ordinary line of text\r\n\n".repeat(60);
    let message = format!(
        "+OK\r\nSubject: t\r\n\r\n{long}\r\nbare\n\n{wide}\r\n\r\nGr\u{fc}\r\n{folded}{long}\r\n{folded}end\r\n.\r\n"
    );
    let stuffed = 2 * 2 * 60;
    let announced = format!("{} octets", message.len() - "+OK\r\n.\r\n".len() - stuffed);
    let record = |size: usize| {
        let mut recorded = Recorded::new();
        recorded.server("+OK\r\n").client(1, "RETR 1");
        for chunk in message.as_bytes().chunks(size) {
            recorded.server(chunk);
        }
        let mut transcript = transcript(&recorded.take());
        let told = |transcript: &Transcript| {
            let rows = rows(transcript).into_iter();
            let octets = |row: &Row| row.margin.iter().any(|it| it.text == announced);
            rows.map(|row| (row.number, row.part, row.fold.clone(), text(&row), octets(&row)))
                .collect::<Vec<_>>()
        };
        let (folded, height) = (told(&transcript), transcript.height());
        transcript.toggle_folds();
        (folded, height, told(&transcript), transcript.height())
    };
    let whole = record(usize::MAX);
    assert!(whole.2.iter().any(|row| row.3.contains("日本")));
    assert!(whole.2[2].4, "it is not {announced}");
    for size in [1, 2, 3, 7, 100, 4095, 4096, 4097, 10_000] {
        assert_eq!(record(size), whole, "in chunks of {size}");
    }
}

#[test]
fn a_line_that_is_typed_in_the_middle_of_a_payload_line_does_not_split_it() {
    let mut recorded = Recorded::new();
    recorded
        .server("+OK\r\n")
        .client(1, "RETR 1")
        .server("+OK\r\n\r\nfirst ha");
    recorded.client(2, "NOOP").server("lf\r\n.\r\n+OK\r\n");
    let told = told(&transcript(&recorded.take()));
    assert_eq!(
        told[3..],
        [
            "header",
            "→ command NOOP",
            "body first half",
            "terminator .",
            "← status +OK"
        ]
    );
}

#[test]
fn a_payload_line_is_in_sight_before_its_end_has_come() {
    let mut recorded = Recorded::new();
    recorded
        .server("+OK\r\n")
        .client(1, "RETR 1")
        .server("+OK\r\n\r\nbeg");
    let mut transcript = transcript(&recorded.take());
    assert_eq!(told(&transcript).last().map(String::as_str), Some("body beg"));
    let before = transcript.len();
    recorded.server("in\r\n");
    recorded.take().iter().for_each(|entry| transcript.append(entry));
    assert_eq!(transcript.len(), before);
    assert_eq!(told(&transcript).last().map(String::as_str), Some("body begin"));
}

#[test]
fn a_secret_is_a_chip_and_nothing_else() {
    let mut recorded = Recorded::new();
    recorded
        .server("+OK\r\n")
        .client(1, "USER a")
        .server("+OK\r\n")
        .client(2, "PASS hunter2");
    recorded.server("-ERR hunter2 is wrong\r\n");
    let transcript = transcript(&recorded.take());
    let told = told(&transcript);
    assert!(told.iter().all(|row| !row.contains("hunter2")), "{told:?}");
    assert!(told[3].ends_with(rows::SECRET), "{told:?}");
    assert_eq!(rows(&transcript)[4].outcome, Some(Outcome::Err));
}

#[test]
fn numbers_of_lines_do_not_count_what_only_this_browser_knows() {
    let mut recorded = Recorded::new();
    recorded.server("+OK\r\n");
    let mut transcript = transcript(&recorded.take());
    transcript.append_unknown(7, "DELE 2", 2);
    recorded.client(1, "NOOP");
    recorded.take().iter().for_each(|entry| transcript.append(entry));
    let numbers: Vec<Option<usize>> = rows(&transcript).iter().map(|row| row.number).collect();
    assert_eq!(numbers, [Some(1), None, Some(2)]);
}

#[test]
fn a_line_of_unknown_outcome_is_settled_by_its_late_echo() {
    let mut recorded = Recorded::new();
    recorded.server("+OK\r\n");
    let mut transcript = transcript(&recorded.take());
    transcript.append_unknown(7, "DELE 2", 2);
    assert_eq!(rows(&transcript)[1].body, unknown("DELE 2", false));
    recorded.client(7, "DELE 2");
    recorded.take().iter().for_each(|entry| transcript.append(entry));
    assert_eq!(rows(&transcript)[1].body, unknown("DELE 2", true));
}

#[test]
fn only_rows_in_sight_are_asked_for_however_long_the_transcript() {
    let mut transcript = Transcript::read_by(1);
    let lines = "0123456789012345678901234567890123456789\r\n".repeat(1000);
    for seq in 1..=1000 {
        let event = Event::Received {
            exchange: 1,
            part: Part::Body,
            bytes: lines.clone().into_bytes().into(),
        };
        transcript.append(&Entry {
            seq,
            at: 0,
            connection: 1,
            event,
        });
    }
    assert_eq!(transcript.len(), 1_000_000);
    transcript.toggle_folds();
    for part in 0..=10 {
        let spacer = window::window(&transcript, 0.0, 900.0, 0.0).spacer;
        assert!(spacer <= window::SPACER_MAX);
        let window = window::window(&transcript, (spacer - 900.0) * f64::from(part) / 10.0, 900.0, 0.0);
        assert!(window.end - window.first < 80, "{window:?}");
        assert!(
            (window.first as f64 / 1e6 - f64::from(part) / 10.0).abs() < 0.001,
            "{window:?}"
        );
    }
    assert_eq!(window::window(&transcript, 1e9, 900.0, 0.0).end, 1_000_000);
}

#[test]
fn a_status_line_of_several_pieces_is_one_line_and_comes_out_as_its_first_says() {
    let mut recorded = Recorded::new();
    recorded
        .server("+OK\r\n")
        .client(1, "NOOP")
        .server(format!("+OK {}\r\n", "x".repeat(200_000)));
    let rows = rows(&transcript(&recorded.take()));
    assert!(rows.len() > 200_000 / SEGMENT_MAX);
    assert!(rows.iter().all(|row| row.outcome == Some(Outcome::Ok)));
    assert_eq!(rows.last().and_then(|row| row.number), Some(3));
}

#[test]
fn a_line_of_unknown_outcome_is_told_behind_a_payload_too() {
    let mut recorded = Recorded::new();
    recorded
        .server("+OK\r\n")
        .client(1, "CAPA")
        .server("+OK\r\nTOP\r\n.\r\n");
    let entries = recorded.take();
    let mut transcript = transcript(&entries);
    transcript.append_unknown(7, "DELE 2", entries.len() as u64);
    let last = rows(&transcript).pop().map(|row| row.body);
    assert_eq!(last, Some(unknown("DELE 2", false)));
}

#[test]
fn what_a_line_means_is_said_below_it() {
    let mut recorded = Recorded::new();
    recorded
        .server("+OK\r\n")
        .client(1, "CAPA")
        .server("+OK\r\nEXPIRE 0\r\nEXPIRE 60\r\nTOP\r\n.\r\n")
        .client(2, "UIDL")
        .server("+OK\r\nEXPIRE 0\r\n.\r\n")
        .client(3, "USER a")
        .server("-ERR [IN-USE] locked\r\n")
        .client(4, "NOOP")
        .server("-ERR [X-OWN] no\r\n");
    let mut transcript = transcript(&recorded.take());
    transcript.tell(1, 1, "3 capabilities.".to_owned());
    let explained: Vec<_> = rows(&transcript)
        .iter()
        .filter_map(|row| Some((text(row), row.explains.clone()?)))
        .collect();
    let lines: Vec<_> = explained.iter().map(|(line, _)| line.as_str()).collect();
    assert_eq!(lines, ["EXPIRE 0", ".", "-ERR [IN-USE] locked"]);
    assert!(explained[0].1.is_warning && explained[0].1.text.contains("RETR"));
    assert_eq!(explained[1].1.text, "3 capabilities.");
    assert!(!explained[2].1.is_warning && explained[2].1.rfc.starts_with("RFC 2449"));
}
