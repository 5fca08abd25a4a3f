//! Less is to be kept of a session: that is said to be done once it is.

use std::path::Path;

use protocol::wire::FromBrowser;
use rusqlite::Connection;
use serde_json::json;

use super::erased::{WRITTEN, holds, server, session, until};
use crate::support::{Bridge, Key, journal_file, journaled};

/// Decides how much is kept; what that is answered with.
async fn keep(bridge: &Bridge, key: &Key, keep: &str) -> (u16, String) {
    let body = Some(json!({ "keep": keep }));
    let (status, told) = bridge.ask("PATCH", &key.path(), &key.token, body).await;
    (status, told.to_string())
}

/// Somebody who reads what was before, and keeps it from being overwritten.
fn reader(folder: &Path) -> Connection {
    let reader = Connection::open(journal_file(folder)).unwrap();
    reader.execute_batch("BEGIN; SELECT * FROM session").unwrap();
    reader
}

/// So often it is said that content is still there, and then that none is.
async fn is_said_to_have_no_content(lives: bool, so_often: usize) {
    let folder = tempfile::tempdir().unwrap();
    let (bridge, mail) = (Bridge::start_with(journaled(folder.path())).await, server().await);
    let mut browser = session(&bridge, &mail, folder.path()).await;
    if !lives {
        browser.ask(FromBrowser::End).await;
        browser.until_closed().await;
    }
    let reader = reader(folder.path());
    for _ in 0..so_often {
        let (status, told) = keep(&bridge, &browser.key, "no-content").await;
        assert_eq!(status, 503, "{told}");
        assert!(told.contains("could not be deleted yet"), "{told}");
        assert!(holds(folder.path(), WRITTEN));
    }
    reader.execute_batch("COMMIT").unwrap();
    assert_eq!(keep(&bridge, &browser.key, "no-content").await.0, 204);
    assert!(!holds(folder.path(), WRITTEN));
    bridge.stop().await;
}

#[tokio::test]
async fn a_session_that_lives_is_said_to_be_kept_without_content_once_none_is_left() {
    is_said_to_have_no_content(true, 1).await;
}

#[tokio::test]
async fn one_that_has_ended_is_too_also_where_there_is_nothing_left_to_decide() {
    is_said_to_have_no_content(false, 2).await;
}

#[tokio::test]
async fn nothing_is_said_to_be_kept_and_a_link_to_be_revoked_once_that_outlives_the_console() {
    let folder = tempfile::tempdir().unwrap();
    let (bridge, mail) = (Bridge::start_with(journaled(folder.path())).await, server().await);
    let key = session(&bridge, &mail, folder.path()).await.key;
    let (link, _) = bridge.link(&key, json!({ "role": "watch" })).await;
    let other = Connection::open(journal_file(folder.path())).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(keep(&bridge, &key, "nothing").await.0, 503);
    let path = format!("{}/links/{link}", key.path());
    assert_eq!(bridge.ask("DELETE", &path, &key.token, None).await.0, 503);
    assert!(holds(folder.path(), &key.session));
    other.execute_batch("ROLLBACK").unwrap();
    drop(other);
    until(folder.path(), &key.session, false).await;
    assert_eq!(keep(&bridge, &key, "nothing").await.0, 204);
    bridge.revoke(&key, link).await;
    bridge.stop().await;
}
