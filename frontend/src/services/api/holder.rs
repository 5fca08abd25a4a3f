//! Which session of a hosted console holds a maildrop that was found locked.

use js_sys::Array;
use protocol::alias::Alias;
use protocol::target::endpoint;
use wasm_bindgen::JsValue;

use super::exchange::{NOT_UNDERSTOOD, count, member, request};

/// A session that holds a maildrop.
#[derive(Clone, Debug, PartialEq)]
pub struct Holding {
    /// Its name in the address.
    pub id: String,
    /// Who opened it.
    pub agent: String,
    /// Whether that is who asks.
    pub is_own: bool,
    /// Which mailbox it holds; empty where that was hidden.
    pub mailbox: String,
    /// At which server, with its port.
    pub server: String,
    /// Since when, in milliseconds since 1970-01-01T00:00:00Z.
    pub since: u64,
}

/// What the session holds that goes by that alias; none where it holds nothing, or whoever is signed in may not see it.
///
/// # Errors
/// A sentence for the person.
pub async fn holding(session: Alias) -> Result<Option<Holding>, String> {
    let body = request("GET", &format!("/api/sessions?alias={session}"), None, None).await?;
    let sessions = member(&body, "sessions").ok_or_else(|| NOT_UNDERSTOOD.to_owned())?;
    Ok(holding_of(&Array::from(&sessions).get(0)))
}

fn holding_of(session: &JsValue) -> Option<Holding> {
    let text = |name: &str| member(session, name)?.as_string();
    let target = member(session, "target")?;
    let host = member(&target, "host")?.as_string()?;
    Some(Holding {
        id: text("session")?,
        agent: text("agent").unwrap_or_default(),
        is_own: member(session, "own")?.as_bool()?,
        mailbox: text("mailbox").unwrap_or_default(),
        server: endpoint(&host, u16::try_from(count(&target, "port")).ok()?),
        since: member(session, "held_since")?.as_f64()? as u64,
    })
}
