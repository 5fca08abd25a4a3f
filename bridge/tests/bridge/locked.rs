//! Whoever finds a maildrop locked is told whether a session of this console holds it.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use protocol::alias::Alias;
use protocol::remark::Remark;
use protocol::state::Phase;

use crate::support::accounts::{Accounts, Cookie};
use crate::support::{Bridge, Browser, Key, Mail, contains, plain};
use serde_json::{Value, json};

/// A server that lets anybody in with the right password, and says of every other that the maildrop is locked.
async fn server(locked: &'static str) -> Mail {
    Mail::play(move |mut peer| async move {
        peer.say("+OK\r\n").await;
        loop {
            let line = peer.line().await;
            let reply = match line.trim_end() {
                "" => return,
                "AUTH PLAIN" => "+ \r\n".to_owned(),
                "AUTH LOGIN" => {
                    peer.say("+ VXNlcm5hbWU6\r\n").await;
                    peer.line().await;
                    "+ UGFzc3dvcmQ6\r\n".to_owned()
                }
                "PASS right" => "+OK\r\n".to_owned(),
                it if it.starts_with("USER ") => "+OK\r\n".to_owned(),
                "PASS no" => "-ERR [AUTH] no\r\n".to_owned(),
                _ => format!("{locked}\r\n"),
            };
            peer.say(reply).await;
        }
    })
    .await
}

async fn sign_in(browser: &mut Browser, mail: &Mail, lines: &[&str]) {
    browser.connected(plain(mail.address)).await;
    for line in lines {
        browser.line(line).await;
        browser.until_answered().await;
    }
}

impl Browser {
    async fn until_answered(&mut self) {
        self.until(|event| match event {
            protocol::entry::Event::Answered { .. } => Some(()),
            _ => None,
        })
        .await;
    }

    async fn until_locked(&mut self) -> Option<Alias> {
        let remark = self.until_remark(|it| matches!(it, Remark::Locked { .. })).await;
        remark.holder()
    }
}

#[tokio::test]
async fn who_finds_a_maildrop_locked_is_told_which_session_holds_it_however_they_sign_in() {
    let (bridge, mail) = (Bridge::start().await, server("-ERR [IN-USE] locked").await);
    let mut holder = bridge.browser().await;
    sign_in(&mut holder, &mail, &["USER anna", "PASS right"]).await;
    let alias = Alias::of(&holder.key.session);
    let plain = BASE64_STANDARD.encode("\0anna\0wrong");
    let (name, password) = (BASE64_STANDARD.encode("Anna"), BASE64_STANDARD.encode("wrong"));
    let digest = "0".repeat(32);
    for lines in [
        &["USER anna", "PASS wrong"][..],
        &[&format!("APOP anna {digest}")],
        &["AUTH PLAIN", &plain],
        &["AUTH LOGIN", &name, &password],
    ] {
        let mut other = bridge.browser().await;
        sign_in(&mut other, &mail, lines).await;
        assert_eq!(other.until_locked().await, Some(alias), "{lines:?}");
    }
    // Another mailbox is held by nobody here.
    let mut other = bridge.browser().await;
    sign_in(&mut other, &mail, &["USER ben", "PASS wrong"]).await;
    assert_eq!(other.until_locked().await, None);
}

#[tokio::test]
async fn a_maildrop_is_held_until_the_connection_ends_and_by_no_refused_sign_in() {
    let bridge = Bridge::start().await;
    let mail = server("-ERR Unable to lock maildrop").await;
    let (mut holder, mut other) = (bridge.browser().await, bridge.browser().await);
    sign_in(&mut holder, &mail, &["USER anna", "PASS no"]).await;
    sign_in(&mut other, &mail, &["USER anna", "PASS wrong"]).await;
    assert_eq!(other.until_locked().await, None);
    holder.line("PASS right").await;
    holder.until_phase(Phase::Transaction).await;
    other.line("PASS wrong").await;
    assert_eq!(other.until_locked().await, Some(Alias::of(&holder.key.session)));
    holder.disconnect().await;
    holder.until_ended().await;
    other.line("PASS wrong").await;
    assert_eq!(other.until_locked().await, None);
}

#[tokio::test]
async fn nobody_is_told_more_than_that_another_session_holds_it() {
    let (bridge, mail) = (Bridge::start().await, server("-ERR [IN-USE] locked").await);
    let mut holder = bridge.browser().await;
    sign_in(&mut holder, &mail, &["USER kanarienvogel", "PASS right"]).await;
    let mut other = bridge.browser().await;
    let (_, key) = bridge.link(&other.key.clone(), json!({ "role": "watch" })).await;
    let mut guest = Browser::join_as(&bridge, &key, "ben").await;
    let response = BASE64_STANDARD.encode("\0kanarienvogel\0wrong");
    sign_in(&mut other, &mail, &["AUTH PLAIN", &response]).await;
    let alias = Some(Alias::of(&holder.key.session));
    assert_eq!(other.until_locked().await, alias);
    assert_eq!(guest.until_locked().await, alias);
    for frame in other.frames.iter().chain(&guest.frames) {
        // What a response names is known to the bridge, and is in no entry.
        for secret in ["kanarienvogel", &response, &holder.key.session, &holder.key.token] {
            assert!(!contains(frame, secret.as_bytes()), "{secret}");
        }
    }
}

