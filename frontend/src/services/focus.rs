//! Which element the keys go to.

use gloo::timers::callback::Timeout;
use gloo::utils::document;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Where the keys of whoever takes part go: to the prompt, or to the transcript where there is none.
const SEAT: &str = ".prompt-input:not(:disabled), .log";

/// Gives an element the focus.
pub fn give(element: &HtmlElement) {
    // Fails only for an element that is not in the page.
    let _ = element.focus();
}

/// Gives the focus to the first element that matches once the page is drawn: what had it is about to go. Nobody else loses
/// it who has taken it meanwhile.
pub fn give_next(selector: impl Into<String>) {
    let selector = selector.into();
    Timeout::new(0, move || {
        let has_none = document()
            .active_element()
            .is_none_or(|it| it.tag_name() == "BODY");
        let element = document().query_selector(&selector).ok().flatten();
        if let Some(element) = element.and_then(|it| it.dyn_into().ok()).filter(|_| has_none) {
            give(&element);
        }
    })
    .forget();
}

/// Gives the focus back to where lines are typed, or read.
pub fn give_back() {
    give_next(SEAT);
}
