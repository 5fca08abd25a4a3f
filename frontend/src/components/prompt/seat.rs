//! What stands in the prompt's place for whoever has no control.

use protocol::access::{Handing, OWNER};
use yew::prelude::*;

use crate::session::Action;
use crate::session::people::{Seat, TakingPart};
use crate::store::Session;

/// What the person is here, and what they can do about it.
pub(super) fn seat(session: &Session, seat: Seat) -> Html {
    let button = |text: &'static str, step: TakingPart| {
        let session = session.clone();
        let onclick = move |_: MouseEvent| session.dispatch(Action::TakePart(step.clone()));
        html! { <button type="button" class="button small" {onclick}>{ text }</button> }
    };
    let (text, action) = match seat {
        Seat::Types => return Html::default(),
        Seat::Watches(false) => (
            "You are watching.",
            button("Request control", TakingPart::AskForControl),
        ),
        Seat::Watches(true) => (
            "You are watching. You asked for control: the owner decides.",
            Html::default(),
        ),
        Seat::HandedOver => (
            "You handed control over. You are watching.",
            button("Take control back", TakingPart::Hand(OWNER, Handing::TakenBack)),
        ),
        Seat::Reads => ("This session has ended. It can only be read.", Html::default()),
    };
    html! {
        <footer class="prompt">
            <div class="prompt-line idle seat">
                <span class="seat-text" role="status">{ text }</span>
                { action }
            </div>
        </footer>
    }
}
