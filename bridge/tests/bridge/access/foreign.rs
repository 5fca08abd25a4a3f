//! What comes to a hosted console from another site's page, or by another name. The browser that it comes in may be signed
//! in, and the page may know a session's token: it is refused all the same, and nothing changes.

use pop3_console::ROUTES;
use pop3_console::config::Config;
use serde_json::{Value, json};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::support::accounts::{Accounts, PASSWORD};
use crate::support::{Bridge, Key, patient};

/// What is said to whoever comes from another site.
const NOT_FROM_THERE: &str = "Only the console's own page may do this.\n";

/// Origins of pages that are not the console's at `https://pop3.company.com`, and none.
const FOREIGN: [Option<&str>; 13] = [
    None,
    Some(""),
    Some("null"),
    Some("https://evil.example"),
    Some("http://pop3.company.com"),
    Some("https://pop3.company.com:8443"),
    Some("https://pop3.company.com/"),
    Some("https://company.com"),
    Some("https://www.pop3.company.com"),
    Some("https://evilpop3.company.com"),
    Some("https://pop3.company.com.evil.example"),
    Some("https://evil.example, https://pop3.company.com"),
    Some("https://pop3.company.com\r\nOrigin: https://evil.example"),
];

/// Names that lead to the console and are not its own, as a name does that was bound anew (DNS rebinding).
const ELSEWHERE: [&str; 7] = [
    "evil.example",
    "company.com",
    "pop3.company.com:80",
    "pop3.company.com:8443",
    "pop3.company.com.",
    "pop3.company.com.evil.example",
    "pop3.company.com\r\nHost: evil.example",
];

/// A hosted console as browsers reach it, and somebody who is signed in and has opened a session.
struct House {
    bridge: Bridge,
    /// The path below which it stands.
    below: &'static str,
    /// What a proxy says of each request, where there is one.
    said: &'static str,
    /// What the browser sends along whoever asks.
    cookie: String,
    key: Key,
    _accounts: Accounts,
}

impl House {
    /// One that speaks TLS itself.
    async fn sealed() -> Self {
        let accounts = Accounts::of(&[("anna", "administrator"), ("ben", "agent")]);
        let config = hosted(&accounts, "https://pop3.company.com");
        let bridge = Bridge::start_sealed(config).await;
        Self::open(bridge, accounts, "", "").await
    }

    /// One behind a proxy that does, below a path.
    async fn behind_a_proxy() -> Self {
        let accounts = Accounts::of(&[("anna", "administrator"), ("ben", "agent")]);
        let config = Config {
            trusted_proxies: vec!["127.0.0.1/32".parse().unwrap()],
            ..hosted(&accounts, "https://pop3.company.com/console")
        };
        let bridge = Bridge::start_with(config).await;
        let said = "X-Forwarded-Proto: https\r\nX-Forwarded-For: 192.0.2.7\r\n";
        Self::open(bridge, accounts, "/console", said).await
    }

    async fn open(bridge: Bridge, accounts: Accounts, below: &'static str, said: &'static str) -> Self {
        let mut house = Self {
            bridge,
            below,
            said,
            cookie: String::new(),
            key: Key {
                session: String::new(),
                token: String::new(),
            },
            _accounts: accounts,
        };
        let who = json!({ "name": "anna", "password": PASSWORD }).to_string();
        let (status, head, _) = house.own("POST", "/api/sign-on", &who).await;
        assert_eq!(status, 200);
        let set = head.lines().find_map(|line| line.strip_prefix("set-cookie: "));
        house.cookie = set.unwrap().split(';').next().unwrap().to_owned();
        let (status, _, opened) = house.own("POST", "/api/sessions", "").await;
        assert_eq!(status, 201, "{opened}");
        let opened: Value = serde_json::from_str(&opened).unwrap();
        house.key.session = opened["session"].as_str().unwrap().to_owned();
        house.key.token = opened["token"].as_str().unwrap().to_owned();
        house
    }

