//! What is said below the prompt.

use yew::prelude::*;

use crate::prompt::hint::Hint;

/// The line below the prompt. `awaits` is the verb of the command whose reply is awaited.
pub(super) fn hint_line(hint: &Hint, awaits: Option<&str>) -> Html {
    html! {
        <div class="hint-line">
            <p id="prompt-hint" class="hint">
                if !hint.usage.is_empty() { <b class="hint-usage">{ &hint.usage }</b>{ " — " } }
                { &hint.help }
                if !hint.rfc.is_empty() { <span class="hint-rfc">{ format!(" {}", hint.rfc) }</span> }
                if !hint.warning.is_empty() { <span class="hint-warning">{ format!(" {}", hint.warning) }</span> }
            </p>
            if let Some(verb) = awaits {
                <span class="awaits">{ if verb.is_empty() { "waiting for a reply…".to_owned() } else { format!("waiting for the reply to {verb}…") } }</span>
            }
            <span class="keys" aria-hidden="true">
                <kbd>{ "Tab" }</kbd>{ " complete " }<kbd>{ "↑" }</kbd>{ " history " }<kbd>{ "Ctrl L" }</kbd>{ " live" }
            </span>
        </div>
    }
}
