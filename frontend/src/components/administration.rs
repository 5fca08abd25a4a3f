//! The page of administrators: accounts, and what holds. A part of the console.

mod accounts;
mod held;
mod sheet;

use std::rc::Rc;

use gloo::timers::callback::Interval;
use gloo::utils::document;
use protocol::standing::Rank;
use yew::platform::spawn_local;
use yew::prelude::*;

use super::header::start_header;
use crate::administration::{Action, State};
use crate::parts::Alone;
use crate::services::api::{Console, administration as api};
use crate::services::place;
use accounts::Accounts;
use held::HeldCard;
use sheet::DeedSheet;

/// How often it is asked which accounts there are, in milliseconds; not while nobody sees it.
const ASK_EVERY: u32 = 5000;

/// What the page shows, as its parts see it.
pub(super) type Desk = UseReducerHandle<State>;

impl Reducible for State {
    type Action = Action;

    fn reduce(mut self: Rc<Self>, action: Action) -> Rc<Self> {
        State::reduce(Rc::make_mut(&mut self), action);
        self
    }
}

/// Draws the page, as a part of the console.
pub fn draw(_: &Alone) -> Html {
    html! { <Administration /> }
}

#[function_component]
fn Administration() -> Html {
    use_effect_with((), |()| place::set_title("Administration · pop3·console"));
    let console = use_context::<Console>().unwrap_or_default();
    let role = console.signed_on.as_ref().map(|it| it.role);
    let page = match role {
        _ if !console.is_told => html! { <p class="lead loading">{ "Loading…" }</p> },
        Some(Rank::Administrator) => html! { <Cards /> },
        Some(_) => {
            nothing_here("This page is for administrators. Whoever runs the console makes somebody one.")
        }
        None => {
            nothing_here("This console asks nobody who they are, so there is nothing to administrate in it.")
        }
    };
    html! {
        <>
            { start_header(&console) }
            <main class="page administration">{ page }</main>
        </>
    }
}

fn nothing_here(why: &'static str) -> Html {
    html! {
        <section class="card gone">
            <h1>{ "Administration" }</h1>
            <p class="lead">{ why }</p>
            <div class="actions"><a class="button primary" href={place::below("/")}>{ "To the start page" }</a></div>
        </section>
    }
}

/// What there is for administrators.
#[function_component]
fn Cards() -> Html {
    let desk = use_reducer(State::default);
    let ask = {
        let desk = desk.dispatcher();
        Callback::from(move |()| {
            let desk = desk.clone();
            spawn_local(async move { desk.dispatch(Action::Accounts(api::accounts().await)) });
        })
    };
    use_effect_with(desk.is_out, |is_out| {
        if *is_out {
            // It asks who is signed in, and goes on from there.
            place::reload();
        }
    });
    {
        let (desk, ask) = (desk.dispatcher(), ask.clone());
        use_effect_with((), move |()| {
            ask.emit(());
            spawn_local(async move { desk.dispatch(Action::Held(api::held().await)) });
            let clock = Interval::new(ASK_EVERY, move || {
                if !document().hidden() {
                    ask.emit(());
                }
            });
            move || drop(clock)
        });
    }
    html! {
        <>
            <h1>{ "Administration" }</h1>
            <Accounts desk={desk.clone()} />
            <HeldCard desk={desk.clone()} />
            if desk.sheet.is_some() {
                <DeedSheet desk={desk.clone()} ondone={ask} />
            }
        </>
    }
}
