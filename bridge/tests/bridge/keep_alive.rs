//! NOOP, where somebody switched it on: in its time, in its state, and never longer than anybody is there.

use std::time::Duration;

use pop3_console::config::{Config, Deadlines};
use protocol::access::By;
use protocol::entry::{Entry, Event};
use protocol::remark::Remark;
use protocol::state::Phase;
use protocol::wire::{FromBrowser, Refusal};

use crate::support::{Bridge, Browser, Mail, patient, plain, with};

/// After how long without a line NOOP goes out here.
const EVERY: Duration = Duration::from_millis(150);

async fn bridge() -> Bridge {
    Bridge::start_with(with(deadlines())).await
}

fn deadlines() -> Deadlines {
    Deadlines {
        keep_alive: EVERY,
        ..Deadlines::default()
    }
}

/// Answers every line but those, to which nothing is said.
async fn mailbox(unanswered: &'static [&'static str]) -> Mail {
    Mail::play(move |mut peer| async move {
        peer.say("+OK\r\n").await;
        loop {
            let line = peer.line().await;
            if line.is_empty() {
                return;
            }
            if !unanswered.contains(&line.trim_end()) {
                peer.say("+OK\r\n").await;
            }
        }
    })
    .await
}

async fn switch(browser: &mut Browser, on: bool) {
    let connection = browser.connection();
    browser.ask(FromBrowser::KeepAlive { connection, on }).await;
    browser.until_state(|state| state.keep_alive == on).await;
}

async fn signed_in(browser: &mut Browser) {
    for line in ["USER user01", "PASS password01"] {
        browser.line(line).await;
    }
    browser.until_phase(Phase::Transaction).await;
}

/// When a line went out, if it is the console's own NOOP.
fn noop(event: &Event) -> Option<()> {
    matches!(event, Event::Sent { line, id: None, by: By::Console, .. } if line.bytes() == "NOOP")
        .then_some(())
}

fn sent(entry: &Entry) -> bool {
    matches!(entry.event, Event::Sent { .. })
}

#[tokio::test]
async fn noop_goes_out_in_its_time_as_a_line_that_everybody_sees_and_stops_when_it_is_switched_off() {
    let (bridge, mail) = (bridge().await, mailbox(&[]).await);
    let mut browser = bridge.browser().await;
    let mut other = Browser::join(&bridge, &browser.key.clone()).await;
    browser.connected(plain(mail.address)).await;
    signed_in(&mut browser).await;
    switch(&mut browser, true).await;
    for _ in 0..2 {
        browser.until(noop).await;
        other.until(noop).await;
    }
    let switched = other
        .entries
        .iter()
        .find_map(|entry| match entry.event {
            Event::Remark(Remark::KeptAlive { on, every, by }) => Some((on, every, by)),
            _ => None,
        })
        .unwrap();
    let every = EVERY.as_micros() as u64;
    assert_eq!(switched, (true, every, By::Participant(1)));
    let times: Vec<u64> = browser
        .entries
        .iter()
        .filter(|entry| sent(entry))
        .map(|it| it.at)
        .collect();
    for pair in times[1..].windows(2) {
        assert!(pair[1] - pair[0] >= every, "{times:?}");
    }

    switch(&mut browser, false).await;
    let before = mail.received();
    tokio::time::sleep(EVERY * 4).await;
    assert_eq!(mail.received(), before);
}

#[tokio::test]
async fn it_is_off_until_somebody_wants_it_and_off_again_on_the_next_connection() {
    let (bridge, mail) = (bridge().await, mailbox(&[]).await);
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    signed_in(&mut browser).await;
    tokio::time::sleep(EVERY * 3).await;
    assert_eq!(mail.received(), b"USER user01\r\nPASS password01\r\n");
    switch(&mut browser, true).await;
    browser.until(noop).await;
    browser.disconnect().await;
    browser.until_ended().await;

    let before = mail.received().len();
    browser.connected(plain(mail.address)).await;
    signed_in(&mut browser).await;
    tokio::time::sleep(EVERY * 3).await;
    assert_eq!(&mail.received()[before..], b"USER user01\r\nPASS password01\r\n");
    let state = browser.entries.iter().rev().find_map(|entry| match &entry.event {
        Event::State(state) => Some(state.keep_alive),
        _ => None,
    });
    assert_eq!(state, Some(false));
}

#[tokio::test]
async fn nothing_goes_out_before_the_maildrop_is_open_or_while_a_reply_is_due() {
    let (bridge, mail) = (bridge().await, mailbox(&["STAT"]).await);
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    switch(&mut browser, true).await;
    tokio::time::sleep(EVERY * 3).await;
    assert_eq!(mail.received(), b"");
    signed_in(&mut browser).await;
    browser.until(noop).await;
    browser.line("STAT").await;
    browser
        .until(|event| matches!(event, Event::Sent { line, .. } if line.bytes() == "STAT").then_some(()))
        .await;
    tokio::time::sleep(EVERY * 4).await;
    mail.until_received("STAT\r\n").await;
    assert!(mail.received().ends_with(b"STAT\r\n"));
}

#[tokio::test]
async fn it_keeps_no_session_alive_in_which_nobody_is() {
    let bridge = Bridge::start_with(Config {
        grace: EVERY * 4,
        ..with(deadlines())
    })
    .await;
    let (mail, mut gone) = Mail::until_gone().await;
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    signed_in(&mut browser).await;
    switch(&mut browser, true).await;
    drop(browser);
    patient(gone.recv()).await;
    let received = String::from_utf8(mail.received()).unwrap();
    assert!(received.contains("NOOP\r\n"), "{received}");
    assert!(!received.contains("QUIT"), "{received}");
}

#[tokio::test]
async fn it_is_refused_where_there_is_no_connection_and_for_another_one() {
    let (bridge, mail) = (bridge().await, mailbox(&[]).await);
    let mut browser = bridge.browser().await;
    let ask = |connection| FromBrowser::KeepAlive { connection, on: true };
    browser.ask(ask(0)).await;
    assert_eq!(browser.until_refused().await, (None, Refusal::NotConnected));
    browser.connected(plain(mail.address)).await;
    browser.ask(ask(2)).await;
    assert_eq!(browser.until_refused().await, (None, Refusal::OtherConnection));
}

#[tokio::test]
async fn whoever_switches_it_over_and_over_is_asked_to_wait_and_fills_no_record() {
    let bridge = Bridge::start().await;
    let mail = mailbox(&[]).await;
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    signed_in(&mut browser).await;
    let (connection, before) = (browser.connection(), browser.entries.len());
    for on in [true, false].into_iter().cycle().take(200) {
        browser.ask(FromBrowser::KeepAlive { connection, on }).await;
    }
    assert_eq!(browser.until_refused().await.1, Refusal::TooSoon);
    browser.line("NOOP").await;
    browser.until_status().await;
    assert!(
        browser.entries.len() - before < 100,
        "{} entries",
        browser.entries.len() - before
    );
}
