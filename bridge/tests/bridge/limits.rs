//! The limits that whoever runs the console sets: who meets one is told, and so is whoever watches over it.

mod each;

use std::time::{Duration, Instant};

use pop3_console::config::Limits;
use protocol::entry::{Event, Part};
use protocol::remark::{End, Marks, Remark};
use protocol::wire::Refusal;

use crate::support::{Bridge, Browser, Mail, limited, plain};

pub(crate) fn met(limit: &str, times: u32) -> String {
    format!("pop3_console_limit_met_total{{limit=\"{limit}\"}} {times}")
}

#[tokio::test]
async fn a_window_that_sends_too_much_waits_is_told_so_once_and_loses_nothing() {
    const LINES: u32 = 250;
    let bridge = Bridge::start_with(limited(Limits {
        messages: 100,
        ..Limits::default()
    }))
    .await;
    let (mail, _gone) = Mail::until_gone().await;
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    let begin = Instant::now();
    for _ in 0..LINES {
        browser.line("NOOP").await;
        browser.until_status().await;
    }
    // The first hundred at once, and each hundred of the others in a second.
    assert!(
        begin.elapsed() > Duration::from_millis(1300),
        "{:?}",
        begin.elapsed()
    );
    assert_eq!(browser.refused, [(None, Refusal::TooManyMessages)]);
    assert!(
        !bridge
            .counted()
            .await
            .contains(&format!("{}\n", met("messages", 0)))
    );
    bridge.stop().await;
}

#[tokio::test]
async fn one_mail_server_is_not_connected_to_again_and_again() {
    let bridge = Bridge::start_with(limited(Limits {
        target_rate: 2,
        ..Limits::default()
    }))
    .await;
    let (mail, _gone) = Mail::until_gone().await;
    let (other, _gone) = Mail::until_gone().await;
    // Whichever sessions do it.
    let mut one = bridge.browser().await;
    one.connected(plain(mail.address)).await;
    let mut two = bridge.browser().await;
    two.connected(plain(mail.address)).await;
    two.disconnect().await;
    two.until_ended().await;
    two.connect(plain(mail.address)).await;
    assert_eq!(two.until_refused().await, (None, Refusal::TooManyConnections));
    bridge.until_counted(&met("target_rate", 1)).await;
    // Others are none of its business.
    two.connected(plain(other.address)).await;
    bridge.stop().await;
}

#[tokio::test]
async fn a_connection_that_nobody_uses_is_closed_without_quit_and_says_so() {
    let bridge = Bridge::start_with(limited(Limits {
        idle: Some(Duration::from_secs(1)),
        ..Limits::default()
    }))
    .await;
    let (mail, mut gone) = Mail::until_gone().await;
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    for line in ["USER u", "PASS p", "DELE 1"] {
        browser.line(line).await;
        browser.until_status().await;
    }
    let (how, marks, _) = browser.until_ended().await;
    assert_eq!((&how, marks), (&End::Idle { after: 1 }, Marks::NotCommitted(1)));
    gone.recv().await.unwrap();
    assert!(!crate::support::contains(&mail.received(), b"QUIT"));
    bridge.until_counted(&met("idle", 1)).await;
    // The session is there still.
    browser.connected(plain(mail.address)).await;
    bridge.stop().await;
}

#[tokio::test]
async fn a_server_that_keeps_the_connection_after_quit_is_not_taken_for_somebody_who_types_nothing() {
    let mut config = limited(Limits {
        idle: Some(Duration::from_secs(1)),
        ..Limits::default()
    });
    config.deadlines.close_after_quit = Duration::from_millis(1500);
    let bridge = Bridge::start_with(config).await;
    let (mail, mut gone) = Mail::until_gone().await;
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    browser.line("QUIT").await;
    let (how, ..) = browser.until_ended().await;
    assert_eq!(how, End::AfterQuit);
    gone.recv().await.unwrap();
    bridge.stop().await;
}

#[tokio::test]
async fn who_types_or_reads_a_long_reply_is_not_idle() {
    let bridge = Bridge::start_with(limited(Limits {
        idle: Some(Duration::from_secs(1)),
        ..Limits::default()
    }))
    .await;
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        while !peer.line().await.is_empty() {
            peer.say("+OK\r\n").await;
            for _ in 0..6 {
                tokio::time::sleep(Duration::from_millis(300)).await;
                peer.say("a line\r\n").await;
            }
            peer.say(".\r\n").await;
        }
    })
    .await;
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    browser.line("RETR 1").await;
    browser.until_terminator().await;
    let is_idle = |event: &Event| matches!(event, Event::Remark(Remark::Ended { .. }));
    assert!(!browser.entries.iter().any(|entry| is_idle(&entry.event)));
    browser.until_ended().await;
    bridge.stop().await;
}

