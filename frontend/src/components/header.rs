//! The line at the top: to whom, how protected, in which state, with how many marks.

use protocol::state::{Phase, Protection};
use protocol::target::Target;
use yew::prelude::*;

use super::help::Help;
use super::icon::{house, lock};
use super::idle_clock::IdleClock;
use super::people::Participants;
use super::share::Share;
use super::signed_on::{SignOut, signed_on};
use crate::prompt::phase_name;
use crate::services::api::Console;
use crate::services::place;
use crate::session::{Action, Reach, State};
use crate::store::Session;

/// What stands between the parts of what protects the line.
const BETWEEN: &str = " · ";

/// The header of a session. `onnew` is called when the person wants another one.
pub fn header(session: &Session, console: &Console, onnew: &Callback<Option<Target>>) -> Html {
    let (target, security, phase, marked, protection, reach, may_type, may_end, can_share) =
        session.read(|state| {
            (
                state.target().map(|it| console.called(it)),
                state.security_told(),
                state.now.phase,
                state.now.marked,
                state.now.protection,
                state.reach,
                state.may_type(),
                state.is_owner() && !state.is_over(),
                state.can_share(),
            )
        });
    let is_open = phase.is_open();
    // How it stands now nobody knows while the console cannot be reached.
    let is_known = !matches!(reach, Reach::Lost(_));
    let dispatch = |action: fn() -> Action| {
        let session = session.clone();
        Callback::from(move |_: MouseEvent| session.dispatch(action()))
    };
    let onsignout = {
        let session = session.clone();
        SignOut(Callback::from(move |()| session.dispatch(Action::SignOff)))
    };
    let onnew = {
        let (session, onnew) = (session.clone(), onnew.clone());
        Callback::from(move |event: MouseEvent| {
            // Another tab or window is the browser's to open. With marks it follows the link and asks, as when the tab
            // is closed.
            let is_other = event.ctrl_key() || event.meta_key() || event.shift_key();
            if !is_other && !session.read(State::has_marks) {
                event.prevent_default();
                onnew.emit(None);
            }
        })
    };
    let security_class = match protection {
        _ if security.is_empty() => "none",
        Protection::Verified => "verified",
        Protection::Unverified => "unverified",
        Protection::None => "clear",
    };
    // A phone has room for what it is like; how it came about is for a desk.
    let (how, told) = security.split_at(security.rfind(BETWEEN).map_or(0, |it| it + BETWEEN.len()));
    html! {
        <header class="header">
            <a class="brand" href={place::below("/")} aria-label="pop3·console, start page" onclick={onnew.clone()}>
                <span class="not-phone">{ brand_name() }</span>{ house() }
            </a>
            if let Some(target) = target {
                <span class={classes!("pill", "target", (is_open && is_known).then_some("is-open"))}>
                    <span class="dot" aria-hidden="true"></span><span class="target-name">{ target }</span>
                </span>
            }
            <span role="status" aria-label="Connection security" class={classes!("security", security_class)}>
                if !security.is_empty() {
                    <span class="pill">{ lock(protection != Protection::None) }<span><span class="not-phone">{ how }</span>{ told }</span></span>
                }
            </span>
            <span role="status" aria-label="Session state" class={classes!("phase", if is_known { phase_class(phase) } else { "closed" })}>{ phase_name(phase) }</span>
            <span role="status" aria-label="Marked for deletion" class="marks">
                if marked > 0 {
                    <span class="pill marked">{ format!("{marked} marked") }<span class="desk-only">{ " for deletion, not committed" }</span></span>
                }
            </span>
            if is_known { <IdleClock /> }
            if let Reach::Lost(_) = reach {
                <span role="status" class="lost">
                    <span class="pill reconnecting">{ "Reconnecting…" }</span>
                    <button type="button" class="button small" onclick={dispatch(|| Action::Retry)}>{ "Try now" }</button>
                </span>
            }
            <nav class="header-actions" aria-label="Session">
                <Participants />
                if may_type && is_open && !phase.is_opening() && !matches!(phase, Phase::TlsRefused | Phase::StartingTls) {
                    <button type="button" class="button" onclick={dispatch(|| Action::Disconnect)}>{ "Disconnect" }</button>
                }
                if may_end {
                    <button type="button" class="button quiet" onclick={dispatch(|| Action::End)}>{ "End" }<span class="desk-only">{ " session" }</span></button>
                }
                <a class="button quiet new" href={place::below("/")} aria-label="New session" onclick={onnew}>{ "New" }<span class="desk-only">{ " session" }</span></a>
                <ContextProvider<SignOut> context={onsignout}>{ signed_on(console) }</ContextProvider<SignOut>>
                <Help />
                if can_share { <Share /> }
            </nav>
        </header>
    }
}

/// The header of a page without a session, where somebody may be signed in.
pub fn start_header(console: &Console) -> Html {
    html! {
        <header class="header">
            { brand() }
            <nav class="header-actions" aria-label="Page">{ signed_on(console) }<Help /></nav>
        </header>
    }
}

/// The header of a page without a session.
pub fn plain_header() -> Html {
    html! {
        <header class="header">
            { brand() }
            <nav class="header-actions" aria-label="Page"><Help /></nav>
        </header>
    }
}

fn brand() -> Html {
    html! { <a class="brand" href={place::below("/")}>{ brand_name() }</a> }
}

fn brand_name() -> Html {
    html! { <>{ "pop3" }<span class="brand-dot">{ "·" }</span>{ "console" }</> }
}

fn phase_class(phase: Phase) -> &'static str {
    match phase {
        Phase::Transaction => "transaction",
        Phase::Authorization => "authorization",
        Phase::Update => "update",
        Phase::Closed | Phase::NotConnected => "closed",
        _ => "opening",
    }
}
