//! Links after the bridge began anew, and after the session ended.

use protocol::access::Role;
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
