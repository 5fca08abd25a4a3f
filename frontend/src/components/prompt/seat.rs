//! What stands in the prompt's place for whoever has no control.

use protocol::access::{Handing, OWNER};
use yew::prelude::*;

use crate::session::Action;
use crate::session::people::{Asking, Seat, TakingPart};
use crate::store::Session;

/// What the person is here, and what they can do about it.
pub(super) fn seat(session: &Session, seat: Seat) -> Html {
    let button = |text: &'static str, step: TakingPart| {
        let session = session.clone();
        let onclick = move |_: MouseEvent| session.dispatch(Action::TakePart(step.clone()));
        html! { <button type="button" class="button small" {onclick}>{ text }</button> }
    };
    let request = || button("Request control", TakingPart::AskForControl);
    let (text, action) = match seat {
        Seat::Types => return Html::default(),
        Seat::Watches(Asking::Nothing) => ("You are watching.", request()),
        Seat::Watches(Asking::Control) => {
            let me = session.read(|state| state.me);
            let withdraw = |me| button("Withdraw request", TakingPart::Hand(me, Handing::Declined));
            (
                "You are watching. You asked for control: the owner decides.",
                me.map(withdraw).unwrap_or_default(),
            )
        }
        Seat::Watches(Asking::Declined) => ("You are watching. The owner said not now.", request()),
        Seat::Supervises => (
            "You are watching, as a supervisor.",
            button("Take control", TakingPart::TakeControl),
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
