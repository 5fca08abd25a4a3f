//! No record holds a secret, however it is typed and whatever the server makes of it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::collection::vec;
use proptest::prelude::*;
use protocol::access::By;
use protocol::dialogue::Dialogue;
use protocol::entry::{PIECE_MAX, Part};
use protocol::state::Expectation;
use protocol::target::Security;
use support::{Came, holds, join, receive, recorded};

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
        let mut twists = Vec::new();
        let echoes: String = replies.iter().map(|(reply, how)| {
            // Of what a challenge says parts may be shown, and not all.
            let is_shown = |twist: u8| reply.starts_with("+ ") && twist % TWISTS < WHOLE_FROM;
            match twisted(&secret, how / 2).filter(|_| how % 2 == 0 && !is_shown(how / 2)) {
                Some(twist) => {
                    twists.extend(twist.split("\r\n-ERR ").map(str::to_owned));
                    reply.replace('%', &twist)
                }
                None => reply.replace('%', &echoed(&secret, *how)),
            }
        }).collect();
        receive(&mut dialogue, echoes.as_bytes(), &[size], &mut came);
        let printed = format!("{dialogue:?}");
        let mut out = Vec::new();
        dialogue.end(&mut out);
        join(out, &mut came);

        prop_assert!(!printed.contains("q7Z"), "{}", printed);
        let bare = secret.trim();
        prop_assert!(bare.len() < 4 || !holds(&came, bare.as_bytes()), "{bare:?} is in {came:?}");
        prop_assert!(!holds(&came, STANDARD.encode(&secret).trim_end_matches('=').as_bytes()));
        for twist in twists {
            prop_assert!(!holds(&came, twist.as_bytes()), "{twist:?} is in {came:?}");
        }
        if bare.len() < 4 {
            prop_assert!(!holds(&came, b"q7z"), "{bare:?} is in {came:?}");
        }
    }
}

/// How many twists there are, and from which on base64 says all of a secret.
const TWISTS: u8 = 13;
const WHOLE_FROM: u8 = 11;

/// A part of a secret, or all of it in other words, that a server may echo; none of a secret too short to tell
/// from anything else by then.
fn twisted(secret: &str, how: u8) -> Option<String> {
    const PART: usize = 8;
    let secret = secret.trim();
    let cut = PART.max(secret.len() / 2);
    let is_long = secret.len() > PART;
    // What is left where all is taken out that servers escape or replace.
    let plain = secret.bytes().filter(u8::is_ascii_alphanumeric).count();
    let escaped = |escape: fn(char) -> String| {
        let escaped = secret.chars().map(|it| {
            if it.is_ascii_alphanumeric() {
                it.to_string()
            } else {
                escape(it)
            }
        });
        (plain >= 4).then(|| escaped.collect::<String>())
    };
    let octets = |write: fn(u8) -> String| secret.bytes().map(write).collect::<String>();
    match how % TWISTS {
        0 => is_long.then(|| secret[..cut].to_owned()),
        1 => is_long.then(|| secret[secret.len() - cut..].to_owned()),
        // One octet is another: what stands in front of it, or behind it, is long enough.
        2 => is_long.then(|| format!("{}?{}", &secret[..cut], &secret[cut + 1..])),
        3 => is_long.then(|| {
            let at = secret.len() - cut - 1;
            format!("{}?{}", &secret[..at], &secret[at + 1..])
        }),
        4 => (secret.len() >= 2 * PART).then(|| format!("{}\r\n-ERR {}", &secret[..cut], &secret[cut..])),
        5 => escaped(|it| format!("\\{it}")),
        6 => escaped(|_| "?".to_owned()),
        7 => escaped(|it| format!("%{:02X}", it as u32)),
        8 => escaped(|it| format!("={:02x}", it as u32)),
        9 => Some(octets(|it| format!("{it:02x}"))),
        10 => Some(octets(|it| format!("\\x{it:02X}"))),
        WHOLE_FROM => Some(STANDARD.encode(format!("PASS {secret}"))),
        _ => Some(STANDARD.encode(format!("\0user01\0{secret}\n"))),
    }
}

/// Ways of typing a secret in one line, as in [`TYPED`], and commands without one.
const TYPED_AT_ONCE: [&str; 5] = [
    "PASS #",
    "APOP user #",
    "AUTH PLAIN @",
    "AUTH SCRAM-SHA-256 @",
    "auth x-any #",
];
const OTHERS: [&str; 6] = ["USER user", "STAT", "NOOP", "DELE 1", "LIST 1", "RSET"];

