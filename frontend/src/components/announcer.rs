//! Says new status lines and remarks to those who listen: the log itself is silent, for its rows come and go.

use yew::prelude::*;

use crate::store::use_session;

/// The polite announcer.
#[function_component]
pub fn Announcer() -> Html {
    let (number, text) = use_session().read(|state| state.spoken.clone());
    html! {
        <div class="unseen" aria-live="polite" aria-atomic="true"><span key={number}>{ text }</span></div>
    }
}
