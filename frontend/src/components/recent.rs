//! The servers that were connected to from this browser.

use protocol::target::{Security, Target};
use yew::prelude::*;

use crate::recent::{self, Recent};
use crate::services::{clock, storage};
use crate::time;

/// The card that offers them.
#[derive(Properties, PartialEq)]
pub struct RecentCardProps {
    /// Whether a session is being opened.
    pub is_busy: bool,
    /// The person wants to connect again.
    pub ontarget: Callback<Target>,
}

/// The card.
#[function_component]
pub fn RecentCard(props: &RecentCardProps) -> Html {
    let recent = use_state_eq(storage::recent);
    let now = clock::since_epoch() / 1000;
    let rows = recent.iter().map(|it| {
        let forget = {
            let (recent, target) = (recent.clone(), it.target.clone());
            Callback::from(move |_: MouseEvent| {
                let mut left = (*recent).clone();
                recent::forget(&mut left, &target);
                storage::keep_recent(&left);
                recent.set(left);
            })
        };
        row(it, now, props, &forget)
    });
    html! {
        <section class="card recent">
            <h2>{ "Recent" }</h2>
            if recent.is_empty() {
                <p>{ "Servers that you connected to will be here." }</p>
            } else {
                <ul class="recent-list">{ for rows }</ul>
            }
            <p>{ "Lines go out exactly as you type them, from the console's host. Passwords are never stored, shown or shared." }</p>
        </section>
    }
}

fn row(recent: &Recent, now: u64, props: &RecentCardProps, forget: &Callback<MouseEvent>) -> Html {
    let target = &recent.target;
    let name = target.display();
    let security = match target.security {
        Security::Plain => "plain",
        Security::Stls => "STLS",
        Security::Tls => "TLS",
    };
    let connect = {
        let (ontarget, target) = (props.ontarget.clone(), target.clone());
        Callback::from(move |_: MouseEvent| ontarget.emit(target.clone()))
    };
    html! {
        <li>
            <button type="button" class="recent-target" disabled={props.is_busy} onclick={connect}>
                <span class="recent-name">{ &name }</span>
                <span class="recent-note">{ format!("{security} · {}", time::ago(now.saturating_sub(recent.at))) }</span>
            </button>
            <button type="button" class="button quiet small" aria-label={format!("Forget {name}")} title="Forget" onclick={forget.clone()}>{ "×" }</button>
        </li>
    }
}
