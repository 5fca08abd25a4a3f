//! The sessions that somebody who is signed in sees, and ends.

use std::path::Path;

use pop3_console::config::Config;
use protocol::remark::{End, Remark, Sharing};
use protocol::state::Phase;
use protocol::target::Target;
use protocol::wire::FromBrowser;
use serde_json::Value;

use crate::support::accounts::{Accounts, Cookie};
use crate::support::{Bridge, Browser, Key, Mail, eventually, journal_file, plain};

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

/// A session that somebody opened, in which they opened that mailbox, and that has ended.
async fn ended(bridge: &Bridge, cookie: &Cookie, mail: &Mail, mailbox: &str) -> Key {
    let key = bridge.open_session_as(cookie).await;
    let mut owner = Browser::join_signed_on(bridge, &key, cookie).await;
    owner.opened(mail, mailbox).await;
    assert_eq!(end(bridge, &key, cookie).await, 204);
    owner.until_closed().await;
    key
}

/// Changes what is kept in that folder while no console has it.
fn changes(folder: &Path, statements: &str) {
    let journal = rusqlite::Connection::open(journal_file(folder)).unwrap();
    journal.execute_batch(statements).unwrap();
}

#[tokio::test]
async fn ones_own_sessions_are_listed_and_found_behind_however_many_of_others() {
    let accounts = Accounts::of(&[("anna", "agent"), ("ben", "agent"), ("sue", "supervisor")]);
    let folder = tempfile::tempdir().unwrap();
    let bridge = Bridge::start_with(accounts.journaled(folder.path())).await;
    let (anna, ben) = (bridge.sign_on("anna").await, bridge.sign_on("ben").await);
    let (mail, _gone) = Mail::until_gone().await;
    let own = ended(&bridge, &anna, &mail, "user01").await;
    let other = ended(&bridge, &ben, &mail, "user02").await;
    bridge.stop().await;
    let others = "WITH RECURSIVE many (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 10100)";
    changes(
        folder.path(),
        &format!(
            "{others} INSERT INTO session (number, id, ended, access)
             SELECT number + n, 'other' || n, ended, access FROM session, many WHERE id = '{id}';
             {others} INSERT INTO listing (session, opened, owner, agent, server, mailbox)
             SELECT session + n, opened + n, owner, agent, server, mailbox FROM listing, many
             WHERE session = (SELECT number FROM session WHERE id = '{id}')",
            id = other.session
        ),
    );
    let bridge = Bridge::start_with(accounts.journaled(folder.path())).await;
    let (anna, sue) = (bridge.sign_on("anna").await, bridge.sign_on("sue").await);
    let ids = |listed: Vec<Value>| listed.iter().map(|it| it["session"].clone()).collect::<Vec<_>>();
    for query in ["", "?search=USER01", "?search=anna"] {
        assert_eq!(
            ids(sessions(&bridge, &anna, query).await),
            [own.session.as_str()],
            "{query}"
        );
    }
    assert!(sessions(&bridge, &anna, "?search=user02").await.is_empty());
    assert_eq!(
        ids(sessions(&bridge, &sue, "?search=user01").await),
        [own.session]
    );
    let newest = ids(sessions(&bridge, &sue, "").await);
    assert_eq!(
        (newest.len(), &newest[0], &newest[99]),
        (100, &"other10100".into(), &"other10001".into())
    );
    let (_, _, body) = bridge
        .send("GET", "/api/sessions?search=user01", &sue, "", None)
        .await;
    assert_eq!(body["all"], true);
}

#[tokio::test]
async fn what_a_console_of_before_left_is_listed_and_found() {
    let accounts = Accounts::of(&[("anna", "agent"), ("ben", "agent")]);
    let folder = tempfile::tempdir().unwrap();
    let bridge = Bridge::start_with(accounts.journaled(folder.path())).await;
    let (anna, ben) = (bridge.sign_on("anna").await, bridge.sign_on("ben").await);
    let (mail, _gone) = Mail::until_gone().await;
    let own = ended(&bridge, &anna, &mail, "user01").await;
    let other = ended(&bridge, &ben, &mail, "user02").await;
    bridge.stop().await;
    // Its journal, with more in it than is listed at once, and something that only a newer one can read.
    changes(
        folder.path(),
        &format!(
            "DROP TABLE listing; DROP TABLE unlisted; DROP TABLE put_out; PRAGMA user_version = 2;
             WITH RECURSIVE many (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 100)
             INSERT INTO session (id, ended, access)
             SELECT 'other' || n, ended, access FROM session, many WHERE id = '{}';
             INSERT INTO session (id, ended, access) VALUES ('newer', 1, x'00')",
            other.session
        ),
    );
    let bridge = Bridge::start_with(accounts.journaled(folder.path())).await;
    let anna = bridge.sign_on("anna").await;
    for search in ["", "user01", "anna", &mail.address.to_string()] {
        let path = format!("/api/sessions?search={search}");
        eventually(async || {
            let (_, _, body) = bridge.send("GET", &path, &anna, "", None).await;
            // Until all are it says so.
            let found = body["sessions"].as_array().unwrap();
            match body["all"].as_bool().unwrap() {
                true => assert_eq!(found.len(), 1, "{search}"),
                false => return None,
            }
            assert_eq!(found[0]["session"], own.session);
            Some(())
        })
        .await;
    }
    bridge.stop().await;
    let bridge = Bridge::start_with(accounts.journaled(folder.path())).await;
    let ben = bridge.sign_on("ben").await;
    let (_, _, body) = bridge
        .send("GET", "/api/sessions?search=ben", &ben, "", None)
        .await;
    assert_eq!(
        (body["sessions"].as_array().unwrap().len(), &body["all"]),
        (100, &true.into())
    );
}

