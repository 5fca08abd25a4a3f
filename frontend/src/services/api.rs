//! The bridge's REST interface.

pub mod administration;
pub mod board;
pub mod holder;

use std::str::FromStr;

use gloo::utils::window;
use js_sys::{JSON, Object, Reflect};
use protocol::access::{Keep, LinkNo, Role, Sight};
use protocol::remark::FileFormat;
use protocol::sign_on::{NoSignOn, SignedOff};
use protocol::standing::{Ending, Life, LinkState, Rank};
use protocol::state::Phase;
use protocol::target::{Family, Security, Target};
use protocol::wire::BROWSER_HEADER;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Headers, RequestInit, Response};

use super::{place, way_back};
use crate::presets::Preset;
use crate::session::links::{Here, Listed, Standing};

/// What the bridge tells about itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Console {
    /// The demonstration mailbox's host and port, if there is one.
    pub demonstration: Option<(String, u16)>,
    /// Whether it was started without a journal, so that sessions are gone when they end.
    pub has_no_journal: bool,
    /// How much is kept of a session at most, as whoever runs the console decided.
    pub keeps: Keep,
    /// The servers that it offers by their names.
    pub presets: Vec<Preset>,
    /// Whether it connects to those alone.
    pub presets_only: bool,
    /// Whether it has told all this, or cannot.
    pub is_told: bool,
    /// Whether opening sessions takes an account.
    pub takes_accounts: bool,
    /// How people sign in, where it does.
    pub signs_in: SignsIn,
    /// Who is signed in.
    pub signed_on: Option<SignedOn>,
    /// Whether it is about to stop, and takes no new sessions.
    pub stops: bool,
}

/// How people sign in to a console.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum SignsIn {
    /// With an account of the console's own and its password.
    #[default]
    Password,
    /// At a proxy before the console, which says who they are.
    Proxy {
        /// Why what it says signs nobody in.
        problem: Option<String>,
        /// Where they sign out of it, if that is known.
        sign_off: Option<String>,
    },
    /// At a provider, which they come back from.
    Provider {
        /// Its host.
        host: String,
        /// Why they came back and are not signed in, if they did.
        refused: Option<NoSignOn>,
    },
}

/// Who is signed in to the console.
#[derive(Clone, Debug, PartialEq)]
pub struct SignedOn {
    /// What everybody calls them.
    pub name: String,
    /// What they may do, in a word.
    pub role: &'static str,
}

impl Console {
    /// Whether somebody has to sign in before they may open a session.
    pub fn asks_to_sign_in(&self) -> bool {
        self.takes_accounts && self.signed_on.is_none()
    }

    /// Whether that is the demonstration mailbox.
    pub fn demonstrates(&self, target: &Target) -> bool {
        let address = self.demonstration.as_ref();
        address.is_some_and(|(host, port)| *host == target.host && *port == target.port)
    }

    /// Whether it connects to that server with a verified certificate only.
    pub fn insists_on_verifying(&self, target: &Target) -> bool {
        let is_lenient = |preset: &Preset| preset.is_for(target) && !preset.target.verify;
        self.presets_only && !self.presets.iter().any(is_lenient)
    }
}

/// A session that was opened.
#[derive(Clone)]
pub struct Opened {
    /// Which session.
    pub session: String,
    /// What lets in.
    pub token: String,
}

/// Asks what the bridge is.
///
/// # Errors
/// A sentence for the person.
pub async fn console() -> Result<Console, String> {
    let body = request("GET", "/api/console", None, None).await?;
    let demonstration = member(&body, "demonstration")
        .filter(JsValue::is_object)
        .and_then(|it| {
            let port = member(&it, "port")?.as_f64()? as u16;
            Some((member(&it, "host")?.as_string()?, port))
        });
    let access = member(&body, "access");
    let journal = member(&body, "journal").and_then(|it| it.as_bool());
    Ok(Console {
        demonstration,
        has_no_journal: journal == Some(false),
        keeps: named(&body, "keep").unwrap_or_default(),
        presets: list(&body, "presets").iter().filter_map(preset).collect(),
        presets_only: member(&body, "reach").is_some_and(|it| it == "presets"),
        is_told: true,
        takes_accounts: access.as_ref().and_then(|it| member(it, "accounts")?.as_bool()) == Some(true),
        signs_in: access.as_ref().map(signs_in).unwrap_or_default(),
        signed_on: access.and_then(|it| signed_on(&member(&it, "signed_on")?)),
        stops: stops(&body),
    })
}

/// Whether the console says that it is about to stop.
fn stops(told: &JsValue) -> bool {
    member(told, "stopping").is_some_and(|it| it == true)
}

