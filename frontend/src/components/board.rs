//! The sessions of a hosted console: an agent's own, or all to a supervisor. To go to, to join, to end; and one's own, from
//! whichever browser they were opened, to name and to delete. A part of the console that comes once the form can be used.

mod row;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use gloo::timers::callback::{Interval, Timeout};
use gloo::utils::document;
use protocol::standing::{ENDED_MAX, Life};
use web_sys::HtmlInputElement;
use yew::platform::spawn_local;
use yew::prelude::*;

use self::row::row;
use super::connect::STOPS;
use crate::board::{Agents, Asking, Listed, with_those_that_go_on};
use crate::services::api::Console;
use crate::services::api::board::{self, NotListed, Told};
use crate::services::{api, clock, focus, place, storage};

/// How often it is asked how they stand, in milliseconds; not while nobody sees it.
const ASK_EVERY: u32 = 2000;

/// How long nobody types until what they search for is searched for in all that have ended, in milliseconds.
const SEARCH_AFTER: u32 = 300;

/// Where the keys go when what had them is gone.
const FIELD: &str = ".board .field";

/// What is said beside why nothing is listed anew.
const TRIES_AGAIN: &str = "This page tries again.";

/// Why a session was not deleted that the bridge does not know.
const NOT_KNOWN: &str = "The console does not know this session any more.";

/// Which of them are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    /// Those that live, or come alive when somebody comes.
    Live,
    Ended,
    All,
}

impl Shown {
    fn has(self, listed: &Listed) -> bool {
        match self {
            Shown::Live => listed.goes_on(),
            Shown::Ended => !listed.goes_on(),
            Shown::All => true,
        }
    }
}

/// What is being done with one of them.
#[derive(Clone, Debug, PartialEq)]
enum Doing {
    /// The person is asked whether it is to end.
    Ending(String),
    /// The person is asked whether it is to be deleted.
    Deleting(String),
    /// It gets another name.
    Renaming(String),
}

/// Draws the card, as a part of the console.
pub fn draw() -> Html {
    html! { <Board /> }
}

/// What is known and done here. A handle reads what is so now, also in whoever began to ask before it was; it keeps all that was
/// read by it as long as it is there, so that what stays, such as a clock, has clones of it read.
#[derive(Clone)]
struct Desk {
    listed: UseStateHandle<Rc<Vec<Listed>>>,
    /// Why they are not listed as they stand now.
    problem: UseStateHandle<String>,
    /// Why what the person decided last was not done: it stands there until they decide something else.
    undone: UseStateHandle<String>,
    doing: UseStateHandle<Option<Doing>>,
    shown: UseStateHandle<Shown>,
    /// What is searched for.
    filter: UseStateHandle<String>,
    /// Of those that have ended and are too many to be listed, those in which that is found.
    found: UseStateHandle<Rc<Vec<Listed>>>,
    /// Whether these, and those that are listed, were looked for in all that are kept.
    found_in_all: UseStateHandle<bool>,
    listed_in_all: UseStateHandle<bool>,
    /// Whether the console is about to stop.
    stops: UseStateHandle<bool>,
    /// What this browser's person calls those that they named.
    names: UseStateHandle<Rc<BTreeMap<String, String>>>,
    /// Whether anything was listed since the page came.
    was_told: Rc<Cell<bool>>,
    asking: Rc<RefCell<Asking>>,
}

impl Desk {
    /// Asks for all that is shown.
    fn ask(&self) {
        self.ask_for(*self.shown == Shown::Live);
    }

    /// Asks how those stand that go on; for the others only where one does no longer: they are many, and stay as they are. Not
    /// while an answer is awaited: it would count no more, and where answers take longer than that none ever would.
    fn look(&self) {
        if !self.asking.borrow().awaits() {
            self.ask_for(true);
        }
    }

