//! No more of a session is kept than whoever runs the console decided, and what was kept before stays.

use std::path::Path;

use pop3_console::config::Config;
use protocol::access::Keep;
use protocol::wire::{FromBrowser, Refusal};
use serde_json::{Value, json};

use super::all;
use super::erased::{TYPED, WRITTEN, holds, server, session, until};
use crate::support::accounts::{Accounts, Cookie};
use crate::support::{Bridge, Browser, Key, journaled, plain};

/// Settings of a console that is hosted with these accounts and keeps at most that.
fn hosted(accounts: &Accounts, folder: &Path, keep: Option<Keep>) -> Config {
    Config {
        keep,
        ..accounts.journaled(folder)
    }
}

/// Settings of one that is not.
fn local(folder: &Path, keep: Keep) -> Config {
    Config {
        keep: Some(keep),
        ..journaled(folder)
    }
}

/// Asks for that to be kept of the session, as somebody who is signed in or not.
async fn keep(bridge: &Bridge, key: &Key, cookie: &Cookie, keep: &str) -> (u16, Value) {
    let body = Some(json!({ "keep": keep }));
    let (status, _, said) = bridge.send("PATCH", &key.path(), cookie, &key.token, body).await;
    (status, said)
}

/// What the page is told that is kept at most.
async fn told(bridge: &Bridge) -> Value {
    bridge.ask("GET", "/api/console", "", None).await.1["keep"].clone()
}

#[tokio::test]
async fn hosted_no_message_is_kept_unless_whoever_runs_the_console_says_so() {
    let accounts = Accounts::of(&[("anna", "agent")]);
    let mail = server().await;
    for (said, most, is_held) in [
        (None, Keep::NoContent, false),
        (Some(Keep::Everything), Keep::Everything, true),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let bridge = Bridge::start_with(hosted(&accounts, folder.path(), said)).await;
        assert_eq!(told(&bridge).await, most.name());
        let anna = bridge.sign_on("anna").await;
        let key = bridge.open_session_as(&anna).await;
        let mut owner = Browser::join_signed_on(&bridge, &key, &anna).await;
        assert_eq!(owner.welcome.keep, most);
        owner.connected(plain(mail.address)).await;
        owner.line("RETR 1").await;
        owner.until_terminator().await;
        owner.line(TYPED).await;
        owner.until_status().await;
        // What came before is written before.
        until(folder.path(), TYPED, true).await;
        assert_eq!(holds(folder.path(), WRITTEN), is_held, "{said:?}");
        bridge.stop().await;
        assert_eq!(holds(folder.path(), WRITTEN), is_held, "{said:?}");
    }
}

#[tokio::test]
async fn who_asks_for_more_than_may_be_kept_is_refused_however_they_ask() {
    let (accounts, folder) = (Accounts::of(&[("anna", "agent")]), tempfile::tempdir().unwrap());
    let (bridge, mail) = (
        Bridge::start_with(hosted(&accounts, folder.path(), None)).await,
        server().await,
    );
    let anna = bridge.sign_on("anna").await;
    let sentence = Value::from(Refusal::KeepsLess.sentence());
    let wanted = Some(json!({ "keep": "everything" }));
    let (status, _, said) = bridge.send("POST", "/api/sessions", &anna, "", wanted).await;
    assert_eq!((status, &said["error"]), (409, &sentence));

    let key = bridge.open_session_as(&anna).await;
    let mut owner = Browser::join_signed_on(&bridge, &key, &anna).await;
    for _ in 0..2 {
        owner.ask(FromBrowser::Keep(Keep::Everything)).await;
        assert_eq!(owner.until_refused().await, (None, Refusal::KeepsLess));
        let (status, said) = keep(&bridge, &key, &anna, "everything").await;
        assert_eq!((status, &said["error"]), (409, &sentence));
        // Less may be kept, and then so much again.
        for less in ["nothing", "no-content"] {
            assert_eq!(keep(&bridge, &key, &anna, less).await.0, 204);
        }
    }
    owner.connected(plain(mail.address)).await;
    owner.line("RETR 1").await;
    owner.until_terminator().await;
    bridge.stop().await;
    assert!(!holds(folder.path(), WRITTEN));
}

#[tokio::test]
async fn without_a_journal_nothing_is_kept_and_nothing_else_can_be_asked_for() {
    let bridge = Bridge::start().await;
    assert_eq!(told(&bridge).await, "nothing");
    let wanted = |keep: &str| Some(json!({ "keep": keep }));
    assert_eq!(
        bridge
            .ask("POST", "/api/sessions", "", wanted("no-content"))
            .await
            .0,
        409
    );
    assert_eq!(
        bridge.ask("POST", "/api/sessions", "", wanted("nothing")).await.0,
        201
    );
    assert_eq!(bridge.browser().await.welcome.keep, Keep::Nothing);
}

#[tokio::test]
async fn what_was_kept_before_less_may_be_stays_as_it_is() {
    let (folder, mail) = (tempfile::tempdir().unwrap(), server().await);
    let nobody = Cookie::default();
    let bridge = Bridge::start_with(local(folder.path(), Keep::Everything)).await;
    let interrupted = session(&bridge, &mail, folder.path()).await;
    let mut ended = bridge.browser().await;
    ended.connected(plain(mail.address)).await;
    ended.line("RETR 1").await;
    ended.until_terminator().await;
    ended.ask(FromBrowser::End).await;
    ended.until_closed().await;
    bridge.stop().await;

    let bridge = Bridge::start_with(local(folder.path(), Keep::Nothing)).await;
    assert_eq!(bridge.browser().await.welcome.keep, Keep::Nothing);
    let mut reader = Browser::join(&bridge, &ended.key).await;
    assert_eq!(reader.welcome.keep, Keep::Everything);
    assert_eq!(all(&mut reader).await, ended.entries);
    let back = Browser::join(&bridge, &interrupted.key).await;
    assert_eq!((back.welcome.keep, back.welcome.ended), (Keep::Everything, false));
    assert!(holds(folder.path(), WRITTEN));
    // What was lessened since cannot become more again.
    assert_eq!(keep(&bridge, &back.key, &nobody, "everything").await.0, 204);
    assert_eq!(keep(&bridge, &back.key, &nobody, "no-content").await.0, 204);
    assert_eq!(keep(&bridge, &back.key, &nobody, "everything").await.0, 409);
    assert_eq!(keep(&bridge, &ended.key, &nobody, "everything").await.0, 204);
    bridge.stop().await;
}
