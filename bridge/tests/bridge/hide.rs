//! A secret that was typed at the wrong place is hidden, and then looked for everywhere.

use protocol::access::By;
use protocol::entry::{Event, Part, Seq};
use protocol::wire::{FromBrowser, Refusal};

use crate::support::{Bridge, Browser, Mail, plain};

const CANARY: &str = "Kanarienvogel#7";

/// Says that it does not know a command, as Dovecot does, and gives a message that holds the canary.
async fn dovecot() -> Mail {
    Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        loop {
            let line = peer.line().await;
            let reply = match line.trim_end() {
                "" => return,
                "NOOP" => "+OK\r\n".to_owned(),
                "RETR 1" => format!("+OK\r\nSubject: a\r\n\r\n{CANARY}\r\n..\r\n.\r\n"),
                unknown => format!("-ERR Unknown command: {}\r\n", unknown.to_uppercase()),
            };
            peer.say(reply).await;
        }
    })
    .await
}

async fn hide(browser: &mut Browser, seq: Seq) {
    browser.ask(FromBrowser::Hide { seq }).await;
}

async fn until_hidden(browser: &mut Browser) -> (Vec<Seq>, By) {
    browser
        .until(|event| match event {
            Event::Hidden { entries, by } => Some((entries.clone(), *by)),
            _ => None,
        })
        .await
}

/// The place of the first entry like that.
fn place(browser: &Browser, wanted: impl Fn(&Event) -> bool) -> Seq {
    let found = browser.entries.iter().find(|entry| wanted(&entry.event));
    found.unwrap().seq
}

fn is_canary(event: &Event) -> bool {
    matches!(event, Event::Sent { line, .. } if line.bytes() == CANARY)
}

/// Whether the canary is in a frame that the browser was sent.
fn was_sent(browser: &Browser) -> bool {
    browser.frames.iter().any(|frame| {
        let text = String::from_utf8_lossy(frame).to_lowercase();
        text.contains(&CANARY.to_lowercase())
    })
}

#[tokio::test]
async fn a_hidden_line_and_its_echo_reach_nobody_who_comes_late_or_comes_back() {
    let (bridge, mail) = (Bridge::start().await, dovecot().await);
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    let before = browser.entries.last().unwrap().seq;
    let epoch = browser.welcome.epoch;
    browser.line(CANARY).await;
    browser.until_status().await;
    let typed = place(&browser, is_canary);
    assert!(was_sent(&browser), "it was not hidden then");

    hide(&mut browser, typed).await;
    let (hidden, by) = until_hidden(&mut browser).await;
    assert_eq!((hidden, by), (vec![typed, typed + 1], By::Participant(1)));
    browser.line("NOOP").await;
    browser.until_status().await;
    let last = browser.entries.last().unwrap().seq;

    let mut late = Browser::join(&bridge, &browser.key.clone()).await;
    late.until_seq(last).await;
    let mut back = Browser::join_after(&bridge, &browser.key, Some(epoch), before).await;
    back.until_seq(last).await;
    for browser in [&late, &back] {
        assert!(!was_sent(browser));
    }
    // They pair and count the same as for who was there.
    assert_eq!(back.entries, late.entries[before as usize..]);
    for (was, is) in browser.entries.iter().zip(&late.entries) {
        assert_eq!((was.seq, was.at, was.connection), (is.seq, is.at, is.connection));
        if !(typed..=typed + 1).contains(&was.seq) {
            assert_eq!(was.event, is.event);
        }
    }
    let answer = &late.entries[typed as usize].event;
    assert!(
        matches!(answer, Event::Answered { line, part: Part::Status, .. } if line.bytes() == "-ERR \r\n" && line.struck() == [5]),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_line_that_is_hidden_before_it_is_answered_is_answered_in_secret() {
    let bridge = Bridge::start().await;
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        let line = peer.line().await;
        // It takes its time, as servers do after what may have been a password.
        peer.answer("NOOP", "").await;
        peer.say(format!("-ERR what is {line}{line}+OK\r\n")).await;
        peer.until_gone().await;
    })
    .await;
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    browser.line(CANARY).await;
    browser.until(|event| is_canary(event).then_some(())).await;
    let typed = place(&browser, is_canary);
    hide(&mut browser, typed).await;
    assert_eq!(until_hidden(&mut browser).await.0, [typed]);
    let sent_before = browser.frames.len();
    browser.line("NOOP").await;
    for _ in 0..2 {
        let (entries, by) = until_hidden(&mut browser).await;
        assert_eq!((entries.len(), by), (1, By::Participant(1)));
    }
    assert_eq!(browser.until_status().await, "+OK\r\n");
    browser.frames.drain(..sent_before);
    assert!(!was_sent(&browser));
}

#[tokio::test]
async fn payload_is_hidden_and_its_numbers_stay() {
    let (bridge, mail) = (Bridge::start().await, dovecot().await);
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    browser.line("RETR 1").await;
    let body = |event: &Event| matches!(event, Event::Received { part: Part::Body, .. });
    browser.until_terminator().await;
    let seq = place(&browser, body);
    hide(&mut browser, seq).await;
    assert_eq!(until_hidden(&mut browser).await.0, [seq]);
    let mut late = Browser::join(&bridge, &browser.key.clone()).await;
    late.until_seq(browser.entries.last().unwrap().seq).await;
    assert!(!was_sent(&late));
    let Event::Withheld {
        part: Part::Body,
        lines: 2,
        octets,
        stuffed: 1,
        is_open: false,
        ..
    } = late.entries[seq as usize - 1].event
    else {
        panic!("{:?}", late.entries[seq as usize - 1]);
    };
    assert_eq!(octets as usize, CANARY.len() + 2 + 4);
}

#[tokio::test]
async fn what_cannot_be_hidden_is_refused_with_a_sentence_to_who_asked() {
    let (bridge, mail) = (Bridge::start().await, dovecot().await);
    let mut browser = bridge.browser().await;
    hide(&mut browser, 1).await;
    assert_eq!(browser.until_refused().await, (None, Refusal::NothingToHide));
    browser.connected(plain(mail.address)).await;
    browser.line(CANARY).await;
    browser.until_status().await;
    let remark = place(&browser, |event| matches!(event, Event::Remark(_)));
    let state = place(&browser, |event| matches!(event, Event::State(_)));
    let typed = place(&browser, is_canary);
    hide(&mut browser, typed).await;
    until_hidden(&mut browser).await;
    let hidden = browser.entries.last().unwrap().seq;
    for seq in [0, remark, state, hidden, typed, hidden + 1, Seq::MAX] {
        hide(&mut browser, seq).await;
        assert_eq!(
            browser.until_refused().await,
            (None, Refusal::NothingToHide),
            "{seq}"
        );
    }
    assert_eq!(browser.entries.last().unwrap().seq, hidden);
    assert!(Refusal::NothingToHide.sentence().ends_with('.'));
}

#[tokio::test]
async fn a_line_of_an_earlier_connection_can_be_hidden_when_there_is_none() {
    let (bridge, mail) = (Bridge::start().await, dovecot().await);
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    browser.line(CANARY).await;
    browser.until_status().await;
    browser.disconnect().await;
    browser.until_ended().await;
    let typed = place(&browser, is_canary);
    hide(&mut browser, typed).await;
    assert_eq!(until_hidden(&mut browser).await.0, [typed, typed + 1]);
    browser.connected(plain(mail.address)).await;
    assert_eq!(browser.connection(), 2);
}
