//! Whoever tries what is not theirs: it is refused, the owner reads of it, and the mail server hears nothing.

use futures_util::future::join_all;
use futures_util::{SinkExt, StreamExt};
use protocol::access::{By, Handing, OWNER, Role};
use protocol::entry::{Entry, Event};
use protocol::remark::{ATTEMPTS_RECORDED_MAX, Attempt, Invalid, Remark, Sharing};
use protocol::secret::TypedLine;
use protocol::state::Phase;
use protocol::wire::{CloseCode, FromBrowser, GuestSignIn, Hello, Outcome, Refusal, encode};
use serde::Serialize;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Bridge, Browser, Key, Mail, patient, plain};

const NO_SESSION: Option<u16> = Some(CloseCode::NoSession as u16);

/// A hello with more in it than there is.
#[derive(Serialize)]
struct Forged {
    #[serde(flatten)]
    hello: Hello,
    role: Role,
    participant: u32,
    link: Option<u32>,
    control: bool,
}

fn line(id: u64, text: &str) -> FromBrowser {
    FromBrowser::Line {
        id,
        connection: 1,
        line: TypedLine::new(text.into()),
    }
}

fn password() -> FromBrowser {
    FromBrowser::SignIn(GuestSignIn {
        connection: 1,
        mechanism: None,
        user: "user01".to_owned(),
        password: TypedLine::new(b"a guess".to_vec()),
    })
}

/// Says hello with that key and does not wait for a welcome before asking for all of that. How the socket is closed;
/// nothing else is said on it.
async fn barge_in(bridge: &Bridge, key: &Key, requests: &[FromBrowser]) -> Option<u16> {
    let mut socket = Browser::socket(bridge).await;
    let hello = encode(&key.hello("mallory's browser", "mallory"));
    for message in std::iter::once(hello).chain(requests.iter().map(encode)) {
        // It may be closed by now.
        let _ = socket.send(Message::binary(message)).await;
    }
    match patient(socket.next()).await {
        Some(Ok(Message::Close(frame))) => frame.map(|frame| frame.code.into()),
        other => panic!("{other:?}"),
    }
}

/// What the record tells of those who tried what is not theirs.
fn intrusions(entries: &[Entry]) -> Vec<Sharing> {
    let told = entries.iter().filter_map(|entry| match &entry.event {
        Event::Remark(Remark::Sharing(sharing)) => Some(sharing.clone()),
        _ => None,
    });
    told.filter(|it| matches!(it, Sharing::TurnedAway { .. } | Sharing::NotPermitted { .. }))
        .collect()
}

/// The mail server has heard what the owner types now, and nothing that it had not heard `before`. Whatever went out
/// earlier would stand in front of it.
async fn nothing_went_out(owner: &mut Browser, mail: &Mail, before: &[u8]) {
    owner.line("RSET").await;
    mail.until_received("RSET\r\n").await;
    let heard = String::from_utf8_lossy(before) + "RSET\r\n";
    assert_eq!(String::from_utf8_lossy(&mail.received()), heard);
    owner.until_status().await;
    let foreign =
        |entry: &&Entry| matches!(entry.event, Event::Sent { by: By::Participant(who), .. } if who != OWNER);
    assert_eq!(owner.entries.iter().find(foreign), None);
}

#[tokio::test]
async fn a_watch_link_sends_no_line_and_does_nothing_else_that_needs_control() {
    let (bridge, (mail, _gone)) = (Bridge::start().await, Mail::until_gone().await);
    let mut owner = bridge.browser().await;
    let (_, key) = bridge.link(&owner.key, json!({ "role": "watch" })).await;
    let mut guest = Browser::join_as(&bridge, &key, "mallory").await;
    owner.connected(plain(mail.address)).await;
    guest.until_phase(Phase::Authorization).await;
    let response = FromBrowser::Response {
        id: 8,
        connection: 1,
        line: TypedLine::new(b"*".to_vec()),
    };
    let granting = FromBrowser::Hand {
        participant: 2,
        how: Handing::Granted,
    };
    let attempts = [
        (line(7, "DELE 1"), Some(7), Attempt::Line),
        (response, Some(8), Attempt::Line),
        (
            FromBrowser::Disconnect { connection: 1 },
            None,
            Attempt::Connection,
        ),
        (FromBrowser::Hide { seq: 1 }, None, Attempt::Hide),
        (granting, None, Attempt::Hand),
        (FromBrowser::End, None, Attempt::Own),
        (password(), None, Attempt::SignIn),
    ];
    for (request, id, what) in attempts {
        guest.ask(request).await;
        assert_eq!(guest.until_refused().await, (id, Refusal::NotAllowed));
        let attempted = owner
            .until_sharing(|it| matches!(it, Sharing::NotPermitted { .. }))
            .await;
        assert_eq!(attempted, Sharing::NotPermitted { participant: 2, what });
    }
    // It is recorded a few times and not for ever.
    for _ in 0..ATTEMPTS_RECORDED_MAX {
        let id = guest.line("QUIT").await;
        assert_eq!(guest.until_refused().await, (Some(id), Refusal::NotAllowed));
    }
    nothing_went_out(&mut owner, &mail, b"").await;
    assert_eq!(intrusions(&owner.entries).len(), ATTEMPTS_RECORDED_MAX as usize);
}

