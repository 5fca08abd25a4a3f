//! Every way to sign in for somebody else, to its end: the password and what proves it are with the mail server, and
//! nowhere else.

use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use protocol::remark::Sharing;
use protocol::sasl::Mechanism;
use protocol::wire::{CloseCode, Desk, Outcome, TRIES_MAX};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;
use tokio::time::{Duration, sleep};

use crate::support::{Bridge, Browser, Mail, Peer, contains, journal_file, patient, plain};

const USER: &str = "user01";
const CANARY: &str = "Kanarienvogel#9";
const TIMESTAMP: &str = "<1896.697170952@mail.example>";
const CHALLENGE: &str = "<1896.697170953@mail.example>";
const OFFERS: &str = "+OK\r\nUSER\r\nSASL PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256 XOAUTH2\r\n.\r\n";

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let keyed = Hmac::<Sha256>::new_from_slice(key).unwrap();
    keyed.chain_update(message).finalize().into_bytes().into()
}

fn decoded(line: &str) -> String {
    String::from_utf8(BASE64.decode(line.trim_end()).unwrap()).unwrap()
}

/// Gives a challenge, and takes the response.
async fn challenge(peer: &mut Peer, text: &str) -> String {
    peer.say(format!("+ {}\r\n", BASE64.encode(text))).await;
    peer.line().await.trim_end().to_owned()
}

/// The first response, where it did not come with AUTH already.
async fn first(peer: &mut Peer, initial: &str) -> String {
    if initial.is_empty() {
        challenge(peer, "").await
    } else {
        initial.to_owned()
    }
}

/// The server's side of SCRAM-SHA-256 (RFC 5802 §3). It proves that it knows the password only to whoever has proved it
/// first.
async fn scram(peer: &mut Peer, initial: &str) -> bool {
    let hello = decoded(&first(peer, initial).await);
    let bare = hello.strip_prefix("n,,").unwrap();
    let nonce = bare.strip_prefix("n=user01,r=").unwrap();
    let (salt, rounds) = (b"salt of the tests", 4096);
    let offer = format!("r={nonce}server,s={},i={rounds}", BASE64.encode(salt));
    let answer = decoded(&challenge(peer, &offer).await);
    let (end, proof) = answer.rsplit_once(",p=").unwrap();
    let mut round = sha256(CANARY.as_bytes(), &[&salt[..], &1_u32.to_be_bytes()].concat());
    let mut salted = round;
    for _ in 1..rounds {
        round = sha256(CANARY.as_bytes(), &round);
        salted
            .iter_mut()
            .zip(round)
            .for_each(|(salted, octet)| *salted ^= octet);
    }
    let message = format!("{bare},{offer},{end}");
    let stored = Sha256::digest(sha256(&salted, b"Client Key"));
    let signature = sha256(&stored, message.as_bytes());
    let proof = BASE64.decode(proof).unwrap();
    let key: Vec<u8> = proof
        .iter()
        .zip(signature)
        .map(|(proof, octet)| proof ^ octet)
        .collect();
    if Sha256::digest(&key) != stored {
        return challenge(peer, "e=invalid-proof").await == "never";
    }
    let own = sha256(&sha256(&salted, b"Server Key"), message.as_bytes());
    challenge(peer, &format!("v={}", BASE64.encode(own)))
        .await
        .is_empty()
}

