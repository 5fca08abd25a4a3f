//! No record holds a secret, however it is typed and whatever the server makes of it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::collection::vec;
use proptest::prelude::*;
use protocol::access::By;
use protocol::dialogue::Dialogue;
use protocol::entry::{PIECE_MAX, Part};
use protocol::state::Expectation;
use protocol::target::Security;
use support::{Came, holds, join, receive};

fn submit(dialogue: &mut Dialogue, line: &[u8], came: &mut Vec<Came>) {
    let mut out = Vec::new();
    dialogue.submit(line, None, By::Participant(1), &mut out).unwrap();
    join(out, came);
}

/// Ways of typing a secret: the lines before it and its own, with `#` where it stands, `@` where it stands in
/// base64.
const TYPED: [&[&str]; 18] = [
    &["USER user", "PASS #"],
    &["pass #"],
    &["PASS  #"],
    &["\tPaSs #"],
    &["PASS\t#"],
    &["PASS\0#"],
    &["> PASS #"],
    &["APOP user #"],
    &["AUTH PLAIN @"],
    &["AUTH PLAIN", "@"],
    &["AUTH LOGIN", "dXNlcg==", "@"],
    &["AUTH X-ANY", "#"],
    &["AUTH LOGIN dXNlcg==", "@"],
    &["AUTH LOGIN", "AUTH LOGIN", "dXNlcg==", "@"],
    &["AUTH CRAM-MD5", "@"],
    &["AUTH SCRAM-SHA-256 @"],
    &["AUTH XOAUTH2", "@"],
    &["AUTH OAUTHBEARER @"],
];

/// What a server makes of a secret.
fn echoed(secret: &str, how: u8) -> String {
    match how % 8 {
        0 => secret.to_owned(),
        1 => secret.to_ascii_uppercase(),
        2 => secret.to_ascii_lowercase(),
        3 => STANDARD.encode(secret),
        4 => STANDARD.encode(secret).to_ascii_uppercase(),
        5 => secret.split_ascii_whitespace().collect::<Vec<_>>().join(" "),
        6 => format!(
            "{}{secret}{}",
            &secret[..secret.len() / 2],
            &secret[secret.len() / 2..]
        ),
        _ => secret.trim().to_owned(),
    }
}

/// Lines of a server, with `%` where it echoes.
const ECHOES: [&str; 7] = [
    "-ERR no %\r\n",
    "+OK %\r\n",
    "%\r\n",
    "-ERR %%%\r\n",
    "-ERR [AUTH] Unknown command: % \n",
    "+ %\r\n",
    "PASS %-ERR no\r\n",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_secret_is_never_recorded(
        begin in "[!-~ ]{0,12}",
        end in "[!-~ ]{0,12}",
        typed in prop::sample::select(TYPED.to_vec()),
        replies in vec((prop::sample::select(ECHOES.to_vec()), any::<u8>()), 0..8),
        at_once in any::<bool>(),
        size in 1usize..40,
    ) {
        // What stands in the middle is in nothing that anybody else says here.
        let secret = format!("{begin}q7Z{end}");
        let (mut dialogue, mut came) = (Dialogue::new(Security::Plain), Vec::new());
        receive(&mut dialogue, b"+OK ready\r\n", &[size], &mut came);
        let (last, before) = typed.split_last().unwrap();
        for line in before {
            submit(&mut dialogue, line.as_bytes(), &mut came);
            if !at_once {
                let reply: &[u8] = if line.starts_with("USER") { b"+OK\r\n" } else { b"+ \r\n" };
                receive(&mut dialogue, reply, &[size], &mut came);
            }
        }
        let line = match last.split_once('#') {
            Some((verb, _)) => format!("{verb}{secret}"),
            None => last.replace('@', &STANDARD.encode(&secret)),
        };
        submit(&mut dialogue, line.as_bytes(), &mut came);
        let echoes: String = replies.iter().map(|(reply, how)| reply.replace('%', &echoed(&secret, *how))).collect();
        receive(&mut dialogue, echoes.as_bytes(), &[size], &mut came);
        let printed = format!("{dialogue:?}");
        let mut out = Vec::new();
        dialogue.end(&mut out);
        join(out, &mut came);

        prop_assert!(!printed.contains("q7Z"), "{}", printed);
        let bare = secret.trim();
        prop_assert!(bare.len() < 4 || !holds(&came, bare.as_bytes()), "{bare:?} is in {came:?}");
        prop_assert!(!holds(&came, STANDARD.encode(&secret).trim_end_matches('=').as_bytes()));
        if bare.len() < 4 {
            prop_assert!(!holds(&came, b"q7z"), "{bare:?} is in {came:?}");
        }
    }
}

#[test]
fn a_long_password_that_mailutils_echoes_in_pieces_is_not_recorded() {
    let password = "wonder-1".repeat(1500);
    let (mut dialogue, mut came) = (Dialogue::new(Security::Plain), Vec::new());
    receive(&mut dialogue, b"+OK POP3 Ready\r\n", &[1460], &mut came);
    submit(&mut dialogue, format!("PASS {password}").as_bytes(), &mut came);
    let echo = format!(
        "PASS {}-ERR Invalid arguments\r\n{}\r\n",
        &password[..8185],
        &password[8185..]
    );
    receive(&mut dialogue, echo.as_bytes(), &[1460], &mut came);
    assert!(!holds(&came, b"wonder-1") && !holds(&came, b"der-1won"));
}

