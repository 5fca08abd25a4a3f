//! What must hold for any octets in any pieces.

mod support;

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::entry::Part;
use protocol::lexer::{client_line, server_line};
use protocol::state::Expectation;
use support::invariants::{STEP, check, check_tokens};

const PARTS: [Part; 8] = [
    Part::Greeting,
    Part::Status,
    Part::Continuation,
    Part::Listing,
    Part::Header,
    Part::Body,
    Part::Terminator,
    Part::Unexpected,
];

/// Octets in which what matters to the framer and the dialogue is frequent.
fn octets() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "+OK\r\n", "+ok x\n", "-ERR [IN-USE] no\r\n", "+ERR\r\n", "+ \r\n", "+\r\n", "+ VXNl\r\n", ".\r\n", ".\n",
            "\r\n", "\n", "\r", ".", "..", ".\r", "1 245\r\n", "Subject: x\r\n", "+", "-", "\u{1f600}",
        ]).prop_map(|text| text.as_bytes().to_vec()),
        1 => vec(any::<u8>().prop_filter("a step", |&octet| octet != STEP), 0..20),
    ];
    vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => prop::sample::select(vec![
            "USER a", "PASS wonder-1", "pass  x", "APOP a 0123", "AUTH", "AUTH PLAIN", "auth login dXNlcg==", "*", "dXNlcg==",
            "STAT", "LIST", "list 1", "LIST ", "UIDL", "RETR 1", "TOP 1 2", "DELE 1", "DELE 2", "RSET", "NOOP", "CAPA",
            "STLS", "LANG", "QUIT", "XTND", "",
        ]).prop_map(|text| text.as_bytes().to_vec()),
        1 => vec(any::<u8>().prop_filter("a step", |&octet| octet != STEP), 0..20),
    ]
}

fn script() -> impl Strategy<Value = Vec<u8>> {
    let step = prop_oneof![
        4 => octets().prop_map(|octets| [&b"S"[..], &octets].concat()),
        4 => line().prop_map(|line| [&b"C"[..], &line].concat()),
        1 => prop::sample::select(vec![b"T".to_vec(), b"A".to_vec(), b"S+OK\r\n".to_vec()]),
        1 => Just(b"E".to_vec()),
    ];
    let head = (prop::sample::select(b"pst".to_vec()), b'1'..=b'9', any::<bool>());
    (head, vec(step, 0..20)).prop_map(|((security, size, greets), steps)| {
        let mut script = vec![security, size];
        let greeting = greets.then(|| b"S+OK ready\r\n".to_vec());
        for step in greeting.into_iter().chain(steps) {
            script.push(STEP);
            script.extend(step);
        }
        script
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_dialogue_in_any_pieces_gives_the_same(script in script()) {
        check(&script);
    }

    #[test]
    fn any_octets_are_a_script(script in vec(any::<u8>(), 0..400)) {
        check(&script);
    }

    #[test]
    fn tokens_cover_any_line(line in prop_oneof![octets(), line(), vec(any::<u8>(), 0..200)], text in "\\PC{0,60}") {
        for line in [&line[..], text.as_bytes()] {
            PARTS.iter().for_each(|&part| check_tokens(&server_line(part, line), line));
            check_tokens(&client_line(line, Expectation::Command), line);
            check_tokens(&client_line(line, Expectation::Response), line);
        }
    }

    #[test]
    fn any_text_is_a_server_or_no_server(text in "\\PC{0,80}", words in "(pop://|telnet |openssl s_client -connect )?[a-z:@%\\[\\]./ 0-9-]{0,40}") {
        for text in [&text, &words] {
            if let Ok(input) = protocol::target::Input::read(text) {
                prop_assert!(!input.host.is_empty() && input.port != Some(0));
                prop_assert!(!input.host.contains('@'));
            }
        }
    }
}
