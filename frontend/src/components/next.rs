//! The button for what comes next on a page that has nothing else to do.

use gloo::utils::document;
use web_sys::HtmlElement;
use yew::prelude::*;

use crate::services::focus;

/// Such a button.
#[derive(Properties, PartialEq)]
pub struct NextButtonProps {
    /// The class of its look beside `button`.
    #[prop_or("primary")]
    pub class: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// The person wants that.
    pub onclick: Callback<MouseEvent>,
}

/// The button. When it appears and nothing has the focus, since what had it is gone, it takes it.
#[function_component]
pub fn NextButton(props: &NextButtonProps) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            let document = document();
            let has_focus = document
                .active_element()
                .is_some_and(|it| Some(it) != document.body().map(Into::into));
            if let Some(button) = node.cast::<HtmlElement>().filter(|_| !has_focus) {
                focus::give(&button);
            }
        });
    }
    html! { <button ref={node} type="button" class={classes!("button", props.class)} onclick={props.onclick.clone()}>{ props.name }</button> }
}
