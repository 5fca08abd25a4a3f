//! The button that opens the sheet for sharing.

use yew::prelude::*;

use super::sheet::{Sheet, use_sheet};

/// The button, and the sheet while it is open.
#[function_component]
pub fn Share() -> Html {
    let (sheet, open) = use_sheet(Sheet::Share);
    html! {
        <>
            <button type="button" class="button primary share-button" onclick={open.reform(|_: MouseEvent| ())}>{ "Share" }</button>
            { sheet }
        </>
    }
}
