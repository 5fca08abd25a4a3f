//! The octets of a line, as they went over the wire.

use super::*;
use protocol::access::By;

fn hex(transcript: &Transcript, record: usize) -> Option<(String, bool)> {
    let hex = transcript.row(record)?.hex?;
    let octets = hex.dump.lines().flat_map(|line| {
        let octets = line.get(8..57).unwrap_or_default().split_whitespace();
        octets
            .map(|it| u8::from_str_radix(it, 16).unwrap())
            .collect::<Vec<_>>()
    });
    let octets: Vec<u8> = octets.collect();
    Some((
        String::from_utf8_lossy(&octets).into_owned(),
        !hex.note.is_empty(),
    ))
}

#[test]
fn line_ends_and_stuffing_are_shown_and_secrets_are_not() {
    let mut recorded = Recorded::new();
    recorded
        .server("+OK\n")
        .client(1, "PASS hunter2")
        .server("-ERR hunter2\r\n");
    recorded.client(2, "RETR 1").server("+OK\r\n\r\n..a\r\n.\r\n");
    let mut transcript = transcript(&recorded.take());
    assert_eq!(hex(&transcript, 0), None);
    (0..transcript.len()).for_each(|record| transcript.toggle_hex(record));
    let told: Vec<_> = (0..transcript.len())
        .filter_map(|it| hex(&transcript, it))
        .collect();
    let wanted = [
        ("+OK\n", false),
        ("PASS \r\n", true),
        ("-ERR \r\n", true),
        ("RETR 1\r\n", false),
        ("+OK\r\n", false),
        ("\r\n", false),
        ("..a\r\n", false),
        (".\r\n", false),
    ];
    let told: Vec<_> = told
        .iter()
        .map(|(octets, note)| (octets.as_str(), *note))
        .collect();
    assert_eq!(told, wanted);
    transcript.toggle_hex(0);
    assert_eq!(hex(&transcript, 0), None);
    assert!(hex(&transcript, 1).is_some());
}

#[test]
fn a_segment_says_where_in_its_line_it_stands() {
    let mut recorded = Recorded::new();
    recorded.server("+OK\r\n").client(1, "RETR 1").server("+OK\r\n");
    recorded.server("x".repeat(SEGMENT_MAX * 2) + "\r\n.\r\n");
    let mut transcript = transcript(&recorded.take());
    transcript.unfold(4);
    transcript.toggle_hex(4);
    let dump = transcript.row(4).unwrap().hex.unwrap().dump;
    assert!(dump.starts_with("001000  78 78"), "{dump}");
}

#[test]
fn what_is_hidden_and_what_the_console_says_has_no_octets() {
    let mut recorded = Recorded::new();
    recorded
        .server("+OK\r\n")
        .client(1, "hunter2")
        .server("-ERR no\r\n");
    let mut transcript = transcript(&recorded.take());
    transcript.append_unknown(7, "DELE 2", 99);
    (0..transcript.len()).for_each(|record| transcript.toggle_hex(record));
    assert!(hex(&transcript, 1).is_some() && hex(&transcript, 3).is_none());
    let seq = transcript.hideable(1).unwrap();
    transcript.withdraw(&[seq], By::Participant(1));
    assert_eq!(hex(&transcript, 1), None);
}
