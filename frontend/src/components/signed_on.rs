//! Who is signed in to the console, in the header, and the way out. A part of the console: most people who come to one of
//! their own never see it.

use protocol::standing::Rank;
use web_sys::{HtmlElement, KeyboardEvent};
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::app::ADMINISTRATION;
use crate::parts::{Alone, Part};
use crate::services::api::{self, Console, SignsIn};
use crate::services::place;

/// What signing out does where there is more to it than to do it.
#[derive(Clone, PartialEq)]
pub struct SignOut(pub Callback<()>);

/// The menu, as soon as it is loaded; nothing where nobody is signed in.
pub fn signed_on(console: &Console) -> Html {
    html! { if console.signed_on.is_some() { <Part alone={Alone::SignedOn} /> } }
}

/// Draws it, as a part of the console.
pub fn draw(_: &()) -> Html {
    html! { <SignedOn /> }
}

#[function_component]
fn SignedOn() -> Html {
    let menu = use_node_ref();
    let problem = use_state_eq(|| None::<String>);
    let sign_out = use_context::<SignOut>();
    let console = use_context::<Console>().unwrap_or_default();
    let Some(who) = console.signed_on else {
        return Html::default();
    };
    let close = {
        let menu = menu.clone();
        move || {
            if let Some(menu) = menu.cast::<HtmlElement>() {
                // Fails for no element.
                let _ = menu.remove_attribute("open");
            }
        }
    };
    let onkeydown = {
        let close = close.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                close();
            }
        })
    };
    let onclick = {
        let problem = problem.clone();
        move |_: MouseEvent| match &sign_out {
            Some(SignOut(sign_out)) => {
                close();
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
            |href| html! { <a class="button" {href}>{ "Sign out" }</a> },
        ),
    };
    let administrates = who.role == Rank::Administrator.name();
    let name = who.name.clone();
    html! {
        <details ref={menu} class="signed-on" {onkeydown}>
            <summary class="button quiet" aria-label={format!("Signed in as {name}")} title={format!("Signed in as {name}")}>
                <span class="signed-on-name">{ &name }</span>
            </summary>
            <div class="signed-on-menu card">
                <p class="signed-on-who"><strong>{ &name }</strong><span class="signed-on-role">{ who.role }</span></p>
                if administrates { <a class="button" href={place::below(ADMINISTRATION)}>{ "Administration" }</a> }
                { way_out }
                if let Some(problem) = &*problem { <p class="problem" role="alert">{ problem }</p> }
            </div>
        </details>
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
