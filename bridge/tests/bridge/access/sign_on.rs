//! Signing in to the console, and being signed in.

use std::time::{Duration, Instant};

use protocol::wire::CloseCode;
use serde_json::json;

use crate::support::accounts::{Accounts, Cookie, PASSWORD};
use crate::support::{Bridge, Browser};

/// How long a change to the accounts may take until it counts.
const NOTICED_WITHIN: Duration = Duration::from_secs(5);

const NOT_SIGNED_ON: Option<u16> = Some(CloseCode::NotSignedOn as u16);

#[tokio::test]
async fn opening_a_session_takes_an_account() {
    let accounts = Accounts::of(&[("anna", "agent")]);
    let bridge = Bridge::start_with(accounts.config()).await;
    let nobody = Cookie::default();
    let opening = bridge.send("POST", "/api/sessions", &nobody, "", None).await;
    assert_eq!(opening.0, 401);
    let anna = bridge.sign_on("Anna").await;
    for path in ["/api/sign-on", "/api/console"] {
        let (_, _, told) = bridge.send("GET", path, &anna, "", None).await;
        let told = if path.ends_with("console") {
            &told["access"]
        } else {
            &told
        };
        assert_eq!(told["signed_on"]["name"], json!("anna"));
        assert_eq!(told["signed_on"]["role"], json!("agent"));
    }
    bridge.open_session_as(&anna).await;
    bridge.sign_off(&anna).await;
    let opening = bridge.send("POST", "/api/sessions", &anna, "", None).await;
    assert_eq!(opening.0, 401);
}

#[tokio::test]
async fn a_wrong_password_an_unknown_name_and_a_disabled_account_are_answered_alike() {
    let accounts = Accounts::of(&[("anna", "agent"), ("ben", "agent")]);
    accounts.does(&["disable", "ben"], "");
    let bridge = Bridge::start_with(accounts.config()).await;
    for (name, password) in [
        ("anna", "wrong horse battery"),
        ("nobody at all", PASSWORD),
        ("ben", PASSWORD),
        ("anna", ""),
    ] {
        let asked = Instant::now();
        let (status, said, cookie) = bridge.try_to_sign_on(name, password).await;
        assert_eq!(status, 401);
        assert_eq!(said, json!({ "error": "The name or the password is wrong." }));
        assert!(cookie.is_none());
        assert!(asked.elapsed() >= Duration::from_millis(400), "{name}");
    }
    assert!(bridge.try_to_sign_on("anna", PASSWORD).await.2.is_some());
}

#[tokio::test]
async fn the_cookie_is_for_this_console_alone_and_out_of_reach_of_scripts() {
    let accounts = Accounts::of(&[("anna", "agent")]);
    let bridge = Bridge::start_with(accounts.config()).await;
    let body = json!({ "name": "anna", "password": PASSWORD });
    let nobody = Cookie::default();
    let (_, head, _) = bridge.send("POST", "/api/sign-on", &nobody, "", Some(body)).await;
    let set = head
        .lines()
        .find(|line| line.starts_with("set-cookie: "))
        .unwrap();
    for says in ["; Max-Age=43200", "; Path=/", "; HttpOnly", "; SameSite=Strict"] {
        assert!(set.contains(says), "{set}");
    }
}

#[tokio::test]
async fn signing_out_ends_the_sockets_at_once_and_the_owners_token_alone_is_worth_nothing() {
    let accounts = Accounts::of(&[("anna", "agent")]);
    let bridge = Bridge::start_with(accounts.config()).await;
    let (anna, elsewhere) = (bridge.sign_on("anna").await, bridge.sign_on("anna").await);
    let key = bridge.open_session_as(&anna).await;
    let mut here = Browser::join_signed_on(&bridge, &key, &anna).await;
    let mut there = Browser::join_signed_on(&bridge, &key, &elsewhere).await;
    let asked = Instant::now();
    bridge.sign_off(&anna).await;
    assert_eq!(here.until_closed().await, NOT_SIGNED_ON);
    assert!(asked.elapsed() < Duration::from_secs(1));
    assert_eq!(bridge.turned_away_with(&key, &anna).await.0, NOT_SIGNED_ON);
    assert_eq!(bridge.status(&key).await, 401);
    // Another browser of theirs has nothing to do with it.
    bridge.sign_off(&elsewhere).await;
    assert_eq!(there.until_closed().await, NOT_SIGNED_ON);
}

