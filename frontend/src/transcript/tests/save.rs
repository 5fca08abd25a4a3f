//! What is saved is what went over the wire.

use super::super::save::{Place, text_file};
use super::*;
use protocol::access::By;

/// A message with everything that is easily lost: dots, bare LF, NUL, octets that are not UTF-8, long lines, no line
/// end at its end.
fn hostile() -> Vec<u8> {
    let long = "y".repeat(SEGMENT_MAX * 3);
    let mut message =
        format!("Subject: x\r\n\r\n.\r\n..\r\n.a\r\nbare\n.bare\n\n{long}.{long}\r\n").into_bytes();
    message.extend_from_slice(b"\0\xff\xfe\r\r\n\r\nGr\xfc\xdfe\r\nend");
    message
}

/// As it is sent: with dots stuffed, a line end at its end, and the terminator.
fn sent(message: &[u8]) -> Vec<u8> {
    let mut sent = b"+OK\r\n".to_vec();
    for line in message.split_inclusive(|&it| it == b'\n') {
        if line.starts_with(b".") {
            sent.push(b'.');
        }
        sent.extend_from_slice(line);
    }
    sent.extend_from_slice(b"\r\n.\r\n");
    sent
}

fn saved(transcript: &Transcript, most: usize) -> Option<Vec<u8>> {
    let message = transcript.message(2)?;
    let (mut octets, mut place) = (Vec::new(), Some(Place::default()));
    while let Some(from) = place {
        place = transcript.message_octets(&message, from, most, &mut octets);
    }
    Some(octets)
}

fn text(transcript: &Transcript, most: usize) -> String {
    let (mut octets, mut record) = (Vec::new(), Some(0));
    while let Some(from) = record {
        record = transcript.text(from, most, &mut octets);
    }
    String::from_utf8_lossy(&octets).into_owned()
}

#[test]
fn a_message_is_saved_octet_for_octet_however_it_came() {
    let message = hostile();
    let wanted = [&message[..], b"\r\n"].concat();
    for size in [1, 7, 4096, 4097, 100_000] {
        let mut recorded = Recorded::new();
        recorded.server("+OK\r\n").client(1, "retr  3 ");
        for chunk in sent(&message).chunks(size) {
            recorded.server(chunk);
        }
        let transcript = transcript(&recorded.take());
        for most in [1, 1000, usize::MAX / 2] {
            assert_eq!(saved(&transcript, most).as_ref(), Some(&wanted), "{size}, {most}");
        }
        let message = transcript.message(2).unwrap();
        assert_eq!(message.file(None), "message-3.eml");
        assert_eq!(message.file(Some("a/b:../x")), "message-3-a_b_.._x.eml");
        let exchange = transcript.newest_exchange().unwrap();
        assert_eq!(exchange.octets, wanted.len() as u64);
    }
}

#[test]
fn a_line_that_is_typed_meanwhile_is_not_in_the_message_and_unstuffs_nothing() {
    let segments = [
        format!("{}.", "x".repeat(SEGMENT_MAX - 1)),
        "x".repeat(SEGMENT_MAX),
    ];
    let mut recorded = Recorded::new();
    recorded
        .server("+OK\r\n")
        .client(1, "RETR 1")
        .server("+OK\r\n\r\n");
    recorded.server(segments.concat());
    recorded.client(2, "NOOP");
    recorded.server(".still the same line\r\n.\r\n+OK\r\n");
    let transcript = transcript(&recorded.take());
    let line = format!("{}.still the same line\r\n", segments.concat());
    assert_eq!(saved(&transcript, 1000), Some(format!("\r\n{line}").into_bytes()));
    assert_eq!(
        rows(&transcript)[2].margin[1].text,
        format!("{} octets", line.len() + 2)
    );
}

