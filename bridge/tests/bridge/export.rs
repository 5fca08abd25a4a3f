//! A session's transcript as a file.

mod recorded;
mod underway;

use protocol::wire::FromBrowser;

use crate::support::{Bridge, Browser, Key, Mail, plain};

const GREETING: &str = "+OK ready\r\n";
const MESSAGE: &str = "+OK\r\nSubject: a <b>\r\n\r\n..dot\r\nbody\r\n.\r\n";

async fn mailbox() -> Mail {
    Mail::play(|mut peer| async move {
        peer.say(GREETING).await;
        while peer.line().await.starts_with("RETR") {
            peer.say(MESSAGE).await;
        }
    })
    .await
}

/// A session in which a message was retrieved.
async fn retrieved(bridge: &Bridge, mail: &Mail) -> Browser {
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    browser.line("RETR 1").await;
    browser.until_terminator().await;
    browser
}

#[tokio::test]
async fn the_text_is_what_the_mail_server_saw_and_said() {
    let (bridge, mail) = (Bridge::start().await, mailbox().await);
    let browser = retrieved(&bridge, &mail).await;
    let (status, head, text) = bridge.export(&browser.key, "text").await;
    assert_eq!(status, 200, "{text}");
    let sent = String::from_utf8(mail.received()).unwrap();
    assert_eq!(text, [GREETING, &sent, MESSAGE].concat());
    let head = head.to_ascii_lowercase();
    assert!(
        head.contains("attachment; filename=") && head.contains("no-store"),
        "{head}"
    );
}

#[tokio::test]
async fn every_kind_of_file_holds_what_was_there_when_it_was_asked_for() {
    let (bridge, mail) = (Bridge::start().await, mailbox().await);
    let browser = retrieved(&bridge, &mail).await;
    let (status, _, html) = bridge.export(&browser.key, "html").await;
    assert_eq!(status, 200);
    assert!(
        html.ends_with("</html>\n") && html.contains("a &lt;b&gt;"),
        "{html}"
    );
    let (status, _, lines) = bridge.export(&browser.key, "ndjson").await;
    assert_eq!(status, 200);
    let seqs = lines
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["seq"].as_u64());
    assert!(seqs.eq((1..=lines.lines().count() as u64).map(Some)), "{lines}");
}

#[tokio::test]
async fn what_is_hidden_is_in_no_file() {
    let (bridge, mail) = (Bridge::start().await, mailbox().await);
    let mut browser = retrieved(&bridge, &mail).await;
    let body = browser.entries.iter().find(
        |it| matches!(&it.event, protocol::entry::Event::Received { part, .. } if part.name() == "body"),
    );
    let seq = body.unwrap().seq;
    browser.ask(FromBrowser::Hide { seq }).await;
    browser
        .until(|event| matches!(event, protocol::entry::Event::Hidden { .. }).then_some(()))
        .await;
    for format in ["text", "html", "ndjson"] {
        let (_, _, file) = bridge.export(&browser.key, format).await;
        assert!(!file.contains("..dot"), "{format}: {file}");
        assert!(file.contains("withheld"), "{format}: {file}");
    }
}

#[tokio::test]
async fn only_the_right_token_gets_a_file_and_nobody_is_told_what_was_wrong() {
    let (bridge, mail) = (Bridge::start().await, mailbox().await);
    let browser = retrieved(&bridge, &mail).await;
    let other = bridge.open_session().await;
    let key = browser.key.clone();
    let wrong = Key {
        token: other.token,
        ..key.clone()
    };
    let unknown = Key {
        session: "nowhere".to_owned(),
        ..key.clone()
    };
    let (status, _, refused) = bridge.export(&wrong, "text").await;
    assert_eq!(status, 404);
    let (status, _, same) = bridge.export(&unknown, "text").await;
    assert_eq!((status, same), (404, refused));
    assert_eq!(bridge.export(&key, "pdf").await.0, 404);
}

#[tokio::test]
async fn a_link_gets_a_file_within_its_sight_and_a_sign_in_link_none() {
    let (bridge, mail) = (Bridge::start().await, mailbox().await);
    let browser = retrieved(&bridge, &mail).await;
    for (sight, has_header) in [("headers", true), ("commands", false)] {
        let link = serde_json::json!({"role": "watch", "sight": sight});
        let (_, key) = bridge.link(&browser.key, link).await;
        for format in ["text", "html", "ndjson"] {
            let (status, _, file) = bridge.export(&key, format).await;
            assert_eq!(status, 200);
            assert!(!file.contains("..dot"), "{sight} {format}: {file}");
            assert_eq!(file.contains("Subject"), has_header, "{sight} {format}: {file}");
        }
    }
    let (number, key) = bridge
        .link(&browser.key, serde_json::json!({"role": "sign-in"}))
        .await;
    assert_eq!(bridge.export(&key, "text").await.0, 404);
    bridge.revoke(&browser.key, number).await;
    assert_eq!(bridge.export(&key, "text").await.0, 404);
}
