//! The page of whoever has to sign in to the console first.

use protocol::sign_on::SignedOff;
use web_sys::HtmlInputElement;
use yew::platform::spawn_local;
use yew::prelude::*;

use super::header::plain_header;
use crate::parts::{self, use_part};
use crate::services::api::Console;
use crate::services::api::sign_on::{self as api, SignsIn};
use crate::services::{focus, place, storage, was_signed_on, way_back};

/// Why the page is shown, and what happens then.
#[derive(Clone, Properties, PartialEq)]
pub struct SignOnProps {
    /// Whether whoever is asked came by a link, which lets nobody in without an account.
    #[prop_or_default]
    pub by_link: bool,
    /// Somebody has signed in.
    pub onsigned: Callback<()>,
}

/// The page, as soon as it is loaded.
#[function_component]
pub fn SignOnPart(props: &SignOnProps) -> Html {
    use_effect_with((), |()| place::set_title("Sign in · pop3·console"));
    use_part(parts::sign_on, props, loading())
}

/// What is shown until it is known whether somebody has to sign in, and with what.
pub fn loading() -> Html {
    html! { <>{ plain_header() }<main class="page"><p class="lead loading">{ "Loading…" }</p></main></> }
}

/// Draws it, as a part of the console.
pub fn draw(props: &SignOnProps) -> Html {
    html! {
        <>
            { plain_header() }
            <main class="page"><Way ..props.clone() /></main>
        </>
    }
}

/// The way in that this console has.
#[function_component]
fn Way(props: &SignOnProps) -> Html {
    let console = use_context::<Console>().unwrap_or_default();
    let over = use_signed_off();
    match console.signs_in {
        _ if !console.is_told => html! { <p class="lead loading">{ "Loading…" }</p> },
        SignsIn::Password => {
            html! { <SignOnForm {over} by_link={props.by_link} onsigned={props.onsigned.clone()} /> }
        }
        SignsIn::Proxy { problem, sign_off } => by_proxy(props.by_link, problem, sign_off),
        SignsIn::Provider { host } => at_provider(props.by_link, over, &host),
    }
}

/// Why whoever was signed in here is so no longer, once that is known: it may have happened while the page was open.
#[hook]
fn use_signed_off() -> Option<&'static str> {
    let over = use_state_eq(|| None);
    {
        let over = over.setter();
        use_effect_with((), move |()| {
            spawn_local(async move {
                let known = api::signed_off().await.map(SignedOff::sentence);
                over.set(known.or_else(|| was_signed_on::is_so().then_some(NOT_KNOWN_WHY)));
            });
        });
    }
    *over
}

/// What the page is about, and what there is to know first.
fn lead(by_link: bool, over: Option<&'static str>, otherwise: &str) -> Html {
    let (headline, lead) = match over {
        Some(why) => ("You are signed out", why),
        None if by_link => (NO_WAY_BY_LINK, NOT_WITHOUT_ACCOUNT),
        None => ("Sign in to the console", otherwise),
    };
    html! {
        <>
            <h1>{ headline }</h1>
            <p class="lead" role={over.map(|_| "alert")}>{ lead }</p>
        </>
    }
}

/// What whoever is not named by the proxy before the console is told.
fn by_proxy(by_link: bool, problem: Option<String>, sign_off: Option<String>) -> Html {
    let problem = problem.unwrap_or_else(|| "You are signed in no longer. Try again.".to_owned());
    html! {
        <section class="card sign-on" aria-label="Sign in to the console">
            <h1>{ if by_link { NO_WAY_BY_LINK } else { "You are not signed in" } }</h1>
            <p class="lead" role="alert">{ problem }</p>
            <div class="actions">
                <button type="button" class="button primary large" onclick={|_| place::reload()}>{ "Try again" }</button>
                if let Some(href) = sign_off { <a class="button large" {href}>{ "Sign in as somebody else" }</a> }
            </div>
        </section>
    }
}