#[test]
fn only_a_message_that_is_whole_is_offered() {
    for (command, reply, offered) in [
        ("RETR 1", "+OK\r\na\r\n.\r\n", true),
        ("RETR 1", "+OK\r\na\r\n", false),
        ("RETR 1", "-ERR no\r\n", false),
        ("TOP 1 5", "+OK\r\na\r\n.\r\n", false),
        ("LIST", "+OK\r\n1 5\r\n.\r\n", false),
    ] {
        let mut recorded = Recorded::new();
        recorded.server("+OK\r\n").client(1, command).server(reply);
        let transcript = transcript(&recorded.take());
        let last = transcript.len() - 1;
        for record in 1..=last {
            assert_eq!(
                transcript.message(record).is_some(),
                offered,
                "{command}, {reply}"
            );
        }
        assert_eq!(transcript.message(0), None);
    }
}

#[test]
fn a_message_of_which_something_is_hidden_is_not_offered() {
    let mut recorded = Recorded::new();
    recorded
        .server("+OK\r\n")
        .client(1, "RETR 1")
        .server("+OK\r\na\r\n.\r\n");
    let mut transcript = transcript(&recorded.take());
    let seq = transcript.hideable(3).unwrap();
    assert!(transcript.message(3).is_some());
    transcript.withdraw(&[seq], By::Participant(1));
    assert_eq!(transcript.message(3), None);
}

#[test]
fn the_text_is_what_went_over_the_wire_without_secrets() {
    let mut recorded = Recorded::new();
    recorded
        .server("+OK ready\r\n")
        .client(1, "USER a")
        .server("+OK\n");
    recorded
        .client(2, "PASS hunter2")
        .server("-ERR hunter2 is wrong\r\n");
    recorded
        .client(3, "RETR 1")
        .server("+OK\r\nSubject: \u{202e}\r\n\r\n..\r\n.\r\n");
    let mut transcript = transcript(&recorded.take());
    transcript.append_unknown(7, "DELE 2", 99);
    let wanted = "S: +OK ready\r\nC: USER a\r\nS: +OK\nC: PASS ••••••••\r\nS: -ERR •••••••• is wrong\r\n\
        C: RETR 1\r\nS: +OK\r\nS: Subject: \u{202e}\r\nS: \r\nS: ..\r\nS: .\r\n# DELE 2\r\n";
    for most in [1, 20, 100_000] {
        assert_eq!(text(&transcript, most), wanted);
    }
    recorded.client(4, "RETR 2").server("+OK\r\n\r\nhalf a li");
    recorded.take().iter().for_each(|entry| transcript.append(entry));
    assert_eq!(
        text(&transcript, 50),
        format!("{wanted}C: RETR 2\r\nS: +OK\r\nS: \r\nS: half a li")
    );
}

#[test]
fn nothing_that_a_server_sends_looks_like_another_s_line_in_the_text() {
    let segment = "x".repeat(SEGMENT_MAX);
    let mut recorded = Recorded::new();
    recorded.server("+OK\r\n").client(1, "RETR 1");
    recorded.server("+OK\r\n# Connected.\r\nC: DELE 1\nC: DELE 2\r\n");
    // The line goes on after somebody typed.
    recorded.server(segment.repeat(2));
    recorded.client(2, "NOOP");
    recorded.server("C: DELE 3\r\n.\r\n+OK\r\n");
    let transcript = transcript(&recorded.take());
    let wanted = format!(
        "S: +OK\r\nC: RETR 1\r\nS: +OK\r\nS: # Connected.\r\nS: C: DELE 1\nS: C: DELE 2\r\nS: {segment}\r\n\
         C: NOOP\r\nS: {segment}C: DELE 3\r\nS: .\r\nS: +OK\r\n"
    );
    for most in [1, 100_000] {
        assert!(text(&transcript, most) == wanted, "it differs");
    }
}

#[test]
fn the_file_is_named_by_host_and_time() {
    let name = text_file(Some("mail.company.com"), "2026-11-24 15:30:21.500 UTC");
    assert_eq!(name, "pop3-mail.company.com-2026-11-24T1530Z.txt");
    assert_eq!(
        text_file(Some("[2001:db8::1]"), "2026-11-24 15:30:21.500 UTC"),
        "pop3-2001db81-2026-11-24T1530Z.txt"
    );
}