#[test]
fn a_status_line_of_several_pieces_is_withheld_while_a_secret_is_hot() {
    let (mut dialogue, mut came) = (Dialogue::new(Security::Plain), Vec::new());
    receive(&mut dialogue, b"+OK\r\n", &[7], &mut came);
    submit(&mut dialogue, b"PASS wonder-1", &mut came);
    let filler = "x".repeat(PIECE_MAX - "-ERR wond".len());
    receive(
        &mut dialogue,
        format!("-ERR {filler}wonder-1{filler}\r\n").as_bytes(),
        &[4096],
        &mut came,
    );
    let answers = came
        .iter()
        .filter(|came| matches!(came, Came::Answered(_, Part::Status, _)))
        .count();
    assert_eq!(answers, 2);
    assert!(!holds(&came, b"wonder-1") && !holds(&came, b"wond") && !holds(&came, b"er-1"));
}

#[test]
fn payload_is_never_altered() {
    let (mut dialogue, mut came) = (Dialogue::new(Security::Plain), Vec::new());
    receive(&mut dialogue, b"+OK\r\n", &[7], &mut came);
    submit(&mut dialogue, b"PASS wonder-1", &mut came);
    submit(&mut dialogue, b"RETR 1", &mut came);
    let message = b"Subject: wonder-1\r\n\r\nwonder-1\r\n";
    receive(&mut dialogue, b"+OK\r\n+OK\r\n", &[7], &mut came);
    receive(&mut dialogue, message, &[7], &mut came);
    let payload: Vec<u8> = came
        .iter()
        .filter_map(|came| {
            if let Came::Received(_, _, run) = came {
                Some(run.as_slice())
            } else {
                None
            }
        })
        .collect::<Vec<_>>()
        .concat();
    assert_eq!(payload, message);
}

#[test]
fn a_response_for_which_auth_did_not_wait_is_not_recorded() {
    for (auth, answer) in [
        ("AUTH PLAIN", "-ERR no"),
        ("AUTH PLAIN", "+OK welcome"),
        ("AUTH PLAIN AGEAYg==", "-ERR no"),
    ] {
        let (mut dialogue, mut came) = (Dialogue::new(Security::Plain), Vec::new());
        receive(&mut dialogue, b"+OK\r\n", &[7], &mut came);
        submit(&mut dialogue, auth.as_bytes(), &mut came);
        receive(
            &mut dialogue,
            format!("{answer}\r\n").as_bytes(),
            &[1460],
            &mut came,
        );
        assert_eq!(dialogue.expects(), Expectation::LateResponse, "{auth}: {answer}");
        submit(&mut dialogue, b"AHVzZXIwMQBwYXNzd29yZDAx", &mut came);
        receive(
            &mut dialogue,
            b"-ERR Unknown command: AHVZZXIWMQBWYXNZD29YZDAX\r\n",
            &[1460],
            &mut came,
        );
        assert!(!holds(&came, b"AHVzZXIwMQBwYXNzd29yZDAx"), "{auth}: {answer}");
        submit(&mut dialogue, b"NOOP", &mut came);
        assert_eq!(dialogue.expects(), Expectation::Command);
    }
    let (mut dialogue, mut came) = (Dialogue::new(Security::Plain), Vec::new());
    receive(&mut dialogue, b"+OK\r\n", &[7], &mut came);
    submit(&mut dialogue, b"AUTH PLAIN AHVzZXIwMQBwYXNzd29yZDAx", &mut came);
    receive(&mut dialogue, b"+OK\r\n", &[7], &mut came);
    assert_eq!(
        dialogue.expects(),
        Expectation::Command,
        "the server has what it asked for"
    );
}

#[test]
fn a_response_that_was_asked_for_and_comes_when_auth_is_over_already_is_not_recorded() {
    let password = b"cGFzc3dvcmQwMQ==";
    for (asked, is_marked) in [("+ UGFzc3dvcmQ6\r\n", false), ("", true)] {
        let (mut dialogue, mut came) = (Dialogue::new(Security::Plain), Vec::new());
        receive(&mut dialogue, b"+OK\r\n", &[7], &mut came);
        submit(&mut dialogue, b"AUTH LOGIN", &mut came);
        receive(&mut dialogue, b"+ VXNlcm5hbWU6\r\n", &[1460], &mut came);
        submit(&mut dialogue, b"dXNlcjAx", &mut came);
        // The server asks, and does not wait for what was asked; or somebody answers what they were not asked.
        receive(
            &mut dialogue,
            format!("{asked}+OK\r\n").as_bytes(),
            &[1460],
            &mut came,
        );
        if is_marked {
            let mut out = Vec::new();
            dialogue
                .submit_response(password, None, By::Participant(1), &mut out)
                .unwrap();
            join(out, &mut came);
        } else {
            assert_eq!(dialogue.expects(), Expectation::LateResponse);
            submit(&mut dialogue, password, &mut came);
        }
        receive(
            &mut dialogue,
            b"-ERR Unknown command: CGFZC3DVCMQWMQ== (password01)\r\n",
            &[1460],
            &mut came,
        );
        assert!(!holds(&came, password) && !holds(&came, b"password01"));
    }
}

#[test]
fn a_command_that_was_begun_as_a_response_is_recorded_as_a_command() {
    let (mut dialogue, mut came) = (Dialogue::new(Security::Plain), Vec::new());
    receive(&mut dialogue, b"+OK\r\n", &[7], &mut came);
    let mut out = Vec::new();
    dialogue
        .submit_response(b"STAT", None, By::Participant(1), &mut out)
        .unwrap();
    join(out, &mut came);
    assert!(holds(&came, b"STAT"));
}
