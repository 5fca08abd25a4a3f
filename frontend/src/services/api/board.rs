//! The sessions of a hosted console.

use js_sys::Array;
use protocol::target::{DEMONSTRATION, endpoint};
use wasm_bindgen::JsValue;

use super::exchange::{NOT_UNDERSTOOD, count, exchange, list as list_of, member, named, request, understood};
use super::{ending, stops};
use crate::board::{Agent, Listed};

/// Who asks is not signed in, or not any more.
const NOT_SIGNED_ON: u16 = 401;

/// Why they are not listed.
pub enum NotListed {
    /// Whoever asks is not signed in, or not any more; and a sentence for the person.
    NotSignedOn(String),
    /// Something else; a sentence for the person.
    Failed(String),
}

/// What the bridge tells.
pub struct Told {
    /// The sessions.
    pub listed: Vec<Listed>,
    /// Whether they were looked for in all that are kept.
    pub in_all: bool,
    /// Whether the console is about to stop.
    pub stops: bool,
}

/// The sessions of a hosted console that whoever is signed in may see: those that go on, and, where something is searched for,
/// the newest of those that have ended in which that is found.
///
/// # Errors
/// Why they are not listed.
pub async fn list(search: Option<&str>) -> Result<Told, NotListed> {
    let path = match search {
        Some(search) => format!("/api/sessions?search={}", js_sys::encode_uri_component(search)),
        None => "/api/sessions?live=true".to_owned(),
    };
    let answer = exchange("GET", &path, None, None).await;
    let (status, body) = answer.map_err(NotListed::Failed)?;
    let body = understood(status, body).map_err(|why| match status {
        NOT_SIGNED_ON => NotListed::NotSignedOn(why),
        _ => NotListed::Failed(why),
    })?;
    let sessions = member(&body, "sessions").ok_or_else(|| NotListed::Failed(NOT_UNDERSTOOD.to_owned()))?;
    let sessions = Array::from(&sessions);
    Ok(Told {
        listed: sessions.iter().filter_map(|it| listed(&it)).collect(),
        in_all: member(&body, "all").is_none_or(|it| it.is_truthy()),
        stops: stops(&body),
    })
}

fn listed(it: &JsValue) -> Option<Listed> {
    let text = |name: &str| member(it, name)?.as_string();
    let time = |name: &str| member(it, name)?.as_f64().map(|it| it as u64);
    let server = member(it, "target").and_then(|target| {
        let host = member(&target, "host")?.as_string()?;
        Some(endpoint(&host, u16::try_from(count(&target, "port")).ok()?))
    });
    let texts = |name: &str| list_of(it, name).iter().filter_map(|it| it.as_string()).collect();
    Some(Listed {
        id: text("session")?,
        life: named(it, "state")?,
        agent: text("agent").map(|name| Agent {
            name,
            id: text("agent_id").unwrap_or_default(),
            looks: texts("agent_looks"),
        }),
        is_own: member(it, "own")?.as_bool()?,
        opened: time("opened")?,
        ended: time("ended"),
        server: match member(it, "demonstration").is_some_and(|it| it == true) {
            true => DEMONSTRATION.to_owned(),
            false => server.unwrap_or_default(),
        },
        mailbox: text("mailbox"),
        phase: named(it, "phase")?,
        marked: count(it, "marked"),
        ending: ending(it),
        here: count(it, "here"),
        people: texts("people"),
    })
}

/// Ends a session that lives; what is kept of it stays.
///
/// # Errors
/// A sentence for the person.
pub async fn end(id: &str) -> Result<(), String> {
    request("POST", &format!("/api/sessions/{id}/end"), None, None)
        .await
        .map(drop)
}
