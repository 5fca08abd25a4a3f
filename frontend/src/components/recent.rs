//! The servers that were connected to from this browser.

use protocol::target::Target;
use yew::prelude::*;

use super::offered::security;
use crate::presets::Preset;
use crate::recent::{self, Recent};
use crate::services::{clock, storage};
use crate::time;

/// The card that offers them.
#[derive(Properties, PartialEq)]
pub struct RecentCardProps {
    /// Whether a session is being opened.
    pub is_busy: bool,
    /// The servers that the console offers by their names.
    #[prop_or_default]
    pub presets: Vec<Preset>,
    /// Whether it connects to those alone: then no others are offered.
    #[prop_or_default]
    pub presets_only: bool,
    /// The person wants to connect again.
    pub ontarget: Callback<Target>,
}

/// The card.
#[function_component]
pub fn RecentCard(props: &RecentCardProps) -> Html {
    let recent = use_state_eq(storage::recent);
    let now = clock::since_epoch() / 1000;
    let shown = |it: &&Recent| !props.presets_only || offered(&props.presets, it).is_some();
    let rows = recent.iter().filter(shown).map(|it| {
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
    let rows: Vec<Html> = rows.collect();
    html! {
        <section class="card recent">
            <h2>{ "Recent" }</h2>
            if rows.is_empty() {
                <p>{ "Servers that you connected to will be here." }</p>
            } else {
                <ul class="recent-list">{ for rows }</ul>
            }
            <p>{ "Lines go out exactly as you type them, from the console's host. Passwords are never stored, shown or shared." }</p>
        </section>
    }
}

/// The preset that it is.
fn offered<'a>(presets: &'a [Preset], recent: &Recent) -> Option<&'a Preset> {
    presets.iter().find(|it| it.is_for(&recent.target))
}

fn row(recent: &Recent, now: u64, props: &RecentCardProps, forget: &Callback<MouseEvent>) -> Html {
    let target = &recent.target;
    let preset = offered(&props.presets, recent);
    let name = preset.map_or_else(|| target.display(), |it| it.name.clone());
    // A preset says itself whether its certificate is verified.
    let target = preset.map_or(target, |it| &it.target);
    let security = security(target);
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
