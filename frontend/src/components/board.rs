//! The sessions of a hosted console: an agent's own, or all to a supervisor. To go to, to join, to end. A part of the console
//! that comes once the form can be used.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::timers::callback::Interval;
use gloo::utils::document;
use protocol::calendar;
use protocol::standing::Life;
use web_sys::HtmlInputElement;
use yew::platform::spawn_local;
use yew::prelude::*;

use super::sessions::how;
use crate::board::{Listed, with_live};
use crate::prompt::phase_name;
use crate::services::api::board::{self, NotListed};
use crate::services::{clock, focus, place};
use crate::time;

/// How often it is asked how they stand, in milliseconds; not while nobody sees it.
const ASK_EVERY: u32 = 2000;

/// Which of them are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Live,
    All,
}

/// Draws the card, as a part of the console.
pub fn draw(_: &()) -> Html {
    html! { <Board /> }
}

#[derive(Clone)]
struct Desk {
    listed: UseStateHandle<Rc<Vec<Listed>>>,
    problem: UseStateHandle<String>,
    /// Which session the person is asked about.
    ending: UseStateHandle<Option<String>>,
    shown: UseStateHandle<Shown>,
    /// What is listed, also to those who began to ask before it was.
    latest: Rc<RefCell<Rc<Vec<Listed>>>>,
    /// Whether anything was listed since the page came.
    was_told: Rc<Cell<bool>>,
    /// How often was asked: an answer counts only while nothing was asked after it.
    asked: Rc<Cell<u64>>,
}

impl Desk {
    /// Asks for all that is shown.
    fn ask(&self) {
        self.ask_for(*self.shown);
    }

    /// Asks how those stand that live; for the others only where one lives no longer: they are many, and stay as they are.
    fn look(&self) {
        self.ask_for(Shown::Live);
    }

    fn ask_for(&self, which: Shown) {
        let desk = self.clone();
        let number = desk.asked.get() + 1;
        desk.asked.set(number);
        spawn_local(async move {
            let answer = board::list(which == Shown::Live).await;
            if desk.asked.get() != number {
                return;
            }
            match answer {
                Ok(listed) => {
                    let latest = desk.latest.borrow().clone();
                    let listed = if *desk.shown == which {
                        Some(listed)
                    } else {
                        with_live(&latest, listed)
                    };
                    match listed {
                        Some(listed) => desk.show(Rc::new(listed)),
                        None => desk.ask(),
                    }
                }
                // They were signed in when the page came, and no longer are: it comes anew with the way in. Where it was refused
                // from the first on, it would come anew without end.
                Err(NotListed::NotSignedOn(_)) if desk.was_told.get() => place::reload(),
                Err(NotListed::NotSignedOn(why) | NotListed::Failed(why)) => desk.problem.set(why),
            }
        });
    }

    fn show(&self, listed: Rc<Vec<Listed>>) {
        self.was_told.set(true);
        self.latest.replace(listed.clone());
        self.listed.set(listed);
        self.problem.set(String::new());
    }

    fn end(&self, id: String) {
        let desk = self.clone();
        desk.ending.set(None);
        focus::give_next(".board .field");
        spawn_local(async move {
            match board::end(&id).await {
                Ok(()) => desk.ask(),
                Err(why) => desk.problem.set(why),
            }
        });
    }
}