/// What somebody who finds a maildrop locked is told of the session that the record calls so: the status, and that.
async fn ask(bridge: &Bridge, alias: Alias, cookie: &Cookie, token: &str) -> (u16, Vec<Value>) {
    let path = format!("/api/sessions?alias={alias}");
    let (status, _, body) = bridge.send("GET", &path, cookie, token, None).await;
    (status, body["sessions"].as_array().cloned().unwrap_or_default())
}

#[tokio::test]
async fn hosted_its_owner_and_supervisors_are_told_which_session_holds_it_and_nobody_else_is() {
    let accounts = Accounts::of(&[("anna", "agent"), ("ben", "agent"), ("sue", "supervisor")]);
    let (bridge, mail) = (
        Bridge::start_with(accounts.config()).await,
        server("-ERR [IN-USE] locked").await,
    );
    let (anna, ben, sue) = (
        bridge.sign_on("anna").await,
        bridge.sign_on("ben").await,
        bridge.sign_on("sue").await,
    );
    let held = bridge.open_session_as(&anna).await;
    let mut holder = Browser::join_signed_on(&bridge, &held, &anna).await;
    sign_in(&mut holder, &mail, &["USER kanarienvogel", "PASS right"]).await;
    // She has another, which holds nothing.
    bridge.open_session_as(&anna).await;

    let key = bridge.open_session_as(&ben).await;
    let mut other = Browser::join_signed_on(&bridge, &key, &ben).await;
    let links = format!("{}/links", key.path());
    let watch = Some(json!({ "role": "watch" }));
    let (status, _, made) = bridge.send("POST", &links, &ben, &key.token, watch).await;
    assert_eq!(status, 201, "{made}");
    let link = Key {
        token: made["token"].as_str().unwrap().to_owned(),
        ..key.clone()
    };
    let mut guest = Browser::join_as(&bridge, &link, "gus").await;
    let response = BASE64_STANDARD.encode("\0kanarienvogel\0wrong");
    sign_in(&mut other, &mail, &["AUTH PLAIN", &response]).await;
    let alias = Alias::of(&held.session);
    assert_eq!(other.until_locked().await, Some(alias));
    assert_eq!(guest.until_locked().await, Some(alias));

    for (cookie, is_own) in [(&anna, true), (&sue, false)] {
        let (status, told) = ask(&bridge, alias, cookie, "").await;
        assert_eq!((status, told.len()), (200, 1));
        let told = &told[0];
        assert_eq!(
            (&told["session"], &told["agent"], &told["own"], &told["mailbox"]),
            (
                &json!(held.session),
                &json!("anna"),
                &json!(is_own),
                &json!("kanarienvogel")
            )
        );
        let since = told["held_since"].as_u64().unwrap();
        assert!(told["opened"].as_u64().unwrap() <= since, "{told}");
    }
    // A session that nobody knows of is not told apart from one that somebody else has.
    assert_eq!(ask(&bridge, alias, &ben, &key.token).await, (200, Vec::new()));
    assert_eq!(ask(&bridge, Alias::of("none"), &ben, "").await, (200, Vec::new()));
    for token in ["", &link.token, &held.token] {
        assert_eq!(
            ask(&bridge, alias, &Cookie::default(), token).await,
            (401, Vec::new())
        );
    }
    for frame in other.frames.iter().chain(&guest.frames) {
        for secret in ["kanarienvogel", "anna", &held.session, &held.token] {
            assert!(!contains(frame, secret.as_bytes()), "{secret}");
        }
    }

    // It is let go, and goes by that name still.
    holder.disconnect().await;
    holder.until_ended().await;
    let (_, told) = ask(&bridge, alias, &sue, "").await;
    assert_eq!(
        (&told[0]["mailbox"], &told[0]["held_since"]),
        (&json!("kanarienvogel"), &Value::Null)
    );
}

#[tokio::test]
async fn where_the_console_is_not_hosted_no_session_is_told_of_by_its_alias() {
    let bridge = Bridge::start().await;
    let key = bridge.open_session().await;
    let alias = Alias::of(&key.session);
    let (status, told) = ask(&bridge, alias, &Cookie::default(), &key.token).await;
    assert_eq!((status, told), (404, Vec::new()));
}
