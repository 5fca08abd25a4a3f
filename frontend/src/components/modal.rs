//! A modal dialog: the browser keeps the focus inside and gives it back.

use gloo::events::EventListener;
use gloo::utils::document;
use wasm_bindgen::JsCast;
use web_sys::HtmlDialogElement;
use yew::prelude::*;

/// What a modal dialog is.
#[derive(Properties, PartialEq)]
pub struct ModalProps {
    /// `dialog`, or `alertdialog` of one that asks before something is done.
    #[prop_or("dialog")]
    pub role: &'static str,
    /// The class of its styles.
    pub class: &'static str,
    /// The id of its headline.
    pub labelled_by: &'static str,
    /// The id of the text that says what it is about.
    #[prop_or_default]
    pub described_by: Option<AttrValue>,
    /// It is closed: by Escape, wherever the focus is, too.
    pub onclose: Callback<()>,
    /// What it shows.
    pub children: Html,
}

/// The dialog. It is open for as long as it is there.
#[function_component]
pub fn Modal(props: &ModalProps) -> Html {
    let node = use_node_ref();
    {
        let (node, onclose) = (node.clone(), props.onclose.clone());
        use_effect_with((), move |()| {
            let dialog = node.cast::<HtmlDialogElement>();
            // That event does not bubble.
            let closed = dialog
                .as_ref()
                .map(|dialog| EventListener::new(dialog, "close", move |_| onclose.emit(())));
            if let Some(dialog) = &dialog {
                // Fails only for a dialog that is open.
                let _ = dialog.show_modal();
            }
            move || {
                drop(closed);
                dialog.iter().for_each(HtmlDialogElement::close);
            }
        });
    }
    html! {
        <dialog ref={node} class={classes!("modal", props.class)} role={props.role} aria-labelledby={props.labelled_by}
            aria-describedby={props.described_by.clone()}>
            { props.children.clone() }
        </dialog>
    }
}

/// Closes the dialog that is open, as Escape does.
pub fn close_modal() {
    if let Some(dialog) = open_modal() {
        dialog.close();
    }
}

/// The dialog that is open.
pub fn open_modal() -> Option<HtmlDialogElement> {
    let open = document().query_selector("dialog[open]").ok().flatten();
    open?.dyn_into().ok()
}
