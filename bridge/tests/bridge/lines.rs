//! Lines that do not go out, and why.

use std::time::Duration;

use pop3_console::config::Deadlines;
use protocol::entry::Event;
use protocol::remark::{End, Marks, Remark};
use protocol::state::Phase;
use protocol::wire::{FromBrowser, LINE_MAX, Refusal};
use socket2::SockRef;

use crate::support::{Bridge, Mail, plain, with};

/// Signs in, answers DELE, and listens from then on.
async fn mailbox() -> Mail {
    Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        loop {
            let line = peer.line().await;
            if line.is_empty() {
                return;
            }
            peer.say("+OK\r\n").await;
        }
    })
    .await
}

#[tokio::test]
async fn a_line_that_is_too_long_or_more_than_one_is_refused_and_nothing_of_it_goes_out() {
    let (bridge, mail) = (Bridge::start().await, mailbox().await);
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    for (line, why) in [
        (vec![b'a'; 17 * 1024], Refusal::LineTooLong),
        (b"NOOP\r\nDELE 1".to_vec(), Refusal::LineBreak),
        (b"NOOP\n".to_vec(), Refusal::LineBreak),
        (b"NOOP\r".to_vec(), Refusal::LineBreak),
    ] {
        let id = browser.line(line).await;
        assert_eq!(browser.until_refused().await, (Some(id), why));
    }
    assert_eq!(mail.received(), b"");
    let longest = vec![b'a'; LINE_MAX];
    browser.line(&longest).await;
    browser.until_status().await;
    assert_eq!(mail.received(), [longest.as_slice(), b"\r\n"].concat());
}

#[tokio::test]
async fn a_line_goes_out_exactly_as_typed_and_its_echo_names_it() {
    let (bridge, mail) = (Bridge::start().await, mailbox().await);
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    let line = b"  xYz\t\0\xff  ";
    let id = browser.line(line).await;
    let sent = browser
        .until(|event| match event {
            Event::Sent { id, line, .. } => Some((*id, line.bytes().to_vec())),
            _ => None,
        })
        .await;
    assert_eq!(sent, (Some(id), line.to_vec()));
    browser.until_status().await;
    assert_eq!(mail.received(), b"  xYz\t\0\xff  \r\n");
}

#[tokio::test]
async fn a_line_for_another_connection_is_refused() {
    let (bridge, mail) = (Bridge::start().await, mailbox().await);
    let mut browser = bridge.browser().await;
    let id = browser.line_for(0, "NOOP").await;
    assert_eq!(browser.until_refused().await, (Some(id), Refusal::NotConnected));
    let id = browser.line_for(1, "NOOP").await;
    assert_eq!(
        browser.until_refused().await,
        (Some(id), Refusal::OtherConnection)
    );

    browser.connected(plain(mail.address)).await;
    browser.disconnect().await;
    browser.until_ended().await;
    let id = browser.line_for(1, "DELE 2").await;
    assert_eq!(browser.until_refused().await, (Some(id), Refusal::NotConnected));

    browser.connected(plain(mail.address)).await;
    assert_eq!(browser.connection(), 2);
    let id = browser.line_for(1, "DELE 2").await;
    assert_eq!(
        browser.until_refused().await,
        (Some(id), Refusal::OtherConnection)
    );
    browser.ask(FromBrowser::Disconnect { connection: 1 }).await;
    assert_eq!(browser.until_refused().await, (None, Refusal::OtherConnection));
    assert_eq!(mail.received(), b"");
}

#[tokio::test]
async fn a_refusal_is_told_to_nobody_else() {
    let (bridge, mail) = (Bridge::start().await, mailbox().await);
    let mut one = bridge.browser().await;
    let mut other = crate::support::Browser::join(&bridge, &one.key.clone()).await;
    one.connected(plain(mail.address)).await;
    one.line("NOOP\n").await;
    one.until_refused().await;
    one.line("NOOP").await;
    one.until_status().await;
    other.until_status().await;
    assert!(other.refused.is_empty());
}

#[tokio::test]
async fn disconnecting_keeps_the_marks_and_says_so() {
    let (bridge, mail) = (Bridge::start().await, mailbox().await);
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    for line in ["USER user01", "PASS password01", "DELE 2"] {
        browser.line(line).await;
    }
    browser
        .until_state(|state| state.phase == Phase::Transaction && state.marked == 1)
        .await;
    browser.disconnect().await;
    let (how, marks, cut_short) = browser.until_ended().await;
    assert!(matches!(how, End::Disconnected { .. }), "{how:?}");
    assert_eq!((marks, cut_short), (Marks::NotCommitted(1), false));
    assert_eq!(mail.received(), b"USER user01\r\nPASS password01\r\nDELE 2\r\n");
}

#[tokio::test]
async fn quit_without_its_answer_is_of_unknown_outcome() {
    let bridge = Bridge::start().await;
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        for line in ["USER user01", "PASS password01", "DELE 2"] {
            peer.answer(line, "+OK\r\n").await;
        }
        peer.line().await;
    })
    .await;
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    for line in ["USER user01", "PASS password01", "DELE 2"] {
        browser.line(line).await;
    }
    browser.until_state(|state| state.marked == 1).await;
    browser.line("QUIT").await;
    let (_, marks, cut_short) = browser.until_ended().await;
    assert_eq!((marks, cut_short), (Marks::Unknown(1), true));
}

#[tokio::test]
async fn too_many_waiting_lines_are_refused_and_keep_nobody_from_leaving() {
    // Lines wait while the handshake stalls, so that the queue fills up.
    let bridge = Bridge::start().await;
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        peer.answer("STLS", "+OK\r\n").await;
        peer.until_gone().await;
    })
    .await;
    let mut browser = bridge.browser().await;
    browser
        .connect(crate::support::target(
            mail.address,
            protocol::target::Security::Stls,
        ))
        .await;
    browser.until_phase(Phase::Securing).await;
    let mut last = 0;
    for _ in 0..65 {
        last = browser.line("NOOP").await;
    }
    assert_eq!(browser.until_refused().await, (Some(last), Refusal::Busy));
    // It does not keep anybody from leaving.
    browser.disconnect().await;
    browser.until_failed().await;
    while browser.refused.len() < 65 {
        browser.until_refused().await;
    }
}

#[tokio::test]
async fn a_server_that_takes_nothing_is_given_up_at_the_deadline() {
    let deadlines = Deadlines {
        write: Duration::from_millis(300),
        ..Deadlines::default()
    };
    let bridge = Bridge::start_with(with(deadlines)).await;
    let mail = Mail::play(|mut peer| async move {
        // However much the system would take in its place.
        SockRef::from(&peer.stream).set_recv_buffer_size(4096).unwrap();
        peer.say("+OK\r\n").await;
        std::future::pending().await
    })
    .await;
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    let line = vec![b'x'; LINE_MAX];
    // Each waits for its echo, so that the next finds its place, until there is no more echo.
    let (how, marks, cut_short) = loop {
        browser.line(&line).await;
        let ended = browser.until(|event| match event {
            Event::Sent { .. } => Some(None),
            Event::Remark(Remark::Ended {
                how,
                marks,
                cut_short,
            }) => Some(Some((how.clone(), *marks, *cut_short))),
            _ => None,
        });
        if let Some(ended) = ended.await {
            break ended;
        }
    };
    assert_eq!((how, marks, cut_short), (End::WriteTimedOut, Marks::None, true));
}
