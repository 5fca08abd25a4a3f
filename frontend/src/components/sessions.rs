//! The sessions that this browser opened: to go back to, to replay, to rename, to delete. A part of the console that comes
//! once the form can be used.

pub mod asking;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use protocol::access::Keep;
use protocol::calendar;
use protocol::standing::{Ending, Life};
use web_sys::HtmlInputElement;
use yew::platform::spawn_local;
use yew::prelude::*;

use self::asking::Rename;
use crate::prompt::phase_name;
use crate::services::api::{self, Stands};
use crate::services::{clock, focus, place, storage};
use crate::sessions::{self, Known, Seen, with};
use crate::time;

/// From how many sessions on there is a field to filter them.
const FILTERED_FROM: usize = 7;

/// Why a session was not deleted that the bridge does not know.
const NOT_KNOWN: &str = "The console does not know this session now, so nothing was deleted. It is deleted already, or it is \
     kept in a journal that the console was not started with.";

/// What is being done with one of them.
#[derive(Clone, Debug, PartialEq)]
enum Doing {
    /// It gets another name.
    Renaming(String),
    /// The person is asked whether it is to be deleted.
    Deleting(String),
}

/// What is known of how each stands.
type Standing = Rc<RefCell<BTreeMap<String, Result<Stands, String>>>>;

/// Draws the card, as a part of the console.
pub fn draw() -> Html {
    html! { <SessionsCard /> }
}

#[derive(Clone)]
struct Desk {
    known: UseStateHandle<Vec<Known>>,
    doing: UseStateHandle<Option<Doing>>,
    problem: UseStateHandle<String>,
    update: UseForceUpdateHandle,
}

impl Desk {
    fn change(&self, change: impl FnOnce(&mut Vec<Known>)) {
        self.show(storage::change_sessions(change));
    }

    fn forget(&self, id: &str) {
        self.show(storage::forget_session(id));
    }

    fn show(&self, known: Vec<Known>) {
        self.known.set(known);
        self.doing.set(None);
    }

    fn delete(&self, id: String) {
        let desk = self.clone();
        desk.problem.set(String::new());
        spawn_local(async move {
            let token = storage::token(&id).unwrap_or_default();
            match api::delete_session(&id, &token).await {
                Ok(true) => {
                    desk.forget(&id);
                    focus::give_next(".sessions-list .button");
                }
                Ok(false) => {
                    desk.change(|known| sessions::see(known, &id, Seen::Gone));
                    desk.problem.set(NOT_KNOWN.to_owned());
                }
                Err(why) => {
                    desk.doing.set(None);
                    desk.problem.set(why);
                }
            }
        });
    }
}

