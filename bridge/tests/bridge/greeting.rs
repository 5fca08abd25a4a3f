//! The gate: nothing typed reaches a server that has not greeted as a POP3 server does.

use std::time::Duration;

use pop3_console::config::Deadlines;
use protocol::remark::{Failure, Protocol, Remark, Step};

use crate::support::{Bridge, Mail, plain, with};

const SHORT: Duration = Duration::from_millis(300);

#[tokio::test]
async fn silence_instead_of_a_greeting_is_told_early_and_ends_at_the_deadline() {
    let deadlines = Deadlines {
        greeting_late: SHORT,
        greeting: 2 * SHORT,
        ..Deadlines::default()
    };
    let (bridge, mail) = (Bridge::start_with(with(deadlines)).await, Mail::says("").await);
    let mut browser = bridge.browser().await;
    browser.connect(plain(mail.address)).await;
    let late = browser
        .until_remark(|remark| matches!(remark, Remark::GreetingLate { .. }))
        .await;
    assert!(matches!(late, Remark::GreetingLate { port, .. } if port == mail.address.port()));
    assert_eq!(browser.until_failed().await, (Step::Greeting, Failure::TimedOut));
}

#[tokio::test]
async fn a_greeting_that_never_ends_is_none() {
    let bridge = Bridge::start().await;
    let mail = Mail::play(|mut peer| async move {
        let piece = vec![b'x'; 64 * 1024];
        peer.say("+OK ").await;
        while tokio::io::AsyncWriteExt::write_all(&mut peer.stream, &piece)
            .await
            .is_ok()
        {}
    })
    .await;
    let mut browser = bridge.browser().await;
    browser.connect(plain(mail.address)).await;
    let looks_like = Protocol::Other;
    assert_eq!(
        browser.until_failed().await,
        (Step::Greeting, Failure::NotPop3 { looks_like })
    );
}

#[tokio::test]
async fn nothing_typed_reaches_a_server_that_did_not_greet_as_pop3_servers_do() {
    let bridge = Bridge::start().await;
    for (greeting, why) in [
        (
            "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
            Failure::NotPop3 {
                looks_like: Protocol::Ssh,
            },
        ),
        (
            "220 mx.example.org ESMTP Postfix\r\n",
            Failure::NotPop3 {
                looks_like: Protocol::Smtp,
            },
        ),
        (
            "HTTP/1.1 400 Bad Request\r\n\r\n",
            Failure::NotPop3 {
                looks_like: Protocol::Http,
            },
        ),
        (
            "* OK IMAP4rev1 ready\r\n",
            Failure::NotPop3 {
                looks_like: Protocol::Imap,
            },
        ),
        ("-ERR max number of clients reached\r\n", Failure::GreetingRefused),
        (
            "-DENIED Redis is running in protected mode\r\n",
            Failure::NotPop3 {
                looks_like: Protocol::Redis,
            },
        ),
        ("-ERR [SYS/TEMP] come back later\r\n", Failure::GreetingRefused),
        (
            "hello there\r\n",
            Failure::NotPop3 {
                looks_like: Protocol::Other,
            },
        ),
        ("\x15\x03\x01\x00\x02\x02\x46", Failure::TlsSpoken),
    ] {
        let mail = Mail::says(greeting).await;
        let mut browser = bridge.browser().await;
        browser.connect(plain(mail.address)).await;
        let connection = 1;
        let early = browser.line_for(connection, "CONFIG SET dir /tmp").await;
        let failed = browser.until_failed().await;
        let late = browser.line_for(connection, "USER user01").await;
        browser.until_refused().await;
        while browser.refused.len() < 2 {
            browser.until_refused().await;
        }
        let refused: Vec<_> = browser.refused.iter().map(|(id, _)| *id).collect();
        assert_eq!(refused, [Some(early), Some(late)], "{greeting:?}");
        assert_eq!(failed.0, Step::Greeting, "{greeting:?}");
        // Redis at its client limit cannot be told from a mail server that is busy: the gate stays shut.
        assert_eq!(failed.1, why, "{greeting:?}");
        assert_eq!(mail.received(), b"", "{greeting:?}");
        if !greeting.starts_with('\x15') {
            assert_eq!(
                String::from_utf8_lossy(&browser.shown()).trim_end(),
                greeting.trim_end()
            );
        }
    }
}

#[tokio::test]
async fn what_another_server_says_is_shown_cut_to_one_line() {
    let bridge = Bridge::start().await;
    for (greeting, line) in [
        (
            "HTTP/1.1 400 Bad Request\r\nServer: x\r\nContent-Length: 6\r\n\r\n<html>",
            "HTTP/1.1 400 Bad Request\r\n",
        ),
        (
            "SSH-2.0-OpenSSH_9.2p1\r\n\0\0\u{5}\u{14}kex",
            "SSH-2.0-OpenSSH_9.2p1\r\n",
        ),
        (
            "-ERR max number of clients reached\r\n+OK gotcha\r\n+OK\r\n",
            "-ERR max number of clients reached\r\n",
        ),
        ("-DENIED Redis\n+OK\n", "-DENIED Redis\n"),
        (
            "220-mx.example.org\r\n220 ESMTP\r\n+OK\r\n",
            "220-mx.example.org\r\n",
        ),
    ] {
        let mail = Mail::says(greeting).await;
        let mut browser = bridge.browser().await;
        browser.connect(plain(mail.address)).await;
        browser.until_failed().await;
        browser.line_for(1, "CONFIG SET dir /tmp").await;
        browser.until_refused().await;
        assert_eq!(String::from_utf8_lossy(&browser.shown()), line, "{greeting:?}");
        assert_eq!(mail.received(), b"", "{greeting:?}");
    }
}

#[tokio::test]
async fn a_server_that_closes_instead_of_greeting() {
    let bridge = Bridge::start().await;
    let mail = Mail::play(|_| async {}).await;
    let mut browser = bridge.browser().await;
    browser.connect(plain(mail.address)).await;
    let (step, why) = browser.until_failed().await;
    assert_eq!(step, Step::Greeting);
    assert!(matches!(why, Failure::Closed { .. }), "{why:?}");
}

#[tokio::test]
async fn a_greeting_in_lower_case_is_one() {
    let (bridge, mail) = (Bridge::start().await, Mail::says("+ok hello\r\n").await);
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
}
