//! The sheet that shows the keys and holds the few settings, and the button that opens it.

use protocol::state::Phase;
use protocol::wire::KEEP_ALIVE_EVERY;
use web_sys::KeyboardEvent;
use yew::prelude::*;

use super::keep::keep_choice;
use super::modal::{Modal, close_modal};
use super::sheet::{Sheet, SheetProps, use_sheet};
use super::shortcut::{is_typing, use_shortcut};
use super::transcript;
use crate::prompt;
use crate::services::api::Console;
use crate::services::look;
use crate::session::Action;
use crate::store::Session;

/// The keys that act everywhere.
const KEYS: &[(&str, &str)] = &[
    ("Ctrl L", "go to the live end"),
    ("Esc", "close what is open"),
    ("?", "this sheet; pressed twice, the character itself"),
];

/// The button, and the sheet while it is open.
#[function_component]
pub fn Help() -> Html {
    let (sheet, open) = use_sheet(Sheet::Help);
    {
        let open = open.clone();
        use_shortcut(move |event| {
            let takes = event.key() == "?" && !event.ctrl_key() && !event.meta_key() && !is_typing(event);
            if takes {
                open.emit(());
            }
            takes
        });
    }
    html! {
        <>
            <button type="button" class="button quiet help-button" aria-label="Keys and settings" title="Keys and settings (?)"
                onclick={open.reform(|_: MouseEvent| ())}>{ "?" }</button>
            { sheet }
        </>
    }
}

/// Draws the sheet.
pub(super) fn draw(props: &SheetProps) -> Html {
    html! { <HelpSheet ..props.clone() /> }
}

#[function_component]
fn HelpSheet(props: &SheetProps) -> Html {
    let theme = use_state_eq(look::theme);
    // The focus goes back to where it was at once, and the character goes there.
    let onkeydown = Callback::from(|event: KeyboardEvent| {
        if event.key() == "?" {
            // Nobody else is handed it: it would open the sheet again.
            event.stop_propagation();
            close_modal();
        }
    });
    let themes = look::THEMES.iter().map(|&(value, name)| {
        let is_chosen = *theme == value;
        let theme = theme.clone();
        let onchange = move |_: Event| {
            look::choose_theme(value);
            theme.set(value.to_owned());
        };
        html! {
            <label class={if is_chosen { "segment chosen" } else { "segment" }}>
                <input type="radio" name="theme" aria-label={name} checked={is_chosen} {onchange} />
                <span class="segment-name">{ name }</span>
            </label>
        }
    });
    let session = use_context::<Session>();
    let console = use_context::<Console>().unwrap_or_default();
    let keep_alive = session.as_ref().and_then(keep_alive);
    let close = props.onclose.reform(|_: MouseEvent| ());
    html! {
        <Modal class="help" labelled_by="help-headline" onclose={props.onclose.clone()}>
            <div {onkeydown}>
                // It is the first to take the focus, so that the sheet opens at its beginning.
                <div class="help-head">
                    <h2 id="help-headline">{ "Keys and settings" }</h2>
                    <button type="button" class="button" onclick={close}>{ "Close" }</button>
                </div>
                <div class="help-keys">
                    { keys("Everywhere", KEYS) }
                    { keys("At the prompt", prompt::KEYS) }
                    { keys("In the transcript", transcript::KEYS) }
                </div>
                <h3 id="theme-label">{ "Theme" }</h3>
                <div class="segments" role="radiogroup" aria-labelledby="theme-label">{ for themes }</div>
                { for session.as_ref().and_then(|it| keep_choice(it, &console)) }
                { keep_alive }
            </div>
        </Modal>
    }
}

/// The switch of the keep-alive, while there is a connection to keep.
fn keep_alive(session: &Session) -> Option<Html> {
    let (phase, is_on, is_over) =
        session.read(|state| (state.now.phase, state.now.keep_alive, state.is_over()));
    if is_over || !matches!(phase, Phase::Authorization | Phase::Transaction) {
        return None;
    }
    let onchange = {
        let session = session.clone();
        Callback::from(move |_: Event| session.dispatch(Action::KeepAlive(!is_on)))
    };
    Some(html! {
        <>
            <h3>{ "This connection" }</h3>
            <label class="switch">
                <input type="checkbox" aria-label="Keep alive with NOOP" aria-describedby="keep-alive-note" checked={is_on} {onchange} />
                <span class="switch-track" aria-hidden="true"></span>
                <span>{ "Keep alive with NOOP" }</span>
            </label>
            <p id="keep-alive-note" class="help-note">{ format!("Once you are signed in, the console sends NOOP after {} minutes of silence, for everyone to see. Until the connection ends.", KEEP_ALIVE_EVERY / 60_000) }</p>
        </>
    })
}

fn keys(headline: &'static str, keys: &[(&'static str, &'static str)]) -> Html {
    let row = |&(key, does): &(&'static str, &'static str)| {
        let each = key.split(' ').map(|key| html! { <kbd>{ key }</kbd> });
        html! { <><dt>{ for each }</dt><dd>{ does }</dd></> }
    };
    html! { <section><h3>{ headline }</h3><dl class="keys-list">{ for keys.iter().map(row) }</dl></section> }
}
