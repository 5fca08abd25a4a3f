//! Several pasted lines: the sheet that asks what to do with them, and how far they are.

use yew::prelude::*;

use super::modal::Modal;
use super::row::span;
use crate::prompt::paint;
use crate::services::chance;
use crate::session::pasting::Pasting;
use crate::session::sequence::{Manner, Sequence, Standing};
use crate::session::typed::Typed;
use crate::session::{Action, State};
use crate::store::{Session, use_session};
use crate::transcript::rows::Span;

/// The most lines that the sheet shows.
const SHOWN_MAX: usize = 200;

/// The sheet or the bar, if there is something to show.
#[function_component]
pub fn Pasted() -> Html {
    let session = use_session();
    session.read(|state| {
        let sequence = state.sequence.as_ref();
        sequence.map_or_else(Html::default, |sequence| match sequence.standing() {
            Standing::Asking => sheet(&session, state, sequence),
            standing => bar(&session, sequence, standing),
        })
    })
}

fn sheet(session: &Session, state: &State, sequence: &Sequence) -> Html {
    let onclose = {
        let session = session.clone();
        Callback::from(move |()| session.dispatch(Action::Paste(Pasting::Forget)))
    };
    let oncancel = onclose.reform(|_: MouseEvent| ());
    let warning = match state.offers.now() {
        Some(offers) if offers.has("PIPELINING") => "",
        Some(_) => "The server does not list PIPELINING: it may lose or refuse what it did not wait for.",
        None => "Whether the server takes them pipelined is unknown; CAPA tells.",
    };
    let more = sequence.total().saturating_sub(SHOWN_MAX);
    let blank = match sequence.blank {
        0 => "",
        _ => " Empty lines are left out.",
    };
    html! {
        <Modal class="pasted-sheet" labelled_by="pasted-headline" {onclose}>
            <h2 id="pasted-headline">{ format!("Send {} lines?", sequence.total()) }</h2>
            <ol class="pasted-lines" tabindex="0" aria-label="Lines">
                { for sequence.rest().take(SHOWN_MAX).map(line) }
            </ol>
            if more > 0 { <p class="pasted-note">{ format!("And {more} more.") }</p> }
            <p class="pasted-note">
                { "One after another: each waits for the whole reply to the one before, and a refusal stops them. \
                   Pipelined: none waits, but behind signing in, STLS and QUIT; a refusal stops nothing else." }{ blank }
                if sequence.doubtful > 0 {
                    <span class="pasted-warning">{ " A line looks like a password at the wrong place; if it is sent, it is seen by everyone." }</span>
                }
                if !warning.is_empty() { { " " }<span class="pasted-warning">{ warning }</span> }
            </p>
            <div class="actions">
                { button(session, "Send one after another", "primary", || Pasting::Send(Manner::OneByOne, chance::line_id())) }
                { button(session, "Send pipelined", "", || Pasting::Send(Manner::Pipelined, chance::line_id())) }
                { button(session, "First line into the prompt", "", || Pasting::TakeFirst) }
                <button type="button" class="button" onclick={oncancel}>{ "Cancel" }</button>
            </div>
        </Modal>
    }
}

fn line(typed: &Typed) -> Html {
    let spans: Vec<Span> = paint::paint(&typed.text(), typed.expects, false);
    html! { <li><code>{ for spans.iter().map(span) }</code></li> }
}

fn bar(session: &Session, sequence: &Sequence, standing: &Standing) -> Html {
    let is_running = *standing == Standing::Running;
    let (answered, total) = (sequence.answered(), sequence.total());
    let is_over = sequence.rest().len() == 0;
    html! {
        <div class={classes!("pasted-bar", (!is_running).then_some("stopped"))} role="group" aria-label="Pasted lines">
            <span class="pasted-told" role="status" aria-label="Pasted lines">{ sequence.told() }</span>
            if is_running {
                <progress aria-label="Answered" max={total.to_string()} value={answered.to_string()} />
                <span class="pasted-count">{ format!("{answered} of {total}") }</span>
                { button(session, "Stop", "small", || Pasting::Stop) }
            } else if is_over {
                { button(session, "Close", "small", || Pasting::Forget) }
            } else {
                { button(session, "Go on", "small", || Pasting::GoOn) }
                { button(session, "Forget the rest", "small", || Pasting::Forget) }
            }
        </div>
    }
}

fn button(session: &Session, name: &'static str, class: &'static str, step: fn() -> Pasting) -> Html {
    let session = session.clone();
    let onclick = Callback::from(move |_: MouseEvent| session.dispatch(Action::Paste(step())));
    html! { <button type="button" class={classes!("button", class)} autofocus={class == "primary"} {onclick}>{ name }</button> }
}
