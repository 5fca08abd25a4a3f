//! A session in the list of those of a hosted console.

use protocol::calendar;
use protocol::standing::Life;
use yew::prelude::*;

use super::{Desk, Doing};
use crate::board::{Agents, Listed};
use crate::components::sessions::asking::{self, Rename};
use crate::components::sessions::how;
use crate::prompt::phase_name;
use crate::services::place;
use crate::time;

/// A session that the reader calls that, or nothing, among those of these agents.
pub(super) fn row(listed: &Listed, name: &str, agents: &Agents<'_>, now: u64, desk: &Desk) -> Html {
    let id = &listed.id;
    let with = listed.with();
    let called = if name.is_empty() { &with } else { name };
    match &*desk.doing {
        Some(Doing::Ending(doing)) if doing == id => return ending(listed, called, desk),
        Some(Doing::Deleting(doing)) if doing == id => return deleting(listed, called, desk),
        Some(Doing::Renaming(doing)) if doing == id => return renaming(listed, name, desk),
        _ => {}
    }
    let when = match listed.ended {
        Some(ended) => format!("ended {}", time::ago(now.saturating_sub(ended / 1000))),
        None => format!("opened {}", time::ago(now.saturating_sub(listed.opened / 1000))),
    };
    let title = calendar::moment(listed.opened.saturating_mul(1000));
    let agent = match (&listed.agent, listed.is_own) {
        (_, true) => "yours".to_owned(),
        (Some(agent), false) => agents.called(agent),
        (None, false) => "nobody's".to_owned(),
    };
    let (state, class) = stands(listed);
    let go = |name: &'static str, query: &'static str, class: &'static str| {
        html! { <a class={classes!("button", "small", class)} href={place::below(&format!("/s/{id}{query}"))} aria-label={format!("{name}: {called}")}>{ name }</a> }
    };
    let asks = |name: &'static str, doing: fn(String) -> Doing| {
        let (handle, doing) = (desk.doing.clone(), doing(id.clone()));
        let onclick = Callback::from(move |_: MouseEvent| handle.set(Some(doing.clone())));
        html! { <button type="button" class="button quiet small" aria-label={format!("{name} {called}")} {onclick}>{ name }</button> }
    };
    html! {
        <li key={id.as_str()}>
            <div class="sessions-what">
                <span class="sessions-name">{ called }</span>
                <span class="sessions-note" {title}>
                    if !name.is_empty() { { &with }{ " · " } }
                    { format!("{agent} · {when}{}", people(listed)) }
                </span>
            </div>
            <span class={classes!("sessions-state", class)}>{ state }</span>
            <span class="sessions-do">
                if !listed.goes_on() { { go("Replay", "", "") } }
                else if listed.is_own { { go("Go back", "", "") } }
                else {
                    { go("Watch", "", "") }
                    { go("Join", "?join", "quiet") }
                }
                if listed.life == Life::Live { { asks("End", Doing::Ending) } }
                if listed.is_own {
                    { asks("Rename", Doing::Renaming) }
                    { asks("Delete", Doing::Deleting) }
                }
            </span>
        </li>
    }
}

/// How it stands, in words, and the class of its look.
fn stands(listed: &Listed) -> (String, &'static str) {
    let marks = match listed.marked {
        0 => String::new(),
        marked => format!(" · {marked} not committed"),
    };
    let (state, class) = match listed.life {
        Life::Live if listed.phase.is_open() => (phase_name(listed.phase).to_owned(), "live"),
        Life::Live => (
            format!("{}{}", phase_name(listed.phase), how(listed.ending)),
            "idle",
        ),
        Life::Interrupted => ("interrupted".to_owned(), "idle"),
        Life::Ended => (format!("ended{}", how(listed.ending)), "over"),
    };
    (state + &marks, class)
}

/// Who is there, behind what else is told.
fn people(listed: &Listed) -> String {
    let names = listed.people.as_slice();
    if names.is_empty() {
        return String::new();
    }
    let more = match (listed.here as usize).saturating_sub(names.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(" · here: {}{more}", names.join(", "))
}

/// The question before a session is ended.
fn ending(listed: &Listed, called: &str, desk: &Desk) -> Html {
    let yes = {
        let (desk, id) = (desk.clone(), listed.id.clone());
        Callback::from(move |_: MouseEvent| desk.end(id.clone()))
    };
    let marked = match listed.marked {
        0 => String::new(),
        1 => " One message is marked and will not be deleted.".to_owned(),
        marked => format!(" {marked} messages are marked and will not be deleted."),
    };
    let told =
        format!(" Its connection is dropped without QUIT, and everybody there is told who ended it.{marked}");
    asking::asked(
        &listed.id,
        format!("End {called}?"),
        told,
        ("End session", yes),
        stays(desk),
    )
}

/// The question before a session is deleted.
fn deleting(listed: &Listed, called: &str, desk: &Desk) -> Html {
    let yes = {
        let (desk, id) = (desk.clone(), listed.id.clone());
        Callback::from(move |_: MouseEvent| desk.delete(id.clone()))
    };
    let is_live = listed.life == Life::Live && listed.phase.is_open();
    asking::deleting(&listed.id, called, is_live, yes, stays(desk))
}

/// Nothing is done.
fn stays(desk: &Desk) -> Callback<MouseEvent> {
    let desk = desk.clone();
    Callback::from(move |_: MouseEvent| desk.rest())
}

/// The field for what the reader calls it.
fn renaming(listed: &Listed, name: &str, desk: &Desk) -> Html {
    let onname = {
        let (desk, listed) = (desk.clone(), listed.clone());
        Callback::from(move |name: Option<String>| match name {
            Some(name) => desk.rename(&listed, &name),
            None => desk.rest(),
        })
    };
    html! { <li key={listed.id.as_str()}><Rename name={name.to_owned()} with={listed.with()} {onname} /></li> }
}
