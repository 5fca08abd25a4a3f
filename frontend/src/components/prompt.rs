//! The prompt: a line that is coloured and masked while it is typed.

mod completion_list;
mod hint_line;
mod keys;
mod question;
mod seat;
mod view;
mod writer;

use protocol::command;
use protocol::state::Phase;
use yew::prelude::*;

use super::row::span;
use super::shortcut::{is_control, use_shortcut};
use crate::prompt::QUICK;
use crate::prompt::editor::Editor;
use crate::prompt::history::History;
use crate::services::api::Console;
use crate::services::storage;
use crate::session::people::Seat;
use crate::store::use_session;
use completion_list::completion_list;
use hint_line::hint_line;
use question::question;
use seat::seat;
use view::View;
use writer::Writer;

/// Browsers offer to keep what is typed into a password field, `off` or not, unless it is said to be good only once.
pub const NO_PASSWORD_MANAGER: &str = "one-time-code";

/// The prompt.
#[function_component]
pub fn Prompt() -> Html {
    let session = use_session();
    let console = use_context::<Console>();
    let editor = use_mut_ref(|| Editor::new(History::read(&storage::history())));
    let writer = Writer {
        session: session.clone(),
        editor: editor.clone(),
        field: use_node_ref(),
        overlay: use_node_ref(),
        update: use_force_update(),
        still: use_mut_ref(|| None),
    };
    let view = session.read(|state| View::of(state, &editor.borrow(), console.as_ref()));
    use_writer(&writer, &view);
    if view.seat != Seat::Types {
        return seat(&session, view.seat);
    }
    let quicks = QUICK
        .iter()
        .map(|name| quick(name, view.phase, view.takes_commands, &writer));
    let onanswer = writer.on(Writer::answer);
    let is_open = !view.list.is_empty();
    let active = view.chosen.map(|at| format!("completion-{at}"));
    html! {
        <footer class="prompt">
            <div class="quick-line">
                <div class="quicks" role="group" aria-label="Commands">{ for quicks }</div>
                <button type="button" class="button small quiet" aria-label="Search the history" aria-keyshortcuts="Control+R"
                    onmousedown={|event: MouseEvent| event.prevent_default()} onclick={writer.on(|it, _: MouseEvent| it.search_history())}>{ "History" }</button>
                if view.can_sign_in {
                    <button type="button" class="button small sign-in-button" aria-label="Sign in" aria-keyshortcuts="Control+I"
                        onclick={writer.on(|it, _: MouseEvent| it.sign_in())}>{ "Sign in…" }</button>
                }
            </div>
            <div class={classes!("prompt-line", (!view.phase.takes_lines()).then_some("idle"))}>
                <span class="prompt-sign" aria-hidden="true">{ if view.searches { "history ‹" } else { "›" } }</span>
                <div class="prompt-field">
                    <div class="prompt-paint" ref={writer.overlay.clone()} aria-hidden="true">
                        { for view.spans.iter().map(span) }
                        if !view.ghost.is_empty() { <span class="ghost">{ &view.ghost }</span> }
                    </div>
                    // The bullets above hide nothing from a screen reader: a password field does.
                    <input ref={writer.field.clone()} class="prompt-input" type={if view.is_masked { "password" } else { "text" }} role="combobox"
                        aria-label="POP3 command" aria-describedby="prompt-hint" aria-autocomplete="list" aria-controls="completions"
                        aria-expanded={is_open.to_string()} aria-activedescendant={active} autocomplete={if view.is_masked { NO_PASSWORD_MANAGER } else { "off" }} autocapitalize="off" autocorrect="off"
                        // A response to a challenge may begin with any character.
                        data-shortcuts={(!view.searches && !view.has_secret).to_string()}
                        spellcheck="false" enterkeyhint="send" value={view.line.clone()}
                        oninput={writer.on(|it, event| it.input(&event))} onkeydown={writer.on(|it, event| it.press(&event))}
                        onscroll={writer.on(|it, _: Event| it.follow_field())} onpaste={writer.on(|it, event| it.paste(&event))}
                        placeholder={if view.searches { "Type what it holds" } else if view.phase.takes_lines() { "Type a command" } else { "" }} />
                </div>
                if view.has_secret {
                    <button type="button" class="button small" aria-label="Show secret" aria-pressed={view.reveals.to_string()} onclick={writer.on(|it, _: MouseEvent| it.toggle_secret())}>
                        { if view.reveals { "Hide" } else { "Show" } }
                    </button>
                }
                { completion_list(&view.list, view.chosen, &writer.on(Writer::accept)) }
            </div>
            <div role="alert">{ for view.doubt.map(|doubt| question(doubt, &onanswer)) }</div>
            { hint_line(&view.hint, view.awaits.as_deref()) }
        </footer>
    }
}

/// What the prompt does by itself, and its key that acts anywhere.
#[hook]
fn use_writer(writer: &Writer, view: &View) {
    {
        let (writer, returned) = (writer.clone(), view.returned.clone());
        use_effect_with(returned.as_ref().map(|it| it.0), move |_| {
            if let Some((_, typed)) = returned {
                writer.give_back(&typed);
            }
        });
    }
    {
        let writer = writer.clone();
        use_effect_with(view.forgotten, move |_| writer.forget_hidden());
    }
    {
        let writer = writer.clone();
        let is_here = view.seat == Seat::Types;
        use_effect_with((view.phase.takes_lines(), is_here), move |(takes_lines, _)| {
            if *takes_lines {
                writer.focus();
            }
        });
    }
    {
        let writer = writer.clone();
        use_effect_with(view.line.clone(), move |_| writer.follow_field());
    }
    {
        let (writer, can_sign_in) = (writer.clone(), view.can_sign_in);
        use_shortcut(move |event| {
            let takes = can_sign_in && is_control(event, "i");
            if takes {
                writer.sign_in();
            }
            takes
        });
    }
    {
        // What a sheet that closes gives the focus back to may be gone by now.
        let (writer, had_sheet) = (writer.clone(), use_mut_ref(|| false));
        use_effect_with(view.has_sheet, move |has_sheet| {
            if had_sheet.replace(*has_sheet) {
                writer.focus();
            }
        });
    }
}

/// A button that sends a command.
fn quick(name: &'static str, phase: Phase, takes_commands: bool, writer: &Writer) -> Html {
    let is_allowed = command::find(name.as_bytes()).is_some_and(|it| it.is_allowed_in(phase));
    let is_dimmed = phase.takes_lines() && !is_allowed;
    let onclick = writer.on(move |it, _: MouseEvent| it.submit(name));
    html! {
        <button type="button" class={classes!("quick", is_dimmed.then_some("dimmed"))} disabled={!takes_commands}
            onmousedown={|event: MouseEvent| event.prevent_default()} {onclick}>{ name }</button>
    }
}
