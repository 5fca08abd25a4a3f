//! A transcript as a file.

use js_sys::JSON;
use protocol::remark::FileFormat;
use protocol::wire::BROWSER_HEADER;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Headers};

use super::exchange::{UNREACHABLE, fetch, refusal};

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
