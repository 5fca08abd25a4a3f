//! The keys of the prompt.

use web_sys::{HtmlInputElement, KeyboardEvent};
use yew::TargetCast;

use crate::components::shortcut::is_control;
use crate::prompt::editor::Key;

/// What a key of the browser's is to the prompt.
pub(super) fn key(event: &KeyboardEvent) -> Option<Key> {
    if !event.is_composing() && is_control(event, "r") {
        return Some(Key::Search);
    }
    if event.is_composing() || event.alt_key() || event.ctrl_key() || event.meta_key() {
        return None;
    }
    match event.key().as_str() {
        "Delete" if event.shift_key() => Some(Key::Drop),
        // A key that is held down sends one line, and insists on nothing.
        "Enter" if !event.repeat() => Some(Key::Enter),
        "Tab" if !event.shift_key() => Some(Key::Tab),
        "ArrowRight" if !event.shift_key() => {
            let field = event.target_dyn_into::<HtmlInputElement>()?;
            let end = u32::try_from(field.value().encode_utf16().count()).ok()?;
            // A field of a type that has no selection gives none.
            let caret = field.selection_start().ok().flatten()?;
            (caret == end).then_some(Key::Onward)
        }
        "ArrowUp" => Some(Key::Up),
        "ArrowDown" => Some(Key::Down),
        "Escape" => Some(Key::Escape),
        _ => None,
    }
}
