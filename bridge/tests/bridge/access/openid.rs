//! Whoever signs in at a provider of OpenID Connect, which is honest or is not.

mod browser;
mod endpoints;
mod often;
mod person;
mod proof;
mod told;

use std::net::IpAddr;
use std::sync::atomic::{AtomicU16, Ordering};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use pop3_console::config::{Access, Config, Mode, OpenId, Roles};
use protocol::wire::CloseCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::left::{LASTS, link};
use crate::support::accounts::Cookie;
use crate::support::provider::{CLIENT, Key, Provider, TOKEN, half_hash, now};
use crate::support::{Bridge, Browser, config};

/// What the console proves with who it is; nowhere by accident.
const SECRET: &str = "client+canary secret";

const CODE: &str = "code-canary";

/// Settings of a console whose people sign in at that provider.
pub(crate) fn hosted(issuer: &str) -> Config {
    let groups = |name: &str| vec![name.to_owned()];
    let access = Access {
        mode: Mode::OpenId,
        roles: Roles {
            agents: groups("helpdesk"),
            supervisors: groups("leads"),
            administrators: groups("ops"),
        },
        openid: OpenId {
            issuer: Some(issuer.parse().unwrap()),
            client: Some(CLIENT.to_owned()),
            secret: Some(SECRET.parse().unwrap()),
            scopes: "openid profile groups".to_owned(),
            ..OpenId::default()
        },
        ..Access::default()
    };
    Config { access, ..config() }
}

/// A provider with one key, and a console whose people sign in there.
struct House {
    bridge: Bridge,
    provider: Provider,
    key: Key,
}

/// A browser that has left for the provider.
#[derive(Clone)]
struct Away {
    /// What it is known by.
    cookie: String,
    /// Where it was sent.
    to: String,
}

/// What a browser that came back is answered.
#[derive(Debug)]
struct Back {
    status: u16,
    location: String,
    /// What it is signed in by, if it is.
    cookie: Option<String>,
}

impl Away {
    /// What the provider is asked in the address.
    fn parameter(&self, name: &str) -> &str {
        let (_, query) = self.to.split_once('?').unwrap();
        let named = query.split('&').filter_map(|it| it.split_once('='));
        let found = named.into_iter().find(|(it, _)| *it == name);
        found.unwrap_or_else(|| panic!("no {name} in {query}")).1
    }

    /// With what an honest provider sends it back.
    fn word(&self) -> String {
        format!("code={CODE}&state={}", self.parameter("state"))
    }
}

impl Back {
    /// It was told that, on that page, and is not signed in.
    fn is_turned_away(&self, page: &str, why: &str) {
        assert_eq!(
            (self.status, self.location.as_str(), &self.cookie),
            (303, format!("{page}?sign-on={why}").as_str(), &None),
            "{self:?}"
        );
    }

    fn signed_on(&self) -> Cookie {
        assert_eq!(self.status, 303, "{self:?}");
        assert!(!self.location.contains("sign-on="), "{self:?}");
        Cookie(self.cookie.clone().unwrap(), Vec::new())
    }
}

/// A site from which nobody else comes: whoever comes over and over from one has to wait.
fn elsewhere() -> IpAddr {
    static LAST: AtomicU16 = AtomicU16::new(0);
    let number = LAST.fetch_add(1, Ordering::Relaxed);
    IpAddr::from([0x2001, 0xdb8, number, 0, 0, 0, 0, 1])
}

/// The value of a header's line, of which there is one.
fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    let found: Vec<_> = lines
        .filter(|(it, _)| it.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
        .collect();
    assert!(found.len() < 2, "{head}");
    found.first().copied()
}

