//! What each visitor of a hosted console is answered on each route.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use futures_util::future::join_all;
use pop3_console::config::{Config, Guests};
use pop3_console::{PROBES, ROUTES};
use protocol::page::Page;
use protocol::wire::CloseCode;
use serde_json::{Value, json};

use crate::audit::Told;
use crate::support::accounts::{Accounts, Cookie};
use crate::support::{Bridge, Browser, Key};

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
    /// A guest without an account, with a link to type.
    Typing,
    /// A guest without an account, with a link to sign in.
    SigningIn,
    /// An administrator, without any token.
    Administrator,
}

use Visitor::*;

const VISITORS: [Visitor; 9] = [
    Nobody,
    Owner,
    OwnerElsewhere,
    Other,
    Supervisor,
    Watching,
    Typing,
    SigningIn,
    Administrator,
];

/// How a session stands that does not live.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Standing {
    /// The bridge's end interrupted it: it comes alive for whoever comes in.
    Interrupted,
    /// It ended, and nobody reads it.
    Ended,
    /// The same, while its owner reads it.
    IsRead,
}

use Standing::*;

/// What they are answered.
enum Answers {
    /// Everybody the same.
    Alike,
    /// Each as it stands in [`VISITORS`].
    Each([u16; 9]),
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
        Each([401, 403, 403, 403, 403, 401, 401, 401, 200]),
    ),
    (
        "get",
        "/api/accounts",
        "",
        Each([401, 403, 403, 403, 403, 401, 401, 401, 200]),
    ),
    (
        "post",
        "/api/accounts",
        r#"{"name":"dora","role":"agent","password":"correct horse battery","confirm":"correct horse battery"}"#,
        Each([401, 403, 403, 403, 403, 401, 401, 401, 201]),
    ),
    (
        "patch",
        "/api/accounts/{account}",
        r#"{"disabled":true,"confirm":"correct horse battery"}"#,
        Each([401, 403, 403, 403, 403, 401, 401, 401, 204]),
    ),
    (
        "post",
        "/api/accounts/{account}/password",
        r#"{"password":"another long password","confirm":"correct horse battery"}"#,
        Each([401, 403, 403, 403, 403, 401, 401, 401, 204]),
    ),
    (
        "get",
        "/api/policy",
        "",
        Each([401, 403, 403, 403, 403, 401, 401, 401, 200]),
    ),
    (
        "get",
        "/api/sessions",
        "",
        Each([401, 200, 200, 200, 200, 401, 401, 401, 200]),
    ),
    (
        "post",
        "/api/sessions",
        "",
        Each([401, 201, 201, 201, 201, 401, 401, 401, 201]),
    ),
    (
        "get",
        "/api/sessions/{session}",
        "",
        Each([401, 200, 200, 404, 200, 200, 200, 200, 200]),
    ),
    (
        "patch",
        "/api/sessions/{session}",
        r#"{"keep":"nothing"}"#,
        Each([401, 204, 204, 404, 403, 403, 403, 403, 403]),
    ),
    (
        "delete",
        "/api/sessions/{session}",
        "",
        Each([401, 204, 204, 404, 403, 403, 403, 403, 403]),
    ),
    (
        "post",
        "/api/sessions/{session}/end",
        "",
        Each([401, 204, 204, 404, 204, 403, 403, 403, 204]),
    ),
    (
        "get",
        "/api/sessions/{session}/links",
        "",
        Each([401, 200, 200, 404, 403, 403, 403, 403, 403]),
    ),
    (
        "post",
        "/api/sessions/{session}/links",
        r#"{"role":"watch"}"#,
        Each([401, 201, 201, 404, 403, 403, 403, 403, 403]),
    ),
    (
        "delete",
        "/api/sessions/{session}/links/{link}",
        "",
        Each([401, 204, 204, 404, 403, 403, 403, 403, 403]),
    ),
    (
        "get",
        "/api/sessions/{session}/export/{format}",
        "",
        Each([401, 200, 200, 404, 200, 200, 200, 404, 200]),
    ),
    (
        "get",
        "/api/socket",
        "",
        Each([NOT_SIGNED_ON, IN, IN, UNKNOWN, IN, IN, IN, IN, IN]),
    ),
    ("any", "/api/{*rest}", "", Alike),
    ("get", "/{*file}", "", Alike),
    ("get", "/healthz", "", Alike),
    ("get", "/readyz", "", Alike),
];

