//! The page's address.

use gloo::utils::window;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlInputElement, UrlSearchParams};

/// The path of the address.
pub fn path() -> String {
    window().location().pathname().unwrap_or_default()
}

/// A parameter of the address's query.
pub fn parameter(name: &str) -> Option<String> {
    let query = window().location().search().ok()?;
    UrlSearchParams::new_with_str(&query).ok()?.get(name)
}

/// What was typed for a server before the module ran, in the field that the page came with.
pub fn typed_early() -> String {
    let field = gloo::utils::document().get_element_by_id("early-server");
    let field = field.and_then(|it| it.dyn_into::<HtmlInputElement>().ok());
    field.map(|it| it.value()).unwrap_or_default()
}

/// Goes to a path without loading it.
pub fn go(path: &str) {
    if let Ok(history) = window().history() {
        // A browser that keeps no history shows the page all the same.
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(path));
    }
}

/// Forgets the address's query, also in the browser's way back.
pub fn forget_query() {
    if let Ok(history) = window().history() {
        // As above.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&path()));
    }
}

/// Loads the page again.
pub fn reload() {
    // Fails only while the page is being left anyway.
    let _ = window().location().reload();
}

/// What the browser shows as the page's name.
pub fn set_title(title: &str) {
    gloo::utils::document().set_title(title);
}
