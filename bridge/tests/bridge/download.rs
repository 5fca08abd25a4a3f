//! While a large message comes in, everything else goes on; and whatever a message looks like, it comes as it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use protocol::entry::{Entry, Event, Part};
use protocol::remark::End;
use protocol::wire::FRAME_MAX;
use tokio::io::AsyncWriteExt;

use crate::support::{Bridge, Browser, Mail, patient, plain};

/// How large the message is, in octets.
const SIZE: usize = 50 * 1024 * 1024;

/// How many round trips the other session makes meanwhile.
const ROUND_TRIPS: usize = 200;

/// Sends a message of at least [`SIZE`], and goes on with it until it is told to end.
async fn endless(end: Arc<AtomicBool>) -> Mail {
    Mail::play(move |mut peer| {
        let end = end.clone();
        async move {
            peer.say("+OK\r\n").await;
            peer.answer("RETR 1", "+OK\r\nSubject: large\r\n\r\n").await;
            let lines = "all work and no play makes Jack a dull boy\r\n".repeat(1000);
            let mut sent = 0;
            while sent < SIZE || !end.load(Ordering::Relaxed) {
                if peer.stream.write_all(lines.as_bytes()).await.is_err() {
                    return;
                }
                sent += lines.len();
                if sent >= SIZE {
                    // It is still coming in, but memory is not endless.
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                }
            }
            peer.say(".\r\n").await;
            while !peer.line().await.is_empty() {
                peer.say("+OK\r\n").await;
            }
        }
    })
    .await
}

async fn echo() -> Mail {
    Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        while !peer.line().await.is_empty() {
            peer.say("+OK\r\n").await;
        }
    })
    .await
}

async fn until_body(browser: &mut Browser) {
    browser
        .until(|event| matches!(event, Event::Received { part: Part::Body, .. }).then_some(()))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_session_goes_on_while_a_large_message_comes_in() {
    let end = Arc::new(AtomicBool::new(false));
    let (bridge, large, small) = (Bridge::start().await, endless(end.clone()).await, echo().await);
    let mut downloads = bridge.browser().await;
    downloads.connected(plain(large.address)).await;
    let mut types = bridge.browser().await;
    types.connected(plain(small.address)).await;
    downloads.line("RETR 1").await;
    until_body(&mut downloads).await;
    let download = tokio::spawn(async move {
        downloads.until_terminator().await;
        downloads
    });
    for _ in 0..ROUND_TRIPS {
        types.line("NOOP").await;
        types.until_status().await;
    }
    assert!(!download.is_finished(), "nothing was under way any more");
    end.store(true, Ordering::Relaxed);
    let mut downloads = patient(download).await.unwrap();
    assert!(downloads.shown().len() > SIZE);
    downloads.line("NOOP").await;
    assert_eq!(downloads.until_status().await, "+OK\r\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn disconnecting_cuts_a_large_message_off_at_once() {
    let never = Arc::new(AtomicBool::new(false));
    let (bridge, large) = (Bridge::start().await, endless(never).await);
    let mut browser = bridge.browser().await;
    browser.connected(plain(large.address)).await;
    browser.line("RETR 1").await;
    until_body(&mut browser).await;
    browser.disconnect().await;
    let (how, _, cut_short) = browser.until_ended().await;
    assert!(matches!(how, End::Disconnected { .. }), "{how:?}");
    assert!(cut_short);
    // The server has not stopped: what ended the message is what the person did.
    let is_end = |entry: &Entry| {
        matches!(
            entry.event,
            Event::Received {
                part: Part::Terminator,
                ..
            }
        )
    };
    assert!(!browser.entries.iter().any(is_end));
}

/// What `RETR 1` brings when the server answers with that, and that the next line has its own reply.
async fn retrieved(reply: String) -> Browser {
    let bridge = Bridge::start().await;
    let mail = Mail::play(move |mut peer| {
        let reply = reply.clone();
        async move {
            peer.say("+OK\r\n").await;
            peer.answer("RETR 1", reply).await;
            peer.answer("NOOP", "+OK behind it\r\n").await;
            peer.until_gone().await;
        }
    })
    .await;
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    browser.line("RETR 1").await;
    browser.until_terminator().await;
    browser.line("NOOP").await;
    assert_eq!(browser.until_status().await, "+OK behind it\r\n");
    let last = browser.entries.last().unwrap().seq;
    let mut late = Browser::join(&bridge, &browser.key.clone()).await;
    late.until_seq(last).await;
    assert!(late.entries == browser.entries);
    browser
}

fn message(browser: &Browser) -> Vec<u8> {
    let pieces = browser.entries.iter().filter_map(|entry| match &entry.event {
        Event::Received {
            part: Part::Header | Part::Body,
            bytes,
            ..
        } => Some(bytes.clone()),
        _ => None,
    });
    pieces.collect::<Vec<_>>().concat()
}

#[tokio::test]
async fn a_message_is_taken_to_its_end_whatever_was_announced() {
    let text = "Subject: a\r\n\r\nten octets\r\n";
    for announced in [0, 1, 100_000_000_000_u64] {
        let browser = retrieved(format!("+OK {announced} octets\r\n{text}.\r\n")).await;
        assert_eq!(message(&browser), text.as_bytes(), "{announced}");
    }
}

#[tokio::test]
async fn header_lines_of_a_megabyte_come_as_they_are() {
    let line = "x".repeat(1024 * 1024);
    let text = format!("Subject: {line}\r\n {line}\r\nX-{line}: y\r\n\r\nbody\r\n");
    let browser = retrieved(format!("+OK\r\n{text}.\r\n")).await;
    assert!(message(&browser) == text.as_bytes());
    assert!(browser.frames.iter().all(|frame| frame.len() <= FRAME_MAX));
    let header = browser.entries.iter().filter_map(|entry| match &entry.event {
        Event::Received {
            part: Part::Header,
            bytes,
            ..
        } => Some(bytes.len()),
        _ => None,
    });
    assert_eq!(header.sum::<usize>(), text.len() - "body\r\n".len());
}

#[tokio::test]
async fn two_hundred_thousand_lines_are_far_fewer_entries() {
    let text = format!("\r\n{}", "a short line\r\n".repeat(200_000));
    let browser = retrieved(format!("+OK\r\n{text}.\r\n")).await;
    assert!(message(&browser) == text.as_bytes());
    assert!(browser.entries.len() < 20_000, "{}", browser.entries.len());
}