/// What somebody is answered to that about a session that stands so, who is answered this where it lives.
fn of_standing(standing: Standing, path: &str, visitor: Visitor, lives: u16) -> u16 {
    match (standing, path, visitor) {
        // There is nothing left to sign in to, and nobody learns that there was.
        (Ended | IsRead, "/api/socket", SigningIn) => NOT_SIGNED_ON,
        (Ended | IsRead, _, SigningIn) => 401,
        // There is nothing to end.
        (_, "/api/sessions/{session}/end", _) if lives == 204 => 409,
        _ => lives,
    }
}

/// A console, and who is signed in there.
struct House {
    bridge: Bridge,
    owner: Cookie,
    other: Cookie,
    supervisor: Cookie,
    administrator: Cookie,
}

/// A session of the owner's, and what there is to come to it with.
struct Session {
    key: Key,
    /// The tokens of a link to watch, of one to type, and of one to sign in.
    links: [String; 3],
}

/// Settings of a console with those accounts that keeps its sessions in that folder.
fn config(accounts: &Accounts, guests: Guests, folder: &Path) -> Config {
    let mut config = accounts.journaled(folder);
    config.access.guests = guests;
    config.limits.sessions = 1000;
    config.limits.sessions_of_account = 1000;
    config
}

impl House {
    /// Everybody comes by a proxy, each from an address of their own: whoever comes with something wrong waits for others of
    /// the same.
    async fn open(config: Config) -> Self {
        let bridge = Bridge::start_behind("127.0.0.1/32", config).await;
        Self {
            owner: bridge.sign_on("anna").await,
            other: bridge.sign_on("ben").await,
            supervisor: bridge.sign_on("sue").await,
            administrator: bridge.sign_on("root").await,
            bridge,
        }
    }

    /// A new session.
    async fn session(&self) -> Session {
        let key = self.bridge.open_session_as(&self.owner).await;
        let path = format!("{}/links", key.path());
        let made = ["watch", "control", "sign-in"].map(async |role| {
            let body = Some(json!({ "role": role }));
            let sent = self.bridge.send("POST", &path, &self.owner, &key.token, body);
            let (status, _, made) = sent.await;
            assert_eq!(status, 201, "{made}");
            made["token"].as_str().unwrap().to_owned()
        });
        let links = join_all(made).await.try_into().unwrap();
        Session { key, links }
    }

    /// What the visitor comes to a session with.
    fn visit(&self, Session { key, links }: Session, visitor: Visitor) -> (Key, Cookie) {
        let nobody = Cookie::default();
        let [watching, typing, signing_in] = links;
        let (token, Cookie(cookie, mut said)) = match visitor {
            Nobody => (key.token, nobody),
            Owner => (key.token, self.owner.clone()),
            OwnerElsewhere => (String::new(), self.owner.clone()),
            Other => (key.token, self.other.clone()),
            Supervisor => (String::new(), self.supervisor.clone()),
            Administrator => (String::new(), self.administrator.clone()),
            Watching => (watching, nobody),
            Typing => (typing, nobody),
            SigningIn => (signing_in, nobody),
        };
        said.push(("X-Forwarded-For", format!("192.0.2.{}", visitor as u8)));
        let session = key.session;
        (Key { session, token }, Cookie(cookie, said))
    }

