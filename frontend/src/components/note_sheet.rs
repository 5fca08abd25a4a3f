//! The sheet for a note to a line.

use protocol::entry::NOTE_MAX;
use web_sys::{HtmlTextAreaElement, KeyboardEvent};
use yew::prelude::*;

use super::modal::Modal;
use crate::session::Action;
use crate::session::noting::NoteStep;
use crate::store::use_session;

/// The sheet, while it is open.
#[function_component]
pub fn NoteSheet() -> Html {
    let session = use_session();
    let Some(noting) = session.read(|state| state.noting.clone()) else {
        return Html::default();
    };
    html! { <Sheet number={noting.number} is_sent={noting.is_sent} problem={noting.problem} /> }
}

#[derive(Properties, PartialEq)]
struct SheetProps {
    number: usize,
    is_sent: bool,
    problem: &'static str,
}

#[function_component]
fn Sheet(props: &SheetProps) -> Html {
    let session = use_session();
    let field = use_node_ref();
    let onclose = {
        let session = session.clone();
        Callback::from(move |()| session.dispatch(Action::Note(NoteStep::Close)))
    };
    let send = {
        let field = field.clone();
        Callback::from(move |()| {
            let text = field.cast::<HtmlTextAreaElement>().map(|it| it.value());
            session.dispatch(Action::Note(NoteStep::Send(text.unwrap_or_default())));
        })
    };
    let onkeydown = {
        let send = send.clone();
        move |event: KeyboardEvent| {
            if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
                event.prevent_default();
                send.emit(());
            }
        }
    };
    let onclick = send.reform(|_: MouseEvent| ());
    let oncancel = onclose.reform(|_: MouseEvent| ());
    html! {
        <Modal class="note-sheet" labelled_by="note-headline" {onclose}>
            <h2 id="note-headline">{ format!("Note to line {}", props.number) }</h2>
            <textarea ref={field} class="field note-field" rows="4" maxlength={NOTE_MAX.to_string()} autofocus=true aria-label="Note"
                aria-describedby="note-about" {onkeydown} />
            <p id="note-about" class="share-note">{ "Everyone in this session sees it below the line. It is not sent to the mail server." }</p>
            <div role="alert">
                if !props.problem.is_empty() { <p class="problem">{ props.problem }</p> }
            </div>
            <div class="actions">
                <button type="button" class="button primary" disabled={props.is_sent} {onclick}>{ "Attach note" }</button>
                <button type="button" class="button" onclick={oncancel}>{ "Cancel" }</button>
                <kbd class="not-phone">{ "Ctrl Enter" }</kbd>
            </div>
        </Modal>
    }
}