/// Whether a line, and what follows it, signs somebody in.
async fn signs_in(peer: &mut Peer, line: &str) -> bool {
    let words: Vec<&str> = line.split(' ').collect();
    let initial = words.get(2).copied().unwrap_or_default();
    match words[..] {
        ["USER", name] => {
            name == USER && {
                peer.say("+OK\r\n").await;
                peer.line().await == format!("PASS {CANARY}\r\n")
            }
        }
        ["APOP", name, digest] => {
            let own = Md5::digest(format!("{TIMESTAMP}{CANARY}"));
            name == USER && digest == hex(&own)
        }
        ["AUTH", "PLAIN", ..] => decoded(&first(peer, initial).await) == format!("\0{USER}\0{CANARY}"),
        ["AUTH", "LOGIN"] => {
            decoded(&challenge(peer, "Username:").await) == USER
                && decoded(&challenge(peer, "Password:").await) == CANARY
        }
        ["AUTH", "CRAM-MD5"] => {
            let keyed = Hmac::<Md5>::new_from_slice(CANARY.as_bytes()).unwrap();
            let own = keyed.chain_update(CHALLENGE).finalize().into_bytes();
            decoded(&challenge(peer, CHALLENGE).await) == format!("{USER} {}", hex(&own))
        }
        ["AUTH", "SCRAM-SHA-256", ..] => scram(peer, initial).await,
        ["AUTH", "XOAUTH2", ..] => {
            let wanted = format!("user={USER}\x01auth=Bearer {CANARY}\x01\x01");
            decoded(&first(peer, initial).await) == wanted || {
                challenge(peer, r#"{"status":"401"}"#).await == "never"
            }
        }
        _ => panic!("{line}"),
    }
}

/// A server with one mailbox, that takes every mechanism.
async fn server() -> Mail {
    Mail::play(|mut peer| async move {
        peer.say(format!("+OK {TIMESTAMP}\r\n")).await;
        loop {
            let line = peer.line().await;
            match line.trim_end() {
                "" => return,
                "CAPA" => peer.say(OFFERS).await,
                line if signs_in(&mut peer, line).await => peer.say("+OK welcome\r\n").await,
                _ => peer.say("-ERR [AUTH] no\r\n").await,
            }
        }
    })
    .await
}

fn is_open(desk: &Desk) -> bool {
    desk.bar.is_none() && desk.mechanisms.len() == Mechanism::ALL.len()
}

/// The owner's browser, connected, and one that came through a sign-in link.
async fn owner_and_guest(bridge: &Bridge, mail: &Mail) -> (Browser, Browser) {
    let mut owner = bridge.browser().await;
    let mut guest = Browser::guest(bridge, &owner.key).await;
    owner.connected(plain(mail.address)).await;
    guest.until_desk(is_open).await;
    (owner, guest)
}

/// What a mail server was sent that nobody else may have: the password, and whatever tells it or proves it.
fn secrets(mail: &Mail) -> Vec<String> {
    let received = String::from_utf8(mail.received()).unwrap();
    let mut secrets = vec![CANARY.to_owned(), BASE64.encode(CANARY)];
    for line in received.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["CAPA" | ""] | ["USER", _] | ["AUTH", _] => {}
            ["PASS", secret] | ["APOP", _, secret] | ["AUTH", _, secret] | [secret] => {
                secrets.push(secret.to_owned())
            }
            _ => panic!("{line}"),
        }
    }
    secrets
}

/// The journal's octets, once it holds that a link was used up so often.
async fn kept(file: &Path, used_up: usize) -> Vec<u8> {
    let read = || {
        let files = ["", "-wal"].map(|end| format!("{}{end}", file.display()));
        files.map(|file| std::fs::read(file).unwrap_or_default()).concat()
    };
    patient(async {
        loop {
            let octets = read();
            if octets.windows(6).filter(|it| it == b"UsedUp").count() >= used_up {
                return octets;
            }
            sleep(Duration::from_millis(10)).await;
        }
    })
    .await
}

