//! Which session holds the maildrop that was found locked, for whoever may see that one: on their own machine whoever opened
//! it in this browser, where the console is hosted whoever has the account it was opened with, and supervisors.

use protocol::alias::Alias;
use protocol::calendar;
use protocol::standing::Rank;
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::services::api::Console;
use crate::services::api::holder::{Holding, holding};
use crate::services::{clock, place, storage};
use crate::sessions::with;

/// Which session.
#[derive(Clone, Properties, PartialEq)]
pub struct Props {
    /// What the record calls it.
    pub holder: Alias,
    /// When it held the maildrop, in microseconds since 1970-01-01T00:00:00Z.
    pub at: u64,
}

/// The way to it; nothing for anybody else.
#[function_component]
pub fn Holder(props: &Props) -> Html {
    let console = use_context::<Console>().unwrap_or_default();
    match (console.takes_accounts, console.signed_on) {
        (false, _) => html! { <OfBrowser ..props.clone() /> },
        (true, Some(it)) => {
            html! { <OfAccount holder={props.holder} at={props.at} is_agent={it.role == Rank::Agent} /> }
        }
        (true, None) => Html::default(),
    }
}

/// One that this browser opened.
#[function_component]
fn OfBrowser(props: &Props) -> Html {
    let own = use_memo(props.holder, |holder| {
        let known = storage::sessions();
        known.into_iter().find(|it| Alias::of(&it.id) == *holder)
    });
    let Some(own) = own.as_ref() else {
        return Html::default();
    };
    html! {
        <p class="explains">
            { "It is one of yours: " }
            { way(&own.id, &own.called()) }
        </p>
    }
}

/// Which session, and who asks.
#[derive(Clone, Properties, PartialEq)]
struct OfAccountProps {
    holder: Alias,
    at: u64,
    /// Whether others see more than who asks does.
    is_agent: bool,
}

/// One that the bridge tells whoever is signed in of.
#[function_component]
fn OfAccount(props: &OfAccountProps) -> Html {
    let held = use_state_eq(|| None::<Option<Holding>>);
    {
        let held = held.setter();
        use_effect_with(props.holder, move |holder| {
            let holder = *holder;
            spawn_local(async move {
                // Where it cannot be told, the record says what everybody is told.
                held.set(Some(holding(holder).await.unwrap_or_default()));
            });
        });
    }
    // What it has opened since is not what was found locked.
    let known = held.as_ref().and_then(|it| it.as_ref());
    let Some(held) = known.filter(|it| it.since <= props.at / 1000) else {
        return match &*held {
            Some(None) if props.is_agent => {
                html! { <p class="explains">{ "Ask a supervisor, who sees whose it is." }</p> }
            }
            _ => Html::default(),
        };
    };
    let whose = match held.agent.as_str() {
        _ if held.is_own => "one of yours".to_owned(),
        "" => "a session that was opened without an account".to_owned(),
        agent => format!("{agent}'s"),
    };
    // `2026-11-23 19:20:01.125 UTC`
    let (since, now) = (
        calendar::moment(held.since.saturating_mul(1000)),
        calendar::moment(clock::since_epoch().saturating_mul(1000)),
    );
    let is_today = since.get(..10) == now.get(..10);
    let told = since
        .get(if is_today { 11..16 } else { 0..16 })
        .unwrap_or_default();
    html! {
        <p class="explains">
            { format!("It is {whose}, since {told} UTC: ") }
            { way(&held.id, &with(&held.mailbox, &held.server)) }
        </p>
    }
}

fn way(id: &str, called: &str) -> Html {
    html! { <a href={place::below(&format!("/s/{id}"))}>{ format!("go to {called}") }</a> }
}
