//! Whom a trusted proxy names in a header.

use std::time::{Duration, Instant};

use pop3_console::config::{Access, Config, Mode, Roles};
use protocol::access::Role;
use protocol::wire::CloseCode;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;

use crate::audit::{self, signing_in};
use crate::support::accounts::Cookie;
use crate::support::{Bridge, Browser, Key, config, patient};

const NO_SESSION: Option<u16> = Some(CloseCode::NoSession as u16);
const NOT_SIGNED_ON: Option<u16> = Some(CloseCode::NotSignedOn as u16);

/// Where the tests are the proxy.
const PROXY: &str = "127.0.0.0/8";

fn hosted() -> Config {
    let groups = |name: &str| vec![name.to_owned()];
    let roles = Roles {
        agents: groups("helpdesk"),
        supervisors: groups("leads"),
        administrators: groups("ops"),
    };
    let access = Access {
        mode: Mode::Header,
        roles,
        ..Access::default()
    };
    Config { access, ..config() }
}

pub(super) async fn start() -> Bridge {
    start_with(|_| {}).await
}

pub(super) async fn start_with(change: impl FnOnce(&mut Config)) -> Bridge {
    let mut config = hosted();
    change(&mut config);
    Bridge::start_behind(PROXY, config).await
}

pub(super) fn anna() -> Cookie {
    Cookie::named("anna", "staff, helpdesk")
}

fn without_token(key: &Key) -> Key {
    Key {
        token: String::new(),
        ..key.clone()
    }
}

#[tokio::test]
async fn whoever_the_proxy_names_is_signed_in_and_may_what_their_groups_may() {
    let bridge = start().await;
    for (groups, role) in [
        ("helpdesk", "agent"),
        ("leads,helpdesk", "supervisor"),
        ("ops", "administrator"),
    ] {
        let known = bridge.knows(&Cookie::named("anna", groups)).await;
        assert_eq!(known["mode"], "header");
        assert_eq!(known["signed_on"]["name"], "anna", "{known}");
        assert_eq!(known["signed_on"]["role"], role, "{known}");
    }
    let key = bridge.open_session_as(&anna()).await;
    let owner = Browser::join_signed_on(&bridge, &without_token(&key), &anna()).await;
    assert_eq!(owner.welcome.role, Role::Owner);
    let sue = Cookie::named("sue", "leads");
    let watching = Browser::join_signed_on(&bridge, &without_token(&key), &sue).await;
    assert_eq!(watching.welcome.role, Role::Watch);
}

#[tokio::test]
async fn from_anybody_but_a_trusted_proxy_the_header_says_nothing() {
    let bridge = Bridge::start_behind("192.0.2.0/24", hosted()).await;
    let known = bridge.knows(&anna()).await;
    assert_eq!(known["signed_on"], Value::Null);
    let problem = known["problem"].as_str().unwrap();
    assert!(
        problem.starts_with("This console is reached through a proxy"),
        "{problem}"
    );
    let opening = bridge.send("POST", "/api/sessions", &anna(), "", None).await;
    assert_eq!(opening.0, 401);
}

#[tokio::test]
async fn who_is_not_named_as_somebody_is_told_why() {
    let bridge = start().await;
    let name = "a".repeat(65);
    for (who, why) in [
        (Cookie::default(), "does not say who you are"),
        (Cookie::named("", "helpdesk"), "does not say who you are"),
        (
            Cookie::named("the owner", "helpdesk"),
            "a name that nobody can have",
        ),
        (Cookie::named(&name, "helpdesk"), "a name that nobody can have"),
        (
            Cookie::named("anna", "staff"),
            "You are known as “anna”, and none of your groups may use this console.",
        ),
    ] {
        let known = bridge.knows(&who).await;
        assert_eq!(known["signed_on"], Value::Null);
        assert!(known["problem"].as_str().unwrap().contains(why), "{known}");
        let opening = bridge.send("POST", "/api/sessions", &who, "", None).await;
        assert_eq!(opening.0, 401);
    }
}

#[tokio::test]
async fn whose_name_looks_like_somebody_elses_is_neither_taken_for_them_nor_kept_out() {
    let bridge = start().await;
    let key = bridge.open_session_as(&anna()).await;
    let like = Cookie::named("\u{430}nna", "helpdesk");
    assert_eq!(bridge.knows(&like).await["problem"], Value::Null);
    let path = key.path();
    assert_eq!(bridge.send("GET", &path, &like, &key.token, None).await.0, 404);
    assert_eq!(bridge.send("GET", &path, &anna(), "", None).await.0, 200);
}

