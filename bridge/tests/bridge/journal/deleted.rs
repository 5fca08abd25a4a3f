//! A session is deleted without being read.

use pop3_console::config::{Config, Limits};
use protocol::wire::FromBrowser;
use serde_json::json;

use crate::support::{Bridge, Browser, Key, Mail, contains, journal_file, journaled, patient, plain};

/// In the text of a message.
const WRITTEN: &str = "Wellensittich#8";

/// A session that is kept, and a link to it.
async fn kept(bridge: &Bridge, mail: &Mail) -> (Browser, Key) {
    let mut owner = bridge.browser().await;
    owner.connected(plain(mail.address)).await;
    owner.line("RETR 1").await;
    owner.until_terminator().await;
    let (_, link) = bridge.link(&owner.key, json!({"role": "control"})).await;
    (owner, link)
}

#[tokio::test]
async fn one_that_is_too_large_to_be_read_can_be_deleted_by_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let bridge = Bridge::start_with(journaled(folder.path())).await;
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        peer.answer("RETR 1", format!("+OK\r\nSubject: a\r\n\r\n{WRITTEN}\r\n.\r\n"))
            .await;
        peer.until_gone().await;
    })
    .await;
    let (mut ended, link_to_ended) = kept(&bridge, &mail).await;
    ended.ask(FromBrowser::End).await;
    ended.until_closed().await;
    let (mut interrupted, link_to_interrupted) = kept(&bridge, &mail).await;
    let stopping = tokio::spawn(bridge.stop());
    interrupted.until_closed().await;
    patient(stopping).await.unwrap();

    let bridge = Bridge::start_with(Config {
        limits: Limits {
            transcripts: 64,
            past: 64,
            ..Limits::default()
        },
        ..journaled(folder.path())
    })
    .await;
    for (owner, link) in [(ended, link_to_ended), (interrupted, link_to_interrupted)] {
        let wrong = Key {
            token: "wrong".to_owned(),
            ..owner.key.clone()
        };
        assert_eq!(bridge.delete(&wrong).await, 404);
        assert_eq!(bridge.delete(&link).await, 403);
        assert_eq!(bridge.status(&owner.key).await, 200);
        assert_eq!(bridge.delete(&owner.key).await, 204);
        assert_eq!(bridge.status(&owner.key).await, 404);
        assert_eq!(bridge.delete(&owner.key).await, 404);
    }
    bridge.stop().await;
    assert!(!contains(
        &std::fs::read(journal_file(folder.path())).unwrap(),
        WRITTEN.as_bytes()
    ));
}
