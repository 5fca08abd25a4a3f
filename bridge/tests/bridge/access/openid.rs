//! Whoever signs in at a provider of OpenID Connect, which is honest or is not.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use pop3_console::config::{Access, Config, Mode, OpenId, Roles};
use protocol::remark::Sharing;
use protocol::wire::{CloseCode, FromBrowser, Refusal};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpSocket};

use super::left::{LASTS, link};
use crate::audit::{self, Told, signing_in};
use crate::support::accounts::Cookie;
use crate::support::provider::{
    Answer, CLIENT, DISCOVERY, KEYS, Key, Provider, TOKEN, USER_INFO, half_hash, now, signed_by_nobody,
    signed_with,
};
use crate::support::{Bridge, Browser, Key as SessionKey, config, patient};

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

/// A network from which nobody else comes: whoever comes over and over from one has to wait.
fn elsewhere() -> IpAddr {
    static LAST: AtomicU16 = AtomicU16::new(0);
    let number = LAST.fetch_add(1, Ordering::Relaxed);
    IpAddr::from([0x2001, 0xdb8, 0, number, 0, 0, 0, 1])
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
async fn who_is_called_otherwise_tomorrow_is_the_same_and_another_of_that_name_is_not() {
    let house = House::open().await;
    let anna = house.comes(json!({})).await.signed_on();
    let key = house.bridge.open_session_as(&anna).await;
    let path = key.path();
    let renamed = house
        .comes(json!({ "preferred_username": "anna.berger" }))
        .await
        .signed_on();
    assert_eq!(house.bridge.send("GET", &path, &renamed, "", None).await.0, 200);
    house.bridge.sign_off(&anna).await;
    house.bridge.sign_off(&renamed).await;
    let other = house.comes(json!({ "sub": "another" })).await.signed_on();
    assert_eq!(house.bridge.knows(&other).await["signed_on"]["name"], "anna");
    assert_eq!(house.bridge.send("GET", &path, &other, "", None).await.0, 404);
}

#[tokio::test]
async fn whoever_has_taken_over_somebodys_name_has_nothing_of_theirs_and_keeps_them_out_of_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let house = House::open_with(|config| config.audit_file = Some(file.clone())).await;
    let other = async |groups: &str| house.comes(json!({ "sub": "another", "groups": groups })).await;
    let mallory = other("helpdesk").await.signed_on();
    let theirs = house.bridge.open_session_as(&mallory).await;
    // Whoever was here first, the one of that name is let in as well, with what their own groups may.
    let anna = house.comes(json!({})).await.signed_on();
    let key = house.bridge.open_session_as(&anna).await;
    for (who, own, others) in [(&anna, &key, &theirs), (&mallory, &theirs, &key)] {
        let status = async |key: &SessionKey| {
            house
                .bridge
                .send("GET", &key.path(), who, &key.token, None)
                .await
                .0
        };
        assert_eq!((status(own).await, status(others).await), (200, 404));
        let known = house.bridge.knows(who).await;
        assert_eq!(known["signed_on"]["name"], "anna");
        let (_, _, board) = house.bridge.send("GET", "/api/sessions", who, "", None).await;
        assert_eq!(board["sessions"].as_array().unwrap().len(), 1, "{board}");
    }
    let anna_here = Browser::join_signed_on(&house.bridge, &key, &anna).await;
    // The provider lets one of them go, and not the other.
    other("staff").await.is_turned_away("/", "no-role");
    assert_eq!(house.bridge.knows(&mallory).await["signed_on"], Value::Null);
    assert_eq!(house.bridge.knows(&anna).await["signed_on"]["name"], "anna");
    drop(anna_here);
    house.bridge.stop().await;
    let records = audit::records(&std::fs::read_to_string(&file).unwrap());
    let of = |what: &str| -> Vec<_> {
        let told = records.iter().filter(|it| it["what"] == what);
        told.map(|it| {
            assert_eq!(it["account"], "anna");
            it["identity"].as_str().unwrap().to_owned()
        })
        .collect()
    };
    let signed_on = of("signed-on");
    assert_eq!(signed_on.len(), 2);
    assert_ne!(signed_on[0], signed_on[1]);
    assert!(signed_on.iter().all(|it| it.len() == 16));
    // By the same ones.
    assert_eq!(of("opened"), signed_on);
    assert_eq!(of("joined"), signed_on[1..]);
    assert_eq!(of("signed-off"), signed_on[..1]);
}

