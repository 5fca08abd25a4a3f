//! Signing in for somebody else's session, through a link that allows nothing else.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use protocol::access::By;
use protocol::entry::Event;
use protocol::remark::{Attempt, Invalid, Sharing};
use protocol::sasl::Mechanism;
use protocol::secret::TypedLine;
use protocol::state::{Phase, Protection};
use protocol::target::Security;
use protocol::wire::{Bar, CloseCode, Desk, FromBrowser, Outcome, Refusal, TRIES_MAX};
use serde_json::json;
use tokio::sync::Notify;

use crate::support::{Bridge, Browser, Key, Mail, contains, plain, read_close, target, tls};

const CANARY: &str = "Kanarienvogel#8";
const LINK_OVER: Option<u16> = Some(CloseCode::LinkOver as u16);
const NO_SESSION: Option<u16> = Some(CloseCode::NoSession as u16);

/// A server that answers each line by what a function gives.
async fn answering(greeting: &'static str, answer: fn(&str) -> &'static str) -> Mail {
    Mail::play(move |mut peer| async move {
        peer.say(greeting).await;
        loop {
            let line = peer.line().await;
            if line.is_empty() {
                return;
            }
            peer.say(answer(line.trim_end())).await;
        }
    })
    .await
}

/// A server that has one mailbox, and no more than USER and PASS.
async fn modest() -> Mail {
    answering("+OK\r\n", |line| match line {
        "CAPA" => "+OK\r\nUSER\r\n.\r\n",
        "PASS Kanarienvogel#8" => "+OK welcome\r\n",
        _ if line.starts_with("PASS") => "-ERR [AUTH] no\r\n",
        _ => "+OK\r\n",
    })
    .await
}

/// The owner's browser, and one that came through a sign-in link.
async fn owner_and_guest(bridge: &Bridge) -> (Browser, Browser) {
    let mut owner = bridge.browser().await;
    owner.ask(FromBrowser::Name("anna".to_owned())).await;
    owner
        .until_sharing(|it| matches!(it, Sharing::Named { .. }))
        .await;
    let guest = Browser::guest(bridge, &owner.key).await;
    (owner, guest)
}

fn is_open(desk: &Desk) -> bool {
    desk.bar.is_none() && !desk.mechanisms.is_empty()
}

/// No frame to any of them holds the password, in the clear or in base64.
fn nobody_saw(browsers: &[&Browser]) {
    let encoded = BASE64_STANDARD.encode(format!("\0user01\0{CANARY}"));
    for browser in browsers {
        for frame in &browser.frames {
            for secret in [CANARY, &encoded, &BASE64_STANDARD.encode(CANARY)] {
                assert!(!contains(frame, secret.as_bytes()), "a frame holds {secret}");
            }
        }
    }
}