#[tokio::test]
async fn what_a_hello_says_beside_its_token_gives_nobody_more() {
    let (bridge, (mail, _gone)) = (Bridge::start().await, Mail::until_gone().await);
    let mut owner = bridge.browser().await;
    owner.connected(plain(mail.address)).await;
    let (_, key) = bridge.link(&owner.key, json!({ "role": "watch" })).await;
    let forged = Forged {
        // The owner's own browser, and its place.
        hello: key.hello("a browser of the tests", ""),
        role: Role::Owner,
        participant: OWNER,
        link: None,
        control: true,
    };
    let mut guest = Browser::say(&bridge, &key, &forged).await;
    assert_eq!((guest.welcome.role, guest.welcome.participant), (Role::Watch, 2));
    guest
        .until_people(|people| people.people.iter().any(|it| it.id == 2 && !it.control))
        .await;
    let target = plain(mail.address);
    for (request, id, what) in [
        (line(7, "DELE 1"), Some(7), Attempt::Line),
        (FromBrowser::Connect { target }, None, Attempt::Connection),
        (FromBrowser::End, None, Attempt::Own),
        (password(), None, Attempt::SignIn),
    ] {
        guest.ask(request).await;
        assert_eq!(guest.until_refused().await, (id, Refusal::NotAllowed));
        owner
            .until_sharing(|it| *it == Sharing::NotPermitted { participant: 2, what })
            .await;
    }
    nothing_went_out(&mut owner, &mail, b"").await;
    assert_eq!(intrusions(&owner.entries).len(), 4);
}

#[tokio::test]
async fn a_token_of_another_session_lets_nobody_in() {
    let bridge = Bridge::start().await;
    let (mail, _gone) = Mail::until_gone().await;
    let (elsewhere, _gone) = Mail::until_gone().await;
    let (mut owner, mut other) = (bridge.browser().await, bridge.browser().await);
    owner.connected(plain(mail.address)).await;
    other.connected(plain(elsewhere.address)).await;
    let (_, control) = bridge.link(&other.key, json!({ "role": "control" })).await;
    let (_, sign_in) = bridge.link(&other.key, json!({ "role": "sign-in" })).await;
    let keys = [&other.key, &control, &sign_in].map(|it| Key {
        session: owner.key.session.clone(),
        token: it.token.clone(),
    });
    let requests = [line(1, "DELE 1"), password(), FromBrowser::End];
    let sockets = keys.iter().map(|key| barge_in(&bridge, key, &requests));
    assert_eq!(join_all(sockets).await, [NO_SESSION; 3]);
    let path = format!("/api/sessions/{}", owner.key.session);
    let (links, export) = (format!("{path}/links"), format!("{path}/export/text"));
    let asked = [
        ("GET", &path),
        ("DELETE", &path),
        ("GET", &export),
        ("GET", &links),
        ("POST", &links),
    ];
    let answers = asked.map(|(method, path)| bridge.ask(method, path, &other.key.token, None));
    for (answer, asked) in join_all(answers).await.iter().zip(asked) {
        assert_eq!(answer.0, 404, "{asked:?}");
    }
    // Once a minute, however often it was tried; and nobody else's record speaks of it.
    let with = Invalid::Unknown;
    owner
        .until_sharing(|it| *it == Sharing::TurnedAway { with })
        .await;
    nothing_went_out(&mut owner, &mail, b"").await;
    nothing_went_out(&mut other, &elsewhere, b"").await;
    assert_eq!(intrusions(&owner.entries), [Sharing::TurnedAway { with }]);
    assert_eq!(intrusions(&other.entries), []);
    let last = owner.people.last().unwrap();
    assert_eq!((last.people.len(), last.more), (1, 0));
}

#[tokio::test]
async fn a_sign_in_link_that_was_used_lets_nobody_in_again() {
    let bridge = Bridge::start().await;
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        peer.answer("CAPA", "+OK\r\nUSER\r\n.\r\n").await;
        while !peer.line().await.is_empty() {
            peer.say("+OK\r\n").await;
        }
    })
    .await;
    let mut owner = bridge.browser().await;
    let (link, key) = bridge.link(&owner.key, json!({ "role": "sign-in" })).await;
    let mut guest = Browser::join_as(&bridge, &key, "ben").await;
    owner.connected(plain(mail.address)).await;
    guest
        .until_desk(|desk| desk.bar.is_none() && !desk.mechanisms.is_empty())
        .await;
    guest.ask(password()).await;
    guest.until_desk(|desk| desk.outcome == Outcome::Done).await;
    owner
        .until_sharing(|it| *it == Sharing::UsedUp { link, participant: 2 })
        .await;
    assert_eq!(guest.until_closed().await, Some(CloseCode::LinkOver as u16));
    let before = mail.received();
    let recorded = owner.entries.len();

    // Whoever has the link, and whoever had it in the same browser.
    let requests = [password(), line(1, "DELE 1")];
    assert_eq!(barge_in(&bridge, &key, &requests).await, NO_SESSION);
    let hello = key.hello("ben's browser", "ben");
    let mut socket = Browser::socket(&bridge).await;
    socket.send(Message::binary(encode(&hello))).await.unwrap();
    assert_eq!(crate::support::read_close(&mut socket).await, NO_SESSION);
    let path = format!("/api/sessions/{}", key.session);
    assert_eq!(bridge.ask("GET", &path, &key.token, None).await.0, 404);
    let with = Invalid::UsedUp;
    owner
        .until_sharing(|it| *it == Sharing::TurnedAway { with })
        .await;
    owner.line("RSET").await;
    mail.until_received("RSET\r\n").await;
    assert_eq!(mail.received(), [before, b"RSET\r\n".to_vec()].concat());
    owner.until_status().await;
    let since = &owner.entries[recorded..];
    assert_eq!(intrusions(since), [Sharing::TurnedAway { with }]);
}
