//! What went wrong, in a sentence.

use gloo::events::EventListener;
use gloo::utils::window;
use wasm_bindgen::JsCast;
use web_sys::KeyboardEvent;
use yew::prelude::*;

use crate::session::Action;
use crate::store::use_session;

/// The notice, if there is one. Its place is always there, so that a screen reader hears what comes into it.
#[function_component]
pub fn NoticeBar() -> Html {
    let session = use_session();
    let notice = session.read(|state| state.notice.clone());
    let dismiss = Callback::from(move |()| session.dispatch(Action::Dismiss));
    use_escape(notice.is_some(), &dismiss);
    let onclick = dismiss.reform(|_: MouseEvent| ());
    html! {
        <div class="notice-place" role="alert">
            if let Some(notice) = notice {
                <div class="notice">
                    <span class="notice-sign" aria-hidden="true">{ "!" }</span>
                    <span class="notice-text">{ notice.0 }</span>
                    <button type="button" class="button small" {onclick}>{ "Dismiss" }</button>
                </div>
            }
        </div>
    }
}

/// Escape closes the notice, wherever the focus is, unless it closes something else.
#[hook]
fn use_escape(is_there: bool, dismiss: &Callback<()>) {
    let dismiss = dismiss.clone();
    use_effect_with(is_there, move |is_there| {
        let listener = is_there.then(|| {
            EventListener::new(&window(), "keydown", move |event| {
                if event.unchecked_ref::<KeyboardEvent>().key() == "Escape" && !event.default_prevented() {
                    dismiss.emit(());
                }
            })
        });
        move || drop(listener)
    });
}