#[tokio::test]
async fn a_guest_signs_in_and_the_link_is_used_up_by_that() {
    let (bridge, mail) = (Bridge::start().await, modest().await);
    let (mut owner, mut guest) = owner_and_guest(&bridge).await;
    let desk = guest.until_desk(|desk| desk.bar == Some(Bar::NotConnected)).await;
    assert_eq!((&desk.asker[..], &desk.host[..]), ("anna", ""));
    owner.connected(plain(mail.address)).await;
    let desk = guest.until_desk(is_open).await;
    assert_eq!((&desk.host[..], desk.port), ("127.0.0.1", mail.address.port()));
    assert_eq!((desk.protection, desk.loopback), (Protection::None, true));
    assert_eq!(desk.mechanisms, [Mechanism::UserPass]);

    guest.sign_in(None, CANARY).await;
    guest.until_desk(|desk| desk.outcome == Outcome::Done).await;
    let link = guest.welcome.link.unwrap();
    owner
        .until_sharing(|it| *it == Sharing::UsedUp { link, participant: 2 })
        .await;
    owner.until_phase(Phase::Transaction).await;
    assert_eq!(guest.until_closed().await, LINK_OVER);
    let received = format!("CAPA\r\nUSER user01\r\nPASS {CANARY}\r\n");
    assert_eq!(String::from_utf8_lossy(&mail.received()), received);

    // What went out is the guest's, and everybody sees it without the password; CAPA is the console's own.
    let sent: Vec<_> = owner
        .entries
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::Sent { line, by, .. } => Some((line.bytes().to_vec(), *by)),
            _ => None,
        })
        .collect();
    let by = By::Participant(2);
    let lines = [(&b"CAPA"[..], By::Console), (b"USER user01", by), (b"PASS ", by)];
    assert_eq!(sent, lines.map(|(line, by)| (line.to_vec(), by)));
    assert!(
        guest.entries.is_empty() && guest.people.is_empty(),
        "a guest was shown more"
    );
    nobody_saw(&[&owner, &guest]);

    // The same link, replayed.
    let hello = guest.key.hello("another browser", "");
    let mut socket = Browser::socket(&bridge).await;
    let hello = tokio_tungstenite::tungstenite::Message::binary(protocol::wire::encode(&hello));
    futures_util::SinkExt::send(&mut socket, hello).await.unwrap();
    assert_eq!(read_close(&mut socket).await, NO_SESSION);
    owner
        .until_sharing(|it| {
            *it == Sharing::TurnedAway {
                with: Invalid::UsedUp,
            }
        })
        .await;
    assert_eq!(String::from_utf8_lossy(&mail.received()), received);
}

#[tokio::test]
async fn each_mechanism_sends_its_lines_and_a_link_outlives_a_few_refusals_only() {
    let bridge = Bridge::start().await;
    let mail = answering("+OK <1.2@host>\r\n", |line| match line {
        "CAPA" => "+OK\r\nUSER\r\nSASL LOGIN PLAIN CRAM-MD5 XOAUTH2\r\n.\r\n",
        "USER user01" => "+OK\r\n",
        "AUTH LOGIN" => "+ VXNlcm5hbWU6\r\n",
        "dXNlcjAx" => "+ UGFzc3dvcmQ6\r\n",
        "AUTH CRAM-MD5" => "+ PDE+\r\n",
        _ => "-ERR [AUTH] no\r\n",
    })
    .await;
    let (mut owner, mut guest) = owner_and_guest(&bridge).await;
    owner.connected(plain(mail.address)).await;
    let desk = guest.until_desk(is_open).await;
    let preferred = [
        Mechanism::UserPass,
        Mechanism::CramMd5,
        Mechanism::Apop,
        Mechanism::Plain,
        Mechanism::Login,
        Mechanism::XOauth2,
    ];
    assert_eq!(desk.mechanisms, preferred);
    guest.sign_in(Some(Mechanism::ScramSha256), CANARY).await;
    let failed = |desk: &Desk| matches!(desk.outcome, Outcome::Failed { .. });
    assert_eq!(
        guest.until_desk(failed).await.tries,
        TRIES_MAX,
        "it is not offered"
    );

    for (tried, mechanism) in preferred.into_iter().take(5).enumerate() {
        guest.sign_in(Some(mechanism), CANARY).await;
        let left = TRIES_MAX - 1 - u32::try_from(tried).unwrap();
        let desk = guest.until_desk(|desk| desk.tries == left).await;
        let said = "-ERR [AUTH] no".to_owned();
        assert_eq!(desk.outcome, Outcome::Refused { said }, "{mechanism:?}");
        guest.until_desk(|desk| left == 0 || is_open(desk)).await;
    }
    let received = String::from_utf8(mail.received()).unwrap();
    let lines: Vec<&str> = received.lines().collect();
    assert_eq!(
        lines[..4],
        ["CAPA", "USER user01", "PASS Kanarienvogel#8", "AUTH CRAM-MD5"]
    );
    assert!(lines[5].starts_with("APOP user01 ") && lines[6].starts_with("AUTH PLAIN AHVzZXIwMQ"));
    assert_eq!(lines[7..9], ["AUTH LOGIN", "dXNlcjAx"]);
    assert_eq!(lines.len(), 10);
    owner
        .until_sharing(|it| matches!(it, Sharing::TriesOver { participant: 2, .. }))
        .await;
    assert_eq!(guest.until_closed().await, LINK_OVER);
    nobody_saw(&[&owner, &guest]);
}