#[tokio::test]
async fn a_request_that_names_somebody_else_does_not_go_on_as_whoever_was_named_before() {
    let bridge = start().await;
    let key = bridge.open_session_as(&anna()).await;
    let mut here = Browser::join_signed_on(&bridge, &key, &anna()).await;
    let ben = Cookie::named("ben", "helpdesk");
    // With everything that anna's page has.
    let path = key.path();
    assert_eq!(bridge.send("GET", &path, &ben, &key.token, None).await.0, 404);
    assert_eq!(bridge.send("DELETE", &path, &ben, &key.token, None).await.0, 404);
    assert_eq!(bridge.turned_away_with(&key, &ben).await.0, NO_SESSION);
    let nobody = Cookie::default();
    assert_eq!(bridge.send("GET", &path, &nobody, &key.token, None).await.0, 401);
    assert_eq!(bridge.turned_away_with(&key, &nobody).await.0, NOT_SIGNED_ON);
    // And by one connection of the proxy's.
    let request = |name: &str| {
        format!(
            "GET /api/sign-on HTTP/1.1\r\nHost: {}\r\nX-Remote-User: {name}\r\nX-Remote-Groups: helpdesk",
            bridge.address
        )
    };
    let both = format!("{}\r\n\r\n{}", request("anna"), request("ben"));
    let (_, _, answers) = bridge.http(&both).await;
    let (first, second) = (answers.find("\"anna\""), answers.find("\"ben\""));
    assert!(first.is_some() && first < second, "{answers}");
    // Anna herself goes on.
    here.line("NOOP").await;
    here.until_refused().await;
}

#[tokio::test]
async fn whose_groups_change_is_out_where_they_were() {
    let bridge = start().await;
    let key = bridge.open_session_as(&anna()).await;
    let sue = |groups: &str| Cookie::named("sue", groups);
    for groups in ["helpdesk", "staff"] {
        let mut watching = Browser::join_signed_on(&bridge, &without_token(&key), &sue("leads")).await;
        let asked = Instant::now();
        bridge.knows(&sue(groups)).await;
        assert_eq!(watching.until_closed().await, NOT_SIGNED_ON);
        assert!(asked.elapsed() < Duration::from_secs(1));
    }
}

#[tokio::test]
async fn there_is_no_other_way_in_or_out() {
    let bridge = start().await;
    assert_eq!(bridge.try_to_sign_on("anna", "a long password").await.0, 404);
    let out = bridge.send("DELETE", "/api/sign-on", &anna(), "", None).await;
    assert_eq!(out.0, 409, "{}", out.2);
}

#[tokio::test]
async fn who_was_named_is_in_the_audit_once_and_so_is_who_was_not_admitted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let audited = Config {
        audit_file: Some(file.clone()),
        ..hosted()
    };
    let bridge = Bridge::start_behind(PROXY, audited).await;
    for who in [
        anna(),
        anna(),
        Cookie::named("mallory", "staff"),
        Cookie::default(),
    ] {
        bridge.knows(&who).await;
    }
    bridge.stop().await;
    let records = std::fs::read_to_string(&file).unwrap();
    assert_eq!(
        signing_in(&audit::records(&records)),
        [
            json!(["signed-on", "anna", "header"]),
            json!(["not-admitted", null, null])
        ]
    );
}

#[cfg(unix)]
#[tokio::test]
async fn who_is_signed_on_as_nobody_over_and_over_does_not_flood_the_log() {
    let flags = [
        "--no-journal",
        "--access-mode=header",
        "--proxy-trusted=127.0.0.1",
        "--public=https://pop3.company.com",
    ];
    let (bridge, mut log) = Bridge::start_logging_with(&flags).await;
    let began = Instant::now();
    for _ in 0..20 {
        let asked = "GET /api/sign-on HTTP/1.1\r\nHost: pop3.company.com\r\nX-Forwarded-Proto: https\r\n\
                     X-Remote-User: the owner\r\nConnection: close\r\n\r\n";
        let (status, head, _) = bridge.exchange(asked).await;
        assert_eq!(status, 200, "{head}");
    }
    let often = 1 + began.elapsed().as_secs() / 10;
    bridge.signal(rustix::process::Signal::TERM);
    assert!(bridge.exited().await.success());
    let mut logged = String::new();
    patient(log.read_to_string(&mut logged)).await.unwrap();
    let times = logged.matches("a request was not signed on").count() as u64;
    assert!((1..=often).contains(&times), "{logged}");
}
