//! The prompt: a line that is coloured and masked while it is typed.

mod completion_list;
mod hint_line;
mod keys;
mod question;
mod view;

use protocol::command;
use protocol::state::Phase;
use wasm_bindgen::JsCast;
use web_sys::{ClipboardEvent, Element, HtmlInputElement};
use yew::prelude::*;

use super::row::span;
use super::shortcut::{is_control, use_shortcut};
use crate::prompt::QUICK;
use crate::prompt::completions::Completion;
use crate::prompt::editor::{Editor, Key, Reaction};
use crate::prompt::history::History;
use crate::services::api::Console;
use crate::services::{chance, storage};
use crate::session::pasting::Pasting;
use crate::session::sign_in::SigningIn;
use crate::session::typed::Typed;
use crate::session::{Action, State};
use crate::store::{Session, use_session};
use completion_list::completion_list;
use hint_line::hint_line;
use keys::key;
use question::{Answer, question};
use view::View;

/// Browsers offer to keep what is typed into a password field, `off` or not, unless it is said to be good only once.
pub const NO_PASSWORD_MANAGER: &str = "one-time-code";

/// The prompt.
#[function_component]
pub fn Prompt() -> Html {
    let session = use_session();
    let console = use_context::<Console>();
    let editor = use_mut_ref(|| Editor::new(History::read(&storage::history())));
    let update = use_force_update();
    let (field, overlay) = (use_node_ref(), use_node_ref());
    let view = session.read(|state| View::of(state, &editor.borrow(), console.as_ref()));

    // Changes the line, and shows it.
    let edit = {
        let (session, editor, update) = (session.clone(), editor.clone(), update.clone());
        move |change: &dyn Fn(&mut Editor, &State)| {
            session.read(|state| change(&mut editor.borrow_mut(), state));
            update.force_update();
        }
    };
    let send = {
        let (session, editor) = (session.clone(), editor.clone());
        move |typed: Typed| {
            keep(&mut editor.borrow_mut().history);
            session.submit(typed);
        }
    };
    {
        let (edit, session) = (edit.clone(), session.clone());
        let returned = view.returned.clone();
        use_effect_with(returned.as_ref().map(|it| it.0), move |_| {
            let Some((_, typed)) = returned else { return };
            edit(&|editor, state| editor.give_back(&typed, &state.context()));
            session.dispatch(Action::Taken);
        });
    }
    {
        let (session, edit) = (session.clone(), edit.clone());
        use_effect_with(view.forgotten, move |_| {
            let hidden = session.read(|state| state.forgotten.1.clone());
            if hidden.is_empty() {
                return;
            }
            edit(&|editor, state| {
                for line in &hidden {
                    editor.forget(&String::from_utf8_lossy(line.reveal()), &state.context());
                }
                keep(&mut editor.history);
            });
            session.dispatch(Action::Forgot);
        });
    }
    {
        let field = field.clone();
        use_effect_with(view.phase.takes_lines(), move |takes_lines| {
            if *takes_lines {
                focus(&field);
            }
        });
    }
    {
        // The overlay goes along when the field scrolls a long line sideways.
        let (field, overlay) = (field.clone(), overlay.clone());
        use_effect_with(view.line.clone(), move |_| follow_field(&field, &overlay));
    }
    let onaccept = {
        let (edit, field) = (edit.clone(), field.clone());
        Callback::from(move |completion: Completion| {
            edit(&|editor, state| editor.accept(completion.clone(), &state.context()));
            focus(&field);
        })
    };
    let onkeydown = {
        let (session, editor, send, update) = (session.clone(), editor.clone(), send.clone(), update.clone());
        Callback::from(move |event: KeyboardEvent| {
            let Some(key) = key(&event) else { return };
            let press = |state: &State| editor.borrow_mut().press(key, &state.context());
            match session.read(press) {
                Reaction::None => return,
                Reaction::Taken => {}
                Reaction::Send(typed) => send(typed),
                Reaction::Dropped => keep(&mut editor.borrow_mut().history),
            }
            event.prevent_default();
            update.force_update();
        })
    };
    let oninput = {
        let edit = edit.clone();
        Callback::from(move |event: InputEvent| {
            let typed = event.target_unchecked_into::<HtmlInputElement>().value();
            edit(&|editor, state| editor.set(typed.clone(), &state.context()));
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
    let onanswer = {
        let (session, editor, send) = (session.clone(), editor.clone(), send.clone());
        let (field, update) = (field.clone(), update.clone());
        Callback::from(move |answer: Answer| {
            let mut editor = editor.borrow_mut();
            let typed = session.read(|state| match answer {
                Answer::AsItIs => Some(editor.send_as_it_is(&state.context())),
                Answer::AsMeant => editor.send_as_meant(&state.context()),
                Answer::Edit => {
                    editor.edit_on();
                    None
                }
            });
            drop(editor);
            typed.into_iter().for_each(&send);
            focus(&field);
            update.force_update();
        })
    };
    let onquick = {
        let (session, editor) = (session.clone(), editor.clone());
        Callback::from(move |name: &'static str| {
            let typed = session.read(|state| editor.borrow_mut().submit(name.to_owned(), &state.context()));
            send(typed);
            update.force_update();
        })
    };
    let onhistory = {
        let (edit, field) = (edit.clone(), field.clone());
        Callback::from(move |_: MouseEvent| {
            edit(&|editor, state| {
                // The same as the key, for where there is none.
                editor.press(Key::Search, &state.context());
            });
            focus(&field);
        })
    };
    let ontoggle = Callback::from(move |_: MouseEvent| edit(&|editor, _| editor.toggle_secret()));
    let onsignin = {
        let session = session.clone();
        Callback::from(move |()| session.dispatch(Action::SignIn(SigningIn::Open(chance::line_id()))))
    };
    {
        let (can_sign_in, onsignin) = (view.can_sign_in, onsignin.clone());
        use_shortcut(move |event| {
            let takes = can_sign_in && is_control(event, "i");
            if takes {
                onsignin.emit(());
            }
            takes
        });
    }
    {
        // What a sheet that closes gives the focus back to may be gone by now.
        let (field, had_sheet) = (field.clone(), use_mut_ref(|| false));
        use_effect_with(view.has_sheet, move |has_sheet| {
            if had_sheet.replace(*has_sheet) {
                focus(&field);
            }
        });
    }
    let quicks = QUICK
        .iter()
        .map(|name| quick(name, view.phase, view.takes_commands, &onquick));
    let is_open = !view.list.is_empty();
    let active = view.chosen.map(|at| format!("completion-{at}"));
    html! {
        <footer class="prompt">
            <div class="quick-line">
                <div class="quicks" role="group" aria-label="Commands">{ for quicks }</div>
                <button type="button" class="button small quiet" aria-label="Search the history" aria-keyshortcuts="Control+R"
                    onmousedown={|event: MouseEvent| event.prevent_default()} onclick={onhistory}>{ "History" }</button>
                if view.can_sign_in {
                    <button type="button" class="button small sign-in-button" aria-label="Sign in" aria-keyshortcuts="Control+I"
                        onclick={onsignin.reform(|_: MouseEvent| ())}>{ "Sign in…" }</button>
                }
            </div>
            <div class={classes!("prompt-line", (!view.phase.takes_lines()).then_some("idle"))}>
                <span class="prompt-sign" aria-hidden="true">{ if view.searches { "history ‹" } else { "›" } }</span>
                <div class="prompt-field">
                    <div class="prompt-paint" ref={overlay} aria-hidden="true">
                        { for view.spans.iter().map(span) }
                        if !view.ghost.is_empty() { <span class="ghost">{ &view.ghost }</span> }
                    </div>
                    // The bullets above hide nothing from a screen reader: a password field does.
                    <input ref={field} class="prompt-input" type={if view.is_masked { "password" } else { "text" }} role="combobox"
                        aria-label="POP3 command" aria-describedby="prompt-hint" aria-autocomplete="list" aria-controls="completions"
                        aria-expanded={is_open.to_string()} aria-activedescendant={active} autocomplete={if view.is_masked { NO_PASSWORD_MANAGER } else { "off" }} autocapitalize="off" autocorrect="off"
                        // A response to a challenge may begin with any character.
                        data-shortcuts={(!view.searches && !view.has_secret).to_string()}
                        spellcheck="false" enterkeyhint="send" value={view.line.clone()} {oninput} {onkeydown} {onscroll} onpaste={onpaste}
                        placeholder={if view.searches { "Type what it holds" } else if view.phase.takes_lines() { "Type a command" } else { "" }} />
                </div>
                if view.has_secret {
                    <button type="button" class="button small" aria-label="Show secret" aria-pressed={view.reveals.to_string()} onclick={ontoggle}>
                        { if view.reveals { "Hide" } else { "Show" } }
                    </button>
                }
                { completion_list(&view.list, view.chosen, &onaccept) }
            </div>
            <div role="alert">{ for view.doubt.map(|doubt| question(doubt, &onanswer)) }</div>
            { hint_line(&view.hint, view.awaits.as_deref()) }
        </footer>
    }
}

/// Keeps the lines that were sent, with those of other pages.
fn keep(history: &mut History) {
    storage::keep_history(&history.keep(&storage::history()));
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
        session.dispatch(Action::Paste(Pasting::Begin(text)));
    }
}

/// A button that sends a command.
fn quick(name: &'static str, phase: Phase, takes_commands: bool, onquick: &Callback<&'static str>) -> Html {
    let is_allowed = command::find(name.as_bytes()).is_some_and(|it| it.is_allowed_in(phase));
    let is_dimmed = phase.takes_lines() && !is_allowed;
    let onclick = onquick.reform(move |_: MouseEvent| name);
    html! {
        <button type="button" class={classes!("quick", is_dimmed.then_some("dimmed"))} disabled={!takes_commands}
            onmousedown={|event: MouseEvent| event.prevent_default()} {onclick}>{ name }</button>
    }
}

fn focus(field: &NodeRef) {
    if let Some(field) = field.cast::<HtmlInputElement>() {
        // Fails only for an element that is not in the page.
        let _ = field.focus();
    }
}

fn follow_field(field: &NodeRef, overlay: &NodeRef) {
    if let (Some(field), Some(overlay)) = (field.cast::<Element>(), overlay.cast::<Element>()) {
        overlay.set_scroll_left(field.scroll_left());
    }
}