#[tokio::test]
async fn every_mechanism_signs_a_guest_in_and_the_password_is_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let file = journal_file(folder.path());
    let (bridge, mut log) = Bridge::start_logging_with(&["--journal", file.to_str().unwrap()]).await;
    let logged = tokio::spawn(async move {
        let mut logged = Vec::new();
        log.read_to_end(&mut logged).await.map(|_| logged)
    });
    let mut places = Vec::new();
    let mut secret = Vec::new();
    for mechanism in Mechanism::ALL {
        let mail = server().await;
        let (mut owner, mut guest) = owner_and_guest(&bridge, &mail).await;
        let (_, key) = bridge.link(&owner.key, json!({ "role": "control" })).await;
        let mut colleague = Browser::join_as(&bridge, &key, "ben").await;
        guest.sign_in(Some(mechanism), CANARY).await;
        guest
            .until_desk(|desk| !matches!(desk.outcome, Outcome::Waiting | Outcome::Underway))
            .await;
        assert_eq!(
            guest.desks.last().unwrap().outcome,
            Outcome::Done,
            "{mechanism:?}"
        );
        for browser in [&mut owner, &mut colleague] {
            browser
                .until_sharing(|it| matches!(it, Sharing::UsedUp { participant: 2, .. }))
                .await;
        }
        assert_eq!(guest.until_closed().await, Some(CloseCode::LinkOver as u16));
        for format in ["text", "html", "ndjson"] {
            let (status, _, export) = bridge.export(&owner.key, format).await;
            assert!(status == 200 && export.contains("welcome"), "{export}");
            places.push((format!("{format} of {mechanism:?}"), export.into_bytes()));
        }
        for (who, browser) in [("owner", owner), ("guest", guest), ("colleague", colleague)] {
            places.push((
                format!("a frame to the {who}, {mechanism:?}"),
                browser.frames.concat(),
            ));
        }
        secret.extend(secrets(&mail));
    }
    places.push(("the journal".to_owned(), kept(&file, Mechanism::ALL.len()).await));
    bridge.kill().await;
    places.push(("the log".to_owned(), patient(logged).await.unwrap().unwrap()));
    // The two forms of the password, and at least one line a mechanism that tells or proves it.
    assert!(secret.len() > 2 * Mechanism::ALL.len() + Mechanism::ALL.len());
    for (place, octets) in places {
        assert!(!octets.is_empty(), "{place} is empty");
        for secret in &secret {
            assert!(!contains(&octets, secret.as_bytes()), "{place} holds {secret}");
        }
    }
}

#[tokio::test]
async fn a_guest_is_told_where_the_server_let_them_in_and_proved_nothing() {
    let bridge = Bridge::start().await;
    // It takes whatever comes: it knows no password.
    let mail = Mail::play(|mut peer| async move {
        peer.say(format!("+OK {TIMESTAMP}\r\n")).await;
        peer.answer("CAPA", OFFERS).await;
        assert!(peer.line().await.starts_with("AUTH SCRAM-SHA-256 "));
        peer.say("+OK welcome\r\n").await;
        peer.until_gone().await;
    })
    .await;
    let (mut owner, mut guest) = owner_and_guest(&bridge, &mail).await;
    // By what is preferred, which is what asks for a proof.
    guest.sign_in(None, CANARY).await;
    guest.until_desk(|desk| desk.outcome == Outcome::Unproven).await;
    let link = guest.welcome.link.unwrap();
    owner
        .until_sharing(|it| *it == Sharing::UsedUp { link, participant: 2 })
        .await;
    assert_eq!(guest.until_closed().await, Some(CloseCode::LinkOver as u16));
}

