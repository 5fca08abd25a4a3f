//! Files that the browser keeps.

use gloo::timers::callback::Timeout;
use gloo::utils::{document, window};
use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// How long a finished file is held for the browser to read, in milliseconds.
const HELD: u32 = 40_000;

/// A file that is being made. Its octets are the browser's as soon as they are added, so that a large one takes little
/// of the page's memory.
#[derive(Default)]
pub struct Download {
    parts: Array,
}

impl Download {
    /// Adds octets, and lets the browser do something else before it goes on.
    ///
    /// # Errors
    /// When the browser has no room for them.
    pub async fn add(&self, octets: &[u8]) -> Result<(), JsValue> {
        let part = Array::of1(&Uint8Array::from(octets));
        let blob: JsValue = Blob::new_with_u8_array_sequence(&part)?.into();
        self.parts.push(&blob);
        let turn = Promise::new(&mut |resolve, _| {
            // Fails only in a page that is being left.
            let _ = window().set_timeout_with_callback(&resolve);
        });
        JsFuture::from(turn).await.map(drop)
    }

    /// Hands the file to the browser, under that name.
    ///
    /// # Errors
    /// When the browser does not take it.
    pub fn finish(self, name: &str, kind: &str) -> Result<(), JsValue> {
        let options = BlobPropertyBag::new();
        options.set_type(kind);
        let file = Blob::new_with_blob_sequence_and_options(&self.parts, &options)?;
        hand_over(&file, name)
    }
}

/// Hands a file to the browser, under that name.
///
/// # Errors
/// When the browser does not take it.
pub fn hand_over(file: &Blob, name: &str) -> Result<(), JsValue> {
    let address = Url::create_object_url_with_blob(file)?;
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(&address);
    link.set_download(name);
    link.click();
    // Not every browser has begun to read it with the click.
    Timeout::new(HELD, move || {
        // An address that is not known any more needs no forgetting.
        let _ = Url::revoke_object_url(&address);
    })
    .forget();
    Ok(())
}
