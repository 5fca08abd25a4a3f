//! The button that opens the sheet for sharing.

use yew::prelude::*;

use crate::parts::{self, use_part};

/// The button, and the sheet while it is open.
#[function_component]
pub fn Share() -> Html {
    let is_open = use_state_eq(|| false);
    let toggle = |to: bool| {
        let is_open = is_open.clone();
        Callback::from(move |()| is_open.set(to))
    };
    let onclick = toggle(true).reform(|_: MouseEvent| ());
    html! {
        <>
            <button type="button" class="button primary share-button" {onclick}>{ "Share" }</button>
            if *is_open { <SharePart onclose={toggle(false)} /> }
        </>
    }
}

/// What the sheet tells.
#[derive(Clone, Properties, PartialEq)]
pub struct ShareSheetProps {
    /// The person closes it.
    pub onclose: Callback<()>,
}

#[function_component]
fn SharePart(props: &ShareSheetProps) -> Html {
    use_part(parts::share, props, Html::default())
}
