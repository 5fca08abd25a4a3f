//! What a session tells of who exported it.

use protocol::remark::{FileFormat, Remark, Sharing};
use protocol::wire::FromBrowser;
use serde_json::json;

use super::{export, mailbox, retrieved};
use crate::support::{Bridge, Browser, Key, config};

/// Exports as the page of that browser does.
async fn export_in(bridge: &Bridge, key: &Key, browser: &str, format: &str) {
    let Key { session, token } = key;
    let (status, _, file) = bridge
        .http(&format!(
            "GET /api/sessions/{session}/export/{format} HTTP/1.0\r\nHost: {}\r\nAuthorization: Bearer {token}\r\n\
             Console-Browser: {browser}",
            bridge.address
        ))
        .await;
    assert_eq!(status, 200, "{file}");
}

fn exported(participant: Option<u32>, format: FileFormat) -> Sharing {
    Sharing::Exported {
        participant,
        link: 1,
        name: "for anna".to_owned(),
        format,
        last: false,
    }
}

fn is_export(sharing: &Sharing) -> bool {
    matches!(sharing, Sharing::Exported { .. })
}

#[tokio::test]
async fn everybody_is_told_who_exports_and_as_what() {
    let (bridge, mail) = (Bridge::start().await, mailbox().await);
    let mut owner = retrieved(&bridge, &mail).await;
    let link = json!({"role": "watch", "sight": "headers", "name": "for anna"});
    let (_, key) = bridge.link(&owner.key, link).await;
    let mut anna = Browser::join_as(&bridge, &key, "anna").await;
    export_in(&bridge, &key, "anna's browser", "html").await;
    for told in [&mut owner, &mut anna] {
        assert_eq!(
            told.until_sharing(is_export).await,
            exported(Some(2), FileFormat::Html)
        );
    }
    // Whoever says nothing, or what nobody here is called, is told of by their link.
    export_in(&bridge, &key, "somebody else's", "ndjson").await;
    for told in [&mut owner, &mut anna] {
        assert_eq!(
            told.until_sharing(is_export).await,
            exported(None, FileFormat::Ndjson)
        );
    }
    let (_, _, file) = export(&bridge, &owner.key, "html").await;
    for said in [
        "anna exported the transcript as a page.",
        "Somebody with link 1 “for anna” exported the transcript as NDJSON.",
    ] {
        assert!(file.contains(said), "{said}: {file}");
    }
}

#[tokio::test]
async fn the_record_of_a_session_that_ended_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let bridge = Bridge::start_with(pop3_console::config::Config {
        no_journal: false,
        journal: Some(folder.path().join("journal.sqlite")),
        ..config()
    })
    .await;
    let mail = mailbox().await;
    let mut owner = retrieved(&bridge, &mail).await;
    let (_, key) = bridge.link(&owner.key, json!({"role": "watch"})).await;
    owner.ask(FromBrowser::End).await;
    owner.until_closed().await;
    let lived = owner.entries.len();
    export_in(&bridge, &key, "anybody's", "text").await;
    let mut reader = Browser::join(&bridge, &owner.key).await;
    assert!(reader.welcome.ended);
    reader.until_seq(reader.welcome.last).await;
    assert_eq!(reader.entries.len(), lived);
    assert!(!reader.entries.iter().any(|entry| matches!(
        &entry.event,
        protocol::entry::Event::Remark(Remark::Sharing(Sharing::Exported { .. }))
    )));
}
