//! How long sessions live, and how they end.

use std::time::Duration;

use futures_util::SinkExt;
use pop3_console::config::Config;
use protocol::remark::End;
use protocol::wire::{CloseCode, FromBrowser, encode};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Bridge, Browser, Key, Mail, config, patient, plain, read_close};

/// Whether the session is still there.
async fn lives(bridge: &Bridge, key: &Key) -> bool {
    let mut socket = Browser::socket(bridge).await;
    let hello = key.hello("a browser of the tests", "");
    socket.send(Message::binary(encode(&hello))).await.unwrap();
    // Not a message of this version: a session that is there answers that, and not the hello.
    socket.send(Message::binary(vec![0xff])).await.unwrap();
    read_close(&mut socket).await != Some(CloseCode::NoSession as u16)
}

#[tokio::test]
async fn a_session_outlives_its_browser_for_the_grace_time_and_then_drops_without_quit() {
    let bridge = Bridge::start_with(Config {
        grace: Duration::from_millis(700),
        ..config()
    })
    .await;
    let (mail, mut gone) = Mail::until_gone().await;
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    for line in ["USER user01", "PASS password01", "DELE 2"] {
        browser.line(line).await;
    }
    browser.until_state(|state| state.marked == 1).await;
    let (key, epoch) = (browser.key.clone(), browser.welcome.epoch);
    let last = browser.entries.last().unwrap().seq;
    drop(browser);

    let mut back = Browser::join_after(&bridge, &key, Some(epoch), last).await;
    assert_eq!(back.welcome.after, last);
    back.line_for(1, "STAT").await;
    back.until_status().await;
    drop(back);

    patient(gone.recv()).await;
    assert_eq!(
        mail.received(),
        b"USER user01\r\nPASS password01\r\nDELE 2\r\nSTAT\r\n"
    );
    patient(async { while lives(&bridge, &key).await {} }).await;
    bridge.stop().await;
}

#[tokio::test]
async fn ending_a_session_drops_its_connection_and_forgets_it() {
    let bridge = Bridge::start().await;
    let (mail, mut gone) = Mail::until_gone().await;
    let mut browser = bridge.browser().await;
    let mut other = Browser::join(&bridge, &browser.key.clone()).await;
    browser.connected(plain(mail.address)).await;
    browser.ask(FromBrowser::End).await;
    for browser in [&mut browser, &mut other] {
        let (how, ..) = browser.until_ended().await;
        assert!(matches!(how, End::SessionEnded { .. }), "{how:?}");
        assert_eq!(browser.until_closed().await, Some(CloseCode::SessionEnded as u16));
    }
    patient(gone.recv()).await;
    assert_eq!(mail.received(), b"");
    assert!(!lives(&bridge, &browser.key).await);
    bridge.stop().await;
}

#[tokio::test]
async fn stopping_the_bridge_ends_sessions_without_quit_and_says_goodbye() {
    let bridge = Bridge::start().await;
    let (mail, mut gone) = Mail::until_gone().await;
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    let mut idle = bridge.browser().await;
    let stopping = tokio::spawn(bridge.stop());
    assert_eq!(browser.until_ended().await.0, End::Shutdown);
    assert_eq!(browser.until_closed().await, Some(CloseCode::GoingAway as u16));
    assert_eq!(idle.until_closed().await, Some(CloseCode::GoingAway as u16));
    patient(gone.recv()).await;
    assert_eq!(mail.received(), b"");
    patient(stopping).await.unwrap();
}