    /// What is answered to a page of that origin, which asks for that at that name.
    async fn asked(
        &self,
        method: &str,
        path: &str,
        host: &str,
        origin: Option<&str>,
        body: &str,
    ) -> (u16, String, String) {
        let path = path
            .replace("{session}", &self.key.session)
            .replace("{link}", "1")
            .replace("{format}", "text")
            .replace("{account}", "ben")
            .replace("{*rest}", "anything");
        let method = if method == "any" { "PUT" } else { method };
        let origin = origin.map_or(String::new(), |origin| format!("Origin: {origin}\r\n"));
        let request = format!(
            "{} {}{path} HTTP/1.1\r\nHost: {host}\r\n{origin}{}Cookie: {}\r\nAuthorization: Bearer {}\r\n\
             Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
            method.to_ascii_uppercase(),
            self.below,
            self.said,
            self.cookie,
            self.key.token,
            body.len()
        );
        self.bridge.exchange(&request).await
    }

    /// What is answered to the console's own page.
    async fn own(&self, method: &str, path: &str, body: &str) -> (u16, String, String) {
        let origin = Some("https://pop3.company.com");
        self.asked(method, path, "pop3.company.com", origin, body).await
    }

    /// The status that a page of that origin is answered which opens a WebSocket.
    async fn socket(&self, origin: Option<&str>) -> u16 {
        let mut request = format!("wss://pop3.company.com{}/api/socket", self.below)
            .into_client_request()
            .unwrap();
        let headers = request.headers_mut();
        headers.insert("Sec-WebSocket-Protocol", "pop3-console".parse().unwrap());
        headers.insert("Cookie", self.cookie.parse().unwrap());
        headers.insert("X-Forwarded-Proto", "https".parse().unwrap());
        for origin in origin.iter().flat_map(|origin| origin.split("\r\nOrigin: ")) {
            headers.append("Origin", origin.parse().unwrap());
        }
        match patient(client_async(request, self.bridge.wire().await)).await {
            Ok((_, response)) => response.status().as_u16(),
            Err(Error::Http(response)) => response.status().as_u16(),
            Err(error) => panic!("{error}"),
        }
    }

    /// Nothing is otherwise than when it was opened.
    async fn is_unchanged(&self) {
        let told = async |path: &str| -> Value {
            let (status, _, told) = self.own("GET", path, "").await;
            assert_eq!(status, 200, "{path}: {told}");
            serde_json::from_str(&told).unwrap()
        };
        assert_eq!(told("/api/sign-on").await["signed_on"]["name"], "anna");
        let sessions = told("/api/sessions").await;
        assert_eq!(sessions["sessions"].as_array().unwrap().len(), 1, "{sessions}");
        let session = told("/api/sessions/{session}").await;
        assert_eq!(
            (&session["state"], &session["entries"]),
            (&json!("live"), &json!(0)),
            "{session}"
        );
        assert_eq!(
            told("/api/sessions/{session}/links").await,
            json!({ "links": [] })
        );
        let accounts = told("/api/accounts").await;
        let accounts = accounts["accounts"].as_array().unwrap();
        let named: Vec<_> = accounts.iter().map(|it| (&it["name"], &it["disabled"])).collect();
        let (anna, ben) = (json!("anna"), json!("ben"));
        assert_eq!(named, [(&anna, &json!(false)), (&ben, &json!(false))]);
    }
}

fn hosted(accounts: &Accounts, public: &str) -> Config {
    Config {
        public: vec![public.parse().unwrap()],
        ..accounts.config()
    }
}

async fn houses() -> [House; 2] {
    [House::sealed().await, House::behind_a_proxy().await]
}

/// What would be done, if it were the own page that asks.
fn body(method: &str, path: &str) -> &'static str {
    match (method, path) {
        ("patch", "/api/accounts/{account}") => r#"{"disabled":true,"confirm":"correct horse battery"}"#,
        ("patch", _) => r#"{"keep":"nothing"}"#,
        ("post", "/api/accounts") => {
            r#"{"name":"eve","role":"administrator","password":"correct horse battery","confirm":"correct horse battery"}"#
        }
        ("post", "/api/accounts/{account}/password") => {
            r#"{"password":"correct horse battery","confirm":"correct horse battery"}"#
        }
        ("post", "/api/sessions/{session}/links") => r#"{"role":"control"}"#,
        _ => "",
    }
}

fn is_changing(method: &str) -> bool {
    method != "get"
}

