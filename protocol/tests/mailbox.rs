//! Whose mailbox somebody signs in to is told by the dialogue, and nothing else of what they send for that.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use protocol::access::By;
use protocol::base64::encode;
use protocol::dialogue::{Answer, Dialogue, SignIn};
use protocol::mailbox::Mailbox;
use protocol::target::Security;
use support::{Came, receive};

const DIGEST: &str = "c4c9334bac560ecc979e58001b3e22fb";

/// Runs what both sides say, in octets at a time of that number, and gives every sign-in that was answered.
fn run(script: &[&str], size: usize) -> Vec<SignIn> {
    let (mut dialogue, mut came) = (Dialogue::new(Security::Plain), Vec::new());
    receive(&mut dialogue, b"+OK ready\r\n", &[size], &mut came);
    for line in script {
        match line.split_once(": ").unwrap() {
            ("C", line) => {
                let mut out = Vec::new();
                dialogue
                    .submit(line.as_bytes(), None, By::Participant(1), &mut out)
                    .unwrap();
                support::join(out, &mut came);
            }
            (_, line) => receive(
                &mut dialogue,
                format!("{line}\r\n").as_bytes(),
                &[size],
                &mut came,
            ),
        }
    }
    let sign_ins = came.into_iter().filter_map(|one| match one {
        Came::SignIn(sign_in) => Some(sign_in),
        _ => None,
    });
    sign_ins.collect()
}

fn told(script: &[&str]) -> Vec<(Option<String>, Answer)> {
    let all: Vec<Vec<SignIn>> = [1, 3, usize::MAX].map(|size| run(script, size)).into();
    assert!(
        all.iter().all(|it| it == &all[0]),
        "{script:?} in pieces: {all:?}"
    );
    let name = |mailbox: Mailbox| mailbox.name().to_owned();
    all[0]
        .iter()
        .map(|it| (it.mailbox.clone().map(name), it.answer))
        .collect()
}

fn anna(answer: Answer) -> Vec<(Option<String>, Answer)> {
    vec![(Some("anna".to_owned()), answer)]
}

#[test]
fn it_is_told_which_exchange_named_the_mailbox() {
    let (plain, name, password) = (encode(b"\0anna\0x"), encode(b"anna"), encode(b"x"));
    let begin = ["C: USER ben", "S: +OK", "C: CAPA", "S: -ERR"];
    for (script, exchange) in [
        (
            &["C: USER anna", "S: +OK", "C: NOOP", "S: -ERR", "C: PASS x"][..],
            3,
        ),
        (&[&format!("C: APOP anna {DIGEST}")], 3),
        (&[&format!("C: AUTH PLAIN {plain}")], 3),
        (
            &[
                "C: AUTH LOGIN",
                "S: + ",
                &format!("C: {name}"),
                "S: + ",
                &format!("C: {password}"),
            ],
            3,
        ),
    ] {
        let script = [&begin[..], script, &["S: +OK"]].concat();
        let last = run(&script, usize::MAX).pop().unwrap();
        assert_eq!(
            (last.mailbox.unwrap().name(), last.named_in),
            ("anna", exchange),
            "{script:?}"
        );
    }
}

#[test]
fn every_way_to_sign_in_tells_whose_mailbox_it_is() {
    let plain = encode(b"\0anna\0wonder-1");
    let token = encode(b"user=anna\x01auth=Bearer wonder-1\x01\x01");
    let (name, password) = (encode(b"anna"), encode(b"wonder-1"));
    let cram = encode(format!("anna {DIGEST}").as_bytes());
    let say = |verb: &str, rest: &str| format!("C: {verb}{rest}");
    for script in [
        &["C: USER anna", "S: +OK", "C: PASS wonder-1"][..],
        &[
            "C: USER ben",
            "C: USER anna",
            "C: PASS wonder-1",
            "S: +OK",
            "S: +OK",
        ],
        &[&say("APOP anna ", DIGEST)],
        &[&say("AUTH PLAIN ", &plain)],
        &["C: AUTH PLAIN", "S: + ", &say("", &plain)],
        &["C: AUTH PLAIN =", "S: + ", &say("", &plain)],
        &[
            "C: AUTH LOGIN",
            "S: + VXNlcm5hbWU6",
            &say("", &name),
            "S: + UGFzc3dvcmQ6",
            &say("", &password),
        ],
        &[
            &say("AUTH LOGIN ", &name),
            "S: + UGFzc3dvcmQ6",
            &say("", &password),
        ],
        &[
            "C: AUTH LOGIN",
            &say("", &name),
            &say("", &password),
            "S: + VXNlcm5hbWU6",
            "S: + UGFzc3dvcmQ6",
        ],
        &["C: AUTH CRAM-MD5", "S: + PDE+", &say("", &cram)],
        &[
            &say("AUTH SCRAM-SHA-256 ", &encode(b"n,,n=anna,r=1")),
            "S: + cj0x",
            &say("", &encode(b"c=biws,r=1,p=x")),
        ],
        &[&say("AUTH XOAUTH2 ", &token)],
    ] {
        for (reply, answer) in [
            ("S: +OK welcome", Answer::Accepted),
            ("S: -ERR no", Answer::Refused),
            (
                "S: -ERR [IN-USE] Do you have another POP session running?",
                Answer::Locked,
            ),
        ] {
            let script = [script, &[reply]].concat();
            assert_eq!(told(&script), anna(answer), "{script:?}");
        }
    }
}