fn preset(it: JsValue) -> Option<Preset> {
    let security = match member(&it, "security")?.as_string()?.as_str() {
        "plain" => Security::Plain,
        "stls" => Security::Stls,
        "tls" => Security::Tls,
        _ => return None,
    };
    Some(Preset {
        name: member(&it, "name")?.as_string()?,
        target: Target {
            host: member(&it, "host")?.as_string()?,
            port: count(&it, "port") as u16,
            security,
            verify: member(&it, "verify")?.as_bool()?,
            name: None,
            family: Family::Any,
        },
    })
}

fn signs_in(access: &JsValue) -> SignsIn {
    let text = |name: &str| member(access, name)?.as_string();
    match text("mode").as_deref() {
        Some("header") => SignsIn::Proxy {
            problem: text("problem"),
            sign_off: text("sign_off"),
        },
        Some("openid") => SignsIn::Provider {
            host: text("provider").unwrap_or_default(),
            refused: place::parameter(way_back::SIGN_ON).and_then(|it| it.parse().ok()),
        },
        _ => SignsIn::Password,
    }
}

fn signed_on(it: &JsValue) -> Option<SignedOn> {
    Some(SignedOn {
        name: member(it, "name")?.as_string()?,
        role: named::<Rank>(it, "role")?.name(),
    })
}

/// Signs in to the console: the browser keeps what it is known by from then on, and no page can read it.
///
/// # Errors
/// A sentence for the person.
pub async fn sign_on(name: &str, password: &str) -> Result<(), String> {
    let body = Object::new();
    set(&body, "name", name.into());
    set(&body, "password", password.into());
    request("POST", "/api/sign-on", None, Some(&text(&body)))
        .await
        .map(drop)
}

fn set(body: &Object, name: &str, value: JsValue) {
    // Fails only for what is no object.
    let _ = Reflect::set(body, &JsValue::from_str(name), &value);
}

/// What is sent of it.
fn text(body: &Object) -> String {
    JSON::stringify(body).map(String::from).unwrap_or_default()
}

/// The address that somebody goes to who signs in at a provider, and comes back to the page that they are on; where they may
/// be somebody else than before, they are asked for their password there once more.
pub fn provider(anew: bool) -> String {
    let page = String::from(js_sys::encode_uri_component(&place::path()));
    let anew = if anew { "&anew=true" } else { "" };
    place::below(&format!("/api/sign-on/openid?page={page}{anew}"))
}

/// Why nobody is signed in any more in this browser, where somebody was who did not ask for it.
pub async fn signed_off() -> Option<SignedOff> {
    let access = request("GET", "/api/sign-on", None, None).await.ok()?;
    named(&access, "signed_off")
}

/// Signs out of the console, in every window of the browser.
///
/// # Errors
/// A sentence for the person.
pub async fn sign_off() -> Result<(), String> {
    request("DELETE", "/api/sign-on", None, None).await.map(drop)
}

/// Opens a session of which so much is kept, or as much as the console keeps where nothing is said.
///
/// # Errors
/// A sentence for the person.
pub async fn open_session(keep: Option<Keep>) -> Result<Opened, String> {
    let wanted = keep.map(keeping);
    let body = request("POST", "/api/sessions", None, wanted.as_deref()).await?;
    let text = |name| member(&body, name).and_then(|it| it.as_string());
    match (text("session"), text("token")) {
        (Some(session), Some(token)) => Ok(Opened { session, token }),
        _ => Err(NOT_UNDERSTOOD.to_owned()),
    }
}

/// Decides how much of a session is kept. What was kept already and is not to be is gone by the time this is answered.
///
/// # Errors
/// A sentence for the person.
pub async fn keep(id: &str, token: &str, keep: Keep) -> Result<(), String> {
    let path = format!("/api/sessions/{id}");
    let done = request("PATCH", &path, Some(token), Some(&keeping(keep))).await;
    done.map(drop)
}

fn keeping(keep: Keep) -> String {
    format!(r#"{{"keep":"{}"}}"#, keep.name())
}

/// How a session stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Stands {
    /// Whether it goes on.
    pub life: Life,
    /// Where its newest connection stands.
    pub phase: Phase,
    /// How many messages are marked for deletion and not committed.
    pub marked: u32,
    /// How many people are here.
    pub here: u32,
    /// How its newest connection ended, as far as it is known.
    pub ending: Option<Ending>,
    /// Which mailbox was opened last; empty where none is known.
    pub mailbox: String,
    /// How much of it is kept.
    pub keeps: Keep,
}

