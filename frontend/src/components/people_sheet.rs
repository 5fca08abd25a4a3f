//! Everyone who is here, what each may do, and what the person is called.

use protocol::access::{Handing, OWNER, ParticipantId, Role};
use protocol::wire::Person;
use yew::prelude::*;

use super::avatar::avatar;
use super::control_bar::{DECLINES, GRANTS, HANDS_OVER};
use super::modal::Modal;
use super::naming::NameForm;
use super::sheet::SheetProps;
use crate::services::api::Console;
use crate::session::people::{TakingPart, part_of};
use crate::session::{Action, State};
use crate::store::{Session, use_session};

/// Draws it.
pub(super) fn draw(props: &SheetProps) -> Html {
    html! { <Sheet ..props.clone() /> }
}

#[function_component]
fn Sheet(props: &SheetProps) -> Html {
    let session = use_session();
    let (people, more, hands) = session.read(|state| {
        let people = state.people.people.iter();
        let people: Vec<Html> = people.map(|it| person(&session, state, it)).collect();
        let hands = state.is_owner() && !state.is_over() && people.len() > 1;
        (people, state.people.more, hands)
    });
    // Whoever is signed in is called by their account.
    let is_called = use_context::<Console>().is_some_and(|it| it.signed_on.is_some());
    let close = props.onclose.reform(|_: MouseEvent| ());
    html! {
        <Modal class="people" labelled_by="people-headline" onclose={props.onclose.clone()}>
            <div class="help-head">
                <h2 id="people-headline">{ "Who is here" }</h2>
                <button type="button" class="button" onclick={close}>{ "Close" }</button>
            </div>
            if !is_called { <NameForm /> }
            <ul class="people-list" aria-label="Everyone here">
                { for people }
                if more > 0 { <li class="people-more">{ format!("and {more} more") }</li> }
            </ul>
            if hands {
                <p class="share-note">{ "Whom you grant control can type beside you; whom you hand it over to types alone, until you take it back." }</p>
            }
        </Modal>
    }
}

fn person(session: &Session, state: &State, person: &Person) -> Html {
    let name = state.called(person);
    let is_me = state.me == Some(person.id);
    let mut told = part_of(person);
    if person.typing {
        told.push_str(", typing…");
    }
    if person.asks {
        told.push_str(", asks for control");
    }
    let buttons = buttons(state, person).into_iter().map(|(text, how)| {
        let (session, id) = (session.clone(), person.id);
        let onclick = move |_: MouseEvent| session.dispatch(Action::TakePart(TakingPart::Hand(id, how)));
        let label = if is_me {
            text.to_owned()
        } else {
            format!("{text}: {name}")
        };
        let title = match how {
            Handing::Granted => GRANTS,
            Handing::HandedOver => HANDS_OVER,
            Handing::TakenBack => "",
            Handing::Declined => DECLINES,
        };
        html! { <button type="button" class="button small" aria-label={label} title={(!title.is_empty()).then_some(title)} {onclick}>{ text }</button> }
    });
    html! {
        <li key={person.id} class="people-person">
            { avatar(person.id, &name, person.typing) }
            <span class="people-name">{ &name }{ if is_me { " (you)" } else { "" } }</span>
            <span class="people-part">{ told }</span>
            <span class="people-actions">{ for buttons }</span>
        </li>
    }
}

/// What the person can do about somebody's control.
fn buttons(state: &State, person: &Person) -> Vec<(&'static str, Handing)> {
    let is_me = |id: ParticipantId| state.me == Some(id);
    if state.is_over() {
        return Vec::new();
    }
    match (state.is_owner(), person.id) {
        (true, OWNER) if !person.control => vec![("Take control back", Handing::TakenBack)],
        (true, OWNER) => Vec::new(),
        (true, _) if person.role == Role::SignIn => Vec::new(),
        (true, _) if person.control => {
            vec![
                ("Take back", Handing::TakenBack),
                ("Hand over", Handing::HandedOver),
            ]
        }
        (true, _) => {
            let not_now = person.asks.then_some(("Not now", Handing::Declined));
            let gives = [
                ("Grant control", Handing::Granted),
                ("Hand over", Handing::HandedOver),
            ];
            gives.into_iter().chain(not_now).collect()
        }
        (false, id) if is_me(id) && person.control => vec![("Lay control down", Handing::TakenBack)],
        _ => Vec::new(),
    }
}
