//! What a session tells of who exported it.

use protocol::remark::{FileFormat, Remark, Sharing};
use protocol::wire::FromBrowser;
use serde_json::json;

use super::{mailbox, retrieved};
use crate::support::{Bridge, Browser, journaled};

fn exported(participant: Option<u32>, format: FileFormat, link_called: &str) -> Sharing {
    Sharing::Exported {
        participant,
        link: Some(1),
        name: link_called.to_owned(),
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
    assert_eq!(bridge.export_in("anna's browser", &key, "html").await.0, 200);
    for (told, called) in [(&mut owner, "for anna"), (&mut anna, "")] {
        assert_eq!(
            told.until_sharing(is_export).await,
            exported(Some(2), FileFormat::Html, called)
        );
    }
    // Whoever says nothing, or what nobody here is called, is told of by their link.
    assert_eq!(bridge.export_in("somebody else's", &key, "ndjson").await.0, 200);
    for (told, called) in [(&mut owner, "for anna"), (&mut anna, "")] {
        assert_eq!(
            told.until_sharing(is_export).await,
            exported(None, FileFormat::Ndjson, called)
        );
    }
    let (_, _, file) = bridge.export(&owner.key, "html").await;
    for said in [
        "anna exported the transcript as a page.",
        "Somebody with the link “for anna” exported the transcript as NDJSON.",
    ] {
        assert!(file.contains(said), "{said}: {file}");
    }
}

#[tokio::test]
async fn the_record_of_a_session_that_ended_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let bridge = Bridge::start_with(journaled(folder.path())).await;
    let mail = mailbox().await;
    let mut owner = retrieved(&bridge, &mail).await;
    let (_, key) = bridge.link(&owner.key, json!({"role": "watch"})).await;
    owner.ask(FromBrowser::End).await;
    owner.until_closed().await;
    let lived = owner.entries.len();
    assert_eq!(bridge.export_in("anybody's", &key, "text").await.0, 200);
    let mut reader = Browser::join(&bridge, &owner.key).await;
    assert!(reader.welcome.ended);
    reader.until_seq(reader.welcome.last).await;
    assert_eq!(reader.entries.len(), lived);
    assert!(!reader.entries.iter().any(|entry| matches!(
        &entry.event,
        protocol::entry::Event::Remark(Remark::Sharing(Sharing::Exported { .. }))
    )));
}
