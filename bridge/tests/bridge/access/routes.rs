//! What each visitor of a hosted console is answered on each route.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use pop3_console::ROUTES;
use pop3_console::config::{Config, Guests};
use protocol::wire::CloseCode;
use serde_json::{Value, json};

use crate::support::accounts::{Accounts, Cookie};
use crate::support::{Bridge, Key, journal_file};

/// Who asks, and with which token of the session.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Visitor {
    /// Nobody who is signed in, with the owner's token.
    Nobody,
    /// The agent who opened the session, with the token.
    Owner,
    /// The same in another browser, without it.
    OwnerElsewhere,
    /// Another agent, who has come by the owner's token.
    Other,
    /// A supervisor, without any token.
    Supervisor,
    /// A guest without an account, with a link to watch.
    Watching,
    /// A guest without an account, with a link to sign in.
    SigningIn,
    /// An administrator, without any token.
    Administrator,
}

use Visitor::*;

const VISITORS: [Visitor; 8] = [
    Nobody,
    Owner,
    OwnerElsewhere,
    Other,
    Supervisor,
    Watching,
    SigningIn,
    Administrator,
];

/// What they are answered.
enum Answers {
    /// Everybody the same.
    Alike,
    /// Each as it stands in [`VISITORS`].
    Each([u16; 8]),
}

use Answers::*;

/// A socket that is let in.
const IN: u16 = 101;
const UNKNOWN: u16 = CloseCode::NoSession as u16;
const NOT_SIGNED_ON: u16 = CloseCode::NotSignedOn as u16;

/// The method and the path of a route, what is asked of it, and what that is answered.
const TABLE: &[(&str, &str, &str, Answers)] = &[
    ("get", "/", "", Alike),
    ("get", "/s/{session}", "", Alike),
    ("get", "/administration", "", Alike),
    ("get", "/api/health", "", Alike),
    ("get", "/api/console", "", Alike),
    ("get", "/api/sign-on", "", Alike),
    ("post", "/api/sign-on", "", Alike),
    ("delete", "/api/sign-on", "", Alike),
    ("get", "/api/sign-on/openid", "", Alike),
    ("get", "/api/sign-on/openid/back", "", Alike),
    (
        "post",
        "/api/confirmation",
        r#"{"password":"correct horse battery"}"#,
        Each([401, 403, 403, 403, 403, 401, 401, 200]),
    ),
    (
        "get",
        "/api/accounts",
        "",
        Each([401, 403, 403, 403, 403, 401, 401, 200]),
    ),
    (
        "post",
        "/api/accounts",
        r#"{"name":"dora","role":"agent","password":"correct horse battery","confirm":"correct horse battery"}"#,
        Each([401, 403, 403, 403, 403, 401, 401, 201]),
    ),
    (
        "patch",
        "/api/accounts/{account}",
        r#"{"disabled":true,"confirm":"correct horse battery"}"#,
        Each([401, 403, 403, 403, 403, 401, 401, 204]),
    ),
    (
        "post",
        "/api/accounts/{account}/password",
        r#"{"password":"another long password","confirm":"correct horse battery"}"#,
        Each([401, 403, 403, 403, 403, 401, 401, 204]),
    ),
    (
        "get",
        "/api/policy",
        "",
        Each([401, 403, 403, 403, 403, 401, 401, 200]),
    ),
    (
        "get",
        "/api/sessions",
        "",
        Each([401, 200, 200, 200, 200, 401, 401, 200]),
    ),
    (
        "post",
        "/api/sessions",
        "",
        Each([401, 201, 201, 201, 201, 401, 401, 201]),
    ),
    (
        "get",
        "/api/sessions/{session}",
        "",
        Each([401, 200, 200, 404, 200, 200, 200, 200]),
    ),
    (
        "patch",
        "/api/sessions/{session}",
        r#"{"keep":"nothing"}"#,
        Each([401, 204, 204, 404, 403, 403, 403, 403]),
    ),
    (
        "delete",
        "/api/sessions/{session}",
        "",
        Each([401, 204, 204, 404, 403, 403, 403, 403]),
    ),
    (
        "post",
        "/api/sessions/{session}/end",
        "",
        Each([401, 204, 204, 404, 204, 403, 403, 204]),
    ),
    (
        "get",
        "/api/sessions/{session}/links",
        "",
        Each([401, 200, 200, 404, 403, 403, 403, 403]),
    ),
    (
        "post",
        "/api/sessions/{session}/links",
        r#"{"role":"watch"}"#,
        Each([401, 201, 201, 404, 403, 403, 403, 403]),
    ),
    (
        "delete",
        "/api/sessions/{session}/links/{link}",
        "",
        Each([401, 204, 204, 404, 403, 403, 403, 403]),
    ),
    (
        "get",
        "/api/sessions/{session}/export/{format}",
        "",
        Each([401, 200, 200, 404, 200, 200, 404, 200]),
    ),
    (
        "get",
        "/api/socket",
        "",
        Each([NOT_SIGNED_ON, IN, IN, UNKNOWN, IN, IN, IN, IN]),
    ),
    ("any", "/api/{*rest}", "", Alike),
];