#[test]
fn nothing_is_told_where_it_is_not_plain_what_the_name_is() {
    let (name, password) = (encode(b"anna"), encode(b"wonder-1"));
    let say = |line: &str| format!("C: {line}");
    for script in [
        &["C: PASS wonder-1"][..],
        &["C: USER anna wonder-1", "S: -ERR", "C: PASS wonder-1"],
        &["C: APOP wonder-1"],
        &["C: APOP anna wonder-1"],
        &[&say(&format!("AUTH PLAIN {password}"))],
        &["C: AUTH X-ANY", "S: + ", &say(&password)],
        // The server asks for the password first, whenever it does.
        &["C: AUTH LOGIN", "S: + UGFzc3dvcmQ6", &say(&password)],
        &["C: AUTH LOGIN", &say(&password), "S: + UGFzc3dvcmQ6"],
        // What was meant for a command is the first response, and the password the second.
        &[
            "C: AUTH LOGIN",
            "C: AUTH LOGIN",
            "S: + ",
            &say(&name),
            &say(&password),
        ],
        &["C: AUTH LOGIN", "C: USER anna", "S: + ", "S: + ", &say(&password)],
        // The server takes the second AUTH for a command, and nobody knows what is a response to which.
        &[
            "C: AUTH LOGIN",
            "C: AUTH LOGIN",
            &say(&name),
            "S: -ERR",
            "S: + ",
            &say(&password),
        ],
    ] {
        let script = [script, &["S: -ERR no"]].concat();
        let told = told(&script);
        assert!(
            told.iter().all(|(mailbox, _)| mailbox.is_none()),
            "{script:?}: {told:?}"
        );
    }
}

#[test]
fn what_somebody_took_back_was_no_sign_in() {
    assert_eq!(
        told(&["C: AUTH LOGIN", "S: + VXNlcm5hbWU6", "C: *", "S: -ERR cancelled"]),
        []
    );
}

#[test]
fn where_the_maildrop_is_open_nobody_signs_in() {
    let script = [
        "C: USER anna",
        "S: +OK",
        "C: PASS wonder-1",
        "S: +OK",
        "C: PASS wonder-1",
        "S: -ERR no",
    ];
    assert_eq!(told(&script), anna(Answer::Accepted));
    assert_eq!(told(&["C: USER anna", "S: -ERR [IN-USE] locked"]), []);
}

/// What would be tried by a line after the others went each way.
fn tried(script: &[&str], line: &str) -> Option<Option<String>> {
    let (mut dialogue, mut came) = (Dialogue::new(Security::Plain), Vec::new());
    receive(&mut dialogue, b"+OK ready\r\n", &[usize::MAX], &mut came);
    for step in script {
        match step.split_once(": ").unwrap() {
            ("C", line) => {
                let by = By::Participant(1);
                dialogue
                    .submit(line.as_bytes(), None, by, &mut Vec::new())
                    .unwrap();
            }
            (_, line) => {
                let line = format!("{line}\r\n");
                receive(&mut dialogue, line.as_bytes(), &[usize::MAX], &mut came);
            }
        }
    }
    let tried = dialogue.tries(line.as_bytes())?;
    Some(tried.mailbox.map(|mailbox| mailbox.name().to_owned()))
}

#[test]
fn each_credential_is_one_try_of_its_mailbox() {
    let anna = Some(Some("anna".to_owned()));
    let plain = encode(b"\0anna\0wonder-1");
    let user = ["C: USER anna", "S: +OK"];
    assert_eq!(tried(&user, "PASS x"), anna);
    assert_eq!(tried(&["C: user anna"], "pass x"), anna);
    assert_eq!(tried(&[], "PASS x"), Some(None));
    assert_eq!(tried(&[], &format!("APOP anna {DIGEST}")), anna);
    assert_eq!(tried(&[], &format!("AUTH PLAIN {plain}")), anna);
    assert_eq!(tried(&["C: AUTH PLAIN", "S: + "], &plain), anna);
    for line in [
        "USER anna",
        "CAPA",
        "AUTH",
        "AUTH PLAIN",
        "AUTH LOGIN",
        "STLS",
        "QUIT",
    ] {
        assert_eq!(tried(&[], line), None, "{line}");
    }
    // Of a mechanism that takes several responses the first counts.
    let login = ["C: AUTH LOGIN", "S: + VXNlcm5hbWU6"];
    assert_eq!(tried(&login, &encode(b"anna")), anna);
    let named = format!("C: {}", encode(b"anna"));
    let login = [login[0], login[1], &named, "S: + UGFzc3dvcmQ6"];
    assert_eq!(tried(&login, &encode(b"wonder-1")), None);
    assert_eq!(tried(&login[..2], "*"), None);
    // Somebody is signed in: nothing that is refused now tells anything of a password.
    let signed_in = ["C: USER anna", "S: +OK", "C: PASS x", "S: +OK"];
    assert_eq!(tried(&signed_in, "PASS y"), None);
}

#[test]
fn commands_that_hide_behind_auth_are_tries_each() {
    // The server is through with AUTH before it reads them.
    let hidden = ["C: AUTH NONE", "C: USER anna", "C: PASS 1"];
    for sent in 1..=3 {
        assert_eq!(tried(&hidden[..sent], "PASS 2"), Some(None), "{sent}");
    }
}
