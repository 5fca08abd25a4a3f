//! A transcript as a file.

use gloo::timers::callback::Timeout;
use js_sys::Array;
use protocol::remark::FileFormat;
use protocol::wire::BROWSER_HEADER;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Blob, BlobPropertyBag, Headers, ReadableStreamDefaultReader};

use super::exchange::{ANSWERED_WITHIN, UNREACHABLE, fetch, lost, member, read, refusal};

/// A session's transcript as a file, which the browser holds and not the page. The bridge is told that it is for whoever sits
/// at the browser that calls itself so.
///
/// # Errors
/// A sentence for the person.
pub async fn export(id: &str, token: &str, browser: &str, format: FileFormat) -> Result<Blob, String> {
    let name = format.name();
    let path = format!("/api/sessions/{id}/export/{name}");
    let stop = AbortController::new().map_err(|_| UNREACHABLE.to_owned())?;
    let file = file(&path, token, browser, &stop).await;
    file.unwrap_or_else(|_| Err(lost("GET", &stop.signal())))
}

/// The file, or why it is refused. It takes as long as it takes while more of it comes: what may not last is silence.
async fn file(
    path: &str,
    token: &str,
    browser: &str,
    stop: &AbortController,
) -> Result<Result<Blob, String>, JsValue> {
    let headers = Headers::new()?;
    headers.set(BROWSER_HEADER, browser)?;
    let mut silence = silence(stop);
    let response = fetch("GET", path, Some(token), None, headers, &stop.signal()).await?;
    if !response.ok() {
        return Ok(Err(refusal(response.status(), &read(&response).await?)));
    }
    let body = response.body().ok_or(JsValue::NULL)?;
    let reader: ReadableStreamDefaultReader = body.get_reader().dyn_into()?;
    let pieces = Array::new();
    loop {
        let piece = JsFuture::from(reader.read()).await?;
        silence.cancel();
        let Some(octets) = member(&piece, "value") else {
            break;
        };
        let held: JsValue = Blob::new_with_u8_array_sequence(&Array::of1(&octets))?.into();
        pieces.push(&held);
        silence = self::silence(stop);
    }
    let options = BlobPropertyBag::new();
    options.set_type(&response.headers().get("Content-Type")?.unwrap_or_default());
    Blob::new_with_blob_sequence_and_options(&pieces, &options).map(Ok)
}

/// Ends what is under way when nothing of it has come for too long.
fn silence(stop: &AbortController) -> Timeout {
    let stop = stop.clone();
    Timeout::new(ANSWERED_WITHIN, move || stop.abort())
}