    /// What a visitor of that session is answered.
    async fn answers(&self, method: &str, path: &str, body: &str, visitor: Visitor, session: Session) -> u16 {
        let (key, mut cookie) = self.visit(session, visitor);
        if path == "/api/socket" {
            return self.bridge.turned_away_with(&key, &cookie).await.0.unwrap_or(IN);
        }
        if path == "/api/sign-on" && !cookie.0.is_empty() {
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
            .replace("{*rest}", "anything")
            .replace("{*file}", "anything");
        let method = if method == "any" { "PUT" } else { method };
        let body: Option<Value> = serde_json::from_str(body).ok();
        let method = method.to_ascii_uppercase();
        self.bridge
            .send(&method, &path, &cookie, &key.token, body)
            .await
            .0
    }

    /// What everybody is answered on a route, each of a session of their own.
    async fn row(&self, method: &str, path: &str, body: &str, sessions: Vec<Session>) -> Vec<u16> {
        let cells = VISITORS.into_iter().zip(sessions);
        let cells = cells.map(|(visitor, session)| self.answers(method, path, body, visitor, session));
        join_all(cells).await
    }

    /// A session for each visitor.
    async fn sessions(&self) -> Vec<Session> {
        join_all(VISITORS.map(|_| self.session())).await
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
    let routes: BTreeSet<_> = ROUTES.iter().chain(PROBES).copied().collect();
    let table: BTreeSet<_> = TABLE.iter().map(|(method, path, ..)| (*method, *path)).collect();
    assert_eq!(routes, table);
}

#[test]
fn there_are_no_routes_but_those_that_are_listed() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut files) = (vec![source.join("web")], vec![source.join("web.rs")]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("tests.rs") {
                files.push(path);
            }
        }
    }
    let all: String = files
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect();
    let made = |how: &str| all.matches(how).count();
    // What the lists are made by, and what was counted.
    assert_eq!(made(".route("), 2);
    assert_eq!(made("/metrics"), 1);
    // What is not a probe goes through the guard, and from there to the lists.
    assert_eq!(made(".fallback"), 2);
    assert_eq!(made(".fallback_service("), 2);
    for how in [".nest", ".route_service", ".method_not_allowed_fallback"] {
        assert_eq!(made(how), 0, "{how}");
    }
}

#[test]
fn each_route_that_is_no_programs_is_a_page_that_people_can_come_back_to() {
    let (mut paths, mut pages) = (0, Vec::new());
    let is_program = |path: &str| path.starts_with("/api/") || path == "/{*file}";
    for (_, path) in ROUTES.iter().filter(|(_, path)| !is_program(path)) {
        pages.extend(Page::of(&path.replace("{session}", "k3v9q2")));
        paths += 1;
    }
    // A page more has a row here, and its kind another.
    assert_eq!((paths, pages.len()), (3, 3));
    assert!(
        pages
            .iter()
            .all(|it| matches!(it, Page::Connect | Page::Session(_) | Page::Administration))
    );
}

