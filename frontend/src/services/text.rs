//! What the browser knows of text.

use js_sys::JsString;

/// The text in Unicode's normalization form KC.
pub fn nfkc(text: &str) -> String {
    String::from(JsString::from(text).normalize("NFKC"))
}
