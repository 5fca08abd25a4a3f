//! Who the person is: a field, and the bar that asks once.

use protocol::access::NAME_MAX;
use web_sys::{HtmlInputElement, SubmitEvent};
use yew::prelude::*;

use crate::services::api::Console;
use crate::services::{focus, storage};
use crate::session::Action;
use crate::session::people::TakingPart;
use crate::store::use_session;

/// The field and its button, and why the name that was sent off is none.
#[function_component]
pub fn NameForm() -> Html {
    let session = use_session();
    let problem = session.read(|state| state.name_problem);
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
        let (session, name) = (session.clone(), name.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            session.dispatch(Action::TakePart(TakingPart::CallMe(name.clone())));
        }
    };
    html! {
        <form class="naming" {onsubmit}>
            <label class="naming-label" for="own-name">{ "Your name" }</label>
            <input id="own-name" class="field small" type="text" autocomplete="nickname" maxlength={NAME_MAX.to_string()} value={name} {oninput}
                placeholder="What the others see" />
            <button type="submit" class="button small">{ "Save name" }</button>
            <span class="naming-told problem" role="status">{ problem }</span>
        </form>
    }
}

/// Asks whoever came by a link who they are, once. Whoever is signed in is called by their account.
#[function_component]
pub fn NameBar() -> Html {
    let session = use_session();
    let was_asked = use_state_eq(storage::was_asked_for_name);
    let is_called = use_context::<Console>().is_some_and(|it| it.signed_on.is_some());
    let called = session.read(|state| {
        let mine = state.mine()?;
        let asks = state.by_link && !state.is_over() && mine.name.is_empty();
        asks.then(|| state.called(mine))
    });
    let called = called.filter(|_| !*was_asked && !is_called);
    {
        let was_there = use_mut_ref(|| false);
        use_effect_with(called.is_some(), move |&is_there| {
            if was_there.replace(is_there) && !is_there {
                // The field that had it is gone, with the name that was said.
                focus::give_back();
            }
        });
    }
    let Some(called) = called else {
        return Html::default();
    };
    let without = {
        let was_asked = was_asked.clone();
        Callback::from(move |_: MouseEvent| {
            storage::keep_asked_for_name();
            was_asked.set(true);
        })
    };
    html! {
        <section class="side-bar" aria-label="Your name">
            <span class="side-bar-text">{ format!("The others see you as {called}.") }</span>
            <NameForm />
            <button type="button" class="button small quiet" onclick={without}>{ "Go on without" }</button>
        </section>
    }
}