#[tokio::test]
async fn nothing_is_sent_to_a_server_that_nobody_verified_also_on_loopback() {
    let bridge = Bridge::start().await;
    let mail = tls::self_signed("+OK\r\n").await;
    let (mut owner, mut guest) = owner_and_guest(&bridge).await;
    let mut unverified = target(mail.address, Security::Tls);
    unverified.verify = false;
    owner.connected(unverified).await;
    let desk = guest.until_desk(|desk| desk.bar == Some(Bar::NotVerified)).await;
    assert!(desk.loopback && desk.certificate.is_some());
    guest.sign_in(None, CANARY).await;
    guest
        .until_desk(|desk| matches!(&desk.outcome, Outcome::Failed { why } if why.contains("verified")))
        .await;
    owner.disconnect().await;
    owner.until_ended().await;
    let sent = |entry: &protocol::entry::Entry| {
        matches!(
            entry.event,
            Event::Sent {
                by: By::Participant(2),
                ..
            }
        )
    };
    assert!(!owner.entries.iter().any(sent));
}

#[tokio::test]
async fn while_a_guest_signs_in_lines_of_others_are_refused_and_it_ends_with_the_connection() {
    let bridge = Bridge::start().await;
    let asked = std::sync::Arc::new(Notify::new());
    let mail = {
        let asked = asked.clone();
        Mail::play(move |mut peer| {
            let asked = asked.clone();
            async move {
                peer.say("+OK\r\n").await;
                peer.answer("CAPA", "+OK\r\nSASL PLAIN\r\nUSER\r\n.\r\n").await;
                peer.answer("USER user01", "+OK\r\n").await;
                assert!(peer.line().await.starts_with("PASS "));
                asked.notify_one();
                peer.until_gone().await;
            }
        })
        .await
    };
    let (mut owner, mut guest) = owner_and_guest(&bridge).await;
    let mut other = Browser::guest(&bridge, &owner.key).await;
    owner.connected(plain(mail.address)).await;
    guest.until_desk(is_open).await;
    guest.sign_in(None, CANARY).await;
    asked.notified().await;
    guest
        .until_desk(|desk| desk.outcome == Outcome::Underway && desk.bar.is_none())
        .await;
    let id = owner.line("NOOP").await;
    assert_eq!(owner.until_refused().await, (Some(id), Refusal::SigningIn));
    other.until_desk(|desk| desk.bar == Some(Bar::Busy)).await;
    other.sign_in(None, "another password").await;
    other
        .until_desk(|desk| matches!(desk.outcome, Outcome::Failed { .. }))
        .await;
    // Twice is once.
    guest.sign_in(None, CANARY).await;

    owner.disconnect().await;
    owner.until_ended().await;
    let desk = guest
        .until_desk(|desk| matches!(desk.outcome, Outcome::Failed { .. }))
        .await;
    // The server may have told by then whether the password is right.
    assert_eq!((desk.bar, desk.tries), (Some(Bar::NotConnected), TRIES_MAX - 1));
    let received = format!("CAPA\r\nUSER user01\r\nPASS {CANARY}\r\n");
    assert_eq!(String::from_utf8_lossy(&mail.received()), received);
}