impl Bridge {
    /// Goes there in a tab, as whatever page sent it.
    async fn go(&self, path: &str, cookie: &str, more: &str) -> (u16, String) {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\n{more}Connection: close\r\n\r\n",
            self.address
        );
        let (status, head, _) = self.exchange(&request).await;
        (status, head)
    }

    /// A new browser that leaves for the provider from that page.
    async fn leave(&self, page: &str) -> Away {
        self.leave_from(elsewhere(), page).await
    }

    /// The same where it is there.
    async fn leave_from(&self, from: IpAddr, page: &str) -> Away {
        let head = self.try_to_leave(from, page).await;
        let cookie = header(&head, "set-cookie").unwrap_or_else(|| panic!("{head}"));
        let (cookie, attributes) = cookie.split_once("; ").unwrap();
        assert_eq!(attributes, "Max-Age=600; Path=/; HttpOnly; SameSite=Lax");
        Away {
            cookie: cookie.to_owned(),
            to: header(&head, "location").unwrap().to_owned(),
        }
    }

    /// A new browser there is sent somewhere.
    async fn try_to_leave(&self, from: IpAddr, page: &str) -> String {
        let path = format!("/api/sign-on/openid?page={page}");
        let (status, head) = self.go(&path, "", &format!("X-Forwarded-For: {from}\r\n")).await;
        assert_eq!(status, 303, "{head}");
        head
    }

    /// A browser comes back that is known by that cookie.
    async fn back(&self, cookie: &str, word: &str) -> Back {
        self.back_from(elsewhere(), cookie, word).await
    }

    /// The same where it is there.
    async fn back_from(&self, from: IpAddr, cookie: &str, word: &str) -> Back {
        let path = format!("/api/sign-on/openid/back?{word}");
        let more = format!(
            "X-Forwarded-For: {from}\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n\
             Sec-Fetch-Dest: document\r\n"
        );
        let (status, head) = self.go(&path, cookie, &more).await;
        let set = header(&head, "set-cookie");
        Back {
            status,
            location: header(&head, "location").unwrap_or_default().to_owned(),
            cookie: set.map(|it| {
                let (cookie, attributes) = it.split_once("; ").unwrap();
                let (lasts, attributes) = attributes.split_once("; ").unwrap();
                let all = [12 * 3600, LASTS.as_secs()].map(|seconds| format!("Max-Age={seconds}"));
                assert!(all.contains(&lasts.to_owned()), "{lasts}");
                assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Strict");
                cookie.to_owned()
            }),
        }
    }
}

impl House {
    async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    /// With other settings.
    async fn open_with(change: impl FnOnce(&mut Config)) -> Self {
        let key = Key::new("one");
        let provider = Provider::start(&[&key]).await;
        let mut config = hosted(&provider.issuer);
        change(&mut config);
        let bridge = Bridge::start_behind("127.0.0.1/32", config).await;
        Self {
            bridge,
            provider,
            key,
        }
    }

    /// What an honest provider says of anna in that attempt.
    fn anna(&self, away: &Away) -> Value {
        json!({
            "iss": self.provider.issuer, "sub": "subject-7", "aud": CLIENT, "nonce": away.parameter("nonce"),
            "iat": now(), "exp": now() + 300, "preferred_username": "anna", "groups": ["staff", "helpdesk"],
        })
    }

    /// The same where some of it is otherwise.
    fn anna_but(&self, away: &Away, otherwise: Value) -> Value {
        let mut claims = self.anna(away);
        for (claim, value) in otherwise.as_object().unwrap() {
            claims[claim] = value.clone();
        }
        claims
    }

    /// Somebody signs in whom an honest provider tells that of.
    async fn comes(&self, otherwise: Value) -> Back {
        let away = self.bridge.leave("/").await;
        self.provider
            .gives(&self.key.signs(&self.anna_but(&away, otherwise)));
        self.bridge.back(&away.cookie, &away.word()).await
    }
}

fn but(mut claims: Value, claim: &str, value: Value) -> Value {
    claims[claim] = value;
    claims
}

fn without(mut claims: Value, claim: &str) -> Value {
    claims.as_object_mut().unwrap().remove(claim);
    claims
}

#[tokio::test]
async fn who_signs_in_at_the_provider_is_called_so_and_may_what_their_groups_may() {
    let house = House::open().await;
    let bridge = &house.bridge;
    let nobody = bridge.knows(&Cookie::default()).await;
    assert_eq!(nobody["mode"], "openid");
    assert_eq!(nobody["provider"], house.provider.address.to_string());

    let away = bridge.leave("/s/k3v9q2").await;
    let there = format!("{}/authorize?", house.provider.issuer);
    assert!(away.to.starts_with(&there), "{}", away.to);
    assert_eq!(away.parameter("response_type"), "code");
    assert_eq!(away.parameter("client_id"), CLIENT);
    assert_eq!(away.parameter("scope"), "openid+profile+groups");
    assert_eq!(away.parameter("code_challenge_method"), "S256");
    let back = format!("http://{}/api/sign-on/openid/back", bridge.address);
    let encoded = back.replace(':', "%3A").replace('/', "%2F");
    assert_eq!(away.parameter("redirect_uri"), encoded);

    let claims = house.anna_but(
        &away,
        json!({ "at_hash": half_hash("access-canary"), "azp": CLIENT }),
    );
    house.provider.gives(&house.key.signs(&claims));
    let anna = bridge.back(&away.cookie, &away.word()).await;
    assert_eq!(anna.location, "/s/k3v9q2");
    let anna = anna.signed_on();
    let known = bridge.knows(&anna).await;
    assert_eq!(
        (&known["signed_on"]["name"], &known["signed_on"]["role"]),
        (&json!("anna"), &json!("agent"))
    );

    // The code was brought by whoever sent the browser away, and by the console.
    let asked = &house.provider.asked(TOKEN)[0];
    let sent = |name: &str| {
        let mut sent = asked.body.split('&').filter_map(|it| it.split_once('='));
        sent.find(|(it, _)| *it == name).unwrap().1
    };
    let verifier = sent("code_verifier");
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    assert_eq!(challenge, away.parameter("code_challenge"));
    assert_eq!((sent("grant_type"), sent("code")), ("authorization_code", CODE));
    assert_eq!(sent("redirect_uri"), encoded);
    let proof = asked.authorization.strip_prefix("Basic ").unwrap();
    let proof = base64::prelude::BASE64_STANDARD.decode(proof).unwrap();
    assert_eq!(proof, b"console:client%2Bcanary+secret");

    for (groups, role) in [("leads", "supervisor"), ("ops", "administrator")] {
        let other = house
            .comes(json!({ "sub": role, "preferred_username": role, "groups": [groups] }))
            .await;
        let known = bridge.knows(&other.signed_on()).await;
        assert_eq!(known["signed_on"]["role"], role);
    }
}