/// Status lines that answer a line with a secret, with `%` where it is echoed.
const ANSWERS: [&str; 4] = [
    "-ERR no %\r\n",
    "-ERR Unknown command: PASS %...\r\n",
    "+OK % logged in\r\n",
    "PASS %\r\n-ERR no %\n",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// The server answers each line, in their order; once it answers what nobody asked, so that every answer
    /// behind that is taken for the answer to the next line.
    #[test]
    fn a_secret_is_never_recorded_by_answers_that_are_out_of_step(
        begin in "[!-~]{0,12}",
        end in "[!-~]{1,12}",
        typed in prop::sample::select(TYPED_AT_ONCE.to_vec()),
        before in vec(prop::sample::select(OTHERS.to_vec()), 0..3),
        behind in vec(prop::sample::select(OTHERS.to_vec()), 0..4),
        answers in vec(prop::sample::select(ANSWERS.to_vec()), 2),
        twist in any::<u8>(),
        is_twisted in any::<bool>(),
        one_too_many in prop::option::of(0usize..6),
        is_typed_first in vec(any::<bool>(), 16),
        size in 1usize..40,
    ) {
        let secret = format!("{begin}q7Z{end}");
        let echo = if is_twisted { twisted(&secret, twist) } else { None };
        let echo = echo.unwrap_or_else(|| secret.clone());
        let is_split = echo.contains('\n');
        // In two status lines one is too many already.
        let one_too_many = one_too_many.filter(|_| !is_split);
        let answer = if is_split { ANSWERS[0] } else { answers[0] };
        let line = match typed.strip_suffix('#') {
            Some(verb) => format!("{verb}{secret}"),
            None => typed.replace('@', &STANDARD.encode(format!("\0user\0{secret}"))),
        };
        let lines: Vec<&str> = before.iter().copied().chain([line.as_str()]).chain(behind.iter().copied()).collect();
        // Each answer, and how many lines were sent before it comes.
        let mut due: Vec<(usize, String)> = (1..=lines.len()).map(|sent| {
            let is_secret = sent == before.len() + 1;
            (sent, if is_secret { answer.replace('%', &echo) } else { "+OK 1 2\r\n".to_owned() })
        }).collect();
        if let Some(at) = one_too_many {
            // One behind the secret's own is of the rest of its line.
            let at = at.min(before.len() + 1);
            let too_many = if at == before.len() + 1 { answers[1].replace('%', &echo) } else { "+OK\r\n".to_owned() };
            due.insert(at, (at.max(1), too_many));
        }

        let (mut dialogue, mut came) = (Dialogue::new(Security::Plain), Vec::new());
        receive(&mut dialogue, b"+OK ready\r\n", &[size], &mut came);
        let (mut sent, mut due) = (0, due.into_iter().peekable());
        let mut is_typed_first = is_typed_first.into_iter();
        while sent < lines.len() || due.peek().is_some() {
            let can_answer = due.peek().is_some_and(|&(needs, _)| needs <= sent);
            if sent < lines.len() && (!can_answer || is_typed_first.next().unwrap_or(true)) {
                submit(&mut dialogue, lines[sent].as_bytes(), &mut came);
                sent += 1;
            } else if let Some((_, answer)) = due.next() {
                receive(&mut dialogue, answer.as_bytes(), &[size], &mut came);
            }
        }

        for echoed in echo.split("\r\n-ERR ").chain([secret.as_str()]) {
            prop_assert!(echoed.len() < 4 || !holds(&came, echoed.as_bytes()), "{echoed:?} is in {came:?}");
        }
        prop_assert!(!holds(&came, STANDARD.encode(&secret).trim_end_matches('=').as_bytes()));
    }
}

#[test]
fn an_answer_too_many_does_not_show_what_answers_the_secret() {
    // What comes before STAT is sent, and what comes then.
    for (first, then) in [
        (
            "",
            "+OK\r\n+OK\r\n-ERR Unknown command: PASS hunter2222\r\n+OK\r\n",
        ),
        (
            "+OK\r\n+OK\r\n",
            "-ERR Unknown command: PASS hunter2222\r\n+OK\r\n",
        ),
        (
            "",
            "+OK\r\n-ERR bad\r\n-ERR Unknown command: hunter2222\r\n+OK\r\n",
        ),
        (
            "+OK\r\n-ERR bad\r\n",
            "-ERR Unknown command: hunter2222\r\n+OK\r\n",
        ),
        (
            "+OK\r\n-ERR bad\r\n-ERR Unknown command: hunter2222\r\n",
            "+OK\r\n",
        ),
    ] {
        let (mut dialogue, mut came) = (Dialogue::new(Security::Plain), Vec::new());
        receive(&mut dialogue, b"+OK\r\n", &[7], &mut came);
        submit(&mut dialogue, b"USER a", &mut came);
        submit(&mut dialogue, b"PASS hunter2222", &mut came);
        receive(&mut dialogue, first.as_bytes(), &[1460], &mut came);
        submit(&mut dialogue, b"STAT", &mut came);
        receive(&mut dialogue, then.as_bytes(), &[1460], &mut came);
        assert!(!holds(&came, b"hunter2222"), "{came:?}");
    }
}

