//! STLS, by the console or typed, and every way in which a server can spoil it.

use std::time::Duration;

use pop3_console::config::Deadlines;
use protocol::entry::{Event, Part};
use protocol::remark::{End, Failure, Marks, Remark, Step};
use protocol::state::{Phase, Protection};
use protocol::target::{Security, Target};
use protocol::wire::{FromBrowser, Refusal};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Bridge, Mail, plain, target, tls, with};

/// A server that offers STLS and then plays `+OK` to one line under TLS.
async fn good() -> Mail {
    let acceptor = tls::acceptor();
    Mail::play(move |mut peer| {
        let acceptor = acceptor.clone();
        async move {
            peer.say("+OK\r\n").await;
            peer.answer("STLS", "+OK\r\n").await;
            let Some(mut stream) = tls::accept(&acceptor, peer).await else {
                return;
            };
            let mut octets = [0; 100];
            let count = stream.read(&mut octets).await.unwrap();
            assert_eq!(&octets[..count], b"USER user01\r\n");
            stream.write_all(b"+OK under TLS\r\n").await.unwrap();
            stream.flush().await.unwrap();
            let _ = stream.read(&mut octets).await;
        }
    })
    .await
}

/// A server that answers STLS with that.
async fn answers_stls(reply: &'static str) -> Mail {
    Mail::play(move |mut peer| async move {
        peer.say("+OK\r\n").await;
        peer.answer("STLS", reply).await;
        peer.until_gone().await;
    })
    .await
}

#[tokio::test]
async fn lines_typed_before_the_handshake_is_over_go_out_under_tls_only() {
    let (bridge, mail) = (Bridge::start().await, good().await);
    let mut browser = bridge.browser().await;
    browser
        .connect(Target {
            verify: false,
            ..target(mail.address, Security::Stls)
        })
        .await;
    browser.until_phase(Phase::StartingTls).await;
    browser.line("USER user01").await;
    browser
        .until_remark(|remark| matches!(remark, Remark::Secured(_)))
        .await;
    browser
        .until_state(|state| state.protection == Protection::Unverified)
        .await;
    let answer = browser
        .until(|event| match event {
            Event::Answered {
                part: Part::Status,
                line,
                ..
            } => Some(line.bytes().clone()),
            _ => None,
        })
        .await;
    assert_eq!(answer, "+OK under TLS\r\n");
    assert_eq!(mail.received(), b"STLS\r\n");
    assert!(browser.refused.is_empty());
}

#[tokio::test]
async fn stls_may_be_typed() {
    let (bridge, mail) = (Bridge::start().await, good().await);
    let mut browser = bridge.browser().await;
    browser
        .connected(Target {
            verify: false,
            ..plain(mail.address)
        })
        .await;
    browser.line("stls".to_uppercase()).await;
    browser.line("USER user01").await;
    browser
        .until_state(|state| state.protection == Protection::Unverified)
        .await;
    assert_eq!(mail.received(), b"STLS\r\n");
    assert_eq!(browser.until_status().await, "+OK under TLS\r\n");
}

#[tokio::test]
async fn when_stls_is_refused_nothing_goes_out_until_somebody_decides() {
    let bridge = Bridge::start().await;
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        peer.answer("STLS", "-ERR not here\r\n").await;
        peer.answer("USER user01", "+OK\r\n").await;
        peer.until_gone().await;
    })
    .await;
    let mut browser = bridge.browser().await;
    browser.connect(target(mail.address, Security::Stls)).await;
    browser.until_phase(Phase::TlsRefused).await;
    let id = browser.line("USER user01").await;
    assert_eq!(browser.until_refused().await, (Some(id), Refusal::TlsRefused));
    assert_eq!(mail.received(), b"STLS\r\n");

    browser.ask(FromBrowser::ContinueInClear { connection: 1 }).await;
    browser
        .until_remark(|remark| matches!(remark, Remark::ContinuedInClear { .. }))
        .await;
    let state = browser.until_phase(Phase::Authorization).await;
    assert_eq!(state.protection, Protection::None);
    browser.line("USER user01").await;
    browser.until_status().await;
    assert_eq!(mail.received(), b"STLS\r\nUSER user01\r\n");
}

#[tokio::test]
async fn a_handshake_that_stalls_meets_its_deadline() {
    let deadlines = Deadlines {
        tls: Duration::from_millis(300),
        ..Deadlines::default()
    };
    let (bridge, mail) = (
        Bridge::start_with(with(deadlines)).await,
        answers_stls("+OK\r\n").await,
    );
    let mut browser = bridge.browser().await;
    browser.connect(target(mail.address, Security::Stls)).await;
    assert_eq!(browser.until_failed().await, (Step::Tls, Failure::TimedOut));
}

#[tokio::test]
async fn a_handshake_can_be_cancelled() {
    let (bridge, mail) = (Bridge::start().await, answers_stls("+OK\r\n").await);
    let mut browser = bridge.browser().await;
    browser.connect(target(mail.address, Security::Stls)).await;
    browser.until_phase(Phase::Securing).await;
    browser.disconnect().await;
    let (step, why) = browser.until_failed().await;
    assert_eq!(step, Step::Tls);
    assert!(matches!(why, Failure::Cancelled { .. }), "{why:?}");
}

