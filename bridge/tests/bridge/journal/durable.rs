//! What was said to be done is done also for a bridge that is killed right after that.

use protocol::secret::TypedLine;
use protocol::wire::{FromBrowser, GuestSignIn, Outcome};
use serde_json::json;

use super::{file, journaled};
use crate::support::{Bridge, Browser, Key, Mail, plain};

/// With what asking for a session is answered to whoever has that key.
async fn status(bridge: &Bridge, key: &Key) -> u16 {
    let path = format!("/api/sessions/{}", key.session);
    bridge.ask("GET", &path, &key.token, None).await.0
}

#[tokio::test]
async fn a_link_that_was_made_revoked_or_used_up_is_that_after_a_kill_too() {
    let folder = tempfile::tempdir().unwrap();
    let journal = file(folder.path());
    let flags = ["--journal", journal.to_str().unwrap()];
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        loop {
            let reply = match peer.line().await.trim_end() {
                "" => return,
                "CAPA" => "+OK\r\nUSER\r\n.\r\n",
                _ => "+OK\r\n",
            };
            peer.say(reply).await;
        }
    })
    .await;
    let mut bridge = Bridge::start_program_with(&flags).await;
    let owner = bridge.browser().await.key;
    for _ in 0..3 {
        let (number, key) = bridge.link(&owner, json!({ "role": "watch" })).await;
        bridge.kill().await;
        bridge = Bridge::start_program_with(&flags).await;
        assert_eq!(status(&bridge, &key).await, 200);
        bridge.revoke(&owner, number).await;
        bridge.kill().await;
        bridge = Bridge::start_program_with(&flags).await;
        assert_eq!(status(&bridge, &key).await, 404);
    }

    let mut browser = Browser::join(&bridge, &owner).await;
    let (_, key) = bridge.link(&owner, json!({ "role": "sign-in" })).await;
    let mut guest = Browser::join_as(&bridge, &key, "").await;
    browser.connected(plain(mail.address)).await;
    let desk = guest.until_desk(|desk| desk.bar.is_none() && !desk.mechanisms.is_empty());
    let connection = desk.await.connection;
    let request = GuestSignIn {
        connection,
        mechanism: None,
        user: "user01".to_owned(),
        password: TypedLine::new(b"Kanarienvogel#8".to_vec()),
    };
    guest.ask(FromBrowser::SignIn(request)).await;
    guest.until_desk(|desk| desk.outcome == Outcome::Done).await;
    bridge.kill().await;
    let bridge = Bridge::start_program_with(&flags).await;
    assert_eq!(status(&bridge, &key).await, 404);
    bridge.kill().await;
}

#[tokio::test]
async fn what_could_not_be_recorded_is_not_said_to_be_done_for_good() {
    let folder = tempfile::tempdir().unwrap();
    // No folder can be made where a file is.
    let inside = folder.path().join("data");
    std::fs::write(&inside, "").unwrap();
    let bridge = Bridge::start_with(journaled(&inside)).await;
    let owner = bridge.browser().await.key;
    let links = format!("/api/sessions/{}/links", owner.session);
    let watch = json!({ "role": "watch" });
    let (code, made) = bridge.ask("POST", &links, &owner.token, Some(watch)).await;
    assert_eq!((code, &made["recorded"]), (201, &false.into()));
    let key = Key {
        session: owner.session.clone(),
        token: made["token"].as_str().unwrap().to_owned(),
    };
    assert_eq!(status(&bridge, &key).await, 200);
    let link = format!("{links}/{}", made["link"]);
    let (code, told) = bridge.ask("DELETE", &link, &owner.token, None).await;
    assert_eq!(code, 503);
    assert!(
        told["error"].as_str().unwrap().contains("could not be recorded"),
        "{told}"
    );
    // It lets nobody in, whatever becomes of the record. Why cannot be known now.
    assert_eq!(status(&bridge, &key).await, 503);

    std::fs::remove_file(&inside).unwrap();
    let deadline = tokio::time::Instant::now() + crate::support::PATIENCE;
    while bridge.ask("DELETE", &link, &owner.token, None).await.0 != 204 {
        assert!(tokio::time::Instant::now() < deadline);
    }
    bridge.stop().await;
}

#[tokio::test]
async fn without_a_journal_there_is_nothing_to_wait_for() {
    let bridge = Bridge::start().await;
    let owner = bridge.browser().await.key;
    let (number, key) = bridge.link(&owner, json!({ "role": "watch" })).await;
    bridge.revoke(&owner, number).await;
    assert_eq!(status(&bridge, &key).await, 404);
    bridge.stop().await;
}