/// The card.
#[function_component]
fn SessionsCard() -> Html {
    let standing = use_mut_ref(BTreeMap::new);
    let filter = use_state_eq(String::new);
    let desk = Desk {
        known: use_state_eq(storage::sessions),
        doing: use_state_eq(|| None),
        problem: use_state_eq(String::new),
        update: use_force_update(),
    };
    {
        let (desk, standing) = (desk.clone(), standing.clone());
        use_effect_with((), move |()| {
            // Once the card is gone nobody asks on.
            let is_here = Rc::new(());
            let here = Rc::downgrade(&is_here);
            spawn_local(async move {
                let mut asked: Vec<_> = desk.known.iter().filter(|it| it.seen.may_change()).collect();
                // A token that the bridge does not know costs its time.
                asked.sort_by_key(|it| it.seen == Seen::Gone);
                for known in asked {
                    if here.strong_count() == 0 {
                        return;
                    }
                    ask(known, &standing).await;
                    desk.known.set(storage::sessions());
                    desk.update.force_update();
                }
            });
            move || drop(is_here)
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
    let now = clock::since_epoch() / 1000;
    let shown: Vec<_> = desk.known.iter().filter(|it| it.matches(&filter)).collect();
    let rows = shown
        .iter()
        .map(|known| row(known, standing.borrow().get(&known.id), now, &desk));
    let is_live =
        |it: &&Result<Stands, String>| matches!(it, Ok(it) if it.life == Life::Live && it.phase.is_open());
    let live = standing.borrow().values().filter(is_live).count();
    html! {
        <section class="card sessions" aria-labelledby="sessions-headline">
            <div class="sessions-head">
                <h2 id="sessions-headline">{ "My sessions" }</h2>
                <p>{ "Opened from this browser, newest first." }</p>
                if live > 0 { <p class="sessions-live">{ format!("{live} live") }</p> }
            </div>
            if desk.known.len() >= FILTERED_FROM {
                <input class="field" type="search" aria-label="Filter sessions" placeholder="Filter by name, mailbox or server" autocomplete="off" spellcheck="false" {oninput} />
            }
            <div role="alert">
                if !desk.problem.is_empty() { <p class="problem">{ (*desk.problem).clone() }</p> }
            </div>
            <ul class="sessions-list">{ for rows }</ul>
            if desk.known.is_empty() { <p>{ "None is left." }</p> }
            else if shown.is_empty() { <p>{ "None of them matches." }</p> }
        </section>
    }
}

/// Asks how a session stands, and remembers it. One that the bridge does not know keeps its token: only the person
/// forgets it.
async fn ask(known: &Known, standing: &Standing) {
    let Some(token) = storage::token(&known.id) else {
        return storage::see_session(&known.id, Seen::Gone);
    };
    let stands = match api::session(&known.id, &token).await {
        Ok(Some(stands)) => {
            let seen = match stands.life {
                Life::Ended => Seen::Ended {
                    marked: stands.marked,
                    ending: stands.ending,
                },
                Life::Live | Life::Interrupted => Seen::Open,
            };
            // Of what leaves nothing behind nothing is remembered here either.
            let is_kept = stands.keeps != Keep::Nothing;
            let mailbox = if is_kept { &*stands.mailbox } else { "" };
            storage::change_sessions(|all| {
                sessions::see(all, &known.id, seen);
                sessions::know(all, &known.id, mailbox);
            });
            Ok(stands)
        }
        Ok(None) => return storage::see_session(&known.id, Seen::Gone),
        Err(why) => Err(why),
    };
    standing.borrow_mut().insert(known.id.clone(), stands);
}

fn row(known: &Known, stands: Option<&Result<Stands, String>>, now: u64, desk: &Desk) -> Html {
    let id = &known.id;
    match &*desk.doing {
        Some(Doing::Renaming(doing)) if doing == id => {
            return html! { <li key={id.as_str()}><Rename name={known.name.clone()} with={with(&known.mailbox, &known.server)} onname={renamed(id, desk)} /></li> };
        }
        Some(Doing::Deleting(doing)) if doing == id => return deleting(known, stands, desk),
        _ => {}
    }
    let opened = format!("opened {}", time::ago(now.saturating_sub(known.opened)));
    let title = calendar::moment(known.opened.saturating_mul(1_000_000));
    let is_told = |it: &&Result<Stands, String>| it.as_ref().is_ok_and(|it| !it.mailbox.is_empty());
    let mailbox = match stands.filter(is_told) {
        Some(Ok(stands)) => &stands.mailbox,
        _ => &known.mailbox,
    };
    let with = with(mailbox, &known.server);
    let called = if known.name.is_empty() { &with } else { &known.name };
    let begin = |doing: Doing| {
        let doing_now = desk.doing.clone();
        Callback::from(move |_: MouseEvent| doing_now.set(Some(doing.clone())))
    };
    let (state, class, goes) = told(stands, known.seen);
    let on_remove = {
        let (desk, id) = (desk.clone(), id.clone());
        Callback::from(move |_: MouseEvent| desk.forget(&id))
    };
    html! {
        <li key={id.as_str()} data-session={id.clone()}>
            <div class="sessions-what">
                <span class="sessions-name">{ called }</span>
                <span class="sessions-note" {title}>
                    if !known.name.is_empty() && !known.server.is_empty() { { &with }{ " · " } }
                    { opened }
                </span>
            </div>
            <span class={classes!("sessions-state", class)}>{ state }</span>
            <span class="sessions-do">
                if let Some(goes) = goes {
                    <a class="button small" href={place::below(&format!("/s/{id}"))} aria-label={format!("{goes}: {called}")}>{ goes }</a>
                    <button type="button" class="button quiet small" aria-label={format!("Rename {called}")} onclick={begin(Doing::Renaming(id.clone()))}>{ "Rename" }</button>
                    <button type="button" class="button quiet small" aria-label={format!("Delete {called}")} onclick={begin(Doing::Deleting(id.clone()))}>{ "Delete" }</button>
                } else {
                    <button type="button" class="button quiet small" aria-label={format!("Remove {called}")} onclick={on_remove}>{ "Remove" }</button>
                }
            </span>
        </li>
    }
}

/// How a session stands, in words, the class of its look, and what its link is called; none while it cannot be opened.
fn told(stands: Option<&Result<Stands, String>>, seen: Seen) -> (String, &'static str, Option<&'static str>) {
    let not_committed = |marked: u32| match marked {
        0 => String::new(),
        marked => format!(" · {marked} not committed"),
    };
    match (stands, seen) {
        (_, Seen::Gone) => ("not known to the console".to_owned(), "over", None),
        (None, Seen::Ended { marked, ending }) => {
            let told = format!("ended{}{}", how(ending), not_committed(marked));
            (told, "over", Some("Replay"))
        }
        (None, Seen::Open) => (String::new(), "over", Some("Open")),
        (Some(Err(_)), _) => ("not reachable".to_owned(), "over", Some("Open")),
        (Some(Ok(stands)), _) => {
            let marks = not_committed(stands.marked);
            match stands.life {
                Life::Live => {
                    let here = match stands.here {
                        0 => String::new(),
                        here => format!(" · {here} here"),
                    };
                    (
                        format!("{}{}{marks}{here}", phase_name(stands.phase), how(stands.ending)),
                        if stands.phase.is_open() { "live" } else { "idle" },
                        Some("Go back"),
                    )
                }
                Life::Interrupted => (format!("interrupted{marks}"), "idle", Some("Go back")),
                Life::Ended => {
                    let told = format!("ended{}{marks}", how(stands.ending));
                    (told, "over", Some("Replay"))
                }
            }
        }
    }
}

/// How the connection ended, behind what else is told.
pub(super) fn how(ending: Option<Ending>) -> String {
    ending.map_or_else(String::new, |it| format!(" · {}", sessions::told(it)))
}

fn deleting(known: &Known, stands: Option<&Result<Stands, String>>, desk: &Desk) -> Html {
    let is_live = matches!(stands, Some(Ok(stands)) if stands.life == Life::Live && stands.phase.is_open());
    let yes = {
        let (desk, id) = (desk.clone(), known.id.clone());
        Callback::from(move |_: MouseEvent| desk.delete(id.clone()))
    };
    let no = {
        let doing = desk.doing.clone();
        Callback::from(move |_: MouseEvent| doing.set(None))
    };
    asking::deleting(&known.id, &known.called(), is_live, yes, no)
}

fn renamed(id: &str, desk: &Desk) -> Callback<Option<String>> {
    let (id, desk) = (id.to_owned(), desk.clone());
    Callback::from(move |name: Option<String>| match name {
        Some(name) => {
            desk.change(|known| sessions::rename(known, &id, &name));
            focus::give_next(row_of(&id));
        }
        None => {
            desk.doing.set(None);
            focus::give_next(row_of(&id));
        }
    })
}

/// What the keys go to in the row of a session. Its name holds nothing that means something to a selector.
fn row_of(id: &str) -> String {
    format!("[data-session=\"{id}\"] .button")
}
