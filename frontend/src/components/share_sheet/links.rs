//! The links to a session, who is here through each, and the button that revokes it.

use std::cell::Cell;

use gloo::timers::callback::Interval;
use protocol::access::{LinkNo, link_opening};
use protocol::wire::Person;
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::services::api::links as api;
use crate::services::{clipboard, focus, place};
use crate::session::State;
use crate::session::links::{Here, Listed, Standing};
use crate::store::{Session, use_session};

/// How often the time that is left is told anew, in milliseconds.
const TELL_EVERY: u32 = 10_000;

#[derive(Properties, PartialEq)]
pub(super) struct LinkListProps {
    /// The link that was made just now, if one was.
    pub(super) made: Option<LinkNo>,
}

/// The links.
#[function_component]
pub(super) fn LinkList(props: &LinkListProps) -> Html {
    let session = use_session();
    let told = use_state_eq(String::new);
    let ticks = use_state_eq(|| 0_u32);
    {
        let (ticks, passed) = (ticks.setter(), Cell::new(0_u32));
        use_effect_with((), move |()| {
            let clock = Interval::new(TELL_EVERY, move || {
                passed.set(passed.get().wrapping_add(1));
                ticks.set(passed.get());
            });
            move || drop(clock)
        });
    }
    // What the bridge tells, where the record does not tell all.
    let asked = use_state_eq(Vec::new);
    {
        let (session, asked) = (session.clone(), asked.setter());
        let people = session.read(|state| (state.people.people.len(), state.people.more));
        // The record of a session that has ended tells of no link that is made or revoked since.
        let changes = (props.made, (*told).clone());
        use_effect_with((*ticks, people, changes), move |_| {
            let (id, token) = session.read(|state| (state.id.clone(), state.token().to_owned()));
            spawn_local(async move {
                // Where it cannot be asked now, the record is what there is.
                if let Ok(links) = api::links(&id, &token).await {
                    asked.set(links);
                }
            });
        });
    }
    let now = session.bridge_now();
    let links = session.read(|state| state.links.all(&asked, now));
    if links.is_empty() {
        return Html::default();
    }
    let has_earlier = session.read(|state| {
        let mut live = links.iter().filter(|(_, standing)| standing.lets_in());
        live.any(|(link, _)| state.links.token(link.no).is_none())
    });
    let rows = links.iter().map(|(link, standing)| {
        let here = asked.iter().find(|it| it.0.no == link.no).map(|it| &it.1);
        row(&session, link, *standing, here, &told)
    });
    html! {
        <section aria-labelledby="share-links">
            <h3 id="share-links" class="share-links-head">{ "Links" }</h3>
            <ul class="share-links" aria-label="Links" tabindex="-1">{ for rows }</ul>
            if has_earlier {
                <p class="share-note">{ "The address of a link that another page made cannot be shown again: nobody has kept it." }</p>
            }
            <p class="share-told" role="status">{ &*told }</p>
        </section>
    }
}

fn row(
    session: &Session,
    link: &Listed,
    standing: Standing,
    here: Option<&Here>,
    told: &UseStateHandle<String>,
) -> Html {
    let (who, token, id) = session.read(|state| {
        (
            who(state, link.no, here),
            state.links.token(link.no).map(str::to_owned),
            state.id.clone(),
        )
    });
    let name = if link.name.is_empty() {
        format!("Link {}", link.no)
    } else {
        link.name.clone()
    };
    let copy = token.filter(|_| standing.lets_in()).map(|token| {
        let (told, address, name) = (told.clone(), place::address_of_link(&id, &token), name.clone());
        let label = format!("Copy {name} again");
        let onclick = move |_: MouseEvent| {
            let (told, name) = (told.clone(), name.clone());
            clipboard::put(&address, move |is_done| {
                told.set(if is_done {
                    format!("{name} copied")
                } else {
                    "The browser does not let this page copy.".to_owned()
                });
            });
        };
        html! { <button type="button" class="button small quiet" aria-label={label} {onclick}>{ "Copy" }</button> }
    });
    let revoke = standing.lets_in().then(|| {
        let (session, told, no) = (session.clone(), told.clone(), link.no);
        let called = link_opening(no, &link.name);
        let onclick = move |_: MouseEvent| revoke(&session, no, called.clone(), &told);
        let described = format!("share-link-{no}");
        html! { <button type="button" class="button small" aria-describedby={described} {onclick}>{ "Revoke" }</button> }
    });
    html! {
        <li key={link.no} class={if standing.lets_in() { "share-row" } else { "share-row over" }}>
            <span id={format!("share-link-{}", link.no)} class="share-what">
                <span class="share-link-name">{ name }</span>
                <span class="mono">{ link.told() }</span>
            </span>
            <span class="share-who">{ if standing.lets_in() { format!("{who} · ") } else { String::new() } }{ standing.told() }</span>
            { copy }
            { revoke }
        </li>
    }
}

/// Who is here through a link. Not all may be known to the page where they are many, but they are to the bridge.
fn who(state: &State, link: LinkNo, here: Option<&Here>) -> String {
    if let Some(here) = here.filter(|_| state.people.more > 0 || state.is_over()) {
        return here.told();
    }
    let people = state.people.people.iter().filter(|it| it.link == Some(link));
    let called = |it: &Person| {
        let has_control = if it.control { " (has control)" } else { "" };
        state.called(it) + has_control
    };
    let names: Vec<String> = people.map(called).collect();
    let count = names.len();
    Here { count, names }.told()
}

fn revoke(session: &Session, link: LinkNo, called: String, told: &UseStateHandle<String>) {
    let (id, token) = session.read(|state| (state.id.clone(), state.token().to_owned()));
    let told = told.clone();
    // Its button goes.
    focus::give_next(".share-links");
    spawn_local(async move {
        match api::revoke_link(&id, &token, link).await {
            Ok(()) => told.set(format!("{called} lets nobody in any more.")),
            Err(why) => told.set(why),
        }
    });
}
