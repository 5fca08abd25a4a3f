//! Who is signed in to the console, in the header, and the way out. A part of the console: most people who come to one of
//! their own never see it.

use gloo::events::EventListener;
use gloo::utils::document;
use protocol::page::Page;
use protocol::standing::Rank;
use wasm_bindgen::JsCast;
use web_sys::{EventTarget, HtmlElement, Node};
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::parts::{Alone, Part};
use crate::services::api::Console;
use crate::services::api::sign_on::{self as api, SignsIn};
use crate::services::{focus, place, storage, was_signed_on};

/// What signing out does where there is more to it than to do it.
#[derive(Clone, PartialEq)]
pub struct SignOut(pub Callback<()>);

/// The menu, as soon as it is loaded; nothing where nobody is signed in.
pub fn signed_on(console: &Console) -> Html {
    html! { if console.signed_on.is_some() { <Part alone={Alone::SignedOn} /> } }
}

/// Draws it, as a part of the console.
pub fn draw(_: &Alone) -> Html {
    html! { <SignedOn /> }
}

#[function_component]
fn SignedOn() -> Html {
    let menu = use_node_ref();
    let problem = use_state_eq(|| None::<String>);
    let sign_out = use_context::<SignOut>();
    let console = use_context::<Console>().unwrap_or_default();
    use_shut_outside(&menu);
    let name = console.signed_on.as_ref().map(|who| who.name.clone());
    use_effect_with(name, |name| {
        let Some(name) = name else { return };
        was_signed_on::remember();
        // What the page shows already is of whoever was here before.
        if storage::belongs_to(name) {
            place::reload();
        }
    });
    let Some(who) = console.signed_on else {
        return Html::default();
    };
    let onkeydown = {
        let menu = menu.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" && is_open(&menu) {
                // It is the menu's, and nobody else's who closes something by it.
                event.stop_propagation();
                shut(&menu);
                give_back(&menu);
            }
        })
    };
    // Whoever goes on to something else with the keys has left it.
    let onfocusout = {
        let menu = menu.clone();
        Callback::from(move |event: FocusEvent| {
            if event.related_target().is_some_and(|to| !holds(&menu, Some(to))) {
                shut(&menu);
            }
        })
    };
    let onclick = {
        let (menu, problem) = (menu.clone(), problem.clone());
        move |_: MouseEvent| match &sign_out {
            Some(SignOut(sign_out)) => {
                shut(&menu);
                sign_out.emit(());
            }
            None => sign_off(problem.clone()),
        }
    };
    let way_out = match console.signs_in {
        SignsIn::Password | SignsIn::Provider { .. } => {
            html! { <button type="button" class="button" {onclick}>{ "Sign out" }</button> }
        }
        // Who they are is the proxy's business, and so is the way out.
        SignsIn::Proxy { sign_off, .. } => sign_off.map_or_else(
            || html! { <p class="signed-on-by">{ "Signed in by the proxy before this console" }</p> },
            |href| html! { <a class="button" {href} onclick={|_| { storage::forget_person(); }}>{ "Sign out" }</a> },
        ),
    };
    let administrates = who.role == Rank::Administrator;
    let name = who.name.clone();
    html! {
        <details ref={menu} class="signed-on" {onkeydown} {onfocusout}>
            <summary class="button quiet" aria-label={format!("Signed in as {name}")} title={format!("Signed in as {name}")}>
                <span class="signed-on-name">{ &name }</span>
            </summary>
            <div class="signed-on-menu card">
                <p class="signed-on-who"><strong>{ &name }</strong><span class="signed-on-role">{ who.role.name() }</span></p>
                if administrates { <a class="button" href={place::below(&Page::Administration.path())}>{ "Administration" }</a> }
                { way_out }
                if let Some(problem) = &*problem { <p class="problem" role="alert">{ problem }</p> }
            </div>
        </details>
    }
}

/// Shuts the menu when something else is clicked. Who clicked nothing that takes the keys goes on from where the menu was.
#[hook]
fn use_shut_outside(menu: &NodeRef) {
    let menu = menu.clone();
    use_effect_with((), move |()| {
        let listener = EventListener::new(&document(), "click", move |event| {
            if is_open(&menu) && !holds(&menu, event.target()) {
                let had_focus = document()
                    .active_element()
                    .is_none_or(|it| it.tag_name() == "BODY" || holds(&menu, Some(it.into())));
                shut(&menu);
                if had_focus {
                    give_back(&menu);
                }
            }
        });
        move || drop(listener)
    });
}

fn is_open(menu: &NodeRef) -> bool {
    menu.cast::<HtmlElement>()
        .is_some_and(|menu| menu.has_attribute("open"))
}

fn shut(menu: &NodeRef) {
    if let Some(menu) = menu.cast::<HtmlElement>() {
        // Fails for no element.
        let _ = menu.remove_attribute("open");
    }
}

/// Whether that is the menu, or within it.
fn holds(menu: &NodeRef, it: Option<EventTarget>) -> bool {
    let it = it.and_then(|it| it.dyn_into::<Node>().ok());
    menu.get().is_some_and(|menu| menu.contains(it.as_ref()))
}

/// Gives the focus to what opens it.
fn give_back(menu: &NodeRef) {
    let summary = menu.cast::<HtmlElement>().and_then(|it| it.first_element_child());
    if let Some(summary) = summary.and_then(|it| it.dyn_into().ok()) {
        focus::give(&summary);
    }
}

/// Signs out. The page asks anew who is signed in, and begins with that.
fn sign_off(problem: UseStateHandle<Option<String>>) {
    problem.set(None);
    spawn_local(async move {
        match api::sign_off().await {
            Ok(()) => place::reload(),
            Err(why) => problem.set(Some(why)),
        }
    });
}
