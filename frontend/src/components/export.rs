//! The transcript as a file: the button, and the sheet that offers each kind.

use yew::prelude::*;

use crate::parts::{self, use_part};

/// What the button is told.
#[derive(Properties, PartialEq)]
pub struct ExportProps {
    /// The class of its look.
    pub class: &'static str,
}

/// The button, and the sheet while it is open.
#[function_component]
pub fn Export(props: &ExportProps) -> Html {
    let is_open = use_state_eq(|| false);
    let toggle = |to: bool| {
        let is_open = is_open.clone();
        Callback::from(move |()| is_open.set(to))
    };
    html! {
        <>
            <button type="button" class={props.class} aria-label="Export transcript" title="Save the transcript as a file of another kind"
                onclick={toggle(true).reform(|_: MouseEvent| ())}>{ "Export" }</button>
            if *is_open { <ExportPart onclose={toggle(false)} /> }
        </>
    }
}

/// What the sheet tells.
#[derive(Clone, Properties, PartialEq)]
pub struct ExportSheetProps {
    /// The person closes it.
    pub onclose: Callback<()>,
}

#[function_component]
fn ExportPart(props: &ExportSheetProps) -> Html {
    use_part(parts::export, props, Html::default())
}
