//! One of several things to choose from.

use yew::prelude::*;

/// The choice: what it is called, and what that means.
pub(super) fn choice(
    group: &'static str,
    name: &'static str,
    note: &'static str,
    is_chosen: bool,
    onchoose: Callback<()>,
) -> Html {
    let id = format!("{group}-{name}");
    let onchange = onchoose.reform(|_: Event| ());
    html! {
        <label class={if is_chosen { "segment chosen" } else { "segment" }}>
            <input type="radio" name={group} aria-label={name} aria-describedby={id.clone()} checked={is_chosen} {onchange} />
            <span class="segment-name">{ name }</span>
            <span class="segment-note" {id}>{ note }</span>
        </label>
    }
}
