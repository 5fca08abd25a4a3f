//! Somebody, as a small circle with their initials.

use protocol::access::ParticipantId;
use protocol::wire::Person;
use yew::prelude::*;

use crate::session::State;
use crate::session::people::{initials, part_of};

/// How many colours there are. Which one somebody has tells nothing that is not said as well.
const HUES: u32 = 6;

/// The circle, for whoever says the name beside it: its letters are no text of the page's.
pub fn avatar(id: ParticipantId, name: &str, types: bool) -> Html {
    let class = classes!("avatar", format!("hue-{}", id % HUES), types.then_some("types"));
    let initials = initials(name.strip_prefix("the ").unwrap_or(name));
    html! { <span {class} data-initials={initials} aria-hidden="true"></span> }
}

/// Who it is and what they do here: `anna, has control, typing`.
pub fn told(state: &State, person: &Person) -> String {
    let you = if state.me == Some(person.id) { " (you)" } else { "" };
    let types = if person.typing { ", typing" } else { "" };
    let asks = if person.asks { ", asks for control" } else { "" };
    format!("{}{you}, {}{types}{asks}", state.called(person), part_of(person))
}
