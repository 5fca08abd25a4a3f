//! The transcript as a file: the button, and the sheet that offers each kind.

use yew::prelude::*;

use super::sheet::{Sheet, use_sheet};

/// What the button is told.
#[derive(Properties, PartialEq)]
pub struct ExportProps {
    /// The class of its look.
    pub class: &'static str,
}

/// The button, and the sheet while it is open.
#[function_component]
pub fn Export(props: &ExportProps) -> Html {
    let (sheet, open) = use_sheet(Sheet::Export);
    html! {
        <>
            <button type="button" class={props.class} aria-label="Export transcript" title="Save the transcript as a file of another kind"
                onclick={open.reform(|_: MouseEvent| ())}>{ "Export" }</button>
            { sheet }
        </>
    }
}
