//! The transcript: rows in sight, laid out by the browser from the place where the first of them belongs.

mod bar;
mod charset;
mod finder;
mod following;
mod keys;
mod link;
mod measure;
mod pending;
mod reader;
mod saving;
mod search;
mod selection;
mod told;
mod tools;

use std::cell::Cell;

use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::row::RowView;
use super::shortcut::{is_control, use_shortcut};
use crate::services::{focus, place};
use crate::store::use_session;
use crate::transcript::current::Tools;
use crate::transcript::window::window;
use bar::bar;
use finder::use_finder;
use following::{Follow, Pin, Sight, Sights, pin, use_scroll};
use link::use_line_link;
use measure::{PROBE_CHARACTERS, take_heights, use_metrics};
use pending::pending;
use reader::Reader;
use search::search;
use selection::use_selected;
use told::use_told;
use tools::toolbar;

pub use keys::KEYS;

/// How many digits of a line's number there is room for from the start.
const DIGITS_MIN: usize = 3;

/// The transcript.
#[function_component]
pub fn TranscriptView() -> Html {
    let session = use_session();
    let (port, sheet, probe) = (use_node_ref(), use_node_ref(), use_node_ref());
    let sight = use_state_eq(|| Sight {
        scroll: 0.0,
        height: 800.0,
    });
    let follow = use_state_eq(|| Follow::Live);
    let update = use_force_update();
    let goal = use_mut_ref(|| None);
    let sights = Sights {
        session: session.clone(),
        port: port.clone(),
        sight: sight.clone(),
        follow: follow.clone(),
        goal: goal.clone(),
        due: use_memo((), |()| Cell::new(None)),
        update: update.clone(),
    };

    let (told, tell) = use_told();
    let reader = Reader {
        session: session.clone(),
        sights: sights.clone(),
        current: use_state_eq(|| None),
        spoken: use_state_eq(String::new),
        tell,
        before: use_mut_ref(|| None),
    };
    use_line_link(&reader, &update);
    let finder = use_finder(&reader, &update);
    let selected = use_selected(&reader);
    {
        let reader = reader.clone();
        use_effect(move || reader.forget_hidden());
    }

    let go_live = {
        let (follow, port) = (follow.clone(), port.clone());
        Callback::from(move |()| {
            keep_focus(&port);
            follow.set(Follow::Live);
        })
    };
    // Where the sight was put to follow the end.
    let pinned = use_memo((), |()| Cell::new(Pin::default()));
    use_scroll(
        &pinned,
        &port,
        &sight,
        &follow,
        session.read(|state| state.transcript.line_count()),
    );
    {
        // Ctrl+L goes to the live end, wherever the focus is.
        let go_live = go_live.clone();
        use_shortcut(move |event| {
            let takes = is_control(event, "l");
            if takes {
                go_live.emit(());
            }
            takes
        });
    }
    let digits = session
        .read(|state| state.transcript.line_count())
        .to_string()
        .len()
        .max(DIGITS_MIN);
    use_metrics(&sights, &probe, digits);

    let anchor = AttrValue::from(place::anchor());
    // What is asked for after this is drawn is done when the next is.
    let due = *goal.borrow();
    let (drawn, rows, count) = session.read(|state| {
        let more = sights.more(state);
        let drawn = window(&state.transcript, sights.scroll(state), sight.height, more);
        let current = (*reader.current).filter(|_| !state.transcript.is_empty());
        let current = current.map(|it| state.transcript.shown(it.min(state.transcript.len() - 1)));
        let line = current.and_then(|it| state.transcript.tools(it)?.line);
        let (may_hide, may_note) = (state.may_type(), state.may_note());
        let row = |at: usize, is_held: bool| {
            let mut row = state.transcript.row(at)?;
            row.mark(&finder.found(at));
            let is_current = current == Some(at) || (line.is_some() && row.number == line);
            let tools = current
                .filter(|it| *it == at)
                .and_then(|it| state.transcript.tools(it))
                .map(|tools| Tools {
                    hide: tools.hide && may_hide,
                    note: tools.note && may_note,
                    ..tools
                });
            let anchor = anchor.clone();
            Some(
                html! { <RowView key={at} {row} {is_current} {is_held} {anchor} {may_hide}>{ for tools.map(toolbar) }</RowView> },
            )
        };
        let mut shown: Vec<usize> = state.transcript.all_shown(drawn.first..drawn.end).collect();
        // A selection begins and ends in rows that stay in the page, wherever they stand.
        let (mut ends, mut held) = (selected.held(state), Vec::new());
        while let Some(end) = ends.pop() {
            if let Err(place) = shown.binary_search(&end) {
                shown.insert(place, end);
                held.push(end);
            }
        }
        let rows: Vec<_> = shown
            .iter()
            .filter_map(|at| row(*at, held.contains(at)))
            .collect();
        (drawn, rows, state.transcript.line_count())
    });
    let pending = session.read(|state| {
        if drawn.end >= state.transcript.len() {
            pending(state)
        } else {
            Vec::new()
        }
    });
    {
        let (session, port, sheet, follow, update) = (
            session.clone(),
            port.clone(),
            sheet.clone(),
            follow.clone(),
            update.clone(),
        );
        let sights = sights.clone();
        use_effect(move || {
            let (Some(place), Some(sheet)) = (port.cast::<Element>(), sheet.cast::<Element>()) else {
                return;
            };
            if let Some(scroll) = due {
                place.set_scroll_top(scroll as i32);
                goal.replace(None);
            }
            let moved =
                session.lay_out(|state| take_heights(state, &sheet, drawn, f64::from(place.scroll_top())));
            match *follow {
                Follow::Live => pin(&place, &pinned),
                Follow::Since(_) if moved.is_some_and(|above| above.abs() >= 1.0) => {
                    place.set_scroll_top(place.scroll_top() + moved.unwrap_or_default() as i32);
                }
                Follow::Since(_) => {}
            }
            if moved.is_some() {
                update.force_update();
            }
            sights.bring_due();
        });
    }
    let (is_away, came) = match *follow {
        Follow::Live => (false, 0),
        Follow::Since(before) => (true, count.saturating_sub(before)),
    };
    let came = (came > 0).then(|| format!("{came} new"));
    let on_live = go_live.reform(|_: MouseEvent| ());
    let onclick = {
        let reader = reader.clone();
        Callback::from(move |event: MouseEvent| reader.click(&event))
    };
    let onfocus = {
        let reader = reader.clone();
        Callback::from(move |event: FocusEvent| reader.focused(&event))
    };
    let spoken = (*reader.spoken).clone();
    let (bar, search) = (bar(&reader, &finder, told), search(&finder));
    let onkeydown = {
        let (session, update) = (session.clone(), update.clone());
        Callback::from(move |event: KeyboardEvent| {
            if is_control(&event, "a") {
                event.prevent_default();
                session.read(|state| selected.select_all(state));
                update.force_update();
            } else {
                reader.key(&event);
            }
        })
    };
    let characters = "0".repeat(PROBE_CHARACTERS);
    html! {
        <div class="transcript">
            { bar }
            { search }
            <div class="log" role="log" aria-label="Transcript" aria-live="off" tabindex="0" ref={port} {onclick} {onfocus} {onkeydown} ~style={format!("--digits:{digits}")}>
                <div class="spacer" ~style={format!("height:{}px", drawn.spacer.ceil() as i64)}>
                    <div class="sheet" ref={sheet} ~style={format!("transform:translateY({}px)", drawn.top.round() as i64)}>
                        { for rows }
                        { for pending }
                    </div>
                </div>
                <div class="row probe" ref={probe} aria-hidden="true">
                    <span class="number"></span><span class="since"></span><span class="sign"></span>
                    <div class="text"><span>{ characters }</span></div>
                </div>
            </div>
            <div class="unseen" aria-live="polite">{ spoken }</div>
            if is_away {
                // How much came is drawn by the style sheet: the button's name is the word on it, whatever else it shows.
                <button type="button" class="button live" aria-label="Live" aria-description={came.clone()} data-came={came} onclick={on_live}>
                    <span aria-hidden="true">{ "↓ Live" }</span>
                </button>
            }
        </div>
    }
}

/// What is in sight now goes, and so does the button that asks for the end: the focus stays with the transcript.
fn keep_focus(port: &NodeRef) {
    let focused = gloo::utils::document().active_element();
    if let (Some(place), Some(focused)) = (port.cast::<HtmlElement>(), focused)
        && place
            .parent_element()
            .is_some_and(|it| it.contains(Some(&focused)))
    {
        focus::give(&place);
    }
}
