//! Lines on their way.

use yew::prelude::*;

use crate::session::State;
use crate::session::pending::{Fate, Pending};

/// Lines on their way stand behind everything else.
pub(super) fn pending(state: &State) -> Vec<Html> {
    let row = |pending: &Pending| {
        let told = match pending.fate {
            Fate::Queued => "goes out when reconnected",
            Fate::Sent => "sending…",
            Fate::Orphan => "was it sent? reconnecting…",
        };
        html! {
            <div key={format!("p{}", pending.id)} class="row from-client part-pending edge-pending gap" data-from="client" data-part="pending">
                <span class="number"></span><span class="since"></span><span class="sign" aria-hidden="true">{ "→" }</span>
                <div class="text" dir="ltr">{ pending.typed.shown() }</div>
                <span class="notes"><span class="note">{ told }</span></span>
            </div>
        }
    };
    state.pending.iter().map(row).collect()
}