#[tokio::test]
async fn each_visitor_is_answered_on_each_route_as_the_table_says() {
    let (accounts, folder) = (accounts(), tempfile::tempdir().unwrap());
    let told = Told::new();
    let config = told.by(config(&accounts, Guests::Link, folder.path()));
    let house = House::open(config).await;
    let rows = TABLE.iter().map(async |(method, path, body, answers)| {
        let answered = house.row(method, path, body, house.sessions().await).await;
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
    house.bridge.stop().await;
    assert_eq!(refused(&told), refusals(|_, _, lives| Some(lives)));
}

/// The account of somebody, empty of whoever has none, and what they tried.
type Tried = (String, String);

/// How often the table has it that somebody who is known, or has come in, is refused something, where they are answered that for
/// what stands there; none of what is not asked for.
fn refusals(answer: impl Fn(&str, Visitor, u16) -> Option<u16>) -> BTreeMap<Tried, u64> {
    let mut refusals = BTreeMap::new();
    for (_, path, _, answers) in TABLE {
        let Each(answers) = answers else { continue };
        for (visitor, lives) in VISITORS.into_iter().zip(answers) {
            let Some(answer) = answer(path, visitor, *lives) else {
                continue;
            };
            let account = match visitor {
                Nobody | Watching | Typing | SigningIn => "",
                Owner | OwnerElsewhere => "anna",
                Other => "ben",
                Supervisor => "sue",
                Administrator => "root",
            };
            let is_of_session = path.contains("{session}");
            let tried = match answer {
                403 if is_of_session => "decide-about-the-session",
                403 => "administrate",
                // They are in, and there is no such thing for them.
                404 if visitor == SigningIn => "export",
                404 | UNKNOWN if !account.is_empty() => "come-in",
                _ => continue,
            };
            let tried = (account.to_owned(), tried.to_owned());
            *refusals.entry(tried).or_default() += 1;
        }
    }
    refusals
}

/// How often that was told.
fn refused(told: &Told) -> BTreeMap<Tried, u64> {
    let mut refused = BTreeMap::new();
    for record in told.of("refused") {
        let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
        let tried = (text("account"), text("tried"));
        assert_eq!(record["alias"].is_null(), tried.1 == "administrate", "{record}");
        *refused.entry(tried).or_default() += record["times"].as_u64().unwrap();
    }
    refused
}

/// The same of sessions that do not live.
async fn each_visitor_is_answered_of(standing: Standing) {
    let (accounts, folder) = (accounts(), tempfile::tempdir().unwrap());
    let config = config(&accounts, Guests::Link, folder.path());
    let house = House::open(config.clone()).await;
    let is_of_session = |path: &str| path.starts_with("/api/sessions/{session}") || path == "/api/socket";
    let rows = TABLE.iter().filter(|(_, path, ..)| is_of_session(path));
    let rows = join_all(rows.map(async |row| (row, house.sessions().await))).await;
    if standing != Interrupted {
        let ending = rows.iter().flat_map(|(_, sessions)| sessions).map(async |it| {
            let path = format!("{}/end", it.key.path());
            let sent = house
                .bridge
                .send("POST", &path, &house.owner, &it.key.token, None);
            assert_eq!(sent.await.0, 204);
        });
        join_all(ending).await;
    }
    // So that none of them is in memory.
    house.bridge.stop().await;
    let told = Told::new();
    let house = House::open(told.by(config)).await;
    let first = rows[0].1[0].key.path();
    let (_, _, stands) = house.bridge.send("GET", &first, &house.owner, "", None).await;
    let state = if standing == Interrupted {
        "interrupted"
    } else {
        "ended"
    };
    assert_eq!(stands["state"], state);
    let mut readers = Vec::new();
    if standing == IsRead {
        for session in rows.iter().flat_map(|(_, sessions)| sessions) {
            let reader = Browser::join_signed_on(&house.bridge, &session.key, &house.owner).await;
            assert!(reader.welcome.ended);
            readers.push(reader);
        }
    }
    let rows = rows
        .into_iter()
        .map(async |((method, path, body, answers), sessions)| {
            let Each(lives) = answers else {
                panic!("{method} {path} is of a session, and everybody is answered the same")
            };
            let wanted = VISITORS.into_iter().zip(lives);
            let wanted: Vec<u16> = wanted
                .map(|(visitor, lives)| of_standing(standing, path, visitor, *lives))
                .collect();
            let answered = house.row(method, path, body, sessions).await;
            assert_eq!(answered, wanted, "{method} {path}: {VISITORS:?}");
        });
    join_all(rows).await;
    house.bridge.stop().await;
    let answers =
        |path: &str, visitor, lives| is_of_session(path).then(|| of_standing(standing, path, visitor, lives));
    assert_eq!(refused(&told), refusals(answers));
}

#[tokio::test]
async fn each_visitor_is_answered_of_an_interrupted_session_as_the_table_says() {
    each_visitor_is_answered_of(Interrupted).await;
}

#[tokio::test]
async fn each_visitor_is_answered_of_a_session_that_ended_as_the_table_says() {
    each_visitor_is_answered_of(Ended).await;
}

#[tokio::test]
async fn each_visitor_is_answered_of_a_session_that_is_read_as_the_table_says() {
    each_visitor_is_answered_of(IsRead).await;
}

#[tokio::test]
async fn where_guests_need_an_account_a_link_alone_lets_nobody_in() {
    let (accounts, folder) = (accounts(), tempfile::tempdir().unwrap());
    let house = House::open(config(&accounts, Guests::Accounts, folder.path())).await;
    for visitor in [Watching, Typing] {
        for (path, answer) in [("/api/sessions/{session}", 401), ("/api/socket", NOT_SIGNED_ON)] {
            let session = house.session().await;
            assert_eq!(house.answers("get", path, "", visitor, session).await, answer);
        }
        let (key, _) = house.visit(house.session().await, visitor);
        assert_eq!(house.bridge.turned_away_with(&key, &house.other).await.0, None);
    }
}
