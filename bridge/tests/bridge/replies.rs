//! What servers answer, however strange: it is shown as it came, and every bound is met visibly.

use pop3_console::config::{Config, Limits};
use protocol::entry::{Event, Part};
use protocol::remark::{End, Marks, Remark};
use protocol::state::Phase;
use protocol::wire::Refusal;

use crate::support::{Bridge, Mail, config, plain};

/// Everything that `RETR 1` brings when the server answers with that and closes.
async fn retrieved(reply: &'static [u8]) -> (Vec<u8>, (End, Marks, bool)) {
    let bridge = Bridge::start().await;
    let mail = Mail::play(move |mut peer| async move {
        peer.say("+OK\r\n").await;
        peer.answer("RETR 1", reply).await;
    })
    .await;
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    browser.line("RETR 1").await;
    let ended = browser.until_ended().await;
    (browser.shown(), ended)
}

#[tokio::test]
async fn a_server_that_closes_in_the_middle_of_a_reply() {
    let (shown, ended) = retrieved(b"+OK 100 octets\r\nSubject: half\r\n\r\nof a").await;
    assert_eq!(shown, b"+OK\r\n+OK 100 octets\r\nSubject: half\r\n\r\nof a");
    assert_eq!(ended, (End::ByServer, Marks::None, true));
}

#[tokio::test]
async fn bytes_that_are_no_text_are_shown_as_they_came() {
    let reply = b"+OK\r\nA: \0\xff\r\n\r\n\x1b[2J\0\n..stuffed\r\n\xe2\x80\xae\r.\r\n.\r\n";
    let (shown, ended) = retrieved(reply).await;
    assert_eq!(shown, [b"+OK\r\n".as_slice(), reply].concat());
    assert_eq!(ended, (End::ByServer, Marks::None, false));
}

#[tokio::test]
async fn line_ends_of_a_single_octet_end_lines() {
    let (shown, ended) = retrieved(b"+OK\nA: b\n\nbody\n.\n").await;
    assert_eq!(shown, b"+OK\r\n+OK\nA: b\n\nbody\n.\n");
    assert_eq!(ended, (End::ByServer, Marks::None, false));
}

#[tokio::test]
async fn a_line_of_ten_megabytes_without_an_end() {
    const PIECE: usize = 1024 * 1024;
    let bridge = Bridge::start().await;
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        peer.answer("NOOP", "+OK ").await;
        for _ in 0..10 {
            peer.say(vec![b'x'; PIECE]).await;
        }
    })
    .await;
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    browser.line("NOOP").await;
    browser.until_ended().await;
    assert_eq!(browser.shown().len(), "+OK\r\n+OK ".len() + 10 * PIECE);
    assert!(
        browser
            .frames
            .iter()
            .all(|frame| frame.len() <= protocol::wire::FRAME_MAX)
    );
}

#[tokio::test]
async fn a_reply_that_never_ends_meets_the_transcripts_cap() {
    const CAP: u64 = 1024 * 1024;
    let limits = Limits {
        transcript: CAP,
        ..Limits::default()
    };
    let bridge = Bridge::start_with(Config { limits, ..config() }).await;
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        peer.answer("LIST", "+OK\r\n").await;
        let listing = "1 100\r\n".repeat(10_000);
        while tokio::io::AsyncWriteExt::write_all(&mut peer.stream, listing.as_bytes())
            .await
            .is_ok()
        {}
    })
    .await;
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    browser.line("LIST").await;
    let (how, ..) = browser.until_ended().await;
    assert_eq!(how, End::TranscriptFull { cap: CAP });
    assert!(browser.shown().len() as u64 > CAP / 2);
    browser.connect(plain(mail.address)).await;
    assert_eq!(browser.until_refused().await, (None, Refusal::TranscriptFull));
}

#[tokio::test]
async fn a_line_that_answers_nothing_is_shown_as_unexpected() {
    let bridge = Bridge::start().await;
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        peer.answer("NOOP", "+OK\r\n* what is this\r\n").await;
        peer.until_gone().await;
    })
    .await;
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    browser.line("NOOP").await;
    let line = browser
        .until(|event| match event {
            Event::Answered {
                part: Part::Unexpected,
                line,
                ..
            } => Some(line.bytes().clone()),
            _ => None,
        })
        .await;
    assert_eq!(line, "* what is this\r\n");
}

#[tokio::test]
async fn a_status_in_lower_case_counts() {
    let bridge = Bridge::start().await;
    let mail = Mail::play(|mut peer| async move {
        peer.say("+ok\r\n").await;
        peer.answer("USER user01", "+ok\r\n").await;
        peer.answer("PASS password01", "+ok\r\n").await;
        peer.answer("DELE 1", "+oK\r\n").await;
        peer.until_gone().await;
    })
    .await;
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    for line in ["USER user01", "PASS password01", "DELE 1"] {
        browser.line(line).await;
    }
    browser
        .until_state(|state| state.phase == Phase::Transaction && state.marked == 1)
        .await;
}

#[tokio::test]
async fn quit_commits_and_the_servers_close_is_the_expected_end() {
    let bridge = Bridge::start().await;
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        for line in ["USER user01", "PASS password01", "DELE 2", "QUIT"] {
            peer.answer(line, "+OK\r\n").await;
        }
    })
    .await;
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    for line in ["USER user01", "PASS password01", "DELE 2", "QUIT"] {
        browser.line(line).await;
    }
    let committed = browser
        .until_remark(|remark| matches!(remark, Remark::Committed { .. }))
        .await;
    assert_eq!(
        committed,
        Remark::Committed {
            messages: vec![2],
            count: 1
        }
    );
    assert_eq!(browser.until_ended().await, (End::AfterQuit, Marks::None, false));
}

#[tokio::test]
async fn a_server_that_neither_reads_nor_stops_sending_is_still_left_at_once() {
    let bridge = Bridge::start().await;
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        let flood = "+OK flood\r\n".repeat(1000);
        while tokio::io::AsyncWriteExt::write_all(&mut peer.stream, flood.as_bytes())
            .await
            .is_ok()
        {}
    })
    .await;
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    browser.line("NOOP").await;
    browser.disconnect().await;
    let (how, ..) = browser.until_ended().await;
    assert!(matches!(how, End::Disconnected { .. }), "{how:?}");
}
