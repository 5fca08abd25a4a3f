//! What the page asks the bridge for over HTTP: what the console is, and sessions.

pub mod administration;
pub mod board;
mod exchange;
pub mod export;
pub mod holder;
pub mod links;
pub mod sign_on;

use protocol::access::Keep;
use protocol::standing::{Ending, Life};
use protocol::state::Phase;
use protocol::target::{DEMONSTRATION, Family, Security, Target};
use wasm_bindgen::JsValue;

use self::exchange::{NOT_UNDERSTOOD, count, exchange, list, member, named, request, understood};
use self::sign_on::{SignedOn, SignsIn, signed_on, signs_in};
use crate::presets::Preset;

/// There is no such session, or not with what was given for it.
const NOT_FOUND: u16 = 404;

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

impl Console {
    /// Whether somebody has to sign in before they may open a session.
    pub fn asks_to_sign_in(&self) -> bool {
        self.takes_accounts && self.signed_on.is_none()
    }

    /// Whether that is the demonstration mailbox.
    pub fn demonstrates(&self, target: &Target) -> bool {
        self.demonstrates_at(&target.host, target.port)
    }

    /// Whether it is there.
    pub fn demonstrates_at(&self, host: &str, port: u16) -> bool {
        let address = self.demonstration.as_ref();
        address.is_some_and(|it| it.0 == host && it.1 == port)
    }

    /// What people call a server: the demonstration mailbox is elsewhere every time.
    pub fn called(&self, target: &Target) -> String {
        match self.demonstrates(target) {
            true => DEMONSTRATION.to_owned(),
            false => target.display(),
        }
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