/// How a session stands; none if there is none, or not with this token.
///
/// # Errors
/// A sentence for the person.
pub async fn session(id: &str, token: &str) -> Result<Option<Stands>, String> {
    let (status, body) = exchange("GET", &format!("/api/sessions/{id}"), Some(token), None).await?;
    if status == NOT_FOUND {
        return Ok(None);
    }
    let body = understood(status, body)?;
    let (Some(life), Some(phase)) = (named(&body, "state"), named(&body, "phase")) else {
        return Err(NOT_UNDERSTOOD.to_owned());
    };
    Ok(Some(Stands {
        life,
        phase,
        marked: count(&body, "marked"),
        here: count(&body, "here"),
        ending: ending(&body),
        mailbox: member(&body, "mailbox")
            .and_then(|it| it.as_string())
            .unwrap_or_default(),
        keeps: named(&body, "keep").unwrap_or_default(),
    }))
}

fn ending(stands: &JsValue) -> Option<Ending> {
    let it = member(stands, "ending")?;
    Some(Ending {
        how: named(&it, "how")?,
        deleted: count(&it, "deleted"),
    })
}

/// Deletes a session for good. Gives whether there was one: what the bridge does not know may still be kept in a journal
/// that it does not have now.
///
/// # Errors
/// A sentence for the person.
pub async fn delete_session(id: &str, token: &str) -> Result<bool, String> {
    let (status, body) = exchange("DELETE", &format!("/api/sessions/{id}"), Some(token), None).await?;
    if status == NOT_FOUND {
        return Ok(false);
    }
    understood(status, body).map(|_| true)
}

/// A session's transcript as a file, which the browser holds and not the page. The bridge is told that it is for whoever sits
/// at the browser that calls itself so.
///
/// # Errors
/// A sentence for the person.
pub async fn export(id: &str, token: &str, browser: &str, format: FileFormat) -> Result<Blob, String> {
    let unreachable = |_| UNREACHABLE.to_owned();
    let name = format.name();
    let path = format!("/api/sessions/{id}/export/{name}");
    let headers = Headers::new().map_err(unreachable)?;
    headers.set(BROWSER_HEADER, browser).map_err(unreachable)?;
    let response = fetch("GET", &path, Some(token), None, headers)
        .await
        .map_err(unreachable)?;
    if !response.ok() {
        let told = JsFuture::from(response.text().map_err(unreachable)?);
        let told = told.await.map_err(unreachable)?.as_string().unwrap_or_default();
        let body = JSON::parse(&told).unwrap_or(JsValue::NULL);
        return Err(refusal(response.status(), &body));
    }
    let file = JsFuture::from(response.blob().map_err(unreachable)?);
    file.await.map_err(unreachable)?.dyn_into().map_err(unreachable)
}

/// What a link that is to be made allows and shows.
pub struct NewLink<'a> {
    /// What it is called; may be empty.
    pub name: &'a str,
    /// What it allows.
    pub role: Role,
    /// What it shows.
    pub sight: Sight,
    /// How many seconds it lets in; none for as long as the session is kept.
    pub seconds: Option<u32>,
}

/// Makes a link to a session, and gives its number and its token, which nobody can ask for again.
///
/// # Errors
/// A sentence for the person.
pub async fn make_link(session: &str, token: &str, link: &NewLink<'_>) -> Result<(LinkNo, String), String> {
    let body = Object::new();
    let set = |name: &str, value: JsValue| set(&body, name, value);
    set("name", link.name.into());
    set("role", link.role.name().into());
    set("sight", link.sight.name().into());
    set("seconds", link.seconds.map_or(JsValue::NULL, JsValue::from));
    let path = format!("/api/sessions/{session}/links");
    let made = request("POST", &path, Some(token), Some(&text(&body))).await?;
    let number = member(&made, "link").and_then(|it| it.as_f64());
    let token = member(&made, "token").and_then(|it| it.as_string());
    match (number, token) {
        (Some(number), Some(token)) => Ok((number as LinkNo, token)),
        _ => Err(NOT_UNDERSTOOD.to_owned()),
    }
}

/// Every link of a session, and who is here through it.
///
/// # Errors
/// A sentence for the person.
pub async fn links(session: &str, token: &str) -> Result<Vec<(Listed, Here)>, String> {
    let body = request(
        "GET",
        &format!("/api/sessions/{session}/links"),
        Some(token),
        None,
    )
    .await?;
    let links = member(&body, "links").map(|it| js_sys::Array::from(&it));
    let links = links.ok_or_else(|| NOT_UNDERSTOOD.to_owned())?;
    let link = |it: JsValue| link(&it).ok_or_else(|| NOT_UNDERSTOOD.to_owned());
    links.iter().map(link).collect()
}

