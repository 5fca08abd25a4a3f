//! Which page is shown: the connect form, a session, or what administrators see.

use gloo::events::EventListener;
use gloo::utils::window;
use protocol::page::Page;
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

/// What the console begins with.
#[derive(Default, Properties, PartialEq)]
pub struct AppProps {
    /// What the connect form begins with.
    #[prop_or_default]
    pub begin: Begin,
}

/// The page that the address names. Where it names none, people connect.
fn named() -> Page {
    Page::of(&place::path()).unwrap_or(Page::Connect)
}

/// The console.
#[function_component]
pub fn App(props: &AppProps) -> Html {
    let page = use_state_eq(named);
    let (console, ask_again) = use_console();
    let begin = use_state(|| props.begin.clone());
    // Whom the session that was just opened is to connect to.
    let intent = use_state(|| None::<(String, Target)>);
    {
        let page = page.clone();
        use_effect_with((), move |()| {
            let listener = EventListener::new(&window(), "popstate", move |_| page.set(named()));
            move || drop(listener)
        });
    }
    let onopened = {
        let (page, intent) = (page.clone(), intent.clone());
        let console = told(&console);
        Callback::from(move |(opened, target): (Opened, Target)| {
            storage::keep_token(&opened.session, &opened.token);
            storage::remember_session(
                &opened.session,
                &console.called(&target),
                clock::since_epoch() / 1000,
            );
            intent.set(Some((opened.session.clone(), target)));
            let session = Page::Session(opened.session);
            place::go(&session.path());
            page.set(session);
        })
    };
    let onnew = {
        let (page, begin) = (page.clone(), begin.clone());
        Callback::from(move |target: Option<Target>| {
            place::go(&Page::Connect.path());
            begin.set(target.map_or(Begin::Address, Begin::Again));
            page.set(Page::Connect);
        })
    };
    let context = told(&console);
    let shown = match &*page {
        Page::Connect | Page::Administration if console.as_ref().is_ok_and(Console::asks_to_sign_in) => {
            html! { <SignOnPart onsigned={ask_again} /> }
        }
        // No form is shown to whoever has to sign in first.
        Page::Connect if !context.is_told && place::may_ask_to_sign_in() => sign_on::loading(),
        Page::Connect => {
            html! { <Connect begin={(*begin).clone()} {console} {onopened} {ask_again} /> }
        }
        // As the page came, until it is there.
        Page::Administration => html! { <Part alone={Alone::Administration} meanwhile={plain_header()} /> },
        Page::Session(id) => {
            let target = intent
                .as_ref()
                .filter(|(session, _)| session == id)
                .map(|(_, target)| target.clone());
            html! { <SessionPart key={id.clone()} id={id.clone()} intent={target} {onnew} /> }
        }
    };
    html! { <ContextProvider<Console> {context}>{ shown }</ContextProvider<Console>> }
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
