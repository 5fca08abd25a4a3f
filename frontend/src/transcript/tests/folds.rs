//! What folds, and what it looks like.

use super::super::folds::{FOLD_HEAD, FOLD_OVER};
use super::*;
use crate::figures;

fn message(lines: usize) -> Recorded {
    let mut recorded = Recorded::new();
    recorded.server("+OK\r\n").client(1, "RETR 1").server("+OK\r\n");
    recorded.server("a\r\n".repeat(lines));
    recorded
}

/// The chips of all rows in sight.
fn chips(transcript: &Transcript) -> Vec<String> {
    shown(transcript)
        .filter_map(|row| Some(row.fold?.told()))
        .collect()
}

fn shown(transcript: &Transcript) -> impl Iterator<Item = Row> {
    transcript
        .all_shown(0..transcript.len())
        .filter_map(|record| transcript.row(record))
}

#[test]
fn a_short_payload_does_not_fold() {
    let mut recorded = message(FOLD_OVER as usize);
    recorded.server(".\r\n");
    let transcript = transcript(&recorded.take());
    assert!(!transcript.has_folds());
    assert_eq!(shown(&transcript).count(), transcript.len());
}

#[test]
fn a_long_payload_folds_to_its_first_lines_and_opens_in_place() {
    let mut recorded = message(1000);
    recorded.server(".\r\n");
    let mut transcript = transcript(&recorded.take());
    assert_eq!(chips(&transcript), ["980 more lines — message content"]);
    let rows: Vec<Row> = shown(&transcript).collect();
    let head = 3 + FOLD_HEAD as usize;
    assert_eq!(rows.len(), head + 2);
    assert_eq!(rows[head].number, Some(head + 1));
    assert_eq!(rows[head].body, Body::Line(Vec::new()));
    assert_eq!(
        (rows[head + 1].number, rows[head + 1].part),
        (Some(1004), "terminator")
    );

    assert_eq!(transcript.toggle_fold(500), Some(head));
    assert_eq!(chips(&transcript), ["980 lines — message content"]);
    assert_eq!(shown(&transcript).count(), transcript.len());
    assert_ne!(
        shown(&transcript).nth(head).map(|it| it.body),
        Some(Body::Line(Vec::new()))
    );
    assert_eq!(transcript.toggle_fold(head), Some(head));
    assert_eq!(shown(&transcript).count(), head + 2);
    assert_eq!(transcript.toggle_fold(0), None);
}

#[test]
fn a_payload_stays_folded_while_it_comes_in_and_its_count_grows() {
    let mut recorded = message(200);
    let mut transcript = transcript(&recorded.take());
    let height = transcript.height();
    for piece in 1..=20 {
        // The last line of each piece is still coming in.
        recorded.server("b\r\n".repeat(100) + "b");
        recorded.take().iter().for_each(|entry| transcript.append(entry));
        assert_eq!(transcript.height(), height);
        let last = transcript.all_shown(0..transcript.len()).last();
        assert_eq!(last.map(|it| transcript.next_shown(it)), Some(transcript.len()));
        let count = figures::grouped(180 + piece * 101 - 1);
        assert_eq!(
            chips(&transcript),
            [format!("{count} more lines — message content")]
        );
        recorded.server("\r\n");
        recorded.take().iter().for_each(|entry| transcript.append(entry));
        assert_eq!(transcript.height(), height);
    }
}

#[test]
fn what_comes_for_an_open_fold_is_shown() {
    let mut recorded = message(200);
    let mut transcript = transcript(&recorded.take());
    transcript.unfold(100);
    recorded.server("b\r\n".repeat(100) + ".\r\n");
    recorded.take().iter().for_each(|entry| transcript.append(entry));
    assert_eq!(shown(&transcript).count(), transcript.len());
    assert_eq!(chips(&transcript), ["280 lines — message content"]);
    transcript.toggle_folds();
    assert_eq!(chips(&transcript), ["280 more lines — message content"]);
}

#[test]
fn a_line_in_the_middle_of_a_payload_is_never_hidden() {
    let mut recorded = message(100);
    recorded.client(2, "NOOP");
    recorded.server("b\r\n".repeat(50) + ".\r\n+OK\r\n");
    let transcript = transcript(&recorded.take());
    assert_eq!(
        chips(&transcript),
        [
            "80 more lines — message content",
            "50 more lines — message content"
        ]
    );
    assert!(shown(&transcript).any(|row| row.part == "command" && text(&row) == "NOOP"));
}

#[test]
fn a_line_of_a_megabyte_folds_within_itself() {
    let mut recorded = message(0);
    recorded.server(format!("X: {}\r\n", "x".repeat(1_000_000)));
    let mut transcript = transcript(&recorded.take());
    assert_eq!(
        chips(&transcript),
        ["the rest of this line — message content, 995 kB"]
    );
    recorded.server("\r\n.\r\n");
    recorded.take().iter().for_each(|entry| transcript.append(entry));
    assert_eq!(
        chips(&transcript),
        ["the rest of this line, 1 more line — message content, 995 kB"]
    );
}

#[test]
fn a_listing_says_that_it_is_one() {
    let mut recorded = Recorded::new();
    recorded.server("+OK\r\n").client(1, "LIST").server("+OK\r\n");
    recorded.server("1 100\r\n".repeat(100) + ".\r\n");
    let transcript = transcript(&recorded.take());
    assert_eq!(chips(&transcript), ["80 more lines — listing"]);
}

#[test]
fn a_million_lines_fold_and_unfold_in_one_go() {
    let mut recorded = message(0);
    for _ in 0..100 {
        recorded.server("a line of text\r\n".repeat(10_000));
    }
    let mut transcript = transcript(&recorded.take());
    let folded = transcript.height();
    assert!(folded < 1000.0);
    transcript.toggle_folds();
    assert!(transcript.height() > 20_000_000.0);
    assert_eq!(transcript.at(transcript.height()), transcript.len() - 1);
    transcript.toggle_folds();
    assert_eq!(transcript.height(), folded);
}
