//! What stands in the prompt's place when a session has ended: that it has, what can be done with it, and its replay.

use gloo::timers::callback::Interval;
use protocol::access::Keep;
use protocol::target::Target;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::export::Export;
use super::next::NextButton;
use crate::replay::{Landmark, Replay, SPEEDS, clock};
use crate::services::clock::now;
use crate::session::Action;
use crate::session::replaying::Replaying;
use crate::store::{Session, use_session};

/// How often time passes while a replay plays, in milliseconds.
const TICK: u32 = 40;

/// What the bar is told.
#[derive(Properties, PartialEq)]
pub struct ReplayBarProps {
    /// The person wants a new session, perhaps with nearly the same server.
    pub onnew: Callback<Option<Target>>,
}

/// The bar.
#[function_component]
pub fn ReplayBar(props: &ReplayBarProps) -> Html {
    let session = use_session();
    let (is_playing, can_replay, keep) = session.read(|state| {
        let is_playing = state.replaying.as_ref().is_some_and(|it| it.is_playing);
        (is_playing, state.can_replay(), state.keep)
    });
    {
        let session = session.clone();
        use_effect_with(is_playing, move |is_playing| {
            let ticking = is_playing.then(|| {
                let mut before = now();
                Interval::new(TICK, move || {
                    let passed = ((now() - before).max(0.0) * 1000.0) as u64;
                    before = now();
                    session.dispatch(Action::Replay(Replaying::Tick(passed)));
                })
            });
            move || drop(ticking)
        });
    }
    let controls = session.read(|state| state.replaying.as_ref().map(|it| controls(it, &session)));
    let on_replay = wish(&session, Replaying::Begin);
    let onnew = props.onnew.reform(|_: MouseEvent| None);
    let told = match keep {
        Keep::Everything => "It can be read and replayed for as long as it is kept.",
        Keep::NoContent => "It was kept without the content of messages.",
        Keep::Nothing => "Nothing of it is kept: what stands here goes with this page.",
    };
    html! {
        <footer class="prompt replay">
            <div class="replay-head" role="status" aria-label="Session ended">
                <b>{ "This session has ended." }</b>{ " " }<span class="replay-told">{ told }</span>
            </div>
            { for controls }
            <div class="actions">
                if can_replay { <NextButton name="Replay" onclick={on_replay} /> }
                if keep != Keep::Nothing { <Export class="button" /> }
                <button type="button" class="button" onclick={onnew}>{ "New session" }</button>
            </div>
        </footer>
    }
}

fn wish(session: &Session, wish: Replaying) -> Callback<MouseEvent> {
    let session = session.clone();
    Callback::from(move |_: MouseEvent| session.dispatch(Action::Replay(wish)))
}

/// Play and pause, the time line, the speeds.
fn controls(replay: &Replay, session: &Session) -> Html {
    if !replay.is_loaded() {
        return html! { <p class="replay-loading" role="status">{ "Loading the replay…" }</p> };
    }
    let (at, length) = (replay.at(), replay.length());
    let value_text = format!("{} of {}", clock(at), clock(length));
    let oninput = {
        let session = session.clone();
        Callback::from(move |event: InputEvent| {
            let field = event.target_dyn_into::<HtmlInputElement>();
            let at = field.map(|it| it.value_as_number()).unwrap_or_default();
            // The time line counts milliseconds.
            session.dispatch(Action::Replay(Replaying::Seek((at.max(0.0) * 1000.0) as u64)));
        })
    };
    let milliseconds = |at: u64| at.div_ceil(1000).to_string();
    let speeds = SPEEDS.iter().map(|&speed| {
        let is_chosen = replay.speed == speed;
        let session = session.clone();
        let onchange = move |_: Event| session.dispatch(Action::Replay(Replaying::Speed(speed)));
        html! {
            <label class={classes!("segment", is_chosen.then_some("chosen"))}>
                <input type="radio" name="speed" aria-label={format!("{speed} times as fast")} checked={is_chosen} {onchange} />
                <span class="segment-name">{ format!("{speed}×") }</span>
            </label>
        }
    });
    let landmarks = replay.landmarks().iter().map(|&(at, landmark)| {
        let class = match landmark {
            Landmark::Connection => "landmark connection",
            Landmark::Failure => "landmark failure",
            Landmark::Note => "landmark note-made",
        };
        let place = (at * 1000).checked_div(length).unwrap_or(0);
        html! { <span {class} ~style={format!("left:{}.{}%", place / 10, place % 10)}></span> }
    });
    html! {
        <div class="replay-controls" role="group" aria-label="Replay">
            <button type="button" class="button replay-play" onclick={wish(session, Replaying::Toggle)}>
                { if replay.is_playing { "Pause" } else { "Play" } }
            </button>
            <div class="time-line">
                <input type="range" aria-label="Time line" aria-valuetext={value_text.clone()} min="0" max={milliseconds(length)} step={milliseconds(replay.step())}
                    value={(at / 1000).to_string()} {oninput} />
                <div class="landmarks" aria-hidden="true">{ for landmarks }</div>
            </div>
            <span class="replay-clock" aria-hidden="true">{ value_text }</span>
            <div class="segments speeds" role="radiogroup" aria-label="Speed">{ for speeds }</div>
            <button type="button" class="button quiet" onclick={wish(session, Replaying::All)}>{ "All at once" }</button>
        </div>
    }
}