/// A console, and who is signed in there.
struct House {
    bridge: Bridge,
    owner: Cookie,
    other: Cookie,
    supervisor: Cookie,
    administrator: Cookie,
    _folder: tempfile::TempDir,
}

impl House {
    async fn open(accounts: &Accounts, guests: Guests) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config {
            no_journal: false,
            journal: Some(journal_file(folder.path())),
            ..accounts.config()
        };
        config.access.guests = guests;
        config.limits.sessions = 1000;
        config.limits.sessions_of_account = 1000;
        let bridge = Bridge::start_with(config).await;
        Self {
            owner: bridge.sign_on("anna").await,
            other: bridge.sign_on("ben").await,
            supervisor: bridge.sign_on("sue").await,
            administrator: bridge.sign_on("root").await,
            bridge,
            _folder: folder,
        }
    }

    /// A new session, and what the visitor comes to it with.
    async fn visit(&self, visitor: Visitor) -> (Key, Cookie) {
        let key = self.bridge.open_session_as(&self.owner).await;
        let path = format!("{}/links", key.path());
        let mut tokens = Vec::new();
        for role in ["watch", "sign-in"] {
            let body = Some(json!({ "role": role }));
            let (status, _, made) = self
                .bridge
                .send("POST", &path, &self.owner, &key.token, body)
                .await;
            assert_eq!(status, 201, "{made}");
            tokens.push(made["token"].as_str().unwrap().to_owned());
        }
        let nobody = Cookie::default();
        let (token, cookie) = match visitor {
            Nobody => (key.token, nobody),
            Owner => (key.token, self.owner.clone()),
            OwnerElsewhere => (String::new(), self.owner.clone()),
            Other => (key.token, self.other.clone()),
            Supervisor => (String::new(), self.supervisor.clone()),
            Administrator => (String::new(), self.administrator.clone()),
            Watching => (tokens[0].clone(), nobody),
            SigningIn => (tokens[1].clone(), nobody),
        };
        let session = key.session;
        (Key { session, token }, cookie)
    }

    /// What a visitor of a session of its own is answered.
    async fn answers(&self, method: &str, path: &str, body: &str, visitor: Visitor) -> u16 {
        let (key, mut cookie) = self.visit(visitor).await;
        if path == "/api/socket" {
            return self.bridge.turned_away_with(&key, &cookie).await.0.unwrap_or(IN);
        }
        if path == "/api/sign-on" && cookie != Cookie::default() {
            // It is signed out by that. Each by their own name: of one, not so many passwords are looked at at once.
            let name = match visitor {
                Owner | OwnerElsewhere => "anna",
                Supervisor => "sue",
                Administrator => "root",
                _ => "ben",
            };
            cookie = self.bridge.sign_on(name).await;
        }
        let path = path
            .replace("{session}", &key.session)
            .replace("{link}", "1")
            .replace("{format}", "text")
            .replace("{account}", "cal")
            .replace("{*rest}", "anything");
        let method = if method == "any" { "PUT" } else { method };
        let body: Option<Value> = serde_json::from_str(body).ok();
        let method = method.to_ascii_uppercase();
        self.bridge
            .send(&method, &path, &cookie, &key.token, body)
            .await
            .0
    }
}

fn accounts() -> Accounts {
    Accounts::of(&[
        ("anna", "agent"),
        ("ben", "agent"),
        ("sue", "supervisor"),
        ("root", "administrator"),
        // Somebody whom nobody else here is.
        ("cal", "agent"),
    ])
}

#[test]
fn every_route_is_in_the_table() {
    let routes: BTreeSet<_> = ROUTES.iter().copied().collect();
    let table: BTreeSet<_> = TABLE.iter().map(|(method, path, ..)| (*method, *path)).collect();
    assert_eq!(routes, table);
}

#[tokio::test]
async fn each_visitor_is_answered_on_each_route_as_the_table_says() {
    let accounts = accounts();
    let house = House::open(&accounts, Guests::Link).await;
    let rows = TABLE.iter().map(async |(method, path, body, answers)| {
        let cells = VISITORS.map(|visitor| house.answers(method, path, body, visitor));
        let answered = join_all(cells).await;
        match answers {
            Alike => assert!(
                answered
                    .iter()
                    .all(|it| *it == answered[0] && !(401..=403).contains(it)),
                "{method} {path}: {answered:?}"
            ),
            Each(wanted) => assert_eq!(answered, wanted, "{method} {path}: {VISITORS:?}"),
        }
    });
    join_all(rows).await;
}

#[tokio::test]
async fn where_guests_need_an_account_a_link_alone_lets_nobody_in() {
    let accounts = accounts();
    let house = House::open(&accounts, Guests::Accounts).await;
    let path = "/api/sessions/{session}";
    assert_eq!(house.answers("get", path, "", Watching).await, 401);
    assert_eq!(
        house.answers("get", "/api/socket", "", Watching).await,
        NOT_SIGNED_ON
    );
    let (key, _) = house.visit(Watching).await;
    assert_eq!(house.bridge.turned_away_with(&key, &house.other).await.0, None);
}
