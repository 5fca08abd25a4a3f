//! What was said to be done is done also for a bridge that is killed right after that.

use protocol::wire::Outcome;
use serde_json::json;

use crate::support::{Bridge, Browser, Key, Mail, journal_file, journaled, plain};

#[tokio::test]
async fn a_link_that_was_made_revoked_or_used_up_is_that_after_a_kill_too() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal_file(folder.path());
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
        assert_eq!(bridge.status(&key).await, 200);
        bridge.revoke(&owner, number).await;
        bridge.kill().await;
        bridge = Bridge::start_program_with(&flags).await;
        assert_eq!(bridge.status(&key).await, 404);
    }

    let mut browser = Browser::join(&bridge, &owner).await;
    let mut guest = Browser::guest(&bridge, &owner).await;
    browser.connected(plain(mail.address)).await;
    guest
        .until_desk(|desk| desk.bar.is_none() && !desk.mechanisms.is_empty())
        .await;
    guest.sign_in(None, "Kanarienvogel#8").await;
    guest.until_desk(|desk| desk.outcome == Outcome::Done).await;
    bridge.kill().await;
    let bridge = Bridge::start_program_with(&flags).await;
    assert_eq!(bridge.status(&guest.key).await, 404);
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
    let links = format!("{}/links", owner.path());
    let watch = json!({ "role": "watch" });
    let (code, made) = bridge.ask("POST", &links, &owner.token, Some(watch)).await;
    assert_eq!((code, &made["recorded"]), (201, &false.into()));
    let key = Key {
        session: owner.session.clone(),
        token: made["token"].as_str().unwrap().to_owned(),
    };
    assert_eq!(bridge.status(&key).await, 200);
    let link = format!("{links}/{}", made["link"]);
    let (code, told) = bridge.ask("DELETE", &link, &owner.token, None).await;
    assert_eq!(code, 503);
    assert!(
        told["error"].as_str().unwrap().contains("could not be recorded"),
        "{told}"
    );
    // It lets nobody in, whatever becomes of the record. Why cannot be known now.
    assert_eq!(bridge.status(&key).await, 503);

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
    assert_eq!(bridge.status(&key).await, 404);
    bridge.stop().await;
}
