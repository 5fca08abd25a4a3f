//! A session: header, transcript, prompt.

use gloo::events::EventListener;
use gloo::utils::window;
use protocol::access::{Keep, Role};
use protocol::target::{DEMONSTRATION, Target};
use yew::prelude::*;

use super::announcer::announcer;
use super::connecting::connecting;
use super::control_bar::control_bar;
use super::gone::gone_page;
use super::guest_sign_in::GuestPart;
use super::header::{header, plain_header};
use super::naming::NameBar;
use super::notice::use_notice_bar;
use super::prompt::Prompt;
use super::replay::ReplayBar;
use super::sheets::Sheets;
use super::sign_on::SignOnPart;
use super::transcript::TranscriptView;
use crate::recent;
use crate::services::api::Console;
use crate::services::{clock, place, storage};
use crate::session::{Gone, Reach, State};
use crate::sessions::Seen;
use crate::store::{Session, use_live_session};

/// Which session.
#[derive(Clone, Properties, PartialEq)]
pub struct SessionPageProps {
    /// Its name in the address.
    pub id: String,
    /// Whom to connect to, if it was opened just now.
    pub intent: Option<Target>,
    /// The person wants a new session, perhaps with nearly the same server.
    pub onnew: Callback<Option<Target>>,
}

/// Draws it, as a part of the console.
pub fn draw(props: &SessionPageProps) -> Html {
    html! { <SessionPage ..props.clone() /> }
}

/// The page of a session. Whoever came by a link is who the link says, also where they have opened the session.
#[function_component]
fn SessionPage(props: &SessionPageProps) -> Html {
    let link = use_state_eq(place::token);
    {
        // Another link to the same session may be put into the address bar.
        let link = link.setter();
        use_effect_with((), move |()| {
            let listener = EventListener::new(&window(), "hashchange", move |_| link.set(place::token()));
            move || drop(listener)
        });
    }
    let kept = use_memo(props.id.clone(), |id| storage::token(id));
    let console = use_context::<Console>().unwrap_or_default();
    let by_link = link.is_some();
    // Whoever has an account may be let in by that.
    let without = console.takes_accounts.then(String::new);
    match (*link).clone().or_else(|| (*kept).clone()).or(without) {
        Some(token) => html! {
            <LiveSession key={token.as_str()} id={props.id.clone()} token={token.clone()} {by_link} intent={props.intent.clone()} onnew={props.onnew.clone()} />
        },
        None if !console.is_told => loading(),
        None => gone_page(Gone::NoSession, &props.onnew),
    }
}

fn loading() -> Html {
    html! { <>{ plain_header() }<main class="page"><p class="lead loading">{ "Loading the session…" }</p></main></> }
}

#[derive(Properties, PartialEq)]
struct LiveSessionProps {
    id: String,
    token: String,
    by_link: bool,
    intent: Option<Target>,
    onnew: Callback<Option<Target>>,
}

#[function_component]
fn LiveSession(props: &LiveSessionProps) -> Html {
    let session = use_live_session(&props.id, &props.token, props.by_link, props.intent.clone());
    let console = use_context::<Console>().unwrap_or_default();
    let (reach, host) = session.read(|state| {
        let host = state.target().map(|it| match console.demonstrates(it) {
            true => DEMONSTRATION.to_owned(),
            false => it.host.clone(),
        });
        (state.reach, host)
    });
    use_effect_with(host, |host| {
        place::set_title(&host.as_ref().map_or("pop3·console".to_owned(), |host| {
            format!("{host} · pop3·console")
        }));
    });
    use_recent(&session);
    {
        let server = session.read(|state| Some(console.called(state.now.target.as_ref()?)));
        use_effect_with((props.id.clone(), server), |(id, server)| {
            server.iter().for_each(|it| storage::meet_server(id, it));
        });
    }
    use_seen(&session, &props.id);
    if reach == Reach::Gone(Gone::NotSignedOn) {
        // What was there is asked for again by whoever signs in, who may be somebody else.
        return html! { <SignOnPart by_link={props.by_link} onsigned={|()| place::reload()} /> };
    }
    if session.read(|state| state.role) == Some(Role::SignIn) {
        let desk = session.read(|state| state.desk.as_ref().map(|it| (it.host.clone(), it.port)));
        let demonstrates = desk.is_some_and(|(host, port)| console.demonstrates_at(&host, port));
        return html! { <GuestPart {session} {demonstrates} onnew={props.onnew.clone()} /> };
    }
    // What came of a session that has ended stays.
    let stays = reach == Reach::Gone(Gone::Ended) && session.read(|state| !state.transcript.is_empty());
    if let Reach::Gone(why) = reach
        && !stays
    {
        return gone_page(why, &props.onnew);
    }
    html! { <SessionView {session} onnew={props.onnew.clone()} /> }
}

/// Remembers that a session has ended, or is not kept.
#[hook]
fn use_seen(session: &Session, id: &str) {
    let seen = session.read(|state| match state.reach {
        Reach::Gone(Gone::NoSession | Gone::Deleted) => Some(Seen::Gone),
        _ if state.is_over() && state.keep == Keep::Nothing => Some(Seen::Gone),
        _ if state.is_over() && state.replaying.is_none() => Some(Seen::Ended {
            marked: state.now.marked,
            ending: None,
        }),
        _ => None,
    });
    use_effect_with((id.to_owned(), seen), |(id, seen)| {
        seen.iter().for_each(|seen| storage::see_session(id, *seen));
    });
}

/// Remembers the server once it has greeted, and how long it put up with silence. The demonstration mailbox is
/// elsewhere every time.
#[hook]
fn use_recent(session: &Session) {
    let console = use_context::<Console>().unwrap_or_default();
    let known = session.read(|state| {
        let target = state.now.target.clone()?;
        Some((target, state.now.phase.takes_lines(), state.idle.habit()))
    });
    use_effect_with((known, console), |(known, console)| {
        let Some((target, has_greeted, habit)) = known else {
            return;
        };
        if console.demonstrates(target) || !(*has_greeted || habit.is_some()) {
            return;
        }
        let mut recent = storage::recent();
        if *has_greeted {
            recent::greeted(&mut recent, target, clock::since_epoch() / 1000);
        }
        if let Some(known) = recent.iter_mut().find(|it| it.is_for(target)) {
            known.idle = habit.or(known.idle);
        }
        storage::keep_recent(&recent);
    });
}

/// A session and what can be asked for.
#[derive(Properties, PartialEq)]
pub struct SessionViewProps {
    /// The session.
    pub session: Session,
    /// The person wants a new session, perhaps with nearly the same server.
    pub onnew: Callback<Option<Target>>,
}

/// The parts of a session's page.
#[function_component]
pub fn SessionView(props: &SessionViewProps) -> Html {
    let session = &props.session;
    let notice = use_notice_bar(session);
    let console = use_context::<Console>().unwrap_or_default();
    let is_over = session.read(State::is_over);
    html! {
        <ContextProvider<Session> context={session.clone()}>
            <div class="session">
                { header(session, &console, &props.onnew) }
                <main class="session-main">
                    <TranscriptView />
                    { connecting(session, &console, &props.onnew) }
                </main>
                { control_bar(session) }
                <NameBar />
                { notice }
                <Sheets />
                if is_over { <ReplayBar onnew={props.onnew.clone()} /> } else { <Prompt /> }
                { announcer(session) }
            </div>
        </ContextProvider<Session>>
    }
}
