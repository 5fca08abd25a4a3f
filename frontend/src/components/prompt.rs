//! The prompt: a line that is coloured and masked while it is typed.

use protocol::state::{Expectation, Phase};
use wasm_bindgen::JsCast;
use web_sys::{ClipboardEvent, Element, HtmlInputElement};
use yew::prelude::*;

use super::row::span;
use crate::prompt::history::History;
use crate::prompt::{self, Completion, Hint, QUICK};
use crate::services::api::Console;
use crate::services::storage;
use crate::session::Action;
use crate::session::typed::Typed;
use crate::store::{Session, use_session};
use crate::transcript::exchanges::Outcome;

/// Browsers offer to keep what is typed into a password field, `off` or not, unless it is said to be good only once.
const NO_PASSWORD_MANAGER: &str = "one-time-code";

/// The prompt.
#[function_component]
pub fn Prompt() -> Html {
    let session = use_session();
    let (phase, expected, returned, awaits) = session.read(|state| {
        let awaits = state.transcript.newest_exchange().filter(|it| {
            it.outcome == Outcome::Pending
                && state.now.phase.takes_lines()
                && state.expects() != Expectation::Response
        });
        (
            state.now.phase,
            state.expects(),
            state.returned.clone(),
            awaits.map(|it| it.verb.clone()),
        )
    });
    let is_demonstration = use_context::<Console>().is_some_and(|console| {
        session.read(|state| state.target().is_some_and(|it| console.demonstrates(it)))
    });
    let field = use_node_ref();
    let overlay = use_node_ref();
    let line = use_state_eq(String::new);
    // A line that was begun as a response stays one until it is empty: AUTH may be over before it is sent.
    let begun = use_state_eq(Expectation::default);
    let expects = if *begun == Expectation::Response {
        *begun
    } else {
        expected
    };
    let chosen = use_state_eq(|| None::<usize>);
    let is_closed = use_state_eq(|| false);
    let reveals = use_state_eq(|| false);
    let history = use_mut_ref(|| History::read(&storage::history()));

    let set_line = {
        let (line, begun) = (line.clone(), begun.clone());
        let (chosen, is_closed) = (chosen.clone(), is_closed.clone());
        Callback::from(move |text: String| {
            begun.set(if text.is_empty() {
                Expectation::Command
            } else {
                expects
            });
            line.set(text);
            chosen.set(None);
            is_closed.set(false);
        })
    };
    {
        let (set_line, line, begun) = (set_line.clone(), line.clone(), begun.clone());
        let (session, history) = (session.clone(), history.clone());
        use_effect_with(returned.as_ref().map(|it| it.0), move |_| {
            let Some((_, typed)) = returned else { return };
            if line.is_empty() {
                set_line.emit(typed.text());
                if typed.has_secret() && typed.expects != Expectation::Command {
                    begun.set(Expectation::Response);
                }
            } else if !typed.has_secret() {
                // Something else is being typed already: it is an arrow key away.
                history.borrow_mut().add(&typed.text());
            }
            session.dispatch(Action::Taken);
        });
    }
    {
        let field = field.clone();
        use_effect_with(phase.takes_lines(), move |takes_lines| {
            if let Some(field) = field.cast::<HtmlInputElement>()
                && *takes_lines
            {
                // Fails only for an element that is not in the page.
                let _ = field.focus();
            }
        });
    }
    {
        // The overlay goes along when the field scrolls a long line sideways.
        let (field, overlay) = (field.clone(), overlay.clone());
        use_effect_with((*line).clone(), move |_| follow_field(&field, &overlay));
    }
    let send = {
        let (session, history, set_line, reveals) = (
            session.clone(),
            history.clone(),
            set_line.clone(),
            reveals.clone(),
        );
        Callback::from(move |text: String| {
            let typed = Typed::new(text.clone(), expects);
            let is_command = expects != Expectation::Response && !typed.has_secret();
            if is_command && !text.contains(['\r', '\n']) {
                let mut history = history.borrow_mut();
                history.add(&text);
                storage::keep_history(&history.kept());
            }
            history.borrow_mut().leave();
            reveals.set(false);
            set_line.emit(String::new());
            session.submit(typed);
        })
    };
    let list = if *is_closed {
        Vec::new()
    } else {
        prompt::completions(&line, phase, expects)
    };
    let accept = {
        let (set_line, field) = (set_line.clone(), field.clone());
        Callback::from(move |completion: Completion| {
            set_line.emit(prompt::complete(completion.command));
            if let Some(field) = field.cast::<HtmlInputElement>() {
                // As above.
                let _ = field.focus();
            }
        })
    };
    let onkeydown = {
        let (line, chosen, is_closed, list) = (line.clone(), chosen.clone(), is_closed.clone(), list.clone());
        let (send, accept, set_line) = (send.clone(), accept.clone(), set_line.clone());
        Callback::from(move |event: KeyboardEvent| {
            if event.is_composing() || event.alt_key() || event.ctrl_key() || event.meta_key() {
                return;
            }
            let count = list.len();
            match (event.key().as_str(), *chosen) {
                ("Enter", Some(at)) => list.get(at).copied().iter().for_each(|it| accept.emit(*it)),
                ("Enter", None) => send.emit((*line).clone()),
                ("Tab", at) if count > 0 && !event.shift_key() => {
                    list.get(at.unwrap_or(0))
                        .copied()
                        .iter()
                        .for_each(|it| accept.emit(*it));
                }
                ("ArrowDown", at) if count > 0 => chosen.set(Some(at.map_or(0, |at| (at + 1) % count))),
                ("ArrowUp", at) if count > 0 => {
                    chosen.set(Some(at.map_or(count - 1, |at| (at + count - 1) % count)))
                }
                ("Escape", _) if count > 0 => is_closed.set(true),
                ("ArrowUp", _) => {
                    if let Some(text) = history.borrow_mut().older(&line) {
                        set_line.emit(text);
                        is_closed.set(true);
                    }
                }
                ("ArrowDown", _) => {
                    if let Some(text) = history.borrow_mut().newer() {
                        set_line.emit(text);
                        is_closed.set(true);
                    }
                }
                _ => return,
            }
            event.prevent_default();
        })
    };
    let oninput = {
        let set_line = set_line.clone();
        Callback::from(move |event: InputEvent| {
            set_line.emit(event.target_unchecked_into::<HtmlInputElement>().value());
        })
    };
    let onscroll = {
        let (field, overlay) = (field.clone(), overlay.clone());
        Callback::from(move |_: Event| follow_field(&field, &overlay))
    };
    let onpaste = {
        let session = session.clone();
        Callback::from(move |event: Event| paste(&session, &event))
    };
    let has_secret = expects == Expectation::Response || prompt::has_secret(&line, expects);
    let is_masked = has_secret && !*reveals;
    let toggle = {
        let reveals = reveals.clone();
        Callback::from(move |_: MouseEvent| reveals.set(!*reveals))
    };
    let is_open = !list.is_empty();
    let active = chosen
        .filter(|at| *at < list.len())
        .map(|at| format!("completion-{at}"));
    let hint = if is_demonstration
        && line.is_empty()
        && phase == Phase::Authorization
        && expects != Expectation::Response
    {
        prompt::demonstration_hint()
    } else {
        prompt::hint(&line, phase, expects)
    };
    let quick = QUICK.iter().map(|&name| {
        let send = send.clone();
        let is_dimmed = phase.takes_lines() && !prompt_allows(name, phase);
        html! {
            <button type="button" class={classes!("quick", is_dimmed.then_some("dimmed"))} disabled={!phase.takes_lines() || expects == Expectation::Response}
                onmousedown={|event: MouseEvent| event.prevent_default()} onclick={move |_| send.emit(name.to_owned())}>{ name }</button>
        }
    });
    html! {
        <footer class="prompt">
            <div class="quicks" role="group" aria-label="Commands">{ for quick }</div>
            <div class={classes!("prompt-line", (!phase.takes_lines()).then_some("idle"))}>
                <span class="prompt-sign" aria-hidden="true">{ "›" }</span>
                <div class="prompt-field">
                    <div class="prompt-paint" ref={overlay} aria-hidden="true">{ for prompt::paint(&line, expects, *reveals).iter().map(span) }</div>
                    // The bullets above hide nothing from a screen reader: a password field does.
                    <input ref={field} class="prompt-input" type={if is_masked { "password" } else { "text" }} role="combobox"
                        aria-label="POP3 command" aria-describedby="prompt-hint" aria-autocomplete="list" aria-controls="completions"
                        aria-expanded={is_open.to_string()} aria-activedescendant={active} autocomplete={if is_masked { NO_PASSWORD_MANAGER } else { "off" }} autocapitalize="off" autocorrect="off"
                        spellcheck="false" enterkeyhint="send" value={(*line).clone()} {oninput} {onkeydown} {onscroll} onpaste={onpaste}
                        placeholder={if phase.takes_lines() { "Type a command" } else { "" }} />
                </div>
                if has_secret {
                    <button type="button" class="button small" aria-label="Show secret" aria-pressed={reveals.to_string()} onclick={toggle}>
                        { if *reveals { "Hide" } else { "Show" } }
                    </button>
                }
                <ul id="completions" class="completions" role="listbox" aria-label="Completions" hidden={!is_open}>
                    { for list.iter().enumerate().map(|(at, completion)| option(at, *completion, *chosen == Some(at), &accept)) }
                </ul>
            </div>
            { hint_line(&hint, awaits.as_deref()) }
        </footer>
    }
}