#[tokio::test]
async fn a_server_that_says_ok_to_stls_and_closes() {
    let bridge = Bridge::start().await;
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        peer.answer("STLS", "+OK\r\n").await;
    })
    .await;
    let mut browser = bridge.browser().await;
    browser.connect(target(mail.address, Security::Stls)).await;
    let (step, why) = browser.until_failed().await;
    assert_eq!(step, Step::Tls);
    assert!(matches!(why, Failure::Closed { .. }), "{why:?}");
}

#[tokio::test]
async fn a_handshake_that_is_answered_in_plain_text() {
    let bridge = Bridge::start().await;
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        peer.answer("STLS", "+OK\r\n").await;
        let mut hello = [0; 1];
        peer.stream.read_exact(&mut hello).await.unwrap();
        peer.say("-ERR what is this\r\n").await;
        peer.until_gone().await;
    })
    .await;
    let mut browser = bridge.browser().await;
    browser.connect(target(mail.address, Security::Stls)).await;
    let (step, why) = browser.until_failed().await;
    assert_eq!(step, Step::Tls);
    assert_eq!(
        why,
        Failure::PlainText {
            said: "-ERR what is this".into()
        }
    );
}

#[tokio::test]
async fn plaintext_behind_the_ok_is_dropped_and_the_connection_closed() {
    for injected in ["+OK injected\r\n", "+OK one\r\n+OK two\r\n"] {
        let bridge = Bridge::start().await;
        let mail = answers_stls(if injected.len() < 15 {
            "+OK\r\n+OK injected\r\n"
        } else {
            "+OK\r\n+OK one\r\n+OK two\r\n"
        })
        .await;
        let mut browser = bridge.browser().await;
        browser.connect(target(mail.address, Security::Stls)).await;
        let octets = injected.len() as u64;
        assert_eq!(
            browser.until_failed().await,
            (Step::Tls, Failure::InjectedPlaintext { octets })
        );
        let shown = String::from_utf8(browser.shown()).unwrap();
        assert!(!shown.contains("injected") && !shown.contains("one"), "{shown}");
    }
}

#[tokio::test]
async fn an_answer_to_stls_that_comes_before_it_was_sent_begins_no_handshake() {
    let bridge = Bridge::start().await;
    let mail = Mail::says("+OK hello\r\n+OK begin\r\n").await;
    let mut browser = bridge.browser().await;
    browser.connect(target(mail.address, Security::Stls)).await;
    let (step, why) = browser.until_failed().await;
    assert_eq!(step, Step::Tls);
    assert!(
        matches!(&why, Failure::Tls { detail } if detail.contains("before STLS was sent")),
        "{why:?}"
    );
    assert_eq!(mail.received(), b"");
}

#[tokio::test]
async fn marks_are_told_also_when_typed_stls_ends_the_connection() {
    for (answer, injected) in [("+OK\r\n", false), ("+OK\r\n+OK injected\r\n", true)] {
        let bridge = Bridge::start().await;
        let mail = Mail::play(move |mut peer| async move {
            peer.say("+OK\r\n").await;
            for line in ["USER user01", "PASS password01", "DELE 1"] {
                peer.answer(line, "+OK\r\n").await;
            }
            peer.answer("STLS", answer).await;
        })
        .await;
        let mut browser = bridge.browser().await;
        browser.connected(plain(mail.address)).await;
        for line in ["USER user01", "PASS password01", "DELE 1", "STLS"] {
            browser.line(line).await;
        }
        browser.until_phase(Phase::Closed).await;
        let mut remarks = browser
            .entries
            .iter()
            .rev()
            .filter_map(|entry| match &entry.event {
                Event::Remark(remark) => Some(remark),
                _ => None,
            });
        assert_eq!(
            remarks.next(),
            Some(&Remark::Ended {
                how: End::Failed,
                marks: Marks::NotCommitted(1),
                cut_short: false
            })
        );
        let Some(Remark::Failed {
            step: Step::Tls, why, ..
        }) = remarks.next()
        else {
            panic!("{:#?}", browser.entries)
        };
        assert_eq!(
            matches!(why, Failure::InjectedPlaintext { .. }),
            injected,
            "{why:?}"
        );
    }
}

#[tokio::test]
async fn an_end_without_close_notify_is_called_truncated() {
    let acceptor = tls::acceptor();
    let mail = Mail::play(move |peer| {
        let acceptor = acceptor.clone();
        async move {
            let Some(mut stream) = tls::accept(&acceptor, peer).await else {
                return;
            };
            stream.write_all(b"+OK\r\n").await.unwrap();
            stream.flush().await.unwrap();
            let mut octets = [0; 100];
            let _ = stream.read(&mut octets).await;
            // The TCP connection is closed below the TLS one.
            drop(stream);
        }
    })
    .await;
    let bridge = Bridge::start().await;
    let mut browser = bridge.browser().await;
    browser
        .connected(Target {
            verify: false,
            ..target(mail.address, Security::Tls)
        })
        .await;
    browser.line("NOOP").await;
    let (how, ..) = browser.until_ended().await;
    assert_eq!(how, End::Truncated);
}
