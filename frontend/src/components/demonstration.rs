//! The mailbox that is built in.

use yew::prelude::*;

/// What opens it.
#[derive(Properties, PartialEq)]
pub struct DemonstrationProps {
    /// Whether a session is being opened.
    pub is_busy: bool,
    /// The person wants it.
    pub onopen: Callback<()>,
}

/// The card that offers it.
#[function_component]
pub fn Demonstration(props: &DemonstrationProps) -> Html {
    let onclick = props.onopen.reform(|_: MouseEvent| ());
    html! {
        <section class="card demonstration">
            <h2>{ "No server at hand?" }</h2>
            <p>{ "A demonstration mailbox is built in: user " }<b>{ "user01" }</b>{ ", password " }<b>{ "password01" }</b>{ ", four messages." }</p>
            <button type="button" class="button" disabled={props.is_busy} {onclick}>{ "Open the demonstration mailbox" }</button>
        </section>
    }
}
