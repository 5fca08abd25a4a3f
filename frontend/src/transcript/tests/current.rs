//! Going from line to line.

use super::super::copy::Place;
use super::super::current::Step;
use super::*;

/// A row's height in pixels.
const ROW: f64 = 21.0;

fn message(lines: usize) -> Transcript {
    let mut recorded = Recorded::new();
    recorded.server("+OK\r\n").client(1, "RETR 1").server("+OK\r\n");
    recorded.server("a\r\n".repeat(lines) + ".\r\n");
    transcript(&recorded.take())
}

#[test]
fn steps_go_over_what_a_closed_fold_hides() {
    let mut transcript = message(1000);
    let (fold, end) = (23, 1003);
    assert_eq!(transcript.step(fold, Step::Down, 0.0), end);
    assert_eq!(transcript.step(end, Step::Up, 0.0), fold);
    assert_eq!(transcript.step(end, Step::Down, 0.0), end);
    assert_eq!(transcript.step(0, Step::Up, 0.0), 0);
    assert_eq!(transcript.step(5, Step::Last, 0.0), end);
    assert_eq!(transcript.step(5, Step::First, 0.0), 0);
    assert_eq!(transcript.step(fold, Step::PageUp, 10.0 * ROW), fold - 10);
    transcript.toggle_fold(fold);
    assert_eq!(transcript.step(fold, Step::Down, 0.0), fold + 1);
    assert_eq!(transcript.step(500, Step::PageDown, 10.0 * ROW), 510);
}

#[test]
fn a_page_is_a_row_at_least() {
    let transcript = message(10);
    assert_eq!(transcript.step(5, Step::PageDown, 0.0), 6);
    assert_eq!(transcript.step(5, Step::PageUp, 0.0), 4);
}

#[test]
fn a_number_leads_to_its_line_once_that_has_come() {
    let mut recorded = Recorded::new();
    recorded.server("+OK\r\n");
    let mut transcript = transcript(&recorded.take());
    transcript.append_unknown(7, "DELE 2", 2);
    recorded.client(1, "RETR 1").server("+OK\r\n\r\nbegun");
    recorded.take().iter().for_each(|entry| transcript.append(entry));
    let found: Vec<_> = (0..7).map(|line| transcript.record_of_line(line)).collect();
    // What only this browser knows is no line; the last one is still coming in.
    assert_eq!(found, [None, Some(0), Some(2), Some(3), Some(4), Some(5), None]);
}

fn plain_line(transcript: &Transcript, record: usize) -> String {
    let line = transcript.line_of(record);
    let (from, to) = (Place::whole(line.start, false), Place::whole(line.end - 1, true));
    transcript.copy(from, to).unwrap()
}

#[test]
fn a_line_of_several_segments_is_copied_whole_and_as_it_came() {
    let mut recorded = Recorded::new();
    recorded.server("+OK\r\n").client(1, "RETR 1").server("+OK\r\n");
    let line = format!("{}\u{202e}\x1b", "x".repeat(SEGMENT_MAX * 2));
    recorded.server(format!("first\r\n{line}\r\n.\r\n"));
    let transcript = transcript(&recorded.take());
    let begin = transcript.record_of_line(5).unwrap();
    assert_eq!(transcript.line_of(begin + 1), begin..begin + 3);
    assert_eq!(plain_line(&transcript, begin + 1), line);
    assert_eq!(plain_line(&transcript, begin - 1), "first");
}

#[test]
fn a_secret_is_copied_as_its_bullets() {
    let mut recorded = Recorded::new();
    recorded.server("+OK\r\n").client(1, "PASS hunter2");
    let transcript = transcript(&recorded.take());
    assert_eq!(plain_line(&transcript, 1), "PASS ••••••••");
}
