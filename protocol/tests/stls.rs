//! Plaintext behind the `+OK` to STLS is dropped and reported, in whatever pieces it comes (the class of
//! CVE-2011-0411).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use protocol::access::By;
use protocol::dialogue::{Dialogue, Output};
use protocol::entry::Event;
use protocol::remark::{Failure, Marks, Step};
use protocol::state::Phase;
use protocol::target::Security;
use protocol::wire::Refusal;

const ANSWER: &[u8] = b"+OK Begin TLS\r\n";

fn asked(security: Security) -> Dialogue {
    let (mut dialogue, mut out) = (Dialogue::new(security), Vec::new());
    dialogue.receive(b"+OK ready\r\n", &mut out);
    if security == Security::Plain {
        dialogue
            .submit(b"STLS", None, By::Participant(1), &mut out)
            .unwrap();
    }
    dialogue
}

fn injected(out: &[Output]) -> Option<u64> {
    match out.last() {
        Some(Output::Fail(Step::Tls, Failure::InjectedPlaintext { octets })) => Some(*octets),
        _ => None,
    }
}

#[test]
fn plaintext_in_the_same_segment_is_dropped() {
    for security in [Security::Plain, Security::Stls] {
        for injection in [&b"+OK\r\n"[..], b"+OK\r\n+OK\r\n", b"x", b"\n"] {
            let (mut dialogue, mut out) = (asked(security), Vec::new());
            dialogue.receive(&[ANSWER, injection].concat(), &mut out);
            assert_eq!(injected(&out), Some(injection.len() as u64));
            assert!(
                !out.iter().any(|output| matches!(output, Output::StartTls)),
                "no handshake is begun"
            );
            assert_eq!(dialogue.phase(), Phase::Closed);
            let refused = dialogue.submit(b"PASS password01", None, By::Participant(1), &mut out);
            assert_eq!(refused, Err(Refusal::NotConnected));
        }
    }
}

#[test]
fn plaintext_before_the_handshake_is_dropped() {
    let (mut dialogue, mut out) = (asked(Security::Stls), Vec::new());
    dialogue.receive(ANSWER, &mut out);
    assert!(matches!(out.last(), Some(Output::StartTls)));
    dialogue.receive(b"+OK\r\n", &mut out);
    assert_eq!(injected(&out), Some(5));
    let answers = out
        .iter()
        .filter(|output| matches!(output, Output::Event(Event::Answered { .. })))
        .count();
    assert_eq!(answers, 1, "what was injected is not recorded as an answer");
}

#[test]
fn nothing_typed_goes_out_before_the_handshake_is_over() {
    let (mut dialogue, mut out) = (asked(Security::Stls), Vec::new());
    assert!(dialogue.holds_lines());
    dialogue.receive(ANSWER, &mut out);
    assert!(dialogue.holds_lines());
    assert_eq!(
        dialogue.submit(b"USER user01", None, By::Participant(1), &mut out),
        Err(Refusal::Busy)
    );
    dialogue.secured();
    assert!(!dialogue.holds_lines());
    assert_eq!(
        dialogue.submit(b"USER user01", None, By::Participant(1), &mut out),
        Ok(())
    );
    assert_eq!(dialogue.phase(), Phase::Authorization);
}

#[test]
fn marks_stay_in_doubt_when_tampering_follows_a_refused_quit() {
    let (mut dialogue, mut out) = (Dialogue::new(Security::Plain), Vec::new());
    dialogue.receive(b"+OK ready\r\n", &mut out);
    for (line, reply) in [
        ("PASS password01", "+OK\r\n"),
        ("DELE 1", "+OK\r\n"),
        ("QUIT", "-ERR some were not removed\r\n"),
        ("STLS", "+OK\r\n+OK injected\r\n"),
    ] {
        dialogue
            .submit(line.as_bytes(), None, By::Participant(1), &mut out)
            .unwrap();
        dialogue.receive(reply.as_bytes(), &mut out);
    }
    assert!(injected(&out).is_some());
    assert_eq!(dialogue.end(&mut out).marks, Marks::Unknown(1));
}
