//! Each kind of record there is.

use std::collections::BTreeSet;

use pop3_console::audit::KINDS;
use pop3_console::config::{Access, Config, Mode, Roles};
use serde_json::{Value, json};

use super::{Told, do_everything, server};
use crate::support::accounts::{Accounts, Cookie, PASSWORD};
use crate::support::{Bridge, config};

/// What comes about only where thousands of records cannot be written: see `bridge/src/audit/keeper.rs`.
const ELSEWHERE: &str = "lost";

const README: &str = include_str!("../../../../README.md");

/// A kind as records have it.
fn name(kind: &str) -> String {
    let letters = kind.chars().enumerate();
    let letters = letters.flat_map(|(at, letter)| {
        let dash = (at > 0 && letter.is_uppercase()).then_some('-');
        dash.into_iter().chain(letter.to_lowercase())
    });
    letters.collect()
}

/// In a session, and by those who are not let in to one.
async fn in_sessions(told: &Told) {
    let config = told.kept_by(config());
    let (bridge, mail) = (Bridge::start_with(config).await, server().await);
    do_everything(&bridge, &mail).await;
    // It is left behind.
    bridge.open_session().await;
    bridge.stop().await;
}

/// By those who sign in, and administrators.
async fn of_accounts(told: &Told) {
    let accounts = Accounts::of(&[("anna", "agent"), ("root", "administrator")]);
    let bridge = Bridge::start_with(told.by(accounts.config())).await;
    let root = bridge.sign_on("root").await;
    let administer = async |method: &str, path: &str, body: Value| {
        let (status, _, told) = bridge.send(method, path, &root, "", Some(body)).await;
        (status, told)
    };
    let new = "another long password";
    let anna = "/api/accounts/anna";
    for (method, path, body) in [
        (
            "POST",
            "/api/accounts",
            json!({ "name": "ben", "role": "agent", "password": new, "confirm": PASSWORD }),
        ),
        (
            "PATCH",
            anna,
            json!({ "role": "supervisor", "confirm": PASSWORD }),
        ),
        ("PATCH", anna, json!({ "disabled": true, "confirm": PASSWORD })),
        ("PATCH", anna, json!({ "disabled": false, "confirm": PASSWORD })),
        (
            "POST",
            "/api/accounts/anna/password",
            json!({ "password": new, "confirm": PASSWORD }),
        ),
    ] {
        let (status, told) = administer(method, path, body).await;
        assert!((200..300).contains(&status), "{method} {path}: {told}");
    }
    let wrong = json!({ "role": "agent", "confirm": "wrong horse battery" });
    assert_eq!(administer("PATCH", anna, wrong).await.0, 403);
    bridge.sign_off(&root).await;
    let guesses = (0..30).map(|_| bridge.try_to_sign_on("anna", "a guess of somebody"));
    futures_util::future::join_all(guesses).await;
    assert!(accounts.does(&["remove", "anna"], "").status.success());
    told.until("account-removed").await;
    bridge.stop().await;
}

/// By those whom a proxy names.
async fn by_a_proxy(told: &Told) {
    let roles = Roles {
        agents: vec!["helpdesk".to_owned()],
        ..Roles::default()
    };
    let access = Access {
        mode: Mode::Header,
        roles,
        ..Access::default()
    };
    let config = told.by(Config { access, ..config() });
    let bridge = Bridge::start_behind("127.0.0.0/8", config).await;
    bridge.knows(&Cookie::named("anna", "staff")).await;
    bridge.stop().await;
}

#[tokio::test]
async fn each_kind_of_record_comes_about_and_is_explained() {
    let [sessions, accounts, proxy] = [(), (), ()].map(|()| Told::new());
    tokio::join!(in_sessions(&sessions), of_accounts(&accounts), by_a_proxy(&proxy));
    let records = [sessions, accounts, proxy].map(|told| told.records());
    let came: BTreeSet<String> = records
        .iter()
        .flatten()
        .filter_map(|record| record["what"].as_str().map(str::to_owned))
        .chain([ELSEWHERE.to_owned()])
        .collect();
    let all: BTreeSet<String> = KINDS.iter().map(|kind| name(kind)).collect();
    assert_eq!(came, all);
    for kind in all {
        assert!(README.contains(&format!("`{kind}`")), "{kind}");
    }
}
