//! Every bound of the dialogue is met visibly.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use protocol::access::{By, NAME_MAX};
use protocol::dialogue::{Dialogue, OUTSTANDING_MAX, Output};
use protocol::entry::{Event, NOTE_MAX, PIECE_MAX, Part};
use protocol::figures::grouped;
use protocol::remark::{Failure, Protocol, Step};
use protocol::state::Phase;
use protocol::target::{HOST_MAX, Security};
use protocol::wire::{LINE_MAX, Refusal, check_line};

fn greeted() -> Dialogue {
    let mut dialogue = Dialogue::new(Security::Plain);
    dialogue.receive(b"+OK\r\n", &mut Vec::new());
    dialogue
}

fn submit(dialogue: &mut Dialogue, line: &[u8]) -> Result<(), Refusal> {
    dialogue.submit(line, None, By::Participant(1), &mut Vec::new())
}

#[test]
fn a_line_is_one_line_of_bounded_length() {
    assert_eq!(check_line(&vec![b'a'; LINE_MAX]), Ok(()));
    assert_eq!(check_line(&vec![b'a'; LINE_MAX + 1]), Err(Refusal::LineTooLong));
    assert_eq!(check_line(b"NOOP\r"), Err(Refusal::LineBreak));
    assert_eq!(check_line(b"NOOP\nDELE 1"), Err(Refusal::LineBreak));
    assert_eq!(check_line(b""), Ok(()));
    assert_eq!(check_line(b"\0\xff"), Ok(()));
}

#[test]
fn what_a_refusal_says_of_a_bound_is_the_bound() {
    let told = [
        (
            Refusal::LineTooLong,
            format!("longer than {} KiB", LINE_MAX / 1024),
        ),
        (
            Refusal::BadTarget,
            format!("of 1 to {} octets", grouped(HOST_MAX as u64)),
        ),
        (
            Refusal::BadName,
            format!("1 to {} octets", grouped(NAME_MAX as u64)),
        ),
        (
            Refusal::BadNote,
            format!("1 to {} octets", grouped(NOTE_MAX as u64)),
        ),
    ];
    for (refusal, bound) in told {
        assert!(refusal.sentence().contains(&bound), "{}", refusal.sentence());
    }
}

#[test]
fn a_line_is_at_most_16_kib() {
    let mut dialogue = greeted();
    assert_eq!(
        submit(&mut dialogue, &vec![b'x'; LINE_MAX + 1]),
        Err(Refusal::LineTooLong)
    );
    assert_eq!(submit(&mut dialogue, &vec![b'x'; LINE_MAX]), Ok(()));
}

#[test]
fn so_many_commands_wait_and_no_more() {
    let mut dialogue = greeted();
    for _ in 0..OUTSTANDING_MAX {
        assert!(!dialogue.holds_lines());
        submit(&mut dialogue, b"NOOP").unwrap();
    }
    assert!(dialogue.holds_lines());
    assert_eq!(submit(&mut dialogue, b"NOOP"), Err(Refusal::Busy));
    dialogue.receive(b"+OK\r\n", &mut Vec::new());
    assert_eq!(submit(&mut dialogue, b"NOOP"), Ok(()));
}

#[test]
fn responses_that_nobody_asked_for_count_as_commands_that_wait() {
    let mut dialogue = greeted();
    submit(&mut dialogue, b"AUTH PLAIN").unwrap();
    for _ in 1..OUTSTANDING_MAX {
        submit(&mut dialogue, b"AGEAYg==").unwrap();
    }
    assert_eq!(submit(&mut dialogue, b"AGEAYg=="), Err(Refusal::Busy));
    dialogue.receive(b"+ \r\n", &mut Vec::new());
    assert_eq!(submit(&mut dialogue, b"AGEAYg=="), Ok(()));
}

#[test]
fn a_greeting_without_an_end_is_no_greeting() {
    let mut dialogue = Dialogue::new(Security::Plain);
    let mut out = Vec::new();
    for _ in 0..100 {
        dialogue.receive(&[b'+'; 1024], &mut out);
    }
    assert_eq!(dialogue.phase(), Phase::Closed);
    let [
        Output::Event(Event::Answered {
            part: Part::Greeting,
            line,
            ..
        }),
        Output::Fail(Step::Greeting, why),
    ] = out.as_slice()
    else {
        panic!("{out:?}")
    };
    assert_eq!(line.bytes().len(), PIECE_MAX);
    assert_eq!(
        why,
        &Failure::NotPop3 {
            looks_like: Protocol::Other
        }
    );
}

#[test]
fn a_line_without_an_end_comes_in_pieces_and_holds_up_no_memory() {
    let mut dialogue = greeted();
    submit(&mut dialogue, b"NOOP").unwrap();
    let mut given = 0;
    dialogue.receive(b"+OK ", &mut Vec::new());
    for _ in 0..10 * 1024 {
        let mut out = Vec::new();
        dialogue.receive(&[b'x'; 1024], &mut out);
        for output in out {
            let Output::Event(Event::Answered {
                exchange: 1,
                part: Part::Status,
                line,
            }) = output
            else {
                panic!()
            };
            assert_eq!(line.bytes().len(), PIECE_MAX);
            given += line.bytes().len();
        }
    }
    assert!(
        10 * 1024 * 1024 + 4 - given < PIECE_MAX,
        "more is held back than a piece"
    );
    assert!(dialogue.end(&mut Vec::new()).cut_short);
}
