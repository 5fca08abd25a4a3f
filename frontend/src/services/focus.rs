//! Which element the keys go to.

use web_sys::HtmlElement;

/// Gives an element the focus.
pub fn give(element: &HtmlElement) {
    // Fails only for an element that is not in the page.
    let _ = element.focus();
}
