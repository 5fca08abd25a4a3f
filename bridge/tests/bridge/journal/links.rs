//! Links after the bridge began anew, and after the session ended.

use protocol::access::{Role, Sight};
use protocol::entry::Event;
use protocol::wire::{CloseCode, FromBrowser};
use serde_json::json;

use super::{all, mark};
use crate::support::{Bridge, Browser, Mail, journaled};

#[tokio::test]
async fn links_outlive_the_bridge_and_their_session() {
    let folder = tempfile::tempdir().unwrap();
    let bridge = Bridge::start_with(journaled(folder.path())).await;
    let (mail, _gone) = Mail::until_gone().await;
    let mut owner = bridge.browser().await;
    mark(&mut owner, &mail).await;
    let link = |role: &str| json!({ "role": role, "sight": "everything" });
    let (_, control) = bridge.link(&owner.key, link("control")).await;
    let (revoked_no, revoked) = bridge.link(&owner.key, link("watch")).await;
    let (late_no, late) = bridge.link(&owner.key, link("watch")).await;
    let (_, sign_in) = bridge.link(&owner.key, json!({ "role": "sign-in" })).await;
    bridge.revoke(&owner.key, revoked_no).await;
    let guest = Browser::join(&bridge, &control).await;
    let who = guest.welcome.participant;
    drop(guest);
    bridge.stop().await;

    // The session is alive again, and so are its links.
    let bridge = Bridge::start_with(journaled(folder.path())).await;
    let guest = Browser::join(&bridge, &control).await;
    assert_eq!(
        (guest.welcome.participant, guest.welcome.role),
        (who, Role::Control)
    );
    assert!(!guest.welcome.ended);
    assert!(!bridge.lets_in(&revoked).await);
    assert!(bridge.lets_in(&late).await && bridge.lets_in(&sign_in).await);
    drop(guest);
    let mut back = Browser::join(&bridge, &owner.key).await;
    let lived = all(&mut back).await;
    back.ask(FromBrowser::End).await;
    assert_eq!(back.until_closed().await, Some(CloseCode::SessionEnded as u16));

    // It has ended: whoever could type can read, and there is nothing to sign in to.
    let mut reader = Browser::join(&bridge, &control).await;
    assert!(reader.welcome.ended);
    assert_eq!(all(&mut reader).await[..lived.len()], lived);
    assert!(!bridge.lets_in(&sign_in).await);
    bridge.revoke(&owner.key, late_no).await;
    drop(reader);
    bridge.stop().await;
    let bridge = Bridge::start_with(journaled(folder.path())).await;
    assert!(bridge.lets_in(&control).await);
    for key in [&revoked, &late, &sign_in] {
        assert!(!bridge.lets_in(key).await);
    }
    bridge.stop().await;
}

#[tokio::test]
async fn a_session_that_has_ended_is_shared_and_its_links_are_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let bridge = Bridge::start_with(journaled(folder.path())).await;
    let (mail, _gone) = Mail::until_gone().await;
    let mut owner = bridge.browser().await;
    mark(&mut owner, &mail).await;
    let (before_no, before) = bridge.link(&owner.key, json!({ "role": "control" })).await;
    owner.ask(FromBrowser::End).await;
    owner.until_closed().await;
    let key = owner.key.clone();

    let path = format!("{}/links", key.path());
    for role in ["control", "sign-in"] {
        let body = Some(json!({ "role": role }));
        assert_eq!(bridge.ask("POST", &path, &key.token, body).await.0, 409, "{role}");
    }
    let watch = json!({ "role": "watch", "sight": "headers", "name": "for anna" });
    let foreign = bridge
        .ask("POST", &path, &before.token, Some(watch.clone()))
        .await;
    assert_eq!(foreign.0, 403);
    let (made_no, made) = bridge.link(&key, watch).await;
    let mut reader = Browser::join(&bridge, &made).await;
    assert!(reader.welcome.ended);
    assert_eq!(reader.welcome.sight, Sight::Headers);
    let shown = all(&mut reader).await;
    let mut early = Browser::join(&bridge, &before).await;
    bridge.revoke(&key, before_no).await;
    assert_eq!(early.until_closed().await, Some(CloseCode::LinkOver as u16));
    drop(reader);
    bridge.stop().await;

    // Both outlive the bridge, and its record is as it was.
    let bridge = Bridge::start_with(journaled(folder.path())).await;
    assert!(!bridge.lets_in(&before).await);
    let mut reader = Browser::join(&bridge, &made).await;
    assert_eq!(all(&mut reader).await, shown);
    let is_of_link = |event: &Event| format!("{event:?}").contains("for anna");
    assert!(!shown.iter().any(|entry| is_of_link(&entry.event)));
    let (_, list) = bridge.ask("GET", &path, &key.token, None).await;
    let states: Vec<_> = list["links"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["state"])
        .collect();
    assert_eq!(states, ["revoked", "active"]);
    bridge.revoke(&key, made_no).await;
    assert_eq!(reader.until_closed().await, Some(CloseCode::LinkOver as u16));
    assert!(!bridge.lets_in(&made).await);
    bridge.stop().await;
}
