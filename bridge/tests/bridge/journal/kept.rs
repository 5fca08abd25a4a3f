//! How much of a session is kept, and for how long.

use std::path::Path;

use protocol::access::{Keep, Sight};
use protocol::entry::Event;
use protocol::wire::FromBrowser;
use rusqlite::Connection;
use serde_json::json;

use super::all;
use super::erased::{TYPED, WRITTEN, holds, server, session, until};
use crate::support::crowd::watch;
use crate::support::{Bridge, Browser, Key, Mail, contains, journal_file, journaled, plain};

/// Milliseconds of a day.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// Makes a session one that ended so many days ago.
fn age(folder: &Path, key: &Key, days: i64) {
    let journal = Connection::open(journal_file(folder)).unwrap();
    let statement = "UPDATE session SET ended = ended - ?2 WHERE id = ?1";
    let changed = journal.execute(statement, (&key.session, days * DAY)).unwrap();
    assert_eq!(changed, 1);
}

#[tokio::test]
async fn what_ended_longer_ago_than_is_kept_is_deleted_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let config = || pop3_console::config::Config {
        keep_days: 2,
        ..journaled(folder.path())
    };
    let mail = server().await;
    let bridge = Bridge::start_with(config()).await;
    let mut old = session(&bridge, &mail, folder.path()).await;
    old.line("OLD-AND-GONE").await;
    old.until_status().await;
    let mut young = bridge.browser().await;
    young.connected(plain(mail.address)).await;
    young.line("YOUNG-AND-KEPT").await;
    young.until_status().await;
    for browser in [&mut old, &mut young] {
        browser.ask(FromBrowser::End).await;
        browser.until_closed().await;
    }
    bridge.stop().await;
    age(folder.path(), &old.key, 3);
    age(folder.path(), &young.key, 1);
    assert!(holds(folder.path(), WRITTEN) && holds(folder.path(), "OLD-AND-GONE"));

    let bridge = Bridge::start_with(config()).await;
    for text in [WRITTEN, TYPED, "OLD-AND-GONE", &old.key.session] {
        until(folder.path(), text, false).await;
    }
    let path = format!("/api/sessions/{}", old.key.session);
    assert_eq!(bridge.ask("GET", &path, &old.key.token, None).await.0, 404);
    assert!(holds(folder.path(), "YOUNG-AND-KEPT"));
    let mut reader = Browser::join(&bridge, &young.key).await;
    assert_eq!(all(&mut reader).await, young.entries);
    bridge.stop().await;
}

/// A session of which so much is to be kept, and in which a message was read.
async fn opened(bridge: &Bridge, mail: &Mail, keep: &str) -> Browser {
    let body = Some(json!({ "keep": keep }));
    let (status, opened) = bridge.ask("POST", "/api/sessions", "", body).await;
    assert_eq!(status, 201, "{opened}");
    let text = |name: &str| opened[name].as_str().unwrap().to_owned();
    let key = Key {
        session: text("session"),
        token: text("token"),
    };
    let mut browser = Browser::join(bridge, &key).await;
    browser.connected(plain(mail.address)).await;
    browser.line("RETR 1").await;
    browser.until_terminator().await;
    browser.line(format!("MARK-OF-{keep}")).await;
    browser.until_status().await;
    browser
}

#[tokio::test]
async fn a_session_is_opened_with_what_is_to_be_kept_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let (bridge, mail) = (Bridge::start_with(journaled(folder.path())).await, server().await);
    let nothing = opened(&bridge, &mail, "nothing").await;
    assert_eq!(nothing.welcome.keep, Keep::Nothing);
    let bare = opened(&bridge, &mail, "no-content").await;
    assert_eq!(bare.welcome.keep, Keep::NoContent);
    until(folder.path(), "MARK-OF-no-content", true).await;
    // What came before is written before.
    assert!(!holds(folder.path(), WRITTEN) && !holds(folder.path(), "MARK-OF-nothing"));
    let whole = opened(&bridge, &mail, "everything").await;
    assert_eq!(whole.welcome.keep, Keep::Everything);
    until(folder.path(), "MARK-OF-everything", true).await;
    assert!(holds(folder.path(), WRITTEN));
    for body in [json!({ "keep": "all" }), json!({ "kept": "nothing" }), json!([7])] {
        let (status, told) = bridge.ask("POST", "/api/sessions", "", Some(body)).await;
        assert_eq!(status, 400, "{told}");
    }
    bridge.stop().await;

    assert!(!holds(folder.path(), "MARK-OF-nothing"));
    let bridge = Bridge::start_with(journaled(folder.path())).await;
    for (browser, expected) in [(nothing, 404), (bare, 200), (whole, 200)] {
        let path = format!("/api/sessions/{}", browser.key.session);
        let (status, _) = bridge.ask("GET", &path, &browser.key.token, None).await;
        assert_eq!(status, expected);
    }
    bridge.stop().await;
}

#[tokio::test]
async fn what_is_not_shown_or_not_kept_is_in_no_frame_after_the_bridge_began_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (bridge, mail) = (Bridge::start_with(journaled(folder.path())).await, server().await);
    let mut whole = session(&bridge, &mail, folder.path()).await;
    let mut bare = session(&bridge, &mail, folder.path()).await;
    bare.ask(FromBrowser::Keep(Keep::NoContent)).await;
    let mut links = Vec::new();
    for sight in [Sight::Everything, Sight::Headers, Sight::Commands] {
        let key = watch(&bridge, &whole.key, sight).await;
        let mut live = Browser::join_as(&bridge, &key, "live").await;
        let shown = all(&mut live).await;
        links.push((sight, key, shown));
    }
    let bare_link = watch(&bridge, &bare.key, Sight::Everything).await;
    for browser in [&mut whole, &mut bare] {
        browser.ask(FromBrowser::End).await;
        browser.until_closed().await;
    }
    bridge.stop().await;

    let bridge = Bridge::start_with(journaled(folder.path())).await;
    let saw = |browser: &Browser| {
        let mut frames = browser.frames.iter();
        frames.any(|frame| contains(frame, WRITTEN.as_bytes()))
    };
    for (sight, key, shown) in links {
        let mut late = Browser::join_as(&bridge, &key, "late").await;
        assert_eq!(late.welcome.sight, sight);
        assert_eq!(all(&mut late).await[..shown.len()], shown);
        assert_eq!(saw(&late), sight == Sight::Everything, "{sight:?}");
    }
    // What is not kept is shown to nobody, the owner included.
    for key in [&bare.key, &bare_link] {
        let mut late = Browser::join_as(&bridge, key, "late").await;
        let kept = all(&mut late).await;
        assert!(!saw(&late));
        let is_withheld = |event: &Event| matches!(event, Event::Withheld { .. });
        assert!(kept.iter().any(|entry| is_withheld(&entry.event)));
        assert_eq!(kept.len(), bare.entries.len());
    }
    bridge.stop().await;
}
