//! Somebody asks the owner for control.

use protocol::access::Handing;
use yew::prelude::*;

use crate::services::focus;
use crate::session::Action;
use crate::session::people::{TakingPart, is_guest};
use crate::store::Session;

/// What *Grant* does.
pub(super) const GRANTS: &str = "They can type as well, beside everybody who can";

/// What *Hand over* does.
pub(super) const HANDS_OVER: &str = "They alone can type, until you take control back";

/// What *Not now* does.
pub(super) const DECLINES: &str = "They go on watching, and are told so";

/// The bar, while somebody waits for an answer.
pub fn control_bar(session: &Session) -> Html {
    let asked = session.read(|state| {
        let asking = state.asking();
        let first = asking.first()?;
        let guest = if is_guest(first) { ", a guest," } else { "" };
        Some((first.id, state.called(first), guest, asking.len() - 1))
    });
    let Some((id, name, guest, more)) = asked else {
        return Html::default();
    };
    let button = |text: &'static str, title: &'static str, class: &'static str, step: TakingPart| {
        let session = session.clone();
        let onclick = move |_: MouseEvent| {
            session.dispatch(Action::TakePart(step.clone()));
            // The bar goes.
            focus::give_back();
        };
        html! { <button type="button" class={classes!("button", "small", class)} {title} {onclick}>{ text }</button> }
    };
    let more = match more {
        0 => String::new(),
        more => format!(" ({more} more ask)"),
    };
    html! {
        <section class="side-bar" aria-label="Asks for control">
            <span class="side-bar-text"><b>{ name }</b>{ guest }{ " asks for control." }{ more }</span>
            { button("Grant", GRANTS, "primary", TakingPart::Hand(id, Handing::Granted)) }
            { button("Hand over", HANDS_OVER, "", TakingPart::Hand(id, Handing::HandedOver)) }
            { button("Not now", DECLINES, "quiet", TakingPart::Hand(id, Handing::Declined)) }
        </section>
    }
}
