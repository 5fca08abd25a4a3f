//! What went wrong, in a sentence.

use yew::prelude::*;

use super::shortcut::use_shortcut;
use crate::session::Action;
use crate::store::Session;

/// The notice, if there is one. Its place is always there, so that a screen reader hears what comes into it.
#[hook]
pub fn use_notice_bar(session: &Session) -> Html {
    let session = session.clone();
    let notice = session.read(|state| state.notice.clone());
    let dismiss = Callback::from(move |()| session.dispatch(Action::Dismiss));
    {
        // Escape closes it, wherever the focus is, unless it closes something else.
        let (is_there, dismiss) = (notice.is_some(), dismiss.clone());
        use_shortcut(move |event| {
            let takes = is_there && event.key() == "Escape";
            if takes {
                dismiss.emit(());
            }
            takes
        });
    }
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