#[function_component]
fn Board() -> Html {
    let filter = use_state_eq(String::new);
    let desk = Desk {
        listed: use_state_eq(Rc::default),
        problem: use_state_eq(String::new),
        ending: use_state_eq(|| None),
        shown: use_state_eq(|| Shown::Live),
        latest: use_memo((), |()| RefCell::default()),
        was_told: use_memo((), |()| Cell::new(false)),
        asked: use_memo((), |()| Cell::new(0)),
    };
    {
        let desk = desk.clone();
        use_effect_with(*desk.shown, move |_| {
            desk.ask();
            let clock = Interval::new(ASK_EVERY, move || {
                if !document().hidden() {
                    desk.look();
                }
            });
            move || drop(clock)
        });
    }
    let oninput = {
        let filter = filter.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
                filter.set(field.value());
            }
        })
    };
    let choose = |which: Shown, name: &'static str| {
        let onclick = {
            let shown = desk.shown.clone();
            move |_: MouseEvent| shown.set(which)
        };
        let is_chosen = *desk.shown == which;
        html! {
            <button type="button" class={classes!("button", "small", (!is_chosen).then_some("quiet"))} aria-pressed={is_chosen.to_string()} {onclick}>{ name }</button>
        }
    };
    let live = desk.listed.iter().filter(|it| it.life == Life::Live).count();
    let now = clock::since_epoch() / 1000;
    let matching: Vec<&Listed> = desk
        .listed
        .iter()
        .filter(|it| *desk.shown == Shown::All || it.life == Life::Live)
        .filter(|it| it.matches(&filter))
        .collect();
    let rows = matching.iter().map(|listed| row(listed, now, &desk));
    let none = match *desk.shown {
        Shown::Live if live == 0 => "None is live.",
        Shown::All if desk.listed.is_empty() => "There is none yet.",
        _ => "None of them matches.",
    };
    html! {
        <section class="card sessions board" aria-labelledby="board-headline">
            <div class="sessions-head">
                <h2 id="board-headline">{ "Sessions" }</h2>
                <p class={if live > 0 { "sessions-live" } else { "" }} role="status">{ format!("{live} live") }</p>
                <div class="board-shown" role="group" aria-label="Which sessions">
                    { choose(Shown::Live, "Live") }
                    { choose(Shown::All, "All") }
                </div>
            </div>
            <input class="field" type="search" aria-label="Search sessions" placeholder="Server, mailbox, agent or who is there" autocomplete="off" spellcheck="false" {oninput} />
            <div role="alert">
                if !desk.problem.is_empty() { <p class="problem">{ (*desk.problem).clone() }</p> }
            </div>
            <ul class="sessions-list" aria-label="Sessions">{ for rows }</ul>
            if matching.is_empty() { <p>{ none }</p> }
        </section>
    }
}

fn row(listed: &Listed, now: u64, desk: &Desk) -> Html {
    let id = &listed.id;
    if desk.ending.as_ref() == Some(id) {
        return ending(listed, desk);
    }
    let called = listed.called();
    let when = match listed.ended {
        Some(ended) => format!("ended {}", time::ago(now.saturating_sub(ended / 1000))),
        None => format!("opened {}", time::ago(now.saturating_sub(listed.opened / 1000))),
    };
    let title = calendar::moment(listed.opened.saturating_mul(1000));
    let agent = match (&listed.agent, listed.is_own) {
        (_, true) => "yours".to_owned(),
        (Some(agent), false) => agent.clone(),
        (None, false) => "nobody's".to_owned(),
    };
    let people = match listed.people.as_slice() {
        [] => String::new(),
        names => {
            let more = (listed.here as usize).saturating_sub(names.len());
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            format!(" · here: {}{more}", names.join(", "))
        }
    };
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
    let go = |name: &'static str, query: &'static str, class: &'static str| {
        html! { <a class={classes!("button", "small", class)} href={place::below(&format!("/s/{id}{query}"))} aria-label={format!("{name}: {called}")}>{ name }</a> }
    };
    let on_end = {
        let (ending, id) = (desk.ending.clone(), id.clone());
        Callback::from(move |_: MouseEvent| ending.set(Some(id.clone())))
    };
    html! {
        <li key={id.as_str()}>
            <div class="sessions-what">
                <span class="sessions-name">{ &called }</span>
                <span class="sessions-note" {title}>{ format!("{agent} · {when}{people}") }</span>
            </div>
            <span class={classes!("sessions-state", class)}>{ state }{ marks }</span>
            <span class="sessions-do">
                if listed.life == Life::Ended { { go("Replay", "", "") } }
                else if listed.is_own { { go("Go back", "", "") } }
                else {
                    { go("Watch", "", "") }
                    { go("Join", "?join", "quiet") }
                }
                if listed.life == Life::Live {
                    <button type="button" class="button quiet small" aria-label={format!("End {called}")} onclick={on_end}>{ "End" }</button>
                }
            </span>
        </li>
    }
}

/// The question before a session is ended.
fn ending(listed: &Listed, desk: &Desk) -> Html {
    let yes = {
        let (desk, id) = (desk.clone(), listed.id.clone());
        Callback::from(move |_: MouseEvent| desk.end(id.clone()))
    };
    let no = {
        let ending = desk.ending.clone();
        Callback::from(move |_: MouseEvent| {
            ending.set(None);
            focus::give_next(".board .field");
        })
    };
    let marked = match listed.marked {
        0 => String::new(),
        1 => " One message is marked and will not be deleted.".to_owned(),
        marked => format!(" {marked} messages are marked and will not be deleted."),
    };
    html! {
        <li key={listed.id.as_str()} class="sessions-ask">
            <p>
                <b>{ format!("End {}?", listed.called()) }</b>
                { " Its connection is dropped without QUIT, and everybody there is told who ended it." }{ marked }
            </p>
            <span class="sessions-do">
                <button type="button" class="button small danger" onclick={yes}>{ "End session" }</button>
                <button type="button" class="button small" autofocus=true onclick={no}>{ "Keep" }</button>
            </span>
        </li>
    }
}