#[tokio::test]
async fn a_session_with_the_demonstration_mailbox_is_known_and_found_as_one_also_when_that_is_elsewhere() {
    let accounts = Accounts::of(&[("anna", "agent")]);
    let folder = tempfile::tempdir().unwrap();
    let config = || Config {
        no_demonstration: false,
        ..accounts.journaled(folder.path())
    };
    let bridge = Bridge::start_with(config()).await;
    let anna = bridge.sign_on("anna").await;
    let (_, _, told) = bridge.send("GET", "/api/console", &anna, "", None).await;
    let port = u16::try_from(told["demonstration"]["port"].as_u64().unwrap()).unwrap();
    let (mail, _gone) = Mail::until_gone().await;
    let opened = async |targets: &[Target]| {
        let key = bridge.open_session_as(&anna).await;
        let mut owner = Browser::join_signed_on(&bridge, &key, &anna).await;
        for (connection, target) in (1..).zip(targets) {
            owner.connected(target.clone()).await;
            let (_, listed) = board(&bridge, &anna).await;
            let is_there = target.port == port;
            assert_eq!(listed[0]["demonstration"], is_there);
            owner.ask(FromBrowser::Disconnect { connection }).await;
            owner.until_phase(Phase::Closed).await;
        }
        key
    };
    let demonstration = plain(([127, 0, 0, 1], port).into());
    let shown = opened(std::slice::from_ref(&demonstration)).await;
    let other = opened(&[demonstration, plain(mail.address)]).await;
    for key in [&shown, &other] {
        assert_eq!(end(&bridge, key, &anna).await, 204);
    }
    bridge.stop().await;
    let bridge = Bridge::start_with(config()).await;
    let anna = bridge.sign_on("anna").await;
    let listed = sessions(&bridge, &anna, "").await;
    let told: Vec<_> = listed
        .iter()
        .map(|it| (it["session"].as_str().unwrap(), &it["demonstration"]))
        .collect();
    assert_eq!(
        told,
        [
            (other.session.as_str(), &Value::Bool(false)),
            (shown.session.as_str(), &Value::Bool(true))
        ]
    );
    let found = sessions(&bridge, &anna, "?search=Demonstration%20mailbox").await;
    assert_eq!((found.len(), &found[0]["session"]), (1, &shown.session.into()));
}

#[tokio::test]
async fn a_session_is_found_by_the_server_to_which_it_went_last() {
    let accounts = Accounts::of(&[("anna", "agent")]);
    let folder = tempfile::tempdir().unwrap();
    let bridge = Bridge::start_with(accounts.journaled(folder.path())).await;
    let anna = bridge.sign_on("anna").await;
    let (first, _gone) = Mail::until_gone().await;
    let (last, _gone_too) = Mail::until_gone().await;
    let key = bridge.open_session_as(&anna).await;
    let mut owner = Browser::join_signed_on(&bridge, &key, &anna).await;
    owner.opened(&first, "user01").await;
    owner.ask(FromBrowser::Disconnect { connection: 1 }).await;
    owner.until_phase(Phase::Closed).await;
    owner.connected(plain(last.address)).await;
    assert_eq!(end(&bridge, &key, &anna).await, 204);
    owner.until_closed().await;
    let found = async |search: &str| sessions(&bridge, &anna, &format!("?search={search}")).await.len();
    let is_ended = async || {
        let seen = sessions(&bridge, &anna, &format!("?search={}", last.address)).await;
        seen.iter().any(|it| it["state"] == "ended").then_some(())
    };
    eventually(is_ended).await;
    assert_eq!(found(&first.address.to_string()).await, 0);
    assert_eq!(found("user01").await, 0);
}