#[tokio::test]
async fn a_password_does_not_go_out_once_its_link_is_revoked() {
    let bridge = Bridge::start().await;
    let goes_on = std::sync::Arc::new(Notify::new());
    let mail = {
        let goes_on = goes_on.clone();
        Mail::play(move |mut peer| {
            let goes_on = goes_on.clone();
            async move {
                peer.say("+OK\r\n").await;
                peer.answer("CAPA", "+OK\r\nUSER\r\n.\r\n").await;
                assert_eq!(peer.line().await, "USER user01\r\n");
                goes_on.notified().await;
                peer.say("+OK\r\n").await;
                peer.until_gone().await;
            }
        })
        .await
    };
    let (mut owner, mut guest) = owner_and_guest(&bridge).await;
    owner.connected(plain(mail.address)).await;
    guest.until_desk(is_open).await;
    guest.sign_in(None, CANARY).await;
    mail.until_received("USER user01\r\n").await;
    bridge.revoke(&owner.key, guest.welcome.link.unwrap()).await;
    assert_eq!(guest.until_closed().await, LINK_OVER);
    owner
        .until_people(|people| people.people.iter().all(|it| it.id == 1))
        .await;
    // To CAPA, and to USER.
    goes_on.notify_one();
    owner.until_status().await;
    owner.until_status().await;
    owner.line("NOOP").await;
    mail.until_received("NOOP\r\n").await;
    assert_eq!(mail.received(), b"CAPA\r\nUSER user01\r\nNOOP\r\n");
}

#[tokio::test]
async fn where_somebody_is_signed_in_or_a_reply_is_due_the_guest_waits() {
    let (bridge, mail) = (Bridge::start().await, modest().await);
    let (mut owner, mut guest) = owner_and_guest(&bridge).await;
    owner.connected(plain(mail.address)).await;
    guest.until_desk(is_open).await;
    for line in ["USER user01", "PASS Kanarienvogel#8"] {
        owner.line(line).await;
        owner.until_status().await;
    }
    owner.until_phase(Phase::Transaction).await;
    guest.until_desk(|desk| desk.bar == Some(Bar::SignedIn)).await;
    guest.sign_in(None, "other").await;
    guest
        .until_desk(|desk| matches!(desk.outcome, Outcome::Failed { .. }))
        .await;
    assert!(!contains(&mail.received(), b"other"));

    let silent = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        peer.until_gone().await;
    })
    .await;
    owner.disconnect().await;
    owner.until_ended().await;
    owner.connected(plain(silent.address)).await;
    let desk = guest.until_desk(|desk| desk.bar == Some(Bar::Busy)).await;
    assert_eq!((desk.connection, desk.port), (2, silent.address.port()));
}

#[tokio::test]
async fn what_somebody_else_began_to_sign_in_with_is_not_gone_on_with() {
    let (bridge, mail) = (Bridge::start().await, modest().await);
    let (mut owner, mut guest) = owner_and_guest(&bridge).await;
    owner.connected(plain(mail.address)).await;
    guest.until_desk(is_open).await;
    owner.line("USER user02").await;
    owner.until_status().await;
    owner.until_status().await;
    guest.sign_in(None, CANARY).await;
    guest
        .until_desk(|desk| matches!(desk.outcome, Outcome::Failed { .. }))
        .await;
    assert!(!contains(&mail.received(), CANARY.as_bytes()));
}

#[tokio::test]
async fn who_came_for_something_else_signs_nobody_in_and_a_guest_does_nothing_else() {
    let (bridge, mail) = (Bridge::start().await, modest().await);
    let (mut owner, mut guest) = owner_and_guest(&bridge).await;
    owner.connected(plain(mail.address)).await;
    guest.until_desk(is_open).await;
    let (_, key) = bridge.link(&owner.key, json!({ "role": "control" })).await;
    let mut colleague = Browser::join_as(&bridge, &Key { ..key }, "ben").await;
    colleague.sign_in(None, CANARY).await;
    assert_eq!(colleague.until_refused().await, (None, Refusal::NotAllowed));
    let what = Attempt::SignIn;
    owner
        .until_sharing(|it| *it == Sharing::NotPermitted { participant: 3, what })
        .await;
    let line = TypedLine::new(b"QUIT".to_vec());
    guest
        .ask(FromBrowser::Line {
            id: 1,
            connection: 1,
            line,
        })
        .await;
    let what = Attempt::Line;
    owner
        .until_sharing(|it| *it == Sharing::NotPermitted { participant: 2, what })
        .await;
    assert_eq!(mail.received(), b"CAPA\r\n");
}