/// A mail server that takes one password and no other, and does not mind how often it is asked.
async fn guarded() -> Mail {
    Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        loop {
            let reply = match peer.line().await.trim_end() {
                "" => return,
                "PASS right" | "USER anna" | "USER ben" => "+OK\r\n",
                "AUTH LOGIN" | "YW5uYQ==" => "+ \r\n",
                _ => "-ERR\r\n",
            };
            peer.say(reply).await;
        }
    })
    .await
}

async fn until_continuation(browser: &mut Browser) {
    let is_it = |event: &Event| {
        let part = Part::Continuation;
        matches!(event, Event::Answered { part: it, .. } if *it == part).then_some(())
    };
    browser.until(is_it).await;
}

#[tokio::test]
async fn the_console_guesses_no_passwords() {
    let bridge = Bridge::start_with(limited(Limits {
        sign_in_rate: 3,
        ..Limits::default()
    }))
    .await;
    let mail = guarded().await;
    let mut one = bridge.browser().await;
    one.connected(plain(mail.address)).await;
    one.line("USER anna").await;
    one.until_status().await;
    for guess in ["PASS guess-1", "PASS guess-2"] {
        one.line(guess).await;
        assert!(one.until_status().await.starts_with("-ERR"));
    }
    // Another session, and another way to sign in, are the same.
    let mut two = bridge.browser().await;
    two.connected(plain(mail.address)).await;
    two.line("AUTH LOGIN").await;
    until_continuation(&mut two).await;
    two.line("YW5uYQ==").await;
    until_continuation(&mut two).await;
    two.line("Z3Vlc3MtMw==").await;
    assert!(two.until_status().await.starts_with("-ERR"));
    let id = one.line("PASS guess-4").await;
    assert_eq!(one.until_refused().await, (Some(id), Refusal::TooManySignIns));
    two.line("AUTH LOGIN").await;
    until_continuation(&mut two).await;
    let id = two.line("YW5uYQ==").await;
    assert_eq!(two.until_refused().await, (Some(id), Refusal::TooManySignIns));
    two.line("*").await;
    two.until_status().await;
    bridge.until_counted(&met("sign_in_rate", 2)).await;
    bridge
        .until_counted("pop3_console_sign_ins_total{answer=\"refused\"} 3")
        .await;
    assert!(!crate::support::contains(&mail.received(), b"guess-4"));
    // Other mailboxes are none of its business, and nobody is told in clear text which are.
    two.line("USER ben").await;
    two.until_status().await;
    two.line("PASS right").await;
    assert!(two.until_status().await.starts_with("+OK"));
    bridge
        .until_counted("pop3_console_sign_ins_total{answer=\"accepted\"} 1")
        .await;
    assert!(!bridge.counted().await.contains("anna"));
    bridge.stop().await;
}

#[tokio::test]
async fn who_signs_in_again_and_again_with_the_right_password_is_let_in() {
    let bridge = Bridge::start_with(limited(Limits {
        sign_in_rate: 2,
        ..Limits::default()
    }))
    .await;
    let mail = guarded().await;
    let mut browser = bridge.browser().await;
    for _ in 0..5 {
        browser.connected(plain(mail.address)).await;
        browser.line("USER anna").await;
        browser.until_status().await;
        browser.line("PASS right").await;
        assert!(browser.until_status().await.starts_with("+OK"));
        browser.disconnect().await;
        browser.until_ended().await;
    }
    bridge.stop().await;
}

#[tokio::test]
async fn guesses_that_go_out_together_are_counted_before_they_are_answered() {
    let bridge = Bridge::start_with(limited(Limits {
        sign_in_rate: 3,
        ..Limits::default()
    }))
    .await;
    // It never answers.
    let mail = Mail::says("+OK\r\n").await;
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    for guess in 0..10 {
        browser.line("USER anna").await;
        browser.line(format!("PASS guess-{guess}")).await;
    }
    for _ in 3..10 {
        browser.until_refused().await;
    }
    let why = browser.refused.iter().map(|(_, why)| *why);
    assert!(why.clone().all(|why| why == Refusal::TooManySignIns));
    assert_eq!(why.count(), 7);
    bridge.stop().await;
}