    fn ask_for(&self, live_only: bool) {
        let desk = self.clone();
        let number = desk.asking.borrow_mut().ask();
        spawn_local(async move {
            let answer = board::list((!live_only).then_some("")).await;
            if !desk.asking.borrow_mut().counts(number) {
                return;
            }
            match answer {
                Ok(Told {
                    listed,
                    in_all,
                    stops,
                }) => {
                    desk.stops.set(stops);
                    if !live_only {
                        desk.listed_in_all.set(in_all);
                    }
                    let listed = if !live_only || *desk.shown == Shown::Live {
                        Some(listed)
                    } else {
                        with_those_that_go_on(&desk.listed, listed)
                    };
                    match listed {
                        Some(listed) => desk.show(Rc::new(listed)),
                        None => desk.ask(),
                    }
                }
                // They were signed in when the page came, and no longer are: it comes anew with the way in. Where it was refused
                // from the first on, it would come anew without end.
                Err(NotListed::NotSignedOn(_)) if desk.was_told.get() => place::reload(),
                Err(NotListed::NotSignedOn(why)) => desk.problem.set(why),
                Err(NotListed::Failed(why)) => desk.problem.set(format!("{why} {TRIES_AGAIN}")),
            }
        });
    }

    /// Has the bridge search for it in those that have ended and are not listed, if there are such.
    fn search(&self) {
        let desk = self.clone();
        let wanted = (*desk.filter).clone();
        let are_all_listed =
            *desk.listed_in_all && desk.listed.iter().filter(|it| !it.goes_on()).count() < ENDED_MAX;
        if wanted.trim().is_empty() || *desk.shown == Shown::Live || are_all_listed {
            desk.found.set(Rc::default());
            desk.found_in_all.set(true);
            return;
        }
        spawn_local(async move {
            let answer = board::list(Some(&wanted)).await;
            // The person may look for something else by now.
            if *desk.filter != wanted {
                return;
            }
            match answer {
                Ok(Told {
                    mut listed, in_all, ..
                }) => {
                    listed.retain(|it| !it.goes_on());
                    desk.found.set(Rc::new(listed));
                    desk.found_in_all.set(in_all);
                }
                Err(NotListed::NotSignedOn(why) | NotListed::Failed(why)) => desk.undone.set(why),
            }
        });
    }

    fn show(&self, listed: Rc<Vec<Listed>>) {
        self.was_told.set(true);
        self.listed.set(listed);
        self.problem.set(String::new());
    }

    /// The person has decided: what became of what they decided before is nothing to them any more.
    fn decided(&self) {
        self.undone.set(String::new());
        self.rest();
    }

    /// What was asked of the person is decided, or is not asked any more.
    fn rest(&self) {
        self.doing.set(None);
        focus::give_next(FIELD);
    }

    fn end(&self, id: String) {
        let desk = self.clone();
        desk.decided();
        spawn_local(async move {
            match board::end(&id).await {
                Ok(()) => desk.ask(),
                Err(why) => desk.undone.set(why),
            }
        });
    }

    fn delete(&self, id: String) {
        let desk = self.clone();
        desk.decided();
        spawn_local(async move {
            // Whoever is signed in with the account that opened it needs no token.
            let deleted = api::delete_session(&id, &storage::token(&id).unwrap_or_default()).await;
            match deleted {
                Ok(_) => {
                    storage::forget_session(&id);
                    desk.ask();
                    // It may be among what was found alone.
                    desk.search();
                    if deleted == Ok(false) {
                        desk.undone.set(NOT_KNOWN.to_owned());
                    }
                }
                Err(why) => desk.undone.set(why),
            }
        });
    }

    fn rename(&self, listed: &Listed, name: &str) {
        storage::name_session(&listed.id, &listed.server, listed.opened / 1000, name);
        self.names.set(names());
        self.rest();
    }
}

/// What this browser's person calls those that they named.
fn names() -> Rc<BTreeMap<String, String>> {
    let known = storage::sessions().into_iter();
    let named = known.filter(|it| !it.name.is_empty());
    Rc::new(named.map(|it| (it.id, it.name)).collect())
}

