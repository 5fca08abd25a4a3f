//! How large characters are, how much room there is, and how high rows turned out.

use gloo::utils::window as page;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, HtmlElement, ResizeObserver};
use yew::prelude::*;

use super::following::Sights;
use crate::session::State;
use crate::transcript::lines::Metrics;
use crate::transcript::window::Window;

/// How many characters the probe holds that tells how wide one is.
pub(super) const PROBE_CHARACTERS: usize = 50;

/// Lays the transcript out for the room that there is: the width of a character and the room for text give the
/// columns. More digits in the numbers of lines leave less room.
#[hook]
pub(super) fn use_metrics(sights: &Sights, probe: &NodeRef, digits: usize) {
    let (sights, probe) = (sights.clone(), probe.clone());
    use_effect_with(digits, move |_| {
        let measure = {
            let sights = sights.clone();
            move || {
                if let Some(metrics) = probe.cast().and_then(|it| measure(&it)) {
                    sights.lay_out(|transcript| transcript.set_metrics(metrics));
                }
            }
        };
        measure();
        let changed = Closure::<dyn Fn()>::new(measure);
        let observer = ResizeObserver::new(changed.as_ref().unchecked_ref()).ok();
        if let (Some(observer), Some(place)) = (&observer, sights.port.cast::<Element>()) {
            observer.observe(&place);
        }
        move || {
            observer.iter().for_each(ResizeObserver::disconnect);
            drop(changed);
        }
    });
}

/// Takes in how high the rows turned out. Gives by how much those above the sight differ from what was
/// thought, if any row does.
pub(super) fn take_heights(state: &mut State, sheet: &Element, drawn: Window, scroll: f64) -> Option<f64> {
    let rows = sheet.children();
    let (mut place, mut above, mut differs) = (drawn.top, 0.0, false);
    for at in 0..rows.length() {
        let Some(row) = rows.item(at) else { continue };
        let Some(record) = row
            .get_attribute("data-record")
            .and_then(|it| it.parse::<usize>().ok())
            .filter(|_| !row.matches(".held").unwrap_or_default())
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
