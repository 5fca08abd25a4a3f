//! The name of the mailbox that was opened is kept with its session, and no longer or further than that.

use protocol::access::Keep;
use protocol::entry::Event;
use protocol::wire::FromBrowser;
use serde_json::{Value, json};

use super::erased::{TYPED, holds, until};
use super::stands;
use crate::support::{Bridge, Key, Mail, journal_file, journaled, patient};

/// As it stands beside the session's entries, in CBOR: the audit has the name, too, and keeps it.
const BESIDE: &str = "nameoKanarienvogel#7";

/// As it stands where sessions are searched: in small letters.
const LISTED: &str = "kanarienvogel#7";

/// Waits until that is told to be the session's mailbox.
async fn until_mailbox(bridge: &Bridge, key: &Key, name: Option<&str>) {
    let is_told = async || stands(bridge, key).await.get("mailbox").and_then(Value::as_str) == name;
    patient(async { while !is_told().await {} }).await;
}

#[tokio::test]
async fn a_kill_leaves_the_mailbox_and_no_link_tells_it() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal_file(folder.path());
    let flags = ["--journal", journal.to_str().unwrap()];
    let bridge = Bridge::start_program_with(&flags).await;
    let (mail, _gone) = Mail::until_gone().await;
    let mut browser = bridge.browser().await;
    browser.opened(&mail, "user01").await;
    until_mailbox(&bridge, &browser.key, Some("user01")).await;
    // That the link is made is answered once all before that is kept.
    let (_, link) = bridge.link(&browser.key, json!({ "role": "watch" })).await;
    assert!(stands(&bridge, &link).await.get("mailbox").is_none());
    bridge.kill().await;

    let bridge = Bridge::start_program_with(&flags).await;
    let owner = stands(&bridge, &browser.key).await;
    assert_eq!(
        (&owner["state"], &owner["mailbox"]),
        (&"interrupted".into(), &"user01".into())
    );
    assert!(stands(&bridge, &link).await.get("mailbox").is_none());
    bridge.kill().await;
}

#[tokio::test]
async fn a_mailbox_whose_line_is_hidden_is_in_no_file_any_more_and_told_to_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let bridge = Bridge::start_with(journaled(folder.path())).await;
    let (mail, _gone) = Mail::until_gone().await;
    let mut browser = bridge.browser().await;
    let user = format!("USER {TYPED}");
    browser.opened(&mail, TYPED).await;
    until_mailbox(&bridge, &browser.key, Some(TYPED)).await;
    bridge.link(&browser.key, json!({ "role": "watch" })).await;
    assert!(holds(folder.path(), BESIDE) && holds(folder.path(), &user));
    assert!(holds(folder.path(), LISTED));
    let is_name = |event: &Event| matches!(event, Event::Sent { line, .. } if line.bytes() == user.as_str());
    let entry = browser.entries.iter().find(|entry| is_name(&entry.event));
    let seq = entry.unwrap().seq;
    browser.ask(FromBrowser::Hide { seq }).await;
    until(folder.path(), &user, false).await;
    assert!(!holds(folder.path(), BESIDE) && !holds(folder.path(), LISTED));
    until_mailbox(&bridge, &browser.key, None).await;
    // And it does not come back with what is written next.
    bridge.link(&browser.key, json!({ "role": "watch" })).await;
    bridge.stop().await;
    assert!(!holds(folder.path(), BESIDE) && !holds(folder.path(), LISTED));
}

#[tokio::test]
async fn a_mailbox_is_not_kept_of_a_session_of_which_nothing_is_or_that_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let bridge = Bridge::start_with(journaled(folder.path())).await;
    let (mail, _gone) = Mail::until_gone().await;
    let mut unkept = bridge.browser().await;
    unkept.ask(FromBrowser::Keep(Keep::Nothing)).await;
    until(folder.path(), &unkept.key.session, false).await;
    // As long as the other, so that it would stand there the same way.
    unkept.opened(&mail, "Wellensittich#8").await;
    until_mailbox(&bridge, &unkept.key, Some("Wellensittich#8")).await;
    let mut kept = bridge.browser().await;
    kept.opened(&mail, TYPED).await;
    until_mailbox(&bridge, &kept.key, Some(TYPED)).await;
    // Behind all that was to be written before.
    bridge.link(&kept.key, json!({ "role": "watch" })).await;
    assert!(holds(folder.path(), BESIDE) && holds(folder.path(), LISTED));
    assert_eq!(bridge.delete(&kept.key).await, 204);
    assert!(!holds(folder.path(), BESIDE) && !holds(folder.path(), LISTED));
    bridge.stop().await;
    for text in ["nameoWellensittich#8", "wellensittich#8"] {
        assert!(!holds(folder.path(), text), "{text}");
    }
}
