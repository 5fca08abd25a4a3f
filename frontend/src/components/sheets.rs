//! What opens over a session's page or beside its prompt: a part of the console, loaded ahead of its time.

use yew::prelude::*;

use super::ask::AskDialog;
use super::note_sheet::NoteSheet;
use super::pasted::Pasted;
use super::sign_in::SignInSheet;
use crate::parts::{self, bring_early, use_part};
use crate::store::use_session;

/// The sheets, from when one of them is needed.
#[function_component]
pub fn Sheets() -> Html {
    let needs = use_session().read(|state| {
        state.ask.is_some() || state.sequence.is_some() || state.sign_in.is_some() || state.noting.is_some()
    });
    let is_drawn = use_mut_ref(|| false);
    use_effect_with((), |()| bring_early(parts::sheets));
    // One that has been drawn stays, so that it can close by itself.
    *is_drawn.borrow_mut() |= needs;
    let is_drawn = *is_drawn.borrow();
    html! {
        if is_drawn { <SheetsPart /> }
    }
}

#[function_component]
fn SheetsPart() -> Html {
    use_part(parts::sheets, &(), Html::default())
}

/// Draws them, as a part of the console.
pub fn draw(_: &()) -> Html {
    html! { <><Pasted /><SignInSheet /><NoteSheet /><AskDialog /></> }
}
