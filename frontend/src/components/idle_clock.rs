//! How long the server may still put up with silence, or wants until the next login. It counts down by itself:
//! nothing else is drawn for it.

use gloo::timers::callback::Interval;
use protocol::state::Phase;
use yew::prelude::*;

use crate::services::storage;
use crate::session::idle::LIMIT;
use crate::store::use_session;

/// How often it is drawn, in milliseconds.
const TICK: u32 = 1000;

/// From how many seconds before the end on it warns.
const WARN_BEFORE: u32 = 60;

/// The clock, while somebody is signed in at the server, or may not be again yet.
#[function_component]
pub fn IdleClock() -> Html {
    let session = use_session();
    let update = use_force_update();
    use_effect_with((), move |()| {
        let tick = Interval::new(TICK, move || update.force_update());
        move || drop(tick)
    });
    let now = session.bridge_now();
    let (wait, since, habit, target, phase, is_kept_alive, is_over) = session.read(|state| {
        (
            state.idle.login_wait(now),
            state.idle.since(),
            state.idle.habit(),
            state.now.target.clone(),
            state.now.phase,
            state.now.keep_alive,
            state.is_over(),
        )
    });
    // What an earlier session saw counts as well.
    let earlier = use_memo(target, |target| {
        let target = target.as_ref()?;
        storage::recent().iter().find(|it| it.is_for(target))?.idle
    });
    if is_over {
        return Html::default();
    }
    if wait > 0 && matches!(phase, Phase::Closed | Phase::Authorization) {
        let title = "LOGIN-DELAY: until then the server may refuse the next login. RFC 2449 §6.5";
        return html! {
            <span role="timer" aria-label="Login delay" class="pill idle late" {title}>{ "login delay " }{ clock(wait) }</span>
        };
    }
    // Before sign-in servers wait for less, and nothing says for how long.
    let Some(since) = since.filter(|_| phase == Phase::Transaction) else {
        return Html::default();
    };
    if is_kept_alive {
        return html! { <span class="pill idle" title="The console sends NOOP before the server's patience is over">{ "kept alive" }</span> };
    }
    let habit = habit.or(*earlier);
    let limit = habit.unwrap_or(LIMIT);
    let idle = now.saturating_sub(since) / 1_000_000;
    let left = u64::from(limit).saturating_sub(idle);
    let title = match habit {
        Some(_) => {
            "This server closed an idle connection after that time before. Any command starts it anew."
        }
        None => {
            "RFC 1939 §3: a server waits at least 10 minutes; not every one does. Any command starts it anew."
        }
    };
    let is_late = left <= u64::from(WARN_BEFORE);
    let told = if left == 0 {
        "is over".to_owned()
    } else {
        clock(left)
    };
    html! {
        <span role="timer" aria-label="Server idle limit" class={if is_late { "pill idle late" } else { "pill idle" }} {title}>
            <span class="not-phone">{ "server " }</span>{ "idle limit " }{ told }
        </span>
    }
}

fn clock(seconds: u64) -> String {
    let two = |number: u64| {
        if number < 10 {
            format!("0{number}")
        } else {
            number.to_string()
        }
    };
    let minutes = format!("{}:{}", two(seconds / 60 % 60), two(seconds % 60));
    match seconds / 3600 {
        0 => minutes,
        hours => format!("{hours}:{minutes}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_reads_like_one() {
        assert_eq!(
            [0, 9, 581, 3600, 45_296].map(clock),
            ["00:00", "00:09", "09:41", "1:00:00", "12:34:56"]
        );
    }
}