fn link(it: &JsValue) -> Option<(Listed, Here)> {
    let text = |name| member(it, name).and_then(|it| it.as_string());
    let people = member(it, "people").map(|it| js_sys::Array::from(&it));
    let over = match named::<LinkState>(it, "state")? {
        LinkState::Revoked => Some(Standing::Revoked),
        LinkState::UsedUp => Some(Standing::UsedUp),
        // Until when it lets in tells whether it has expired.
        LinkState::Active | LinkState::Expired => None,
    };
    let listed = Listed {
        no: count(it, "link"),
        name: text("name")?,
        role: named(it, "role")?,
        sight: text("sight").map_or(Ok(Sight::Commands), |it| it.parse()).ok()?,
        until: member(it, "until").and_then(|it| it.as_f64()).map(|it| it as u64),
        over,
    };
    let here = Here {
        count: count(it, "here") as usize,
        names: people?.iter().filter_map(|it| it.as_string()).collect(),
    };
    Some((listed, here))
}

/// Revokes a link.
///
/// # Errors
/// A sentence for the person.
pub async fn revoke_link(session: &str, token: &str, link: LinkNo) -> Result<(), String> {
    let path = format!("/api/sessions/{session}/links/{link}");
    request("DELETE", &path, Some(token), None).await.map(drop)
}

const NOT_FOUND: u16 = 404;

const NOT_UNDERSTOOD: &str =
    "The console's bridge gave an answer that this page does not understand. Load it again.";

const UNREACHABLE: &str = "The console's bridge cannot be reached. Is it still running?";

/// Asks the bridge. `token` is what lets into the session that it is about; it is in no address.
async fn request(
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Option<&str>,
) -> Result<JsValue, String> {
    let (status, body) = exchange(method, path, token, body).await?;
    understood(status, body)
}

/// What the bridge answers, or why it refuses.
fn understood(status: u16, body: JsValue) -> Result<JsValue, String> {
    if (200..300).contains(&status) {
        return Ok(body);
    }
    Err(refusal(status, &body))
}

/// Why the bridge refuses, in its own words where it gives any.
fn refusal(status: u16, body: &JsValue) -> String {
    let told = member(body, "error").and_then(|it| it.as_string());
    told.unwrap_or_else(|| match status {
        // A proxy's, before a bridge that is not there.
        502..=504 => UNREACHABLE.to_owned(),
        _ => format!("The console's bridge refused with status {status}."),
    })
}

/// The same with the answer's status, whatever that is.
async fn exchange(
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Option<&str>,
) -> Result<(u16, JsValue), String> {
    let unreachable = |_| UNREACHABLE.to_owned();
    let headers = Headers::new().map_err(unreachable)?;
    let response = fetch(method, path, token, body, headers)
        .await
        .map_err(unreachable)?;
    let text = JsFuture::from(response.text().map_err(unreachable)?)
        .await
        .map_err(unreachable)?;
    let body = JSON::parse(&text.as_string().unwrap_or_default()).unwrap_or(JsValue::NULL);
    Ok((response.status(), body))
}

async fn fetch(
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Option<&str>,
    headers: Headers,
) -> Result<Response, JsValue> {
    let init = RequestInit::new();
    init.set_method(method);
    if let Some(token) = token {
        headers.set("Authorization", &format!("Bearer {token}"))?;
    }
    if let Some(body) = body {
        headers.set("Content-Type", "application/json")?;
        init.set_body(&JsValue::from_str(body));
    }
    init.set_headers(&headers);
    let answered = JsFuture::from(window().fetch_with_str_and_init(&place::below(path), &init)).await?;
    answered.dyn_into()
}

/// The members of a list; none where there is no such list.
fn list(of: &JsValue, name: &str) -> js_sys::Array {
    let list = member(of, name).filter(js_sys::Array::is_array);
    list.map(|it| js_sys::Array::from(&it)).unwrap_or_default()
}

/// How many there are; 0 where nothing is said.
fn count(of: &JsValue, name: &str) -> u32 {
    let count = member(of, name).and_then(|it| it.as_f64());
    count.unwrap_or_default() as u32
}

/// What is told by its name; none where that is none.
fn named<T: FromStr>(of: &JsValue, name: &str) -> Option<T> {
    member(of, name)?.as_string()?.parse().ok()
}

fn member(of: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(of, &JsValue::from_str(name))
        .ok()
        .filter(|it| !it.is_undefined() && !it.is_null())
}
