//! The sessions that somebody who is signed in sees, and ends.

use protocol::remark::{End, Remark, Sharing};
use serde_json::Value;

use crate::support::accounts::{Accounts, Cookie};
use crate::support::{Bridge, Browser, Key, Mail, eventually, plain};

async fn board(bridge: &Bridge, cookie: &Cookie) -> (u16, Vec<Value>) {
    let (status, _, body) = bridge.send("GET", "/api/sessions", cookie, "", None).await;
    (status, body["sessions"].as_array().cloned().unwrap_or_default())
}

/// What somebody is told of, where they ask so.
pub(super) async fn sessions(bridge: &Bridge, cookie: &Cookie, query: &str) -> Vec<Value> {
    let path = format!("/api/sessions{query}");
    let (status, _, body) = bridge.send("GET", &path, cookie, "", None).await;
    assert_eq!(status, 200, "{body}");
    body["sessions"].as_array().unwrap().clone()
}

async fn end(bridge: &Bridge, key: &Key, cookie: &Cookie) -> u16 {
    let path = format!("{}/end", key.path());
    bridge.send("POST", &path, cookie, "", None).await.0
}

#[tokio::test]
async fn an_agent_sees_their_own_sessions_and_a_supervisor_all_and_who_is_there() {
    let accounts = Accounts::of(&[("anna", "agent"), ("ben", "agent"), ("sue", "supervisor")]);
    let bridge = Bridge::start_with(accounts.config()).await;
    let (mail, _gone) = Mail::until_gone().await;
    let (anna, ben, sue) = (
        bridge.sign_on("anna").await,
        bridge.sign_on("ben").await,
        bridge.sign_on("sue").await,
    );
    let key = bridge.open_session_as(&anna).await;
    let mut owner = Browser::join_signed_on(&bridge, &key, &anna).await;
    owner.connected(plain(mail.address)).await;

    let (status, seen) = board(&bridge, &anna).await;
    assert_eq!((status, seen.len()), (200, 1));
    let session = &seen[0];
    assert_eq!(session["session"], key.session);
    assert_eq!(session["own"], true);
    assert_eq!(session["agent"], "anna");
    assert_eq!(session["state"], "live");
    assert_eq!(session["target"]["port"], mail.address.port());
    assert_eq!(session["mailbox"], Value::Null);
    assert_eq!(session["people"], serde_json::json!(["anna"]));
    assert_eq!(board(&bridge, &ben).await, (200, Vec::new()));
    assert_eq!(board(&bridge, &Cookie::default()).await.0, 401);
    let (_, seen) = board(&bridge, &sue).await;
    assert_eq!((seen.len(), &seen[0]["own"]), (1, &Value::Bool(false)));

    // Nobody ends it who has nothing to do with it, and it is not said that there is such a session.
    assert_eq!(end(&bridge, &key, &ben).await, 404);
    assert_eq!(end(&bridge, &key, &Cookie::default()).await, 401);
    assert_eq!(end(&bridge, &key, &sue).await, 204);
    // Everybody sees who ended it.
    owner
        .until_sharing(|it| matches!(it, Sharing::Joined { name, .. } if name == "sue"))
        .await;
    owner
        .until_remark(|it| {
            matches!(
                it,
                Remark::Ended {
                    how: End::SessionEnded { .. },
                    ..
                }
            )
        })
        .await;
}

#[tokio::test]
async fn sessions_that_have_ended_are_told_of_to_whom_they_belong() {
    let accounts = Accounts::of(&[("anna", "agent"), ("ben", "agent"), ("sue", "supervisor")]);
    let folder = tempfile::tempdir().unwrap();
    let bridge = Bridge::start_with(accounts.journaled(folder.path())).await;
    let (anna, ben, sue) = (
        bridge.sign_on("anna").await,
        bridge.sign_on("ben").await,
        bridge.sign_on("sue").await,
    );
    let key = bridge.open_session_as(&anna).await;
    let other = bridge.open_session_as(&ben).await;
    let mut owner = Browser::join_signed_on(&bridge, &key, &anna).await;
    assert_eq!(end(&bridge, &key, &anna).await, 204);
    owner.until_closed().await;
    let ended = async |cookie: &Cookie| loop {
        let (_, seen) = board(&bridge, cookie).await;
        if let Some(ended) = seen.iter().find(|it| it["state"] == "ended") {
            return (ended["session"].clone(), seen.len());
        }
    };
    assert_eq!(ended(&anna).await, (Value::from(key.session.clone()), 1));
    assert_eq!(ended(&sue).await, (Value::from(key.session.clone()), 2));
    let living = sessions(&bridge, &sue, "?live=true").await;
    assert_eq!(
        (living.len(), &living[0]["session"]),
        (1, &Value::from(other.session.clone()))
    );
    let (_, seen) = board(&bridge, &ben).await;
    assert_eq!(
        (seen.len(), &seen[0]["session"]),
        (1, &Value::from(other.session))
    );
    assert_eq!(end(&bridge, &key, &anna).await, 409);
}

#[tokio::test]
async fn sessions_that_have_ended_are_found_by_server_mailbox_and_agent_whichever_their_number() {
    let accounts = Accounts::of(&[("anna", "agent"), ("ben", "agent"), ("sue", "supervisor")]);
    let folder = tempfile::tempdir().unwrap();
    let bridge = Bridge::start_with(accounts.journaled(folder.path())).await;
    let (anna, ben, sue) = (
        bridge.sign_on("anna").await,
        bridge.sign_on("ben").await,
        bridge.sign_on("sue").await,
    );
    let (mail, _gone) = Mail::until_gone().await;
    let oldest = bridge.open_session_as(&ben).await;
    let mut owner = Browser::join_signed_on(&bridge, &oldest, &ben).await;
    owner.opened(&mail, "user01").await;
    assert_eq!(end(&bridge, &oldest, &ben).await, 204);
    owner.until_closed().await;
    // More than are told of.
    for _ in 0..100 {
        let key = bridge.open_session_as(&anna).await;
        let mut owner = Browser::join_signed_on(&bridge, &key, &anna).await;
        assert_eq!(end(&bridge, &key, &anna).await, 204);
        owner.until_closed().await;
    }
    let found =
        async |cookie: &Cookie, search: &str| sessions(&bridge, cookie, &format!("?search={search}")).await;
    // The journal has each a moment after it ended: until then the oldest is among the newest.
    eventually(async || {
        let all = found(&sue, "").await;
        let are_newer = |it: &Value| it["state"] == "ended" && it["session"] != oldest.session;
        (all.len() == 100 && all.iter().all(are_newer)).then_some(())
    })
    .await;
    for search in ["BEN", "User01", "127.0.0.1", &mail.address.to_string()] {
        let found = found(&sue, search).await;
        assert_eq!(found.len(), 1, "{search}");
        assert_eq!(found[0]["session"], oldest.session);
    }
    assert!(found(&sue, "nobody").await.is_empty());
    // And nobody finds what is not theirs.
    assert!(found(&anna, "ben").await.is_empty());
    assert_eq!(found(&ben, "ben").await.len(), 1);
    let long = format!("/api/sessions?search={}", "x".repeat(257));
    let (status, _, body) = bridge.send("GET", &long, &sue, "", None).await;
    assert_eq!(status, 400);
    assert!(body["error"].as_str().unwrap().contains("256 octets"), "{body}");
}
