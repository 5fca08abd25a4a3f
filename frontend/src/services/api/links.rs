//! What lets others in to a session.

use js_sys::Object;
use protocol::access::{LinkNo, Role, Sight};
use protocol::standing::LinkState;
use wasm_bindgen::JsValue;

use super::exchange::{NOT_UNDERSTOOD, count, member, named, request, set, text};
use crate::session::links::{Here, Listed, Standing};

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