/// A field of one line would quietly join pasted lines, and one line is one line.
fn paste(session: &Session, event: &Event) {
    let clipboard = event
        .dyn_ref::<ClipboardEvent>()
        .and_then(ClipboardEvent::clipboard_data);
    let text = clipboard
        .and_then(|it| it.get_data("text").ok())
        .unwrap_or_default();
    if text.trim_end_matches(['\r', '\n']).contains(['\r', '\n']) {
        event.prevent_default();
        session.dispatch(Action::PastedLines);
    }
}

fn prompt_allows(name: &str, phase: Phase) -> bool {
    protocol::command::find(name.as_bytes()).is_some_and(|command| command.is_allowed_in(phase))
}

fn option(at: usize, completion: Completion, is_chosen: bool, accept: &Callback<Completion>) -> Html {
    let onmousedown = {
        let accept = accept.clone();
        Callback::from(move |event: MouseEvent| {
            event.prevent_default();
            accept.emit(completion);
        })
    };
    html! {
        <li id={format!("completion-{at}")} class={classes!("completion", (!completion.is_allowed).then_some("dimmed"))} role="option"
            aria-selected={is_chosen.to_string()} {onmousedown}>
            <span class="completion-name">{ completion.command.name }</span>
            <span class="completion-arguments">{ completion.command.arguments }</span>
            <span class="completion-help">{ completion.command.help }</span>
            if !completion.is_allowed { <span class="completion-not">{ "not in this state" }</span> }
        </li>
    }
}

fn hint_line(hint: &Hint, awaits: Option<&str>) -> Html {
    html! {
        <div class="hint-line">
            <p id="prompt-hint" class="hint">
                if !hint.usage.is_empty() { <b class="hint-usage">{ &hint.usage }</b>{ " — " } }
                { &hint.help }
                if !hint.rfc.is_empty() { <span class="hint-rfc">{ format!(" {}", hint.rfc) }</span> }
                if !hint.warning.is_empty() { <span class="hint-warning">{ format!(" {}", hint.warning) }</span> }
            </p>
            if let Some(verb) = awaits {
                <span class="awaits">{ if verb.is_empty() { "waiting for a reply…".to_owned() } else { format!("waiting for the reply to {verb}…") } }</span>
            }
            <span class="keys" aria-hidden="true">
                <kbd>{ "Tab" }</kbd>{ " complete " }<kbd>{ "↑" }</kbd>{ " history " }<kbd>{ "Ctrl L" }</kbd>{ " live" }
            </span>
        </div>
    }
}

fn follow_field(field: &NodeRef, overlay: &NodeRef) {
    if let (Some(field), Some(overlay)) = (field.cast::<Element>(), overlay.cast::<Element>()) {
        overlay.set_scroll_left(field.scroll_left());
    }
}
