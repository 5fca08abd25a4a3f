//! Says new status lines and remarks to those who listen: the log itself is silent, for its rows come and go.

use yew::prelude::*;

use crate::store::Session;

/// The polite announcer. What is added to it is said; what goes from it is not.
pub fn announcer(session: &Session) -> Html {
    let said = session.read(|state| state.spoken.newest().to_vec());
    let said = said
        .into_iter()
        .map(|(number, text)| html! { <p key={number}>{ text }</p> });
    html! {
        <div class="unseen" aria-live="polite">{ for said }</div>
    }
}
