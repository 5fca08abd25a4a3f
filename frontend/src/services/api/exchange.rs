//! How the bridge is asked, and how what it answers is read.

use std::str::FromStr;

use gloo::utils::window;
use js_sys::{JSON, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestInit, Response};

use super::super::place;

pub(super) const NOT_UNDERSTOOD: &str =
    "The console's bridge gave an answer that this page does not understand. Load it again.";

pub(super) const UNREACHABLE: &str = "The console's bridge cannot be reached. Is it still running?";

/// Asks the bridge. `token` is what lets into the session that it is about; it is in no address.
pub(super) async fn request(
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Option<&str>,
) -> Result<JsValue, String> {
    let (status, body) = exchange(method, path, token, body).await?;
    understood(status, body)
}

/// What the bridge answers, or why it refuses.
pub(super) fn understood(status: u16, body: JsValue) -> Result<JsValue, String> {
    if (200..300).contains(&status) {
        return Ok(body);
    }
    Err(refusal(status, &body))
}

/// Why the bridge refuses, in its own words where it gives any.
pub(super) fn refusal(status: u16, body: &JsValue) -> String {
    let told = member(body, "error").and_then(|it| it.as_string());
    told.unwrap_or_else(|| match status {
        // A proxy's, before a bridge that is not there.
        502..=504 => UNREACHABLE.to_owned(),
        _ => format!("The console's bridge refused with status {status}."),
    })
}

/// The same with the answer's status, whatever that is.
pub(super) async fn exchange(
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

pub(super) async fn fetch(
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
pub(super) fn list(of: &JsValue, name: &str) -> js_sys::Array {
    let list = member(of, name).filter(js_sys::Array::is_array);
    list.map(|it| js_sys::Array::from(&it)).unwrap_or_default()
}

/// How many there are; 0 where nothing is said.
pub(super) fn count(of: &JsValue, name: &str) -> u32 {
    let count = member(of, name).and_then(|it| it.as_f64());
    count.unwrap_or_default() as u32
}

/// What is told by its name; none where that is none.
pub(super) fn named<T: FromStr>(of: &JsValue, name: &str) -> Option<T> {
    member(of, name)?.as_string()?.parse().ok()
}

pub(super) fn member(of: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(of, &JsValue::from_str(name))
        .ok()
        .filter(|it| !it.is_undefined() && !it.is_null())
}

pub(super) fn set(body: &Object, name: &str, value: JsValue) {
    // Fails only for what is no object.
    let _ = Reflect::set(body, &JsValue::from_str(name), &value);
}

/// What is sent of it.
pub(super) fn text(body: &Object) -> String {
    JSON::stringify(body).map(String::from).unwrap_or_default()
}