#[test]
fn no_answer_to_what_was_sent_behind_a_secret_without_waiting_shows_it() {
    for secret in ["hunter2222", "abc"] {
        let (mut dialogue, mut came) = (Dialogue::new(Security::Plain), Vec::new());
        receive(&mut dialogue, b"+OK\r\n", &[7], &mut came);
        let password = format!("PASS {secret}");
        for line in ["USER a", &password, "STAT", "NOOP", "RSET"] {
            submit(&mut dialogue, line.as_bytes(), &mut came);
        }
        let answers = format!("+OK\r\n+OK\r\n+OK\r\n+OK\r\n-ERR Unknown command: {secret}\r\n");
        receive(&mut dialogue, answers.as_bytes(), &[1460], &mut came);
        assert!(!holds(&came, secret.as_bytes()), "{came:?}");
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
fn what_real_servers_answer_is_shown_as_it_is() {
    let traces = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traces/real");
    let texts: String = fs::read_dir(traces)
        .unwrap()
        .map(|trace| fs::read_to_string(trace.unwrap().path()).unwrap())
        .collect();
    let mut answers: BTreeSet<&str> = texts
        .lines()
        .filter_map(|line| line.strip_prefix("S: "))
        .filter(|line| line.starts_with("+OK") || line.starts_with("-ERR"))
        .collect();
    assert!(answers.len() > 50, "only {} were found", answers.len());
    answers.extend([
        "-ERR mail.example.org: login failed",
        "-ERR [AUTH] mail.example.org",
        "+OK The Microsoft Exchange POP3 service is ready. [QQBNAFMAUABSADAAMQAuAEUAWABBAE0AUABMAEUALgBPAFIARwA=.EXAMPLE.ORG]",
    ]);
    for typed in [
        &["PASS password01"][..],
        &["PASS Passw0rd-2026!"],
        &["PASS authentication-7"],
        &["PASS maildrop+messages"],
        &["PASS log-in.now"],
        &["APOP user01 c4c9334bac560ecc979e58001b3e22fb"],
        &["AUTH PLAIN AHVzZXI3N0BleGFtcGxlLm9yZwBwYXNzd29yZDAx"],
        // user77@example.org, and password01 or a digest.
        &["AUTH LOGIN dXNlcjc3QGV4YW1wbGUub3Jn"],
        &["AUTH LOGIN", "dXNlcjc3QGV4YW1wbGUub3Jn"],
        &["AUTH LOGIN", "dXNlcjc3QGV4YW1wbGUub3Jn", "cGFzc3dvcmQwMQ=="],
        &[
            "AUTH CRAM-MD5",
            "dXNlcjc3QGV4YW1wbGUub3JnIGM0YzkzMzRiYWM1NjBlY2M5NzllNTgwMDFiM2UyMmZi",
        ],
    ] {
        for answer in &answers {
            let line = format!("{answer}\r\n");
            let (mut dialogue, mut came) = (Dialogue::new(Security::Plain), Vec::new());
            receive(&mut dialogue, b"+OK\r\n", &[7], &mut came);
            for (at, typed) in typed.iter().enumerate() {
                if at > 0 {
                    receive(&mut dialogue, b"+ \r\n", &[1460], &mut came);
                }
                submit(&mut dialogue, typed.as_bytes(), &mut came);
            }
            came.clear();
            receive(&mut dialogue, line.as_bytes(), &[1460], &mut came);
            assert_eq!(
                String::from_utf8(recorded(&came)).unwrap(),
                line,
                "behind {typed:?}"
            );
        }
    }
}

#[test]
fn the_password_behind_a_name_is_looked_for_in_parts() {
    for typed in [
        // bob@example.com, and wonder-land.
        &["AUTH LOGIN", "Ym9iQGV4YW1wbGUuY29t", "d29uZGVyLWxhbmQ="][..],
        &["AUTH LOGIN Ym9iQGV4YW1wbGUuY29t", "d29uZGVyLWxhbmQ="],
        // The password where the name is asked for.
        &["AUTH LOGIN", "d29uZGVyLWxhbmQ="],
        &["AUTH LOGIN d29uZGVyLWxhbmQ="],
    ] {
        let (mut dialogue, mut came) = (Dialogue::new(Security::Plain), Vec::new());
        receive(&mut dialogue, b"+OK\r\n", &[7], &mut came);
        for line in typed {
            submit(&mut dialogue, line.as_bytes(), &mut came);
            receive(&mut dialogue, b"+ \r\n", &[1460], &mut came);
        }
        came.clear();
        receive(&mut dialogue, b"-ERR not wonder-la...\r\n", &[1460], &mut came);
        assert_eq!(recorded(&came), b"-ERR \r\n", "{typed:?}");
    }
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
