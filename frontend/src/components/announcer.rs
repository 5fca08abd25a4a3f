//! Says new status lines and remarks to those who listen: the log itself is silent, for its rows come and go.

use yew::prelude::*;

use crate::store::Session;

/// The polite announcer.
pub fn announcer(session: &Session) -> Html {
    let (number, text) = session.read(|state| state.spoken.clone());
    html! {
        <div class="unseen" aria-live="polite" aria-atomic="true"><span key={number}>{ text }</span></div>
    }
}
