//! Technical detail: one click away, and for the clipboard.

use yew::prelude::*;

use crate::services::clipboard;

/// What it tells.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The detail as plain lines.
    pub text: AttrValue,
}

/// The detail, closed at first.
#[function_component]
pub fn Detail(props: &Props) -> Html {
    let told = use_state_eq(|| "");
    let onclick = {
        let (text, told) = (props.text.clone(), told.clone());
        move |_: MouseEvent| {
            let told = told.clone();
            clipboard::put(&text, move |is_done| {
                told.set(if is_done {
                    "Copied"
                } else {
                    "The browser does not let this page copy: select the text"
                });
            });
        }
    };
    html! {
        <details class="detail">
            <summary>{ "Technical detail" }</summary>
            <pre class="detail-text">{ &props.text }</pre>
            <div class="actions">
                <button type="button" class="button small" {onclick}>{ "Copy technical detail" }</button>
                <span role="status">{ *told }</span>
            </div>
        </details>
    }
}
