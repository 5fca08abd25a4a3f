//! Which mailbox a session was with is told of it as long as it is kept, to whoever may see the session.

use protocol::state::Phase;
use protocol::wire::FromBrowser;
use serde_json::Value;
use tempfile::TempDir;

use super::board::sessions;
use crate::support::accounts::{Accounts, Cookie};
use crate::support::{Bridge, Browser, Key, Mail, eventually, plain};

/// No session at all.
const NONE: [Value; 0] = [];

/// A console with a journal, an agent's session in which a maildrop is open, and another agent.
struct Scene {
    accounts: Accounts,
    folder: TempDir,
    bridge: Bridge,
    _mail: Mail,
    key: Key,
    owner: Browser,
    anna: Cookie,
    ben: Cookie,
}

impl Scene {
    async fn new() -> Self {
        let accounts = Accounts::of(&[("anna", "agent"), ("ben", "agent")]);
        let folder = tempfile::tempdir().unwrap();
        let bridge = start(&accounts, &folder).await;
        let (mail, _gone) = Mail::until_gone().await;
        let (anna, ben) = (bridge.sign_on("anna").await, bridge.sign_on("ben").await);
        let key = bridge.open_session_as(&anna).await;
        let mut owner = Browser::join_signed_on(&bridge, &key, &anna).await;
        owner.opened(&mail, "user01").await;
        Self {
            accounts,
            folder,
            bridge,
            _mail: mail,
            key,
            owner,
            anna,
            ben,
        }
    }

    /// What somebody is told of the session once it stands so; that others see none is seen to.
    async fn until(&self, state: &str) -> Value {
        let told = eventually(async || {
            let seen = sessions(&self.bridge, &self.anna, "").await;
            match &seen[..] {
                [one] if one["state"] == state => Some(one.clone()),
                _ => None,
            }
        })
        .await;
        assert_eq!(told["session"], self.key.session);
        assert_eq!(sessions(&self.bridge, &self.ben, "").await, NONE);
        told
    }

    /// Stops the console, and starts it again.
    async fn restart(&mut self) {
        let next = start(&self.accounts, &self.folder);
        // Two cannot have one journal.
        let bridge = std::mem::replace(&mut self.bridge, Bridge::start().await);
        bridge.stop().await;
        self.bridge = next.await;
        self.anna = self.bridge.sign_on("anna").await;
        self.ben = self.bridge.sign_on("ben").await;
    }
}

async fn start(accounts: &Accounts, folder: &TempDir) -> Bridge {
    Bridge::start_with(accounts.journaled(folder.path())).await
}

#[tokio::test]
async fn a_session_goes_by_its_mailbox_when_it_has_let_go_of_it_and_ended_and_after_a_restart() {
    let mut scene = Scene::new().await;
    let lives = scene.until("live").await;
    assert_eq!(lives["mailbox"], "user01");
    assert!(lives["held_since"].is_u64());
    scene.owner.disconnect().await;
    scene.owner.until_ended().await;
    let idle = scene.until("live").await;
    assert_eq!(
        (&idle["mailbox"], &idle["held_since"]),
        (&"user01".into(), &Value::Null)
    );
    scene.owner.ask(FromBrowser::End).await;
    scene.owner.until_closed().await;
    assert_eq!(scene.until("ended").await["mailbox"], "user01");
    scene.restart().await;
    assert_eq!(scene.until("ended").await["mailbox"], "user01");
    assert_eq!(sessions(&scene.bridge, &scene.anna, "?live=true").await, NONE);
}

#[tokio::test]
async fn whoever_comes_back_after_a_restart_finds_what_was_interrupted_among_what_goes_on() {
    let mut scene = Scene::new().await;
    scene.until("live").await;
    scene.restart().await;
    let waits = scene.until("interrupted").await;
    assert_eq!(waits["mailbox"], "user01");
    assert_eq!(waits["ending"]["how"], "interrupted");
    // Asked once more it is what is remembered of it.
    for _ in 0..2 {
        assert_eq!(
            sessions(&scene.bridge, &scene.anna, "?live=true").await,
            std::slice::from_ref(&waits)
        );
    }
    assert_eq!(sessions(&scene.bridge, &scene.ben, "?live=true").await, NONE);

    let mut back = Browser::join_signed_on(&scene.bridge, &scene.key, &scene.anna).await;
    let lives = scene.until("live").await;
    assert_eq!(lives["mailbox"], "user01");
    assert_eq!(sessions(&scene.bridge, &scene.anna, "?live=true").await.len(), 1);
    // Another server's mailbox it is not.
    let (other, _gone) = Mail::until_gone().await;
    back.connect(plain(other.address)).await;
    back.until_phase(Phase::Closed).await;
    back.until_phase(Phase::Authorization).await;
    assert_eq!(scene.until("live").await["mailbox"], Value::Null);
}

#[tokio::test]
async fn what_was_interrupted_and_is_deleted_is_listed_no_more() {
    let mut scene = Scene::new().await;
    scene.restart().await;
    scene.until("interrupted").await;
    let (status, ..) = scene
        .bridge
        .send("DELETE", &scene.key.path(), &scene.anna, "", None)
        .await;
    assert_eq!(status, 204);
    assert_eq!(sessions(&scene.bridge, &scene.anna, "").await, NONE);
}