#[tokio::test]
async fn a_wrong_password_counts_however_the_server_says_so_and_nothing_else_does() {
    let bridge = Bridge::start().await;
    let mail = server().await;
    let (mut owner, mut guest) = owner_and_guest(&bridge, &mail).await;
    // A server that says something else than CRAM-MD5 takes for a challenge: nothing secret went out.
    let odd = Mail::play(|mut peer| async move {
        peer.say(format!("+OK {TIMESTAMP}\r\n")).await;
        peer.answer("CAPA", OFFERS).await;
        peer.answer("AUTH CRAM-MD5", "+ no base64!\r\n").await;
        peer.answer("*", "-ERR cancelled\r\n").await;
        // It asks for a third response, and takes the sign-in for refused when none comes.
        peer.answer("AUTH LOGIN", "+ \r\n").await;
        for _ in 0..2 {
            peer.line().await;
            peer.say("+ \r\n").await;
        }
        peer.answer("*", "-ERR no\r\n").await;
        peer.until_gone().await;
    })
    .await;
    let mut wrong = async |mechanism, tries: u32| {
        guest.sign_in(Some(mechanism), "another").await;
        let over = |desk: &Desk| desk.outcome != Outcome::Underway && desk.tries == tries;
        guest
            .until_desk(|desk| desk.outcome == Outcome::Underway || over(desk))
            .await;
        let desk = guest.until_desk(over).await;
        (desk.outcome, desk.tries)
    };
    // Taken back with `*`, since SCRAM says in a challenge that the proof is wrong.
    let (outcome, _) = wrong(Mechanism::ScramSha256, TRIES_MAX - 1).await;
    assert!(matches!(outcome, Outcome::Failed { .. }), "{outcome:?}");
    assert!(mail.received().ends_with(b"\r\n*\r\n"));
    // At its end, and after a challenge that says what is wrong.
    let said = Outcome::Refused {
        said: "-ERR [AUTH] no".to_owned(),
    };
    for (mechanism, tries) in [(Mechanism::Login, 2), (Mechanism::XOauth2, 3)] {
        assert_eq!(wrong(mechanism, TRIES_MAX - tries).await.0, said, "{mechanism:?}");
    }
    owner.disconnect().await;
    owner.until_ended().await;
    owner.connected(plain(odd.address)).await;
    let connection = owner.connection();
    guest
        .until_desk(|desk| is_open(desk) && desk.connection == connection)
        .await;
    guest.sign_in(Some(Mechanism::CramMd5), "another").await;
    let failed = |desk: &Desk| matches!(desk.outcome, Outcome::Failed { .. });
    guest
        .until_desk(|desk| desk.outcome == Outcome::Underway || failed(desk))
        .await;
    assert_eq!(guest.until_desk(failed).await.tries, TRIES_MAX - 3);
    guest.until_desk(is_open).await;
    guest.sign_in(Some(Mechanism::Login), "another").await;
    assert!(failed(
        &guest.until_desk(|desk| desk.tries == TRIES_MAX - 4).await
    ));

    owner.disconnect().await;
    owner.until_ended().await;
    owner.connected(plain(mail.address)).await;
    let connection = owner.connection();
    guest
        .until_desk(|desk| is_open(desk) && desk.connection == connection)
        .await;
    guest.sign_in(Some(Mechanism::ScramSha256), "another").await;
    owner
        .until_sharing(|it| matches!(it, Sharing::TriesOver { participant: 2, .. }))
        .await;
    assert_eq!(guest.until_closed().await, Some(CloseCode::LinkOver as u16));
}

#[tokio::test]
async fn a_server_that_hangs_up_behind_a_password_has_refused_it_and_one_that_does_so_before_has_not() {
    for (asks, tries) in [(false, TRIES_MAX), (true, TRIES_MAX - 1)] {
        let bridge = Bridge::start().await;
        let mail = Mail::play(move |mut peer| async move {
            peer.say(format!("+OK {TIMESTAMP}\r\n")).await;
            peer.answer("CAPA", OFFERS).await;
            assert_eq!(peer.line().await, "AUTH CRAM-MD5\r\n");
            if asks {
                challenge(&mut peer, CHALLENGE).await;
            }
        })
        .await;
        let (_owner, mut guest) = owner_and_guest(&bridge, &mail).await;
        guest.sign_in(Some(Mechanism::CramMd5), "another").await;
        let failed = |desk: &Desk| matches!(desk.outcome, Outcome::Failed { .. });
        assert_eq!(guest.until_desk(failed).await.tries, tries);
    }
}

#[tokio::test]
async fn a_server_that_wants_more_rounds_than_the_console_does_for_a_guest_is_not_answered() {
    let bridge = Bridge::start().await;
    let mail = Mail::play(|mut peer| async move {
        peer.say(format!("+OK {TIMESTAMP}\r\n")).await;
        peer.answer("CAPA", OFFERS).await;
        let line = peer.line().await;
        let initial = line.trim_end().strip_prefix("AUTH SCRAM-SHA-256").unwrap();
        let hello = decoded(&first(&mut peer, initial.trim_start()).await);
        let nonce = hello.strip_prefix("n,,n=user01,r=").unwrap();
        let offer = format!("r={nonce}server,s={},i=200001", BASE64.encode(b"salt"));
        assert_eq!(challenge(&mut peer, &offer).await, "*");
        peer.say("-ERR cancelled\r\n").await;
        peer.until_gone().await;
    })
    .await;
    let (_owner, mut guest) = owner_and_guest(&bridge, &mail).await;
    guest.sign_in(Some(Mechanism::ScramSha256), CANARY).await;
    let failed = |desk: &Desk| matches!(desk.outcome, Outcome::Failed { .. });
    let Outcome::Failed { why } = guest.until_desk(failed).await.outcome else {
        panic!("it is not refused");
    };
    assert!(
        why.contains("200001") && why.contains("200000 are done here"),
        "{why}"
    );
}
