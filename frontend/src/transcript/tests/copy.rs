//! What is copied of a stretch.

use super::super::copy::{COPY_MAX, Place, TooMuch};
use super::*;

fn message(octets: impl AsRef<[u8]>) -> Transcript {
    let mut recorded = Recorded::new();
    recorded
        .server("+OK ready\r\n")
        .client(1, "RETR 1")
        .server("+OK\r\n");
    recorded.server(octets).server(".\r\n");
    transcript(&recorded.take())
}

fn copied(transcript: &Transcript, from: Place, to: Place) -> String {
    transcript.copy(from, to).unwrap()
}

#[test]
fn a_stretch_is_plain_lines_also_of_what_is_folded() {
    let transcript = message("a\r\n".repeat(100_000) + "end\r\n");
    let text = copied(
        &transcript,
        Place::shown(0, 4, false),
        Place::shown(100_003, 2, true),
    );
    let wanted = format!("ready\nRETR 1\n+OK\n{}en", "a\n".repeat(100_000));
    assert!(text == wanted, "{} octets", text.len());
    let fold = transcript.shown(1000);
    assert_eq!(
        copied(
            &transcript,
            Place::whole(fold - 1, false),
            Place::fold(fold, false)
        ),
        "a"
    );
    let text = copied(
        &transcript,
        Place::whole(fold - 1, false),
        Place::fold(fold, true),
    );
    assert!(text.ends_with("\na\nend"));
}

#[test]
fn a_stretch_of_one_line_is_what_was_selected() {
    let transcript = message("Subject: Gr\u{fc}\u{df}e \u{1f600}!\r\n");
    let copy = |from, to| {
        copied(
            &transcript,
            Place::shown(3, from, false),
            Place::shown(3, to, true),
        )
    };
    assert_eq!(copy(9, 14), "Gr\u{fc}\u{df}e");
    assert_eq!(copy(15, 17), "\u{1f600}");
    assert_eq!(copy(0, 18), "Subject: Gr\u{fc}\u{df}e \u{1f600}!");
    assert_eq!(copy(5, 5), "");
}

#[test]
fn marks_are_copied_as_what_they_stand_for_and_as_a_whole() {
    let transcript = message("a\u{202e}b\x1bc\n\r\n");
    // It shows aU+202EbESCcLF.
    let copy = |from, to| {
        copied(
            &transcript,
            Place::shown(3, from, false),
            Place::shown(3, to, true),
        )
    };
    assert_eq!(copy(0, 14), "a\u{202e}b\x1bc");
    assert_eq!(copy(3, 5), "\u{202e}");
    assert_eq!(copy(7, 9), "b\x1b");
    assert_eq!(copy(8, 8), "");
}

#[test]
fn segments_of_a_line_are_one_line() {
    let line = "x".repeat(SEGMENT_MAX * 2 + 5);
    let transcript = message(format!("{line}\r\nend\r\n"));
    assert_eq!(
        copied(&transcript, Place::whole(3, false), Place::whole(6, true)),
        format!("{line}\nend")
    );
}

#[test]
fn a_stretch_that_ends_before_a_line_does_not_hold_its_beginning() {
    let transcript = message("a\r\n\r\nb\r\n");
    let copy = |to| copied(&transcript, Place::whole(3, false), to);
    assert_eq!(copy(Place::shown(4, 0, true)), "a");
    assert_eq!(copy(Place::shown(5, 0, true)), "a\n");
    assert_eq!(copy(Place::whole(5, true)), "a\n\nb");
}

#[test]
fn more_than_there_is_room_for_is_not_copied() {
    let transcript = message(("x".repeat(1000) + "\r\n").repeat(COPY_MAX / 1000 + 1));
    let all = transcript.copy(Place::whole(0, false), Place::whole(transcript.len() - 1, true));
    assert_eq!(all, Err(TooMuch));
}