#[tokio::test]
async fn nothing_is_changed_by_another_sites_page_on_any_route() {
    for house in houses().await {
        for (method, path) in ROUTES.iter().filter(|(method, _)| is_changing(method)) {
            for origin in FOREIGN {
                let host = "pop3.company.com";
                let (status, _, told) = house.asked(method, path, host, origin, body(method, path)).await;
                assert_eq!(
                    (status, &*told),
                    (403, NOT_FROM_THERE),
                    "{method} {path} {origin:?}"
                );
            }
        }
        house.is_unchanged().await;
        // The same is done for the own page; signing out is what comes last.
        let (last, others): (Vec<_>, Vec<_>) = ROUTES
            .iter()
            .filter(|(method, _)| is_changing(method))
            .partition(|route| **route == ("delete", "/api/sign-on"));
        for (method, path) in others.into_iter().chain(last) {
            let (status, _, told) = house.own(method, path, body(method, path)).await;
            assert!(!matches!(status, 401 | 403), "{method} {path}: {status} {told}");
        }
    }
}

#[tokio::test]
async fn no_socket_is_opened_by_another_sites_page() {
    for house in houses().await {
        for origin in FOREIGN {
            assert_eq!(house.socket(origin).await, 403, "{origin:?}");
        }
        assert_eq!(house.socket(Some("https://pop3.company.com")).await, 101);
    }
}

#[tokio::test]
async fn by_another_name_nothing_is_there() {
    for house in houses().await {
        // Where it is behind a proxy it is not even called what it is on its own machine.
        let own = house.bridge.address.to_string();
        let own = (!house.said.is_empty()).then_some(&*own);
        for host in ELSEWHERE.into_iter().chain(own) {
            for (method, path) in ROUTES {
                let origin = format!("https://{host}");
                let origin = (!host.contains('\r')).then_some(&*origin);
                let (status, head, told) = house.asked(method, path, host, origin, "").await;
                assert!(
                    matches!(status, 400 | 403),
                    "{method} {path} {host}: {status} {told}"
                );
                assert!(!head.contains("set-cookie"), "{head}");
                assert!(!told.contains("anna"), "{told}");
            }
        }
        house.is_unchanged().await;
    }
}

#[tokio::test]
async fn every_answer_keeps_others_out_and_browsers_on_tls() {
    for house in houses().await {
        for (method, path) in ROUTES.iter().filter(|(method, _)| !is_changing(method)) {
            for (host, is_own) in [("pop3.company.com", true), ("evil.example", false)] {
                let (_, head, _) = house.asked(method, path, host, None, "").await;
                let header = |name: &str| {
                    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
                    let found = lines.find(|(it, _)| it.eq_ignore_ascii_case(name));
                    found.map(|(_, value)| value)
                };
                let policy = header("content-security-policy").unwrap();
                is_strict(policy);
                for (name, value) in [
                    ("x-content-type-options", "nosniff"),
                    ("referrer-policy", "no-referrer"),
                    ("cross-origin-opener-policy", "same-origin"),
                    ("cross-origin-resource-policy", "same-origin"),
                ] {
                    assert_eq!(header(name), Some(value), "{path}");
                }
                // Only a page of the console's name is told to come by TLS.
                let lasting = is_own.then_some("max-age=31536000");
                assert_eq!(header("strict-transport-security"), lasting, "{path}");
                assert_eq!(header("access-control-allow-origin"), None, "{path}");
            }
        }
    }
}

/// A content security policy that lets run and load what is the console's own, and nothing else.
fn is_strict(policy: &str) {
    for directive in policy.split("; ") {
        let (name, sources) = directive.split_once(' ').unwrap();
        let sources: Vec<_> = sources.split(' ').collect();
        let is_allowed = |source: &&str| match name {
            "default-src" | "base-uri" | "form-action" | "frame-ancestors" => *source == "'none'",
            "script-src" => {
                matches!(*source, "'self'" | "'wasm-unsafe-eval'") || source.starts_with("'sha256-")
            }
            "img-src" => matches!(*source, "'self'" | "data:"),
            "style-src" | "connect-src" | "font-src" | "manifest-src" => *source == "'self'",
            "require-trusted-types-for" => *source == "'script'",
            _ => false,
        };
        assert!(sources.iter().all(is_allowed), "{directive}");
    }
    for needed in [
        "default-src 'none'",
        "script-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    ] {
        assert!(policy.contains(needed), "{needed} is missing in {policy}");
    }
}
