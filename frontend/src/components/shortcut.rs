//! Keys that mean something wherever the focus is.

use gloo::events::{EventListener, EventListenerOptions};
use gloo::utils::window;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement, KeyboardEvent};
use yew::prelude::*;

use super::modal::open_modal;

/// Hands every key that nothing else has taken to `take`, which tells whether it takes it. The browser does not act
/// on a key that was taken, and nobody else is handed it. While a modal dialog is open, keys are its own.
#[hook]
pub fn use_shortcut(take: impl Fn(&KeyboardEvent) -> bool + 'static) {
    let newest = use_mut_ref(|| Box::new(|_: &KeyboardEvent| false) as Box<dyn Fn(&KeyboardEvent) -> bool>);
    *newest.borrow_mut() = Box::new(take);
    use_effect_with((), move |()| {
        let options = EventListenerOptions::enable_prevent_default();
        let listener = EventListener::new_with_options(&window(), "keydown", options, move |event| {
            let event = event.unchecked_ref::<KeyboardEvent>();
            let is_free = !event.default_prevented() && !event.is_composing() && open_modal().is_none();
            if is_free && newest.borrow()(event) {
                event.prevent_default();
            }
        });
        move || drop(listener)
    });
}

/// Whether the key was pressed with Ctrl and no other modifier.
pub fn is_control(event: &KeyboardEvent, key: &str) -> bool {
    event.ctrl_key()
        && !event.alt_key()
        && !event.shift_key()
        && !event.meta_key()
        && event.key().eq_ignore_ascii_case(key)
}

/// Whether the key is meant for a field: any but one that is empty and says that nothing in it begins with `/` or `?`,
/// as the prompt does while it takes a command.
pub fn is_typing(event: &KeyboardEvent) -> bool {
    let Some(field) = event.target().and_then(|it| it.dyn_into::<Element>().ok()) else {
        return false;
    };
    let is_field = matches!(field.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT");
    let leaves_it = || {
        let field = field.dyn_ref::<HtmlInputElement>();
        field.is_some_and(|it| {
            it.get_attribute("data-shortcuts").as_deref() == Some("true") && it.value().is_empty()
        })
    };
    is_field && !leaves_it()
}