#[tokio::test]
async fn whoever_has_been_signed_in_for_as_long_as_is_set_is_out_at_once() {
    let accounts = Accounts::of(&[("anna", "agent")]);
    let mut config = accounts.config();
    config.access.lasts = Duration::from_secs(2);
    let bridge = Bridge::start_with(config).await;
    let begun = Instant::now();
    let anna = bridge.sign_on("anna").await;
    let key = bridge.open_session_as(&anna).await;
    let mut here = Browser::join_signed_on(&bridge, &key, &anna).await;
    assert_eq!(here.until_closed().await, NOT_SIGNED_ON);
    let lasted = begun.elapsed();
    assert!((2..4).contains(&lasted.as_secs()), "{lasted:?}");
    let opening = bridge.send("POST", "/api/sessions", &anna, "", None).await;
    assert_eq!(opening.0, 401);
}

#[tokio::test]
async fn a_disabled_account_is_out_within_seconds_and_so_is_one_with_another_password() {
    for change in [
        &["disable", "anna"][..],
        &["password", "anna"],
        &["remove", "anna"],
    ] {
        let accounts = Accounts::of(&[("anna", "agent"), ("ben", "agent")]);
        let bridge = Bridge::start_with(accounts.config()).await;
        let (anna, ben) = (bridge.sign_on("anna").await, bridge.sign_on("ben").await);
        let key = bridge.open_session_as(&anna).await;
        let mut here = Browser::join_signed_on(&bridge, &key, &anna).await;
        let asked = Instant::now();
        assert!(accounts.does(change, "another long password").status.success());
        assert_eq!(here.until_closed().await, NOT_SIGNED_ON);
        assert!(asked.elapsed() < NOTICED_WITHIN);
        assert_eq!(bridge.turned_away_with(&key, &anna).await.0, NOT_SIGNED_ON);
        assert_eq!(bridge.try_to_sign_on("anna", PASSWORD).await.0, 401);
        // Nobody else notices.
        bridge.open_session_as(&ben).await;
    }
}

#[tokio::test]
async fn an_account_that_is_made_anew_has_nothing_of_the_one_before() {
    let accounts = Accounts::of(&[("anna", "agent")]);
    let bridge = Bridge::start_with(accounts.config()).await;
    let anna = bridge.sign_on("anna").await;
    let key = bridge.open_session_as(&anna).await;
    let mut here = Browser::join_signed_on(&bridge, &key, &anna).await;
    accounts.does(&["remove", "anna"], "");
    assert_eq!(here.until_closed().await, NOT_SIGNED_ON);
    accounts.does(&["add", "anna"], "somebody else's own");
    let other = loop {
        if let (_, _, Some(cookie)) = bridge.try_to_sign_on("anna", "somebody else's own").await {
            break cookie;
        }
    };
    let no_session = Some(CloseCode::NoSession as u16);
    assert_eq!(bridge.turned_away_with(&key, &other).await.0, no_session);
}

#[tokio::test]
async fn guessing_is_slowed_and_whoever_signed_in_before_is_not() {
    let accounts = Accounts::of(&[("anna", "agent"), ("ben", "agent")]);
    let bridge = Bridge::start_with(accounts.config()).await;
    bridge.sign_on("ben").await;
    let guesses = (0..30).map(|_| bridge.try_to_sign_on("anna", "a guess of somebody"));
    let answers = futures_util::future::join_all(guesses).await;
    let looked_at = answers.iter().filter(|(status, ..)| *status == 401).count();
    let turned_away = answers.iter().filter(|(status, ..)| *status == 429).count();
    assert_eq!(looked_at + turned_away, 30);
    assert!((10..=13).contains(&looked_at), "{looked_at}");
    let asked = Instant::now();
    bridge.sign_on("ben").await;
    assert!(asked.elapsed() < Duration::from_secs(2));
}
