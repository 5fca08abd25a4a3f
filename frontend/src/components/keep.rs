//! How much of the session is kept: the owner's to decide, among the settings.

use protocol::access::{Keep, Role};
use yew::prelude::*;

use crate::session::Action;
use crate::store::Session;

const KEEPS: [(Keep, &str, &str); 3] = [
    (Keep::Everything, "Everything", "to read and replay"),
    (Keep::NoContent, "No message content", "commands and status"),
    (Keep::Nothing, "Nothing", "gone when it ends"),
];

/// The choice, for whoever may make it.
pub fn keep_choice(session: &Session) -> Option<Html> {
    let (keep, may) = session.read(|state| (state.keep, state.role == Some(Role::Owner) && !state.is_over()));
    if !may {
        return None;
    }
    let choices = KEEPS.iter().map(|&(choice, name, note)| {
        let is_chosen = keep == choice;
        let session = session.clone();
        let onchange = move |_: Event| session.dispatch(Action::Keep(choice));
        html! {
            <label class={classes!("segment", is_chosen.then_some("chosen"))}>
                <input type="radio" name="keep" aria-label={name} checked={is_chosen} {onchange} />
                <span class="segment-name">{ name }</span><span class="segment-note">{ note }</span>
            </label>
        }
    });
    Some(html! {
        <>
            <h3 id="keep-label">{ "What is kept of this session" }</h3>
            <div class="segments" role="radiogroup" aria-labelledby="keep-label" aria-describedby="keep-note">{ for choices }</div>
            <p id="keep-note" class="help-note">{ "On the console's own disk, never a password. What was kept already and is not to be is deleted at once, for good." }</p>
        </>
    })
}
