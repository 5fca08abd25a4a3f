//! Who is signed in to the console, in the header, and the way out.

use web_sys::{HtmlElement, KeyboardEvent};
use yew::prelude::*;

use crate::services::api::{Console, SignsIn};

/// What signing out does.
#[derive(Properties, PartialEq)]
pub struct SignedOnProps {
    /// The person wants to sign out.
    pub onsignout: Callback<()>,
}

/// The menu; nothing where nobody is signed in.
#[function_component]
pub fn SignedOn(props: &SignedOnProps) -> Html {
    let menu = use_node_ref();
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
        let onsignout = props.onsignout.clone();
        move |_: MouseEvent| {
            close();
            onsignout.emit(());
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
    let name = who.name.clone();
    html! {
        <details ref={menu} class="signed-on" {onkeydown}>
            <summary class="button quiet" aria-label={format!("Signed in as {name}")} title={format!("Signed in as {name}")}>
                <span class="signed-on-name">{ &name }</span>
            </summary>
            <div class="signed-on-menu card">
                <p class="signed-on-who"><strong>{ &name }</strong><span class="signed-on-role">{ who.role }</span></p>
                { way_out }
            </div>
        </details>
    }
}
