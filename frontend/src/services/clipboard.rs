//! The clipboard.

use gloo::utils::window;
use wasm_bindgen_futures::JsFuture;
use yew::platform::spawn_local;

/// Puts a text into the clipboard, and tells whether the browser did it.
pub fn put(text: &str, told: impl FnOnce(bool) + 'static) {
    // Anywhere else there is no clipboard.
    if !window().is_secure_context() {
        return told(false);
    }
    let copied = window().navigator().clipboard().write_text(text);
    spawn_local(async move { told(JsFuture::from(copied).await.is_ok()) });
}