/// The way to a provider, and why somebody came back from there who is not signed in.
fn at_provider(by_link: bool, over: Option<&'static str>, host: &str) -> Html {
    let refused = way_back::refused();
    // Why they came back is what happened last.
    let over = over.filter(|_| refused.is_none());
    html! {
        <section class="card sign-on" aria-label="Sign in to the console">
            { lead(by_link, over, &format!("You sign in at {host}, and come back here.")) }
            <div role="alert">
                if let Some(why) = refused { <p class="problem">{ why.sentence() }</p> }
            </div>
            <div class="actions">
                <a class="button primary large" href={api::provider(false)} onclick={|_| way_back::remember()}>{ format!("Sign in at {host}") }</a>
                <a class="button quiet" href={api::provider(true)} onclick={|_| way_back::remember()}>{ "As somebody else" }</a>
            </div>
        </section>
    }
}

/// What whoever was signed in in this tab is told where the console does not know why they are so no longer.
const NOT_KNOWN_WHY: &str = "The console does not know you any more: it was started anew, your time was over, or you signed out in \
                             another window. Sign in again: your sessions are still there, as far as they go on or were kept.";

/// What whoever came by a link is told first that does not let them in.
const NO_WAY_BY_LINK: &str = "This link does not let you in";

/// And then.
const NOT_WITHOUT_ACCOUNT: &str = "This link lets nobody in who is not signed in: it may have been revoked or used already, its \
                                   time may be over, or it takes an account as well. Ask whoever gave it to you for another \
                                   one, or sign in if you have an account.";

#[derive(Properties, PartialEq)]
struct FormProps {
    by_link: bool,
    over: Option<&'static str>,
    onsigned: Callback<()>,
}

#[function_component]
fn SignOnForm(props: &FormProps) -> Html {
    let (name, password) = (use_node_ref(), use_node_ref());
    let is_busy = use_state_eq(|| false);
    let problem = use_state_eq(|| None::<String>);
    {
        let name = name.clone();
        use_effect_with((), move |()| give_focus(&name));
    }
    let onsubmit = {
        let (name, password) = (name.clone(), password.clone());
        let (is_busy, problem, onsigned) = (is_busy.clone(), problem.clone(), props.onsigned.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if *is_busy {
                return;
            }
            let given = value(&password);
            // It is on its way: nothing of it stays here.
            if let Some(password) = password.cast::<HtmlInputElement>() {
                password.set_value("");
            }
            is_busy.set(true);
            problem.set(None);
            let (is_busy, problem, onsigned) = (is_busy.clone(), problem.clone(), onsigned.clone());
            let (name, password) = (value(&name), password.clone());
            spawn_local(async move {
                let signed = api::sign_on(name.trim(), &given).await;
                is_busy.set(false);
                match signed {
                    Ok(()) => {
                        // Before anything is drawn of it.
                        storage::belongs_to(name.trim());
                        onsigned.emit(());
                    }
                    Err(why) => {
                        problem.set(Some(why));
                        // Another password can be typed at once.
                        give_focus(&password);
                    }
                }
            });
        })
    };
    html! {
        <form class="card sign-on" aria-label="Sign in to the console" novalidate=true {onsubmit}>
            { lead(props.by_link, props.over, "This console is for those who have an account. Whoever runs it makes one.") }
            <label class="label" for="sign-on-name">{ "Name" }</label>
            <input ref={name} id="sign-on-name" class="field" type="text" name="username" autocomplete="username" autocapitalize="off" spellcheck="false" required=true />
            <label class="label" for="sign-on-password">{ "Password" }</label>
            <input ref={password} id="sign-on-password" class="field" type="password" name="password" autocomplete="current-password" required=true />
            <div role="alert">
                if let Some(problem) = &*problem { <p class="problem">{ problem }</p> }
            </div>
            <div class="actions">
                <button type="submit" class="button primary large" disabled={*is_busy}>{ "Sign in" }</button>
            </div>
        </form>
    }
}

fn give_focus(field: &NodeRef) {
    if let Some(field) = field.cast::<HtmlInputElement>() {
        focus::give(&field);
    }
}

fn value(field: &NodeRef) -> String {
    field
        .cast::<HtmlInputElement>()
        .map(|it| it.value())
        .unwrap_or_default()
}
