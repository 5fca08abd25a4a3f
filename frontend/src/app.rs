//! Routes: `/` is the connect form, `/s/<session>` a session, `/administration` what administrators see.

use gloo::events::EventListener;
use gloo::utils::window;
use protocol::target::Target;
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::components::connect::Connect;
use crate::components::header::plain_header;
use crate::components::session_page::SessionPageProps;
use crate::components::sign_on::{self, SignOnPart};
use crate::form::Begin;
use crate::parts::{self, Alone, Part, use_part};
use crate::services::api::{self, Console, Opened};
use crate::services::{clock, place, storage};

/// Where administrators find their page.
pub const ADMINISTRATION: &str = "/administration";

/// What the address names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// The connect form.
    Connect,
    /// A session.
    Session(String),
    /// Accounts, and what holds.
    Administration,
}

impl Route {
    /// The route that a path names.
    pub fn of(path: &str) -> Self {
        match path.strip_prefix("/s/") {
            Some(id) if !id.is_empty() && !id.contains('/') => Route::Session(id.to_owned()),
            None if path == ADMINISTRATION => Route::Administration,
            _ => Route::Connect,
        }
    }
}

/// What the console begins with.
#[derive(Default, Properties, PartialEq)]
pub struct AppProps {
    /// What the connect form begins with.
    #[prop_or_default]
    pub begin: Begin,
}

/// The console.
#[function_component]
pub fn App(props: &AppProps) -> Html {
    let route = use_state_eq(|| Route::of(&place::path()));
    let (console, ask_again) = use_console();
    let begin = use_state(|| props.begin.clone());
    // Whom the session that was just opened is to connect to.
    let intent = use_state(|| None::<(String, Target)>);
    {
        let route = route.clone();
        use_effect_with((), move |()| {
            let listener = EventListener::new(&window(), "popstate", move |_| {
                route.set(Route::of(&place::path()))
            });
            move || drop(listener)
        });
    }
    let onopened = {
        let (route, intent) = (route.clone(), intent.clone());
        Callback::from(move |(opened, target): (Opened, Target)| {
            storage::keep_token(&opened.session, &opened.token);
            storage::remember_session(&opened.session, &target.display(), clock::since_epoch() / 1000);
            place::go(&format!("/s/{}", opened.session));
            intent.set(Some((opened.session.clone(), target)));
            route.set(Route::Session(opened.session));
        })
    };
    let onnew = {
        let (route, begin) = (route.clone(), begin.clone());
        Callback::from(move |target: Option<Target>| {
            place::go("/");
            begin.set(target.map_or(Begin::Address, Begin::Again));
            route.set(Route::Connect);
        })
    };
    let context = told(&console);
    let page = match &*route {
        Route::Connect | Route::Administration if console.as_ref().is_ok_and(Console::asks_to_sign_in) => {
            html! { <SignOnPart onsigned={ask_again} /> }
        }
        // No form is shown to whoever has to sign in first.
        Route::Connect if !context.is_told && place::may_ask_to_sign_in() => sign_on::loading(),
        Route::Connect => {
            html! { <Connect begin={(*begin).clone()} {console} {onopened} {ask_again} /> }
        }
        // As the page came, until it is there.
        Route::Administration => html! { <Part alone={Alone::Administration} meanwhile={plain_header()} /> },
        Route::Session(id) => {
            let target = intent
                .as_ref()
                .filter(|(session, _)| session == id)
                .map(|(_, target)| target.clone());
            html! { <SessionPart key={id.clone()} id={id.clone()} intent={target} {onnew} /> }
        }
    };
    html! { <ContextProvider<Console> {context}>{ page }</ContextProvider<Console>> }
}

/// The page of a session, as soon as it is loaded.
#[function_component]
fn SessionPart(props: &SessionPageProps) -> Html {
    // As the page came.
    let meanwhile = html! {
        <div class="session">
            { plain_header() }
            <main class="session-main"><p class="lead loading">{ "Loading the session…" }</p></main>
            <footer class="prompt"><div class="prompt-line idle"><span class="prompt-sign">{ "›" }</span></div></footer>
        </div>
    };
    use_part(parts::session, props, meanwhile)
}

/// What the bridge tells about itself, once it has; and what asks it again.
#[hook]
fn use_console() -> (Result<Console, String>, Callback<()>) {
    let console = use_state_eq(|| Ok(Console::default()));
    let ask = {
        let console = console.clone();
        Callback::from(move |()| {
            let console = console.clone();
            spawn_local(async move {
                match api::console().await {
                    // What it told before holds until it tells something else: it may be back in a moment.
                    Err(_) if console.as_ref().is_ok_and(|it| it.is_told) => (),
                    told => console.set(told),
                }
            });
        })
    };
    {
        let ask = ask.clone();
        use_effect_with((), move |()| ask.emit(()));
    }
    ((*console).clone(), ask)
}

/// What is known of the bridge, which may be that it tells nothing.
fn told(console: &Result<Console, String>) -> Console {
    let nothing = |_: &String| Console {
        is_told: true,
        ..Console::default()
    };
    console.as_ref().map_or_else(nothing, Console::clone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_an_address_of_its_own() {
        assert_eq!(Route::of("/"), Route::Connect);
        assert_eq!(Route::of("/s/k3v9q2"), Route::Session("k3v9q2".to_owned()));
        assert_eq!(Route::of("/s/"), Route::Connect);
        assert_eq!(Route::of("/s/a/b"), Route::Connect);
        assert_eq!(Route::of(ADMINISTRATION), Route::Administration);
        assert_eq!(
            Route::of("/s/administration"),
            Route::Session("administration".to_owned())
        );
    }
}
