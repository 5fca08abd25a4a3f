//! The transcript: rows in sight, laid out by the browser from the place where the first of them belongs.

mod following;

use gloo::utils::window as page;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, HtmlElement, ResizeObserver};
use yew::prelude::*;

use super::row::RowView;
use super::shortcut::{is_control, use_shortcut};
use crate::session::State;
use crate::session::pending::{Fate, Pending};
use crate::store::use_session;
use crate::transcript::lines::Metrics;
use crate::transcript::window::{Window, window};
use following::{Follow, Sight, pin, use_scroll};

/// How many characters the probe holds that tells how wide one is.
const PROBE_CHARACTERS: usize = 50;

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

    let go_live = {
        let (follow, port) = (follow.clone(), port.clone());
        Callback::from(move |()| {
            keep_focus(&port);
            follow.set(Follow::Live);
        })
    };
    // Where the sight was put to follow the end.
    let pinned = use_mut_ref(|| 0);
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
    {
        // The width of a character and the room for text give the columns.
        let (session, port, probe, sight, update) = (
            session.clone(),
            port.clone(),
            probe.clone(),
            sight.clone(),
            update.clone(),
        );
        // More digits in the numbers of lines leave less room.
        use_effect_with(digits, move |_| {
            let measure = {
                let port = port.clone();
                move || {
                    let (Some(place), Some(probe)) =
                        (port.cast::<HtmlElement>(), probe.cast::<HtmlElement>())
                    else {
                        return;
                    };
                    if let Some(metrics) = measure(&probe) {
                        session.lay_out(|state| state.transcript.set_metrics(metrics));
                    }
                    sight.set(Sight {
                        scroll: place.scroll_top() as f64,
                        height: f64::from(place.client_height()),
                    });
                    update.force_update();
                }
            };
            measure();
            let changed = Closure::<dyn Fn()>::new(measure);
            let observer = ResizeObserver::new(changed.as_ref().unchecked_ref()).ok();
            if let (Some(observer), Some(place)) = (&observer, port.cast::<Element>()) {
                observer.observe(&place);
            }
            move || {
                observer.iter().for_each(ResizeObserver::disconnect);
                drop(changed);
            }
        });
    }

    let (drawn, rows, count) = session.read(|state| {
        let metrics = state.transcript.metrics();
        let more = state.pending.len() as f64 * (metrics.row + metrics.gap);
        let scroll = match *follow {
            Follow::Live => {
                (window(&state.transcript, 0.0, sight.height, more).spacer - sight.height).max(0.0)
            }
            Follow::Since(_) => sight.scroll,
        };
        let drawn = window(&state.transcript, scroll, sight.height, more);
        let rows: Vec<_> = (drawn.first..drawn.end)
            .filter_map(|at| {
                let row = state.transcript.row(at, state.me)?;
                Some(html! { <RowView key={at} {row} /> })
            })
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
        let (session, port, sheet, follow, update) =
            (session.clone(), port.clone(), sheet.clone(), *follow, update);
        use_effect(move || {
            let (Some(place), Some(sheet)) = (port.cast::<Element>(), sheet.cast::<Element>()) else {
                return;
            };
            let moved =
                session.lay_out(|state| take_heights(state, &sheet, drawn, f64::from(place.scroll_top())));
            match follow {
                Follow::Live => pin(&place, &pinned),
                Follow::Since(_) if moved.is_some_and(|above| above.abs() >= 1.0) => {
                    place.set_scroll_top(place.scroll_top() + moved.unwrap_or_default() as i32);
                }
                Follow::Since(_) => {}
            }
            if moved.is_some() {
                update.force_update();
            }
        });
    }
    let came = match *follow {
        Follow::Live => None,
        Follow::Since(before) => Some(count.saturating_sub(before)),
    };
    let onclick = go_live.reform(|_: MouseEvent| ());
    let characters = "0".repeat(PROBE_CHARACTERS);
    html! {
        <div class="transcript">
            <div class="log" role="log" aria-label="Transcript" aria-live="off" tabindex="0" ref={port} ~style={format!("--digits:{digits}")}>
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
            if let Some(came) = came {
                <button type="button" class="button live" aria-label="Live" {onclick}>
                    <span aria-hidden="true">{ "↓ Live" }</span>
                    if came > 0 { <span class="came">{ format!("{came} new") }</span> }
                </button>
            }
        </div>
    }
}

/// Lines on their way stand behind everything else.
fn pending(state: &State) -> Vec<Html> {
    let row = |pending: &Pending| {
        let told = match pending.fate {
            Fate::Queued => "goes out when reconnected",
            Fate::Sent => "sending…",
            Fate::Orphan => "was it sent? reconnecting…",
        };
        html! {
            <div key={format!("p{}", pending.id)} class="row from-client part-pending edge-pending gap" data-from="client" data-part="pending">
                <span class="number"></span><span class="since"></span><span class="sign" aria-hidden="true">{ "→" }</span>
                <div class="text" dir="ltr">{ pending.typed.shown() }</div>
                <span class="notes"><span class="note">{ told }</span></span>
            </div>
        }
    };
    state.pending.iter().map(row).collect()
}

/// Takes in how high the rows turned out. Gives by how much those above the sight differ from what was
/// thought, if any row does.
fn take_heights(state: &mut State, sheet: &Element, drawn: Window, scroll: f64) -> Option<f64> {
    let rows = sheet.children();
    let (mut place, mut above, mut differs) = (drawn.top, 0.0, false);
    for at in 0..rows.length() {
        let Some(row) = rows.item(at) else { continue };
        let Some(record) = row
            .get_attribute("data-record")
            .and_then(|it| it.parse::<usize>().ok())
        else {
            continue;
        };
        let height = row.get_bounding_client_rect().height();
        let gap = if state.transcript.has_gap(record) {
            state.transcript.metrics().gap
        } else {
            0.0
        };
        let moved = state.transcript.measured(record, height + gap);
        differs |= moved != 0.0;
        if place + height <= scroll {
            above += moved;
        }
        place += height + gap;
    }
    differs.then_some(above)
}

/// What is in sight now goes, and so does the button that asks for the end: the focus stays with the transcript.
fn keep_focus(port: &NodeRef) {
    let focused = gloo::utils::document().active_element();
    if let (Some(place), Some(focused)) = (port.cast::<HtmlElement>(), focused)
        && place
            .parent_element()
            .is_some_and(|it| it.contains(Some(&focused)))
    {
        // Fails only for an element that is not in the page.
        let _ = place.focus();
    }
}

/// What the probe tells about characters and rows.
fn measure(probe: &HtmlElement) -> Option<Metrics> {
    let text = probe.query_selector(".text").ok()??;
    let character = text.first_element_child()?.get_bounding_client_rect().width() / PROBE_CHARACTERS as f64;
    let room = text.get_bounding_client_rect().width();
    let row = probe.get_bounding_client_rect().height();
    let styles = page().get_computed_style(probe).ok()??;
    let gap: u32 = styles
        .get_property_value("--gap")
        .ok()?
        .trim()
        .trim_end_matches("px")
        .parse()
        .ok()?;
    (character > 0.0 && row > 0.0).then(|| Metrics {
        columns: ((room / character) as u32).max(1),
        row,
        gap: f64::from(gap),
    })
}
