//! How the bridge is asked, and how what it answers is read.

use std::str::FromStr;

use gloo::utils::window;
use js_sys::{JSON, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit, Response};

use super::super::place;

/// How long an answer is waited for, in milliseconds. The bridge begins one within ten seconds, and what it tells a page is short:
/// where none is there by then, something between swallows it.
pub(super) const ANSWERED_WITHIN: u32 = 15_000;

pub(super) const NOT_UNDERSTOOD: &str =
    "The console gave an answer that this page does not understand. Load it again.";

pub(super) const UNREACHABLE: &str = "The console cannot be reached. It may be back in a moment.";

const LATE: &str = "The console did not answer in time: try again in a moment.";

const LATE_DEED: &str =
    "The console did not answer in time: what was asked for may have been done all the same.";

/// What was asked did not come as a whole in time, or took the console too long.
const TIMED_OUT: u16 = 408;

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
        TIMED_OUT => LATE.to_owned(),
        // A proxy's, before a bridge that is not there.
        502..=504 => UNREACHABLE.to_owned(),
        _ => format!("The console refused with status {status}."),
    })
}

/// The same with the answer's status, whatever that is.
pub(super) async fn exchange(
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Option<&str>,
) -> Result<(u16, JsValue), String> {
    let signal = AbortSignal::timeout_with_u32(ANSWERED_WITHIN);
    match answer(method, path, token, body, &signal).await {
        Ok((TIMED_OUT, _)) => Err(late(method)),
        Ok(answer) => Ok(answer),
        Err(_) => Err(lost(method, &signal)),
    }
}

async fn answer(
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Option<&str>,
    signal: &AbortSignal,
) -> Result<(u16, JsValue), JsValue> {
    let response = fetch(method, path, token, body, Headers::new()?, signal).await?;
    Ok((response.status(), read(&response).await?))
}

/// Sends what is asked, and gives what comes back once it begins to; all of that is over when the signal says so.
pub(super) async fn fetch(
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Option<&str>,
    headers: Headers,
    signal: &AbortSignal,
) -> Result<Response, JsValue> {
    let init = RequestInit::new();
    init.set_method(method);
    init.set_signal(Some(signal));
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

/// What it says; nothing where that is not JSON.
pub(super) async fn read(response: &Response) -> Result<JsValue, JsValue> {
    let text = JsFuture::from(response.text()?).await?;
    Ok(JSON::parse(&text.as_string().unwrap_or_default()).unwrap_or(JsValue::NULL))
}

/// Why there is no answer.
pub(super) fn lost(method: &str, signal: &AbortSignal) -> String {
    if signal.aborted() {
        late(method)
    } else {
        UNREACHABLE.to_owned()
    }
}

/// Why nobody waits for an answer any longer. What would have changed something may have.
fn late(method: &str) -> String {
    if method == "GET" { LATE } else { LATE_DEED }.to_owned()
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