#[tokio::test]
async fn whoever_does_not_sign_in_anew_lets_in_no_more_guests() {
    let house = House::open_with(|config| config.access.lasts = LASTS).await;
    let anna = house.comes(json!({})).await.signed_on();
    let key = house.bridge.open_session_as(&anna).await;
    let link = link(&house.bridge, &key, &anna).await;
    let mut guest = Browser::join_as(&house.bridge, &link, "ben").await;
    assert_eq!(guest.until_closed().await, Some(CloseCode::LinkOver as u16));
    assert_eq!(house.bridge.status(&link).await, 401);
    house.comes(json!({})).await.signed_on();
    assert_eq!(house.bridge.status(&link).await, 200);
}

#[tokio::test]
async fn whoever_may_sign_in_no_more_lets_nobody_in_until_they_may_again() {
    let house = House::open().await;
    let anna = house.comes(json!({})).await.signed_on();
    let key = house.bridge.open_session_as(&anna).await;
    let link = link(&house.bridge, &key, &anna).await;
    // That nothing is said is not that there is none.
    for unsaid in [json!(null), json!({ "helpdesk": true })] {
        let back = house.comes(json!({ "groups": unsaid })).await;
        back.is_turned_away("/", "no-groups");
        assert_eq!(house.bridge.knows(&anna).await["signed_on"], Value::Null);
        assert_eq!(house.bridge.status(&link).await, 200);
    }
    let anna = house.comes(json!({})).await.signed_on();
    let mut guest = Browser::join_as(&house.bridge, &link, "ben").await;
    house
        .comes(json!({ "groups": [] }))
        .await
        .is_turned_away("/", "no-role");
    assert_eq!(guest.until_closed().await, Some(CloseCode::LinkOver as u16));
    assert_eq!(house.bridge.knows(&anna).await["signed_on"], Value::Null);
    assert_eq!(house.bridge.status(&link).await, 401);
    house.comes(json!({})).await.signed_on();
    assert_eq!(house.bridge.status(&link).await, 200);
}

#[tokio::test]
async fn where_everybody_at_the_provider_is_an_agent_nothing_has_to_be_said_of_groups() {
    let house = House::open_with(|config| config.access.roles.agents.clear()).await;
    let anna = house.comes(json!({ "groups": null })).await.signed_on();
    assert_eq!(house.bridge.knows(&anna).await["signed_on"]["role"], "agent");
}

#[tokio::test]
async fn signing_out_ends_the_sockets_of_that_browser() {
    let house = House::open().await;
    let anna = house.comes(json!({})).await.signed_on();
    let key = house.bridge.open_session_as(&anna).await;
    let mut here = Browser::join_signed_on(&house.bridge, &key, &anna).await;
    house.bridge.sign_off(&anna).await;
    assert_eq!(here.until_closed().await, Some(CloseCode::NotSignedOn as u16));
    assert_eq!(house.bridge.knows(&anna).await["signed_on"], Value::Null);
}

#[tokio::test]
async fn a_public_client_has_no_secret_and_proves_itself_by_the_verifier_alone() {
    let house = House::open_with(|config| config.access.openid.secret = None).await;
    house.comes(json!({})).await.signed_on();
    let asked = &house.provider.asked(TOKEN)[0];
    assert_eq!(asked.authorization, "");
    assert!(asked.body.contains("client_id=console") && !asked.body.contains("client_secret"));
}

#[tokio::test]
async fn there_is_no_other_way_in() {
    let house = House::open().await;
    assert_eq!(
        house.bridge.try_to_sign_on("anna", "a long password").await.0,
        404
    );
    let named = Cookie::named("anna", "helpdesk");
    assert_eq!(house.bridge.knows(&named).await["signed_on"], Value::Null);
    let opening = house.bridge.send("POST", "/api/sessions", &named, "", None).await;
    assert_eq!(opening.0, 401);
}
