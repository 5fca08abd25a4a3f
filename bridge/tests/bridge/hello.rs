//! The first message of a socket, and messages that are none.

use std::time::Duration;

use futures_util::SinkExt;
use pop3_console::config::{Config, Deadlines, Limits};
use protocol::wire::{CloseCode, FromBrowser, MESSAGE_MAX, VERSION, encode};
use serde::Serialize;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Bridge, Browser, Key, Mail, config, plain, read_close, with};

const NO_SESSION: Option<u16> = Some(CloseCode::NoSession as u16);
const BAD_MESSAGE: Option<u16> = Some(CloseCode::BadMessage as u16);

/// The first message of whoever has that key.
fn hello(key: &Key) -> Message {
    Message::binary(encode(&key.hello("a browser of the tests", "")))
}

/// How a socket is closed whose first message is that.
async fn closed_after(bridge: &Bridge, first: Message) -> Option<u16> {
    let mut socket = Browser::socket(bridge).await;
    socket.send(first).await.unwrap();
    read_close(&mut socket).await
}

#[tokio::test]
async fn an_unknown_session_and_a_wrong_token_look_the_same() {
    let bridge = Bridge::start().await;
    let (one, other) = (bridge.open_session().await, bridge.open_session().await);
    for (session, token) in [
        (&one.session[..], &other.token[..]),
        (&one.session[..], ""),
        ("", &one.token[..]),
        ("AAAAAAAAAAAAAAAAAAAAAA", &one.token[..]),
    ] {
        let key = Key {
            session: session.into(),
            token: token.into(),
        };
        let closed = closed_after(&bridge, hello(&key)).await;
        assert_eq!(closed, NO_SESSION);
    }
}

#[tokio::test]
async fn another_version_is_told_so_whatever_else_it_says() {
    #[derive(Serialize)]
    struct Later {
        version: u16,
        greeting: &'static str,
    }
    let bridge = Bridge::start().await;
    let later = encode(&Later {
        version: VERSION + 1,
        greeting: "something new",
    });
    let closed = closed_after(&bridge, Message::binary(later)).await;
    assert_eq!(closed, Some(CloseCode::OtherVersion as u16));
}

#[tokio::test]
async fn a_first_message_that_is_none_is_told_so() {
    let bridge = Bridge::start().await;
    for first in [
        Message::binary(vec![]),
        Message::binary(vec![0xff; 10]),
        Message::text("{\"version\":1}"),
        Message::binary([&hello(&bridge.open_session().await).into_data()[..], &[0]].concat()),
    ] {
        assert_eq!(closed_after(&bridge, first).await, BAD_MESSAGE);
    }
}

#[tokio::test]
async fn who_says_nothing_is_not_waited_for() {
    let deadlines = Deadlines {
        hello: Duration::from_millis(200),
        ..Deadlines::default()
    };
    let bridge = Bridge::start_with(with(deadlines)).await;
    let mut socket = Browser::socket(&bridge).await;
    assert_eq!(read_close(&mut socket).await, Some(CloseCode::NoHello as u16));
}

#[tokio::test]
async fn a_message_that_is_none_closes_the_socket_and_the_session_lives_on() {
    for (message, code) in [
        (Message::binary(vec![0x9f, 1, 2]), CloseCode::BadMessage),
        (Message::text("NOOP"), CloseCode::BadMessage),
        (Message::binary(vec![0; MESSAGE_MAX + 1]), CloseCode::TooBig),
        (Message::binary(vec![0; 4 * 1024 * 1024]), CloseCode::TooBig),
    ] {
        let (bridge, mail) = (Bridge::start().await, Mail::says("+OK hello\r\n").await);
        let mut browser = bridge.browser().await;
        browser.connected(plain(mail.address)).await;
        // The bridge may close while the rest of the message is still being sent.
        let _ = browser.socket.send(message).await;
        assert_eq!(browser.until_closed().await, Some(code as u16));

        let last = browser.entries.last().unwrap().seq;
        let mut again = Browser::join_after(&bridge, &browser.key, Some(browser.welcome.epoch), last).await;
        assert_eq!(again.welcome.after, last);
        again.line_for(1, "NOOP").await;
        mail.until_received("NOOP\r\n").await;
        again.until_seq(last + 1).await;
    }
}

#[tokio::test]
async fn a_browser_that_has_gone_silent_is_let_go_and_one_that_beats_is_kept() {
    let silence = Duration::from_millis(600);
    let deadlines = Deadlines {
        silence,
        ..Deadlines::default()
    };
    let bridge = Bridge::start_with(with(deadlines)).await;
    let mut silent = bridge.browser().await;
    let mut beating = Browser::join(&bridge, &silent.key.clone()).await;
    let began = tokio::time::Instant::now();
    let mut beats = tokio::time::interval(silence / 6);
    let closed = silent.until_closed();
    tokio::pin!(closed);
    let closed = loop {
        tokio::select! {
            closed = &mut closed => break closed,
            _ = beats.tick() => beating.ask(FromBrowser::Beat).await,
        }
    };
    assert_eq!(closed, None);
    assert!(began.elapsed() >= silence / 2);
    beating.line_for(0, "NOOP").await;
    beating.until_refused().await;
}

#[tokio::test]
async fn there_are_no_more_browsers_in_a_session_than_the_bound() {
    let limits = Limits {
        participants: 1,
        ..Limits::default()
    };
    let bridge = Bridge::start_with(Config { limits, ..config() }).await;
    let one = bridge.browser().await;
    let closed = closed_after(&bridge, hello(&one.key)).await;
    assert_eq!(closed, Some(CloseCode::Full as u16));
}

#[tokio::test]
async fn as_many_windows_as_a_link_lets_in_keep_out_nobody_who_has_another() {
    let bridge = Bridge::start().await;
    let owner = bridge.browser().await;
    let (_, key) = bridge
        .link(&owner.key, serde_json::json!({ "role": "watch" }))
        .await;
    let (_, other) = bridge
        .link(&owner.key, serde_json::json!({ "role": "watch" }))
        .await;
    let mut windows = Vec::new();
    // As many as `WINDOWS_OF_LINK_MAX`.
    for _ in 0..128 {
        windows.push(Browser::join(&bridge, &key).await);
    }
    let closed = closed_after(&bridge, hello(&key)).await;
    assert_eq!(closed, Some(CloseCode::LinkFull as u16));
    Browser::join(&bridge, &other).await;
}

#[tokio::test]
async fn there_are_no_more_sessions_than_the_bound() {
    let limits = Limits {
        sessions: 1,
        ..Limits::default()
    };
    let bridge = Bridge::start_with(Config { limits, ..config() }).await;
    bridge.open_session().await;
    let (status, body) = bridge.post("/api/sessions").await;
    assert_eq!(status, 429);
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert!(body["error"].as_str().unwrap().ends_with('.'), "{body}");
}

#[tokio::test]
async fn a_browser_is_told_what_time_it_is_by_the_clock_of_the_entries() {
    let (bridge, mail) = (Bridge::start().await, Mail::says("+OK\r\n").await);
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    let back = Browser::join(&bridge, &browser.key.clone()).await;
    let connected = browser.entries.last().unwrap().at;
    assert!(browser.welcome.now > 0 && browser.welcome.now <= browser.entries[0].at);
    assert!(connected <= back.welcome.now);
}