#[tokio::test]
async fn who_is_called_as_somebody_else_in_a_session_is_told_from_them_by_what_the_audit_tells_of_them() {
    let told = Told::new();
    let house = House::open_with(|config| config.audit_file = told.by(config.clone()).audit_file).await;
    let anna = house.comes(json!({})).await.signed_on();
    let lead = json!({ "sub": "another", "preferred_username": "Anna", "groups": ["leads"] });
    let lead = house.comes(lead).await.signed_on();
    let key = house.bridge.open_session_as(&anna).await;
    let mut owner = Browser::join_signed_on(&house.bridge, &key, &anna).await;
    let without = SessionKey {
        token: String::new(),
        ..key.clone()
    };
    let mut watching = Browser::join_signed_on(&house.bridge, &without, &lead).await;
    let people = owner.until_people(|people| people.people.len() == 2).await;
    let names: Vec<_> = people.people.iter().map(|it| it.name.clone()).collect();
    assert_eq!(names[0], "anna");
    for reader in [&mut owner, &mut watching] {
        let joined = reader
            .until_sharing(|it| matches!(it, Sharing::Joined { participant: 2, .. }))
            .await;
        assert!(
            matches!(&joined, Sharing::Joined { name, .. } if *name == names[1]),
            "{joined:?}"
        );
    }
    // And no guest is called as either.
    let link = link(&house.bridge, &key, &anna).await;
    let mut guest = Browser::join_as(&house.bridge, &link, "").await;
    for (name, why) in [
        ("ANNA", Refusal::NameTaken),
        (names[1].as_str(), Refusal::NameReserved),
    ] {
        guest.ask(FromBrowser::Name(name.into())).await;
        assert_eq!(guest.until_refused().await, (None, why), "{name}");
    }
    // What is taken along tells them apart as well.
    let export = house.bridge.export_head(&key, "html");
    let (_, _, text) = house
        .bridge
        .http(&format!("{export}\r\nCookie: {}", anna.0))
        .await;
    assert!(text.contains(&names[1]), "{text}");
    house.bridge.stop().await;
    let identity = told.of("signed-on")[1]["identity"].as_str().unwrap().to_owned();
    assert_eq!(names[1], format!("Anna · {}", &identity[..4]));
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
async fn what_began_in_one_browser_does_not_end_in_another_nor_twice() {
    let house = House::open().await;
    let bridge = &house.bridge;
    let (anna, mallory) = (bridge.leave("/").await, bridge.leave("/").await);
    house.provider.gives(&house.key.signs(&house.anna(&anna)));
    // Mallory has come by what anna was sent back with, and anna was led to what mallory was.
    bridge
        .back(&mallory.cookie, &anna.word())
        .await
        .is_turned_away("/", "late");
    bridge
        .back(&anna.cookie, &mallory.word())
        .await
        .is_turned_away("/", "late");
    bridge.back("", &anna.word()).await.is_turned_away("/", "late");
    assert!(house.provider.asked(TOKEN).is_empty());
    // It counts no more in its own browser either.
    bridge
        .back(&anna.cookie, &anna.word())
        .await
        .is_turned_away("/", "late");

    let again = bridge.leave("/").await;
    house.provider.gives(&house.key.signs(&house.anna(&again)));
    bridge.back(&again.cookie, &again.word()).await.signed_on();
    bridge
        .back(&again.cookie, &again.word())
        .await
        .is_turned_away("/", "late");
    assert_eq!(house.provider.asked(TOKEN).len(), 1);
    for word in ["", "state=", "code=x", "state=x&state=y&code=z", "state=%FF"] {
        bridge.back(&again.cookie, word).await.is_turned_away("/", "late");
    }
}

#[tokio::test]
async fn two_tabs_of_a_browser_are_away_at_once_and_it_is_signed_in_once() {
    let house = House::open().await;
    let first = house.bridge.leave("/").await;
    let (status, head) = house.bridge.go("/api/sign-on/openid", &first.cookie, "").await;
    assert_eq!(status, 303);
    let set = header(&head, "set-cookie").unwrap();
    assert!(set.starts_with(&format!("{};", first.cookie)), "{set}");
    let second = Away {
        to: header(&head, "location").unwrap().to_owned(),
        ..first.clone()
    };
    assert_ne!(first.parameter("state"), second.parameter("state"));
    let mut signed_on = Vec::new();
    for away in [&first, &second] {
        house.provider.gives(&house.key.signs(&house.anna(away)));
        let back = house.bridge.back(&away.cookie, &away.word()).await;
        signed_on.push(back.signed_on());
    }
    // The browser has the cookie of the second alone: nobody could sign the first out any more.
    assert_eq!(house.bridge.knows(&signed_on[0]).await["signed_on"], Value::Null);
    assert_eq!(
        house.bridge.knows(&signed_on[1]).await["signed_on"]["name"],
        "anna"
    );
    // A tab that still shows the page to sign in has no need to go anywhere.
    let path = "/api/sign-on/openid?page=/s/x";
    let (_, head) = house.bridge.go(path, &signed_on[1].0, "").await;
    let told = (header(&head, "location"), header(&head, "set-cookie"));
    assert_eq!(told, (Some("/s/x"), None));
    // Nobody chooses what another browser is known by.
    let (_, head) = house
        .bridge
        .go("/api/sign-on/openid", "pop3-console-away=short", "")
        .await;
    assert!(!header(&head, "set-cookie").unwrap().contains("short"));
}

/// What is given for a code, made of what an honest provider would say.
type Forgery<'a> = Box<dyn Fn(Value) -> String + 'a>;

fn but(mut claims: Value, claim: &str, value: Value) -> Value {
    claims[claim] = value;
    claims
}

fn without(mut claims: Value, claim: &str) -> Value {
    claims.as_object_mut().unwrap().remove(claim);
    claims
}

#[tokio::test]
async fn what_does_not_prove_who_somebody_is_signs_nobody_in() {
    let house = House::open().await;
    let (bridge, key) = (&house.bridge, &house.key);
    let (of_that_name, of_another) = (Key::new("one"), Key::new("two"));
    let says = |claim: &'static str, value: Value| -> Forgery<'_> {
        Box::new(move |claims| key.signs(&but(claims, claim, value.clone())))
    };
    let leaves_out =
        |claim: &'static str| -> Forgery<'_> { Box::new(move |claims| key.signs(&without(claims, claim))) };
    let public = key.public().to_string();
    let unproven: Vec<(&str, Forgery<'_>)> = vec![
        ("another nonce", says("nonce", json!("another"))),
        ("no nonce", leaves_out("nonce")),
        ("another audience", says("aud", json!("webmail"))),
        ("two audiences", says("aud", json!([CLIENT, "webmail"]))),
        ("no audience", leaves_out("aud")),
        ("made for another client", says("azp", json!("webmail"))),
        ("another issuer", says("iss", json!("https://evil.example"))),
        ("no issuer", leaves_out("iss")),
        ("no subject", leaves_out("sub")),
        ("another access token", says("at_hash", json!(half_hash("x")))),
        ("no end", leaves_out("exp")),
        ("signed by nobody", Box::new(|claims| signed_by_nobody(&claims))),
        (
            "signed with the secret",
            Box::new(|claims| signed_with(SECRET.as_bytes(), &claims)),
        ),
        (
            "signed with the public key",
            Box::new(|claims| signed_with(public.as_bytes(), &claims)),
        ),
        (
            "a key that is called so",
            Box::new(|claims| of_that_name.signs(&claims)),
        ),
        (
            "a key of somebody else's",
            Box::new(|claims| of_another.signs(&claims)),
        ),
        (
            "without its signature",
            Box::new(|claims| {
                let genuine = key.signs(&claims);
                genuine.rsplit_once('.').unwrap().0.to_owned() + "."
            }),
        ),
        (
            "changed",
            Box::new(|claims| {
                let genuine = key.signs(&claims);
                let parts: Vec<_> = genuine.split('.').collect();
                let changed = but(claims, "preferred_username", json!("root")).to_string();
                let changed = BASE64_URL_SAFE_NO_PAD.encode(changed);
                format!("{}.{changed}.{}", parts[0], parts[2])
            }),
        ),
        ("no token", Box::new(|_| "x".to_owned())),
    ];
    let expired = ("expired", says("exp", json!(now() - 1)));
    let unproven = unproven.into_iter().map(|it| (it, "unproven"));
    for ((what, forged), why) in unproven.chain([(expired, "expired")]) {
        let away = bridge.leave("/").await;
        house.provider.gives(&forged(house.anna(&away)));
        let back = bridge.back(&away.cookie, &away.word()).await;
        let told = format!("/?sign-on={why}");
        assert_eq!(
            (back.location.as_str(), &back.cookie),
            (told.as_str(), &None),
            "{what}"
        );
    }
    for tokens in [
        json!({ "access_token": "x", "token_type": "Bearer" }),
        json!([]),
        json!("x"),
    ] {
        house.provider.answers(TOKEN, Answer::Json(200, tokens));
        let away = bridge.leave("/").await;
        bridge
            .back(&away.cookie, &away.word())
            .await
            .is_turned_away("/", "unproven");
    }
    // It is the forgery that was wrong each time.
    house.comes(json!({})).await.signed_on();
}

#[tokio::test]
async fn new_keys_of_the_provider_are_asked_for_and_not_over_and_over() {
    let house = House::open().await;
    house.comes(json!({})).await.signed_on();
    assert_eq!(house.provider.asked(KEYS).len(), 1);
    let newer = Key::new("newer");
    house.provider.shows(&[&house.key, &newer]);
    let away = house.bridge.leave("/").await;
    house.provider.gives(&newer.signs(&house.anna(&away)));
    house.bridge.back(&away.cookie, &away.word()).await.signed_on();
    assert_eq!(house.provider.asked(KEYS).len(), 2);
    let unknown = Key::new("unknown");
    for _ in 0..20 {
        let away = house.bridge.leave("/").await;
        house.provider.gives(&unknown.signs(&house.anna(&away)));
        house
            .bridge
            .back(&away.cookie, &away.word())
            .await
            .is_turned_away("/", "unproven");
    }
    assert_eq!(house.provider.asked(KEYS).len(), 6);
}

#[tokio::test]
async fn another_providers_answer_is_not_taken_to_this_one() {
    let house = House::open().await;
    let genuine = house.provider.issuer.replace(':', "%3A").replace('/', "%2F");
    let come = async |issuer: &str| {
        let away = house.bridge.leave("/").await;
        house.provider.gives(&house.key.signs(&house.anna(&away)));
        house.bridge.back(&away.cookie, &(away.word() + issuer)).await
    };
    come(&format!("&iss={genuine}")).await.signed_on();
    let before = house.provider.asked(TOKEN).len();
    for other in [
        "&iss=https%3A%2F%2Fevil.example",
        "&iss=",
        &format!("&iss={genuine}%2F"),
    ] {
        come(other).await.is_turned_away("/", "unproven");
    }
    assert_eq!(
        house.provider.asked(TOKEN).len(),
        before,
        "the code was given away"
    );

    // A provider that always says who it is has said so.
    let house = House::open().await;
    let says = but(
        house.provider.discovery(),
        "authorization_response_iss_parameter_supported",
        json!(true),
    );
    house.provider.answers(DISCOVERY, Answer::Json(200, says));
    let away = house.bridge.leave("/").await;
    house
        .bridge
        .back(&away.cookie, &away.word())
        .await
        .is_turned_away("/", "unproven");
    assert!(house.provider.asked(TOKEN).is_empty());
}

#[tokio::test]
async fn a_provider_that_says_to_be_another_or_leads_where_others_hear_signs_nobody_in() {
    for (what, value) in [
        ("issuer", json!("https://evil.example")),
        ("issuer", json!(null)),
        ("authorization_endpoint", json!("http://evil.example/authorize")),
        ("authorization_endpoint", json!("javascript:alert(1)")),
        ("token_endpoint", json!(null)),
    ] {
        let house = House::open().await;
        let says = but(house.provider.discovery(), what, value.clone());
        house.provider.answers(DISCOVERY, Answer::Json(200, says));
        let (status, head) = house.bridge.go("/api/sign-on/openid", "", "").await;
        let told = (status, header(&head, "location"), header(&head, "set-cookie"));
        assert_eq!(told, (303, Some("/?sign-on=unreachable"), None), "{what} {value}");
    }
}

#[tokio::test]
async fn a_provider_by_tls_is_asked_nothing_where_others_hear_although_it_would_be_answered_there() {
    let key = Key::new("one");
    let provider = Provider::start_sealed(&[&key]).await;
    let heard = Provider::start(&[&key]).await;
    for (what, path, why) in [
        ("jwks_uri", KEYS, "unreachable"),
        ("token_endpoint", TOKEN, "unreachable"),
        ("userinfo_endpoint", USER_INFO, "unproven"),
    ] {
        // What it says of itself is believed for an hour.
        let trusting = Config {
            ca_files: vec![provider.certificate()],
            ..hosted(&provider.issuer)
        };
        let bridge = Bridge::start_with(trusting).await;
        let says = but(
            provider.discovery(),
            what,
            json!(format!("{}{path}", heard.issuer)),
        );
        provider.answers(DISCOVERY, Answer::Json(200, says));
        let (_, head) = bridge.go("/api/sign-on/openid", "", "").await;
        let mut told = header(&head, "location").unwrap().to_owned();
        if let Some(cookie) = header(&head, "set-cookie") {
            let (cookie, _) = cookie.split_once("; ").unwrap();
            let away = Away {
                cookie: cookie.to_owned(),
                to: told,
            };
            // It would do wherever it was given.
            let claims = json!({
                "iss": provider.issuer, "sub": "subject-7", "aud": CLIENT, "nonce": away.parameter("nonce"),
                "iat": now(), "exp": now() + 300,
            });
            provider.gives(&key.signs(&claims));
            heard.gives(&key.signs(&claims));
            let said = json!({ "sub": "subject-7", "preferred_username": "anna", "groups": ["helpdesk"] });
            heard.answers(USER_INFO, Answer::Json(200, said));
            told = bridge.back(&away.cookie, &away.word()).await.location;
        }
        assert_eq!(told, format!("/?sign-on={why}"), "{what}");
        assert!(heard.asked(path).is_empty(), "{what}");
    }
}

#[tokio::test]
async fn the_provider_sends_the_console_nowhere_else() {
    const ELSEWHERE: &str = "/elsewhere";
    for path in [DISCOVERY, KEYS, TOKEN] {
        let house = House::open().await;
        let true_one = match path {
            DISCOVERY => Answer::Json(200, house.provider.discovery()),
            KEYS => Answer::Json(200, json!({ "keys": [house.key.public()] })),
            _ => Answer::Json(200, json!({})),
        };
        house.provider.answers(ELSEWHERE, true_one);
        house
            .provider
            .answers(path, Answer::Elsewhere(ELSEWHERE.to_owned()));
        let (_, head) = house.bridge.go("/api/sign-on/openid", "", "").await;
        if path == TOKEN {
            let away = house.bridge.leave("/").await;
            let back = house.bridge.back(&away.cookie, &away.word()).await;
            back.is_turned_away("/", "unproven");
        } else {
            assert_eq!(header(&head, "location"), Some("/?sign-on=unreachable"), "{path}");
        }
        assert_eq!(house.provider.asked(path).len(), 1, "{path}");
        assert!(house.provider.asked(ELSEWHERE).is_empty(), "{path}");
    }
}

#[tokio::test]
async fn the_console_starts_without_its_provider_and_signs_people_in_when_that_comes() {
    // Bound and not listening: nobody else is there, and neither is the provider.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    let bridge = Bridge::start_with(hosted(&format!("http://{address}"))).await;
    let (_, head) = bridge.go("/api/sign-on/openid?page=/s/x", "", "").await;
    assert_eq!(header(&head, "location"), Some("/s/x?sign-on=unreachable"));
    let key = Key::new("one");
    let _provider = Provider::start_on(socket.listen(16).unwrap(), &[&key], false);
    let began = Instant::now();
    loop {
        let (_, head) = bridge.go("/api/sign-on/openid", "", "").await;
        if header(&head, "location")
            .unwrap()
            .starts_with(&format!("http://{address}/authorize"))
        {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(15), "{head}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_provider_that_says_too_much_or_nothing_keeps_nobody_for_long() {
    for (answer, why) in [
        (Answer::Endless, "unreachable"),
        (Answer::Nothing, "unreachable"),
        (Answer::Json(500, json!({ "error": "server_error" })), "refused"),
        (Answer::Json(400, json!({ "error": "invalid_grant" })), "late"),
    ] {
        let house = House::open().await;
        let away = house.bridge.leave("/").await;
        house.provider.answers(TOKEN, answer);
        let began = Instant::now();
        house
            .bridge
            .back(&away.cookie, &away.word())
            .await
            .is_turned_away("/", why);
        assert!(began.elapsed() < Duration::from_secs(10));
        // Nobody else waits for that.
        house.comes(json!({})).await.signed_on();
    }
    for path in [DISCOVERY, KEYS] {
        for answer in [Answer::Endless, Answer::Nothing] {
            let house = House::open().await;
            house.provider.answers(path, answer);
            let began = Instant::now();
            let (_, head) = house.bridge.go("/api/sign-on/openid", "", "").await;
            assert_eq!(header(&head, "location"), Some("/?sign-on=unreachable"), "{path}");
            assert!(began.elapsed() < Duration::from_secs(10));
        }
    }
}

#[tokio::test]
async fn who_comes_over_and_over_keeps_nobody_else_from_signing_in() {
    let house = House::open().await;
    let (stranger, anna) = (elsewhere(), house.bridge.leave("/").await);
    let mut away = Vec::new();
    for _ in 0..16 {
        away.push(house.bridge.leave_from(stranger, "/").await);
    }
    house.provider.answers(TOKEN, Answer::Nothing);
    let strangers = join_all(away.iter().map(async |it| {
        let back = house.bridge.back_from(stranger, &it.cookie, &it.word()).await;
        back.location
    }));
    let (told, ()) = patient(async {
        tokio::join!(strangers, async {
            while house.provider.asked(TOKEN).len() < 2 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            house.provider.gives(&house.key.signs(&house.anna(&anna)));
            house.bridge.back(&anna.cookie, &anna.word()).await.signed_on();
            // Two of the stranger's wait for the provider, and no more.
            assert_eq!(house.provider.asked(TOKEN).len(), 3);
        })
    })
    .await;
    let told_of = |why: &str| told.iter().any(|it| *it == format!("/?sign-on={why}"));
    assert!(told_of("unreachable") && told_of("busy"), "{told:?}");
}

#[tokio::test]
async fn more_than_a_few_do_not_wait_for_the_provider_at_once() {
    let house = House::open().await;
    let mut away = Vec::new();
    for _ in 0..40 {
        away.push(house.bridge.leave("/").await);
    }
    house.provider.answers(TOKEN, Answer::Nothing);
    let comes = away
        .iter()
        .map(async |it| house.bridge.back(&it.cookie, &it.word()).await.location);
    let told = patient(join_all(comes)).await;
    // Sixteen at a time, and once more while the others wait for their turn.
    let busy = told.iter().filter(|it| *it == "/?sign-on=busy").count();
    assert!(busy >= 40 - 2 * 16, "{told:?}");
    assert!(house.provider.asked(TOKEN).len() <= 2 * 16);
}

#[tokio::test]
async fn codes_that_come_to_nothing_are_taken_to_the_provider_a_few_times_and_good_ones_are_not_counted() {
    let house = House::open().await;
    let (office, stranger) = (elsewhere(), elsewhere());
    let comes = async |from: IpAddr| {
        let away = house.bridge.leave_from(from, "/").await;
        house.provider.gives(&house.key.signs(&house.anna(&away)));
        let back = house.bridge.back_from(from, &away.cookie, &away.word()).await;
        back.signed_on();
    };
    let began = Instant::now();
    for _ in 0..40 {
        comes(office).await;
    }
    // Had they been counted, thirty of them would have waited for two seconds each.
    assert!(began.elapsed() < Duration::from_secs(30));
    let before = house.provider.asked(TOKEN).len();
    let invalid = Answer::Json(400, json!({ "error": "invalid_grant" }));
    house.provider.answers(TOKEN, invalid.clone());
    let mut away = Vec::new();
    for _ in 0..40 {
        away.push(house.bridge.leave("/").await);
    }
    let began = Instant::now();
    let told = patient(join_all(away.iter().map(async |it| {
        let back = house.bridge.back_from(stranger, &it.cookie, &it.word()).await;
        back.location
    })))
    .await;
    let looked_at = told.iter().filter(|it| *it == "/?sign-on=late").count();
    let most = 10 + began.elapsed().as_secs() as usize / 2;
    assert!((10..=most).contains(&looked_at), "{told:?}");
    assert_eq!(house.provider.asked(TOKEN).len() - before, looked_at);

    // Those of many strangers together neither, and somebody who comes from where others signed in gets in all the same.
    let mut away = Vec::new();
    for _ in 0..200 {
        away.push(house.bridge.leave("/").await);
    }
    let told =
        patient(join_all(away.iter().map(async |it| {
            house.bridge.back(&it.cookie, &it.word()).await.location
        })))
        .await;
    let too_often = told.iter().filter(|it| *it == "/?sign-on=too-often").count();
    assert!(too_often > 0, "{told:?}");
    comes(office).await;
}

#[tokio::test]
async fn who_leaves_over_and_over_is_told_so_and_pushes_out_no_colleague() {
    let house = House::open().await;
    let office = elsewhere();
    let anna = house.bridge.leave_from(office, "/").await;
    let told = "/s/x?sign-on=too-often";
    let began = Instant::now();
    let mut left = 0;
    for _ in 0..256 {
        let head = house.bridge.try_to_leave(office, "/s/x").await;
        let to = header(&head, "location").unwrap();
        assert!(to == told || to.starts_with(&house.provider.issuer), "{to}");
        if to != told {
            left += 1;
        }
    }
    assert!(left <= 29 + began.elapsed().as_secs() + 1, "{left}");
    // Whoever is elsewhere leaves, and who left before them comes back.
    house.bridge.leave("/").await;
    house.provider.gives(&house.key.signs(&house.anna(&anna)));
    let back = house.bridge.back_from(office, &anna.cookie, &anna.word()).await;
    back.signed_on();
    // For whom the provider vouches leaves room for one more.
    house.bridge.leave_from(office, "/").await;
}

#[tokio::test]
async fn what_the_provider_said_of_itself_holds_until_it_says_something_else() {
    let house = House::open().await;
    house.comes(json!({})).await.signed_on();
    let newer = Key::new("newer");
    let come = async |key: &Key| {
        let away = house.bridge.leave("/").await;
        house.provider.gives(&key.signs(&house.anna(&away)));
        house.bridge.back(&away.cookie, &away.word()).await
    };
    let discovery = house.provider.discovery();
    for answer in [
        Answer::Json(500, json!({})),
        Answer::Json(200, without(discovery.clone(), "token_endpoint")),
    ] {
        house.provider.answers(DISCOVERY, answer);
        come(&newer).await.is_turned_away("/", "unreachable");
        come(&house.key).await.signed_on();
    }
    house.provider.answers(DISCOVERY, Answer::Json(200, discovery));
    house.provider.shows(&[&newer]);
    come(&newer).await.signed_on();
    come(&house.key).await.is_turned_away("/", "unproven");
}

/// Leaves over and over until that is so of where the browser is sent.
async fn until_sent(bridge: &Bridge, is_there: impl Fn(&str) -> bool) {
    patient(async {
        loop {
            let head = bridge.try_to_leave(elsewhere(), "/s/x").await;
            if is_there(header(&head, "location").unwrap()) {
                return;
            }
            // For as long as it counts what was found.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn nobody_is_sent_to_where_the_provider_was_and_is_no_more() {
    for is_sealed in [false, true] {
        let key = Key::new("one");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let provider = Provider::start_on(listener, &[&key], is_sealed);
        let (address, to) = (provider.address, format!("{}/authorize", provider.issuer));
        let mut config = hosted(&provider.issuer);
        if is_sealed {
            config.ca_files = vec![provider.certificate()];
        }
        let bridge = Bridge::start_behind("127.0.0.1/32", config).await;
        until_sent(&bridge, |it| it.starts_with(&to)).await;
        drop(provider);
        until_sent(&bridge, |it| it == "/s/x?sign-on=unreachable").await;
        if is_sealed {
            // Whoever is there then has another certificate.
            continue;
        }
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(address).unwrap();
        let _back = Provider::start_on(socket.listen(16).unwrap(), &[&key], false);
        until_sent(&bridge, |it| it.starts_with(&to)).await;
    }
}

#[tokio::test]
async fn nobody_is_called_by_an_address_that_the_provider_does_not_know_to_be_theirs() {
    let house = House::open_with(|config| config.access.openid.name_claim = "email".to_owned()).await;
    let comes = async |verified: Value| {
        house
            .comes(json!({ "email": "a@company.com", "email_verified": verified }))
            .await
    };
    comes(json!(false)).await.is_turned_away("/", "unverified");
    for verified in [json!(true), json!(null)] {
        let anna = comes(verified).await.signed_on();
        assert_eq!(
            house.bridge.knows(&anna).await["signed_on"]["name"],
            "a@company.com"
        );
    }
    // It makes no difference where somebody is called otherwise.
    let house = House::open().await;
    house.comes(json!({ "email_verified": false })).await.signed_on();
}

#[tokio::test]
async fn what_the_provider_says_against_somebody_comes_to_the_page_as_one_of_the_consoles_words() {
    let house = House::open().await;
    for (error, why) in [
        ("access_denied", "denied"),
        ("temporarily_unavailable", "unreachable"),
        ("invalid_scope", "refused"),
        ("%3Cscript%3Ecanary", "refused"),
    ] {
        let away = house.bridge.leave("/s/x").await;
        let state = away.parameter("state");
        let word = format!("error={error}&error_description=canary%0d%0a&error_uri=x&state={state}");
        house
            .bridge
            .back(&away.cookie, &word)
            .await
            .is_turned_away("/s/x", why);
    }
    assert!(house.provider.asked(TOKEN).is_empty());
}

#[tokio::test]
async fn who_may_not_use_the_console_or_cannot_be_called_so_is_told_why_and_is_out() {
    let house = House::open().await;
    let anna = house.comes(json!({ "groups": "leads" })).await.signed_on();
    let key = house.bridge.open_session_as(&anna).await;
    let mut here = Browser::join_signed_on(&house.bridge, &key, &anna).await;
    for name in [
        json!("the owner"),
        json!("a\u{202e}b"),
        json!("x".repeat(65)),
        json!(""),
    ] {
        house
            .comes(json!({ "preferred_username": name }))
            .await
            .is_turned_away("/", "bad-name");
    }
    assert_eq!(house.bridge.knows(&anna).await["signed_on"]["name"], "anna");
    // Who belongs to none of them any more is out where they were.
    house
        .comes(json!({ "groups": ["staff"] }))
        .await
        .is_turned_away("/", "no-role");
    assert_eq!(here.until_closed().await, Some(CloseCode::NotSignedOn as u16));
    let agent = house.comes(json!({})).await.signed_on();
    let promoted = house.comes(json!({ "groups": ["leads"] })).await.signed_on();
    assert_eq!(house.bridge.knows(&agent).await["signed_on"], Value::Null);
    assert_eq!(
        house.bridge.knows(&promoted).await["signed_on"]["role"],
        "supervisor"
    );
}

#[tokio::test]
async fn what_the_id_token_leaves_out_is_asked_for_and_is_about_the_same_person() {
    let house = House::open().await;
    let says = but(
        house.provider.discovery(),
        "userinfo_endpoint",
        json!(format!("{}{USER_INFO}", house.provider.issuer)),
    );
    house.provider.answers(DISCOVERY, Answer::Json(200, says));
    let comes = async |info: Answer, access: &str| {
        house.provider.answers(USER_INFO, info);
        let away = house.bridge.leave("/").await;
        let claims = without(without(house.anna(&away), "preferred_username"), "groups");
        let token = house.key.signs(&claims);
        let tokens = json!({ "access_token": access, "token_type": "Bearer", "id_token": token });
        house.provider.answers(TOKEN, Answer::Json(200, tokens));
        house.bridge.back(&away.cookie, &away.word()).await
    };
    let about = |subject: &str| {
        let said = json!({ "sub": subject, "preferred_username": "anna", "groups": ["ops"], "updated_at": "2026-01-01T00:00:00Z" });
        Answer::Json(200, said)
    };
    let anna = comes(about("subject-7"), "access-canary").await.signed_on();
    assert_eq!(
        house.bridge.knows(&anna).await["signed_on"]["role"],
        "administrator"
    );
    assert_eq!(
        house.provider.asked(USER_INFO)[0].authorization,
        "Bearer access-canary"
    );
    comes(about("another"), "x").await.is_turned_away("/", "unproven");
    comes(Answer::Json(401, json!({})), "x")
        .await
        .is_turned_away("/", "unproven");
    comes(about("subject-7"), "x\r\ny")
        .await
        .is_turned_away("/", "unproven");
}

#[tokio::test]
async fn who_signs_in_from_one_of_the_consoles_pages_is_back_there() {
    let house = House::open().await;
    for (_, path) in pop3_console::ROUTES
        .iter()
        .filter(|(_, path)| !path.starts_with("/api/"))
    {
        let page = path.replace("{session}", "k3v9q2");
        let away = house.bridge.leave(&page).await;
        house.provider.gives(&house.key.signs(&house.anna(&away)));
        let back = house.bridge.back(&away.cookie, &away.word()).await;
        back.signed_on();
        assert_eq!(back.location, page);
        let away = house.bridge.leave(&page).await;
        let denied = format!("error=access_denied&state={}", away.parameter("state"));
        let back = house.bridge.back(&away.cookie, &denied).await;
        back.is_turned_away(&page, "denied");
    }
}

#[tokio::test]
async fn nobody_is_led_to_a_page_that_is_not_the_consoles() {
    let house = House::open().await;
    for page in [
        "https://evil.example/",
        "//evil.example",
        "/%5Cevil.example",
        "/s/x%2F..%2F..%2Fevil",
        "/s/x%0d%0aSet-Cookie:%20a=b",
        "/s/x%3Fsign-on=denied",
        "/api/sign-on",
        "",
    ] {
        let away = house.bridge.leave(page).await;
        house.provider.gives(&house.key.signs(&house.anna(&away)));
        let back = house.bridge.back(&away.cookie, &away.word()).await;
        back.signed_on();
        assert_eq!(back.location, "/", "{page}");
    }
}

#[tokio::test]
async fn another_sites_page_begins_nothing_and_fetches_nothing() {
    let told = Told::new();
    let house = House::open_with(|config| *config = told.by(config.clone())).await;
    let refused = async |path: &str, cookie: &str, more: &str| {
        let (status, head) = house.bridge.go(path, cookie, more).await;
        assert_eq!((status, header(&head, "set-cookie")), (403, None), "{more}");
    };
    for more in [
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n",
        "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n",
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\n",
        "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n",
    ] {
        refused("/api/sign-on/openid", "", more).await;
    }
    let away = house.bridge.leave("/").await;
    house.provider.gives(&house.key.signs(&house.anna(&away)));
    for more in [
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\n",
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe\r\n",
        "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n",
    ] {
        refused(
            &format!("/api/sign-on/openid/back?{}", away.word()),
            &away.cookie,
            more,
        )
        .await;
    }
    house.bridge.back(&away.cookie, &away.word()).await.signed_on();
    house.bridge.stop().await;
    let times = told
        .of("foreign")
        .into_iter()
        .map(|it| it["times"].as_u64().unwrap());
    assert_eq!(times.sum::<u64>(), 7);
}

#[tokio::test]
async fn by_https_the_cookies_are_ones_that_nothing_else_can_set_and_a_path_is_kept() {
    let key = Key::new("one");
    let provider = Provider::start(&[&key]).await;
    let proxied = Config {
        public: vec!["https://pop3.company.com/console".parse().unwrap()],
        trusted_proxies: vec!["127.0.0.1/32".parse().unwrap()],
        ..hosted(&provider.issuer)
    };
    let bridge = Bridge::start_with(proxied).await;
    let house = House {
        bridge,
        provider,
        key,
    };
    let go = async |path: &str, cookie: &str| {
        let request = format!(
            "GET /console{path} HTTP/1.1\r\nHost: pop3.company.com\r\nX-Forwarded-Proto: https\r\nCookie: {cookie}\r\n\
             Connection: close\r\n\r\n"
        );
        let (status, head, _) = house.bridge.exchange(&request).await;
        assert_eq!(status, 303, "{head}");
        let header = |name| header(&head, name).unwrap_or_default().to_owned();
        (header("location"), header("set-cookie"))
    };
    let (to, cookie) = go("/api/sign-on/openid?page=/s/x", "").await;
    let (cookie, attributes) = cookie.split_once("; ").unwrap();
    assert!(cookie.starts_with("__Host-pop3-console-away="), "{cookie}");
    assert_eq!(attributes, "Max-Age=600; Path=/; HttpOnly; SameSite=Lax; Secure");
    let away = Away {
        cookie: cookie.to_owned(),
        to,
    };
    let back = "https%3A%2F%2Fpop3.company.com%2Fconsole%2Fapi%2Fsign-on%2Fopenid%2Fback";
    assert_eq!(away.parameter("redirect_uri"), back);
    let (page, _) = go("/api/sign-on/openid/back?state=x", &away.cookie).await;
    assert_eq!(page, "/console/?sign-on=late");
    house.provider.gives(&house.key.signs(&house.anna(&away)));
    let path = format!("/api/sign-on/openid/back?{}", away.word());
    let (page, cookie) = go(&path, &away.cookie).await;
    assert_eq!(page, "/console/s/x");
    assert!(cookie.starts_with("__Host-pop3-console="), "{cookie}");
    assert!(
        cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict; Secure"),
        "{cookie}"
    );
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
async fn a_provider_is_reached_by_tls_and_only_with_a_certificate_that_is_trusted() {
    let key = Key::new("one");
    let provider = Provider::start_sealed(&[&key]).await;
    let trusting = Config {
        ca_files: vec![provider.certificate()],
        ..hosted(&provider.issuer)
    };
    let bridge = Bridge::start_with(trusting).await;
    let house = House {
        bridge,
        provider,
        key,
    };
    house.comes(json!({})).await.signed_on();
    let bridge = Bridge::start_with(hosted(&house.provider.issuer)).await;
    let (_, head) = bridge.go("/api/sign-on/openid", "", "").await;
    assert_eq!(header(&head, "location"), Some("/?sign-on=unreachable"));
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

#[cfg(unix)]
#[tokio::test]
async fn who_signed_in_and_who_was_not_admitted_is_in_the_audit_without_secrets_and_so_is_nothing_in_the_log()
{
    let folder = tempfile::tempdir().unwrap();
    let audit = folder.path().join("audit.jsonl");
    let secret = folder.path().join("secret");
    std::fs::write(&secret, format!("{SECRET}\n")).unwrap();
    let key = Key::new("one");
    let provider = Provider::start(&[&key]).await;
    let (bridge, mut log) = Bridge::start_logging_with(&[
        "--no-journal",
        "--access-mode=openid",
        "--access-client=console",
        &format!("--access-issuer={}", provider.issuer),
        &format!("--access-secret-file={}", secret.display()),
        &format!("--audit-file={}", audit.display()),
    ])
    .await;
    let house = House {
        bridge,
        provider,
        key,
    };
    // Who leaves it at that, or comes back once more, is nobody of whom anything was said.
    let left_off = house.bridge.leave("/").await;
    let denied = format!("error=access_denied&state={}", left_off.parameter("state"));
    for why in ["denied", "late"] {
        let back = house.bridge.back(&left_off.cookie, &denied).await;
        back.is_turned_away("/", why);
    }
    let mut seen = Vec::new();
    for (claim, value) in [("sub", json!("subject-7")), ("nonce", json!("another"))] {
        let away = house.bridge.leave("/").await;
        let token = house.key.signs(&but(house.anna(&away), claim, value));
        house.provider.gives(&token);
        seen.extend([
            away.parameter("state").to_owned(),
            away.parameter("nonce").to_owned(),
            token,
        ]);
        let back = house.bridge.back(&away.cookie, &away.word()).await;
        let cookies = [Some(away.cookie), back.cookie].into_iter().flatten();
        seen.extend(cookies.map(|it| it.split_once('=').unwrap().1.to_owned()));
    }
    let verifiers = house.provider.asked(TOKEN);
    let verifiers = verifiers.iter().flat_map(|it| it.body.split('&'));
    seen.extend(verifiers.filter_map(|it| Some(it.strip_prefix("code_verifier=")?.to_owned())));
    seen.extend([SECRET, "client%2Bcanary+secret", CODE, "access-canary"].map(str::to_owned));
    assert_eq!(seen.len(), 15);
    house.bridge.signal(rustix::process::Signal::TERM);
    assert!(house.bridge.exited().await.success());
    let mut logged = String::new();
    patient(log.read_to_string(&mut logged)).await.unwrap();
    let records = std::fs::read_to_string(&audit).unwrap();
    for secret in seen {
        assert!(!logged.contains(&secret), "{secret} in {logged}");
        assert!(!records.contains(&secret), "{secret} in {records}");
    }
    assert_eq!(
        signing_in(&audit::records(&records)),
        [
            json!(["signed-on", "anna", "openid"]),
            json!(["not-admitted", null, null])
        ]
    );
}

#[cfg(unix)]
#[tokio::test]
async fn the_log_is_not_flooded_and_says_so_where_everybody_at_the_provider_may_use_the_console() {
    let key = Key::new("one");
    for agents in [None, Some("--access-agents=helpdesk")] {
        let provider = Provider::start(&[&key]).await;
        let issuer = format!("--access-issuer={}", provider.issuer);
        let mut flags = vec![
            "--no-journal",
            "--access-mode=openid",
            "--access-client=console",
            &issuer,
        ];
        flags.extend(agents);
        let (bridge, mut log) = Bridge::start_logging_with(&flags).await;
        let began = Instant::now();
        provider.answers(TOKEN, Answer::Json(400, json!({ "error": "invalid_grant" })));
        for _ in 0..9 {
            let away = bridge.leave("/").await;
            let error = format!("error={}&state={}", "x".repeat(300), away.parameter("state"));
            bridge
                .back(&away.cookie, &error)
                .await
                .is_turned_away("/", "refused");
            let away = bridge.leave("/").await;
            bridge
                .back(&away.cookie, &away.word())
                .await
                .is_turned_away("/", "late");
            let away = bridge.leave("/").await;
            bridge
                .back(&away.cookie, &(away.word() + "&iss=x"))
                .await
                .is_turned_away("/", "unproven");
        }
        let often = 1 + began.elapsed().as_secs() / 10;
        bridge.signal(rustix::process::Signal::TERM);
        assert!(bridge.exited().await.success());
        let mut logged = String::new();
        patient(log.read_to_string(&mut logged)).await.unwrap();
        for said in [
            "the provider signs somebody not in",
            "the provider gives nothing for a code",
            "another provider than they were sent to",
        ] {
            let times = logged.matches(said).count() as u64;
            assert!((1..=often).contains(&times), "{said}: {logged}");
        }
        assert_eq!(logged.contains("access.agents"), agents.is_none(), "{logged}");
    }
}