#[function_component]
fn Board() -> Html {
    let desk = Desk {
        listed: use_state_eq(Rc::default),
        problem: use_state_eq(String::new),
        undone: use_state_eq(String::new),
        doing: use_state_eq(|| None),
        shown: use_state_eq(|| Shown::Live),
        filter: use_state_eq(String::new),
        found: use_state_eq(Rc::default),
        found_in_all: use_state_eq(|| true),
        listed_in_all: use_state_eq(|| true),
        stops: use_state_eq(|| false),
        names: use_state_eq(names),
        was_told: use_memo((), |()| Cell::new(false)),
        asking: use_mut_ref(Asking::default),
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
    {
        let desk = desk.clone();
        // Those that go on are otherwise all the time, and are not searched.
        let ended = desk.listed.iter().filter(|it| !it.goes_on());
        let ended: Vec<String> = ended.map(|it| it.id.clone()).collect();
        let now = ((*desk.filter).clone(), *desk.shown, ended);
        use_effect_with(now, move |_| {
            let later = Timeout::new(SEARCH_AFTER, move || desk.search());
            move || drop(later)
        });
    }
    let oninput = {
        let filter = desk.filter.clone();
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
    let count = |life: Life| desk.listed.iter().filter(|it| it.life == life).count();
    let (live, interrupted, ended) = (count(Life::Live), count(Life::Interrupted), count(Life::Ended));
    let told = match interrupted {
        0 => format!("{live} live"),
        interrupted => format!("{live} live, {interrupted} interrupted"),
    };
    let now = clock::since_epoch() / 1000;
    let is_listed = |it: &&Listed| desk.listed.iter().any(|listed| listed.id == it.id);
    let found = desk.found.iter().filter(|it| !is_listed(it));
    let shown = desk.listed.iter().chain(found).filter(|it| desk.shown.has(it));
    let shown: Vec<&Listed> = shown.collect();
    // Where the page came while it was so, the form says it already.
    let console = use_context::<Console>().unwrap_or_default();
    let name = |it: &Listed| desk.names.get(&it.id).map_or("", String::as_str);
    let agents = Agents::of(shown.iter().copied());
    let matches = |it: &&&Listed| {
        let agent = it
            .agent
            .as_ref()
            .map_or(String::new(), |agent| agents.called(agent));
        it.matches(name(it), &agent, &desk.filter)
    };
    let matching = shown.iter().filter(matches);
    let rows: Vec<Html> = matching
        .map(|it| row(it, name(it), &agents, now, &desk))
        .collect();
    let is_empty = rows.is_empty();
    let none = match *desk.shown {
        _ if !shown.is_empty() => "None of them matches.",
        Shown::Live => "None is live.",
        Shown::Ended => "None has ended yet.",
        Shown::All => "There is none yet.",
    };
    html! {
        <section class="card sessions board" aria-labelledby="board-headline">
            <div class="sessions-head">
                <h2 id="board-headline">{ "Sessions" }</h2>
                <p class={if live > 0 { "sessions-live" } else { "" }} role="status">{ told }</p>
                <div class="board-shown" role="group" aria-label="Which sessions">
                    { choose(Shown::Live, "Live") }
                    { choose(Shown::Ended, "Ended") }
                    { choose(Shown::All, "All") }
                </div>
            </div>
            <input class="field" type="search" aria-label="Search sessions" placeholder="Server, mailbox, agent or who is there" autocomplete="off" spellcheck="false" maxlength="60" {oninput} />
            <div role="alert">
                if *desk.stops && !console.stops { <p class="caution">{ STOPS }</p> }
                if !desk.problem.is_empty() { <p class="problem">{ (*desk.problem).clone() }</p> }
                if !desk.undone.is_empty() { <p class="problem">{ (*desk.undone).clone() }</p> }
            </div>
            <ul class="sessions-list" aria-label="Sessions">{ for rows }</ul>
            if interrupted > 0 && *desk.shown != Shown::Ended {
                <p>{ "An interrupted session was left behind when the console stopped. It goes on, without its connection, when somebody goes back to it." }</p>
            }
            if *desk.shown != Shown::Live && ended == ENDED_MAX {
                <p>{ format!("These are the newest {ENDED_MAX} that have ended. Search for a server, a mailbox or an agent to find older ones.") }</p>
            }
            if *desk.shown != Shown::Live && !(*desk.found_in_all && *desk.listed_in_all) {
                <p>{ "Not all that are kept were looked through: they are too many, or were left by a console of before and are not in order yet." }</p>
            }
            if is_empty { <p>{ none }</p> }
        </section>
    }
}
