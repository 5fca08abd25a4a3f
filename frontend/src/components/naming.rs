//! Who the person is: a field, and the bar that asks once.

use protocol::access::NAME_MAX;
use web_sys::{HtmlInputElement, SubmitEvent};
use yew::prelude::*;

use crate::services::{focus, storage};
use crate::session::Action;
use crate::session::people::TakingPart;
use crate::store::use_session;

/// What the form does besides.
#[derive(Properties, PartialEq)]
pub struct NameFormProps {
    /// It was sent off.
    #[prop_or_default]
    pub ondone: Callback<()>,
}

/// The field and its button.
#[function_component]
pub fn NameForm(props: &NameFormProps) -> Html {
    let session = use_session();
    let told = use_state_eq(|| "");
    // What was typed stays when the form is drawn once more because somebody else came or went.
    let typed = use_state_eq(|| None::<String>);
    let name = (*typed).clone().unwrap_or_else(|| {
        session.read(|state| {
            let name = state.mine().map(|it| it.name.clone()).unwrap_or_default();
            if name.is_empty() { state.name.clone() } else { name }
        })
    });
    let oninput = {
        let typed = typed.clone();
        Callback::from(move |event: InputEvent| {
            typed.set(event.target_dyn_into().map(|it: HtmlInputElement| it.value()));
        })
    };
    let onsubmit = {
        let (session, name, told, ondone) =
            (session.clone(), name.clone(), told.clone(), props.ondone.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            if let Err(why) = protocol::wire::check_name(name.trim()) {
                told.set(why.sentence());
                return;
            }
            told.set("");
            session.dispatch(Action::TakePart(TakingPart::CallMe(name.clone())));
            ondone.emit(());
        }
    };
    html! {
        <form class="naming" {onsubmit}>
            <label class="naming-label" for="own-name">{ "Your name" }</label>
            <input id="own-name" class="field small" type="text" autocomplete="nickname" maxlength={NAME_MAX.to_string()} value={name} {oninput}
                placeholder="What the others see" />
            <button type="submit" class="button small">{ "Save name" }</button>
            <span class="naming-told problem" role="status">{ *told }</span>
        </form>
    }
}

/// Asks whoever came by a link who they are, once.
#[function_component]
pub fn NameBar() -> Html {
    let session = use_session();
    let was_asked = use_state_eq(storage::was_asked_for_name);
    let called = session.read(|state| {
        let mine = state.mine()?;
        let asks = state.by_link && !state.is_over() && mine.name.is_empty() && state.name.is_empty();
        asks.then(|| state.called(mine))
    });
    let Some(called) = called.filter(|_| !*was_asked) else {
        return Html::default();
    };
    let ondone = {
        let was_asked = was_asked.clone();
        Callback::from(move |()| {
            storage::keep_asked_for_name();
            was_asked.set(true);
            focus::give_back();
        })
    };
    let without = ondone.reform(|_: MouseEvent| ());
    html! {
        <section class="side-bar" aria-label="Your name">
            <span class="side-bar-text">{ format!("The others see you as {called}.") }</span>
            <NameForm {ondone} />
            <button type="button" class="button small quiet" onclick={without}>{ "Go on without" }</button>
        </section>
    }
}
