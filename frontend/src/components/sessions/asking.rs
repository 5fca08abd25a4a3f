//! What a row of a list of sessions becomes while something is asked of whoever reads it.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::services::focus;
use crate::sessions::TITLE_MAX;

#[derive(Properties, PartialEq)]
struct FocusedButtonProps {
    name: &'static str,
    onclick: Callback<MouseEvent>,
}

/// A button that takes the focus when it appears: what had it is gone.
#[function_component]
fn FocusedButton(props: &FocusedButtonProps) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            if let Some(button) = node.cast() {
                focus::give(&button);
            }
        });
    }
    html! { <button ref={node} type="button" class="button small" onclick={props.onclick.clone()}>{ props.name }</button> }
}

/// The question before something is done with a session, what comes of it, and the button that does it.
pub fn asked(
    id: &str,
    question: String,
    told: String,
    (does, yes): (&'static str, Callback<MouseEvent>),
    no: Callback<MouseEvent>,
) -> Html {
    html! {
        <li key={id} class="sessions-ask">
            <p><b>{ question }</b>{ told }</p>
            <span class="sessions-do">
                <button type="button" class="button small danger" onclick={yes}>{ does }</button>
                <FocusedButton name="Keep" onclick={no} />
            </span>
        </li>
    }
}

/// The question before a session is deleted, which has a connection or has none.
pub fn deleting(
    id: &str,
    called: &str,
    is_connected: bool,
    yes: Callback<MouseEvent>,
    no: Callback<MouseEvent>,
) -> Html {
    let dropped = if is_connected {
        " Its connection is dropped, and nothing that is only marked is deleted on the server."
    } else {
        ""
    };
    let told = format!(" Its transcript and its links go, too, for everybody.{dropped}");
    asked(
        id,
        format!("Delete {called} for good?"),
        told,
        ("Delete", yes),
        no,
    )
}

/// What is to be called another way.
#[derive(Properties, PartialEq)]
pub struct RenameProps {
    /// What it is called now; may be empty.
    pub name: String,
    /// With whom it is, which it goes by without a name.
    pub with: String,
    /// The new name; none if it stays as it is.
    pub onname: Callback<Option<String>>,
}

/// The field for a name.
#[function_component]
pub fn Rename(props: &RenameProps) -> Html {
    let field = use_node_ref();
    // What was typed stays when the list is drawn once more because more is known of one of them.
    let typed = use_state_eq(|| props.name.clone());
    {
        let field = field.clone();
        use_effect_with((), move |()| {
            if let Some(field) = field.cast::<HtmlInputElement>() {
                focus::give(&field);
                field.select();
            }
        });
    }
    let oninput = {
        let typed = typed.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
                typed.set(field.value());
            }
        })
    };
    let onsubmit = {
        let (name, onname) = ((*typed).clone(), props.onname.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            onname.emit(Some(name.clone()));
        }
    };
    let onkeydown = {
        let onname = props.onname.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                onname.emit(None);
            }
        })
    };
    let cancel = props.onname.reform(|_: MouseEvent| None);
    html! {
        <form class="sessions-rename" {onsubmit} {onkeydown}>
            <input ref={field} class="field small" type="text" aria-label="Name of the session" maxlength={TITLE_MAX.to_string()} autocomplete="off"
                placeholder={props.with.clone()} value={(*typed).clone()} {oninput} />
            <span class="sessions-do">
                <button type="submit" class="button small primary">{ "Save" }</button>
                <button type="button" class="button small quiet" onclick={cancel}>{ "Cancel" }</button>
            </span>
        </form>
    }
}
