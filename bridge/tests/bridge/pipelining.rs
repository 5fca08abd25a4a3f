//! Lines that are on their way together: each goes out whole and in order, and has its own reply.

use std::collections::BTreeMap;

use protocol::entry::{Event, ExchangeNo};

use crate::support::{Bridge, Browser, Mail, plain};

/// What each exchange sent and what it was answered, payload and all.
fn exchanges(browser: &Browser) -> BTreeMap<ExchangeNo, (String, String)> {
    let mut exchanges: BTreeMap<ExchangeNo, (String, String)> = BTreeMap::new();
    for entry in &browser.entries {
        let (exchange, sent, octets) = match &entry.event {
            Event::Sent { exchange, line, .. } => (exchange, true, line.bytes()),
            Event::Answered { exchange, line, .. } => (exchange, false, line.bytes()),
            Event::Received { exchange, bytes, .. } => (exchange, false, bytes),
            _ => continue,
        };
        let (line, reply) = exchanges.entry(*exchange).or_default();
        let text = if sent { line } else { reply };
        text.push_str(&String::from_utf8_lossy(octets));
    }
    exchanges
}

#[tokio::test]
async fn each_of_several_lines_that_go_out_together_has_its_own_reply() {
    const DIALOGUE: [(&str, &str); 7] = [
        ("USER user01", "+OK\r\n"),
        ("PASS password01", "+OK\r\n"),
        ("LIST", "+OK\r\n1 100\r\n2 200\r\n.\r\n"),
        ("LIST 9", "-ERR no such message\r\n"),
        ("RETR 1", "+OK\r\nSubject: +OK\r\n\r\n+OK\r\n-ERR\r\n..\r\n.\r\n"),
        ("what is this", "-ERR\r\n"),
        ("NOOP", "+OK done\r\n"),
    ];
    let bridge = Bridge::start().await;
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        // Nothing is answered before everything has come.
        for (line, _) in DIALOGUE {
            peer.answer(line, "").await;
        }
        for (_, reply) in DIALOGUE {
            peer.say(reply).await;
        }
        peer.until_gone().await;
    })
    .await;
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    for (line, _) in DIALOGUE {
        browser.line(line).await;
    }
    while browser.until_status().await != "+OK done\r\n" {}

    let exchanges = exchanges(&browser);
    let told: Vec<_> = (1..)
        .map_while(|number: ExchangeNo| exchanges.get(&number))
        .map(|(line, reply)| (line.as_str(), reply.as_str()))
        .collect();
    let mut expected = DIALOGUE;
    expected[1].0 = "PASS ";
    assert_eq!(told, expected);
}

#[tokio::test]
async fn two_browsers_that_type_at_once_mix_up_no_line() {
    const LINES: usize = 30;
    fn line(who: &str, number: usize) -> String {
        format!("X{who} {number} {}", who.repeat(3000))
    }
    let bridge = Bridge::start().await;
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        loop {
            let line = peer.line().await;
            if line.is_empty() {
                return;
            }
            peer.say(format!("+OK {line}")).await;
        }
    })
    .await;
    let mut one = bridge.browser().await;
    let mut other = Browser::join(&bridge, &one.key.clone()).await;
    one.connected(plain(mail.address)).await;
    other.until_seq(one.entries.last().unwrap().seq).await;
    let types = async |browser: &mut Browser, who: &str| {
        for number in 0..LINES {
            browser.line(line(who, number)).await;
        }
    };
    tokio::join!(types(&mut one, "a"), types(&mut other, "b"));
    for _ in 0..2 * LINES {
        one.until_status().await;
    }
    other.until_seq(one.entries.last().unwrap().seq).await;

    assert_eq!(one.entries, other.entries);
    assert!(one.refused.is_empty() && other.refused.is_empty());
    let exchanges = exchanges(&one);
    let replies = exchanges.iter().filter(|&(&number, _)| number > 0);
    for (_, (line, reply)) in replies.clone() {
        assert_eq!(reply, &format!("+OK {line}\r\n"));
    }
    for who in ["a", "b"] {
        let of_one: Vec<_> = replies
            .clone()
            .map(|(_, (line, _))| line)
            .filter(|line| line.starts_with(&format!("X{who}")))
            .collect();
        let expected: Vec<_> = (0..LINES).map(|number| line(who, number)).collect();
        assert_eq!(of_one, expected.iter().collect::<Vec<_>>());
    }
    let sent: String = replies.map(|(_, (line, _))| format!("{line}\r\n")).collect();
    assert!(mail.received() == sent.as_bytes());
}
