//! The mailbox that is built in.

use yew::prelude::*;

/// The card that offers it. `onopen` is called when the person wants it.
pub fn demonstration(is_busy: bool, onopen: &Callback<()>) -> Html {
    let onclick = onopen.reform(|_: MouseEvent| ());
    html! {
        <section class="card demonstration">
            <h2>{ "No server at hand?" }</h2>
            <p>{ "A demonstration mailbox is built in: user " }<b>{ "user01" }</b>{ ", password " }<b>{ "password01" }</b>{ ", four messages." }</p>
            <button type="button" class="button" disabled={is_busy} {onclick}>{ "Open the demonstration mailbox" }</button>
        </section>
    }
}
