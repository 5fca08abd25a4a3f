//! Selecting and copying lines, also those that are out of sight: rows come and go, but those in which a selection
//! begins and ends stay in the page, and what is copied is made from the transcript.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use gloo::utils::{document, window};
use wasm_bindgen::JsCast;
use web_sys::{ClipboardEvent, Element, Node, Range, Selection};
use yew::prelude::*;

use super::reader::Reader;
use crate::session::State;
use crate::transcript::copy::{Place, TooMuch};
use crate::transcript::rows::Body;

/// What is selected.
#[derive(Clone, Default)]
pub(super) struct Selected(Rc<Kept>);

#[derive(Default)]
struct Kept {
    /// The records in whose rows the selection begins and ends.
    held: Cell<Option<(usize, usize)>>,
    /// Records that are to be selected as soon as their rows are in the page.
    wanted: Cell<Option<(usize, usize)>>,
    reader: RefCell<Option<Reader>>,
}

/// Follows what the person selects, and copies it.
#[hook]
pub(super) fn use_selected(reader: &Reader) -> Selected {
    let selected = Selected(use_memo((), |()| Kept::default()));
    selected.0.reader.replace(Some(reader.clone()));
    {
        let selected = selected.clone();
        use_effect_with((), move |()| {
            let (changing, copying) = (selected.clone(), selected);
            let changed = EventListener::new(&document(), "selectionchange", move |_| changing.changed());
            let options = EventListenerOptions::enable_prevent_default();
            let copied = EventListener::new_with_options(&document(), "copy", options, move |event| {
                copying.copy(event.unchecked_ref());
            });
            move || drop((changed, copied))
        });
    }
    {
        let selected = selected.clone();
        use_effect(move || selected.select_wanted());
    }
    selected
}

impl Selected {
    /// The records whose rows must stay in the page, besides those that are in sight.
    pub(super) fn held(&self, state: &State) -> Vec<usize> {
        let ends = self.0.wanted.get().or(self.0.held.get());
        let mut ends = ends.map_or_else(Vec::new, |(first, last)| vec![first, last]);
        ends.retain(|&end| end < state.transcript.len());
        ends
    }

    /// Selects everything there is.
    pub(super) fn select_all(&self, state: &State) {
        if let Some(last) = state.transcript.len().checked_sub(1) {
            self.0.wanted.set(Some((0, state.transcript.shown(last))));
        }
    }

    fn reader(&self) -> Option<Reader> {
        self.0.reader.borrow().clone()
    }

    /// The end of a selection that is only begun is held too: the person may scroll, and then select up to there.
    fn changed(&self) {
        let held = selection().and_then(|selection| {
            let log = self.log()?;
            let of = |node: Option<Node>| record_of(&row_of(&log, &node?)?);
            let (anchor, focus) = (of(selection.anchor_node()), of(selection.focus_node()));
            let (one, other) = (anchor.or(focus)?, focus.or(anchor)?);
            Some((one.min(other), one.max(other)))
        });
        self.0.held.set(held);
    }

    fn select_wanted(&self) {
        let Some(((first, last), log)) = self.0.wanted.get().zip(self.log()) else {
            return;
        };
        let row = |record| log.query_selector(&format!("[data-record='{record}']")).ok()?;
        if let (Some(first), Some(last), Some(selection)) = (row(first), row(last), selection()) {
            self.0.wanted.set(None);
            let end = last.child_nodes().length();
            // Fails only for nodes that are not in the page.
            let _ = selection.set_base_and_extent(&first, 0, &last, end);
        }
    }

    fn copy(&self, event: &ClipboardEvent) {
        let (Some(reader), Some(log)) = (self.reader(), self.log()) else {
            return;
        };
        let range = selection()
            .filter(|it| !it.is_collapsed())
            .and_then(|it| it.get_range_at(0).ok());
        let text = match range {
            Some(range) => reader.session.read(|state| selected_text(state, &log, &range)),
            None => reader.current_text(),
        };
        let Some(text) = text else { return };
        event.prevent_default();
        match (text, event.clipboard_data()) {
            (Ok(text), Some(data)) => {
                // Fails only for an event that is over.
                let _ = data.set_data("text/plain", &text);
            }
            (Err(TooMuch), _) => reader.tell.emit("Too much to copy at once: Save has everything"),
            (Ok(_), None) => {}
        }
    }

    fn log(&self) -> Option<Element> {
        self.reader()?.sights.port.cast()
    }
}

/// The text of a selection that begins and ends in the transcript; none of another, which is the browser's.
fn selected_text(state: &State, log: &Element, range: &Range) -> Option<Result<String, TooMuch>> {
    let (start, end) = (range.start_container().ok()?, range.end_container().ok()?);
    let (from, to) = (range.start_offset().ok()?, range.end_offset().ok()?);
    let (first, last) = (row_at(log, &start, from, false)?, row_at(log, &end, to, true)?);
    let (from, to) = (
        place(state, &first, &start, from, false)?,
        place(state, &last, &end, to, true)?,
    );
    // What is within a sentence, or in a hex view, stands there as it is.
    let is_within = first == last && (from.is_outside() || to.is_outside());
    (!is_within).then(|| state.transcript.copy(from, to))
}

/// Where an end of a selection stands in what is copied of its row.
fn place(state: &State, row: &Element, node: &Node, offset: u32, is_end: bool) -> Option<Place> {
    let record = record_of(row)?;
    let range = document().create_range().ok()?;
    let text = row.query_selector(":scope > .text").ok().flatten();
    let Some(text) = text else {
        // A closed fold is within, or not.
        let chip = row.query_selector(".fold").ok()??;
        range.set_start_before(&chip).ok()?;
        range.set_end(node, offset).ok()?;
        let is_behind = !range.collapsed();
        return Some(Place::fold(record, is_end && is_behind));
    };
    if !row.contains(Some(node)) {
        return Some(Place::whole(record, is_end));
    }
    range.set_start(&text, 0).ok()?;
    range.set_end(node, offset).ok()?;
    let shown = range.to_string().length() as usize;
    let whole = text.text_content().map_or(0, |it| it.encode_utf16().count());
    let body = state.transcript.row(record)?.body;
    match body {
        Body::Line(_) if shown <= whole => Some(Place::shown(record, shown, is_end)),
        Body::Line(_) => Some(Place::outside(record, is_end)),
        _ if shown == 0 || shown >= whole => Some(Place::whole(record, shown > 0)),
        _ => Some(Place::outside(record, is_end)),
    }
}

/// Whether some text is selected.
pub(super) fn is_selecting() -> bool {
    selection().is_some_and(|it| !it.is_collapsed())
}

fn selection() -> Option<Selection> {
    window().get_selection().ok()?
}

/// The row that a node is in.
fn row_of(log: &Element, node: &Node) -> Option<Element> {
    if !log.contains(Some(node)) {
        return None;
    }
    let element = node
        .dyn_ref::<Element>()
        .cloned()
        .or_else(|| node.parent_element());
    element?.closest("[data-record]").ok()?
}

/// The row at an end of a selection, which may stand between rows.
fn row_at(log: &Element, node: &Node, offset: u32, is_end: bool) -> Option<Element> {
    if let Some(row) = row_of(log, node) {
        return Some(row);
    }
    if !log.contains(Some(node)) {
        return None;
    }
    let rows = log.query_selector_all("[data-record]").ok()?;
    let range = document().create_range().ok()?;
    range.set_start(node, offset).ok()?;
    let mut at = (0..rows.length()).filter_map(|at| rows.item(at)?.dyn_into::<Element>().ok());
    // The first row behind the place, or the last before it.
    let is_behind = |row: &Element| range.compare_point(row, 0).is_ok_and(|it| it > 0);
    if is_end {
        at.take_while(|row| !is_behind(row)).last()
    } else {
        at.find(is_behind)
    }
}

fn record_of(row: &Element) -> Option<usize> {
    row.get_attribute("data-record")?.parse().ok()
}
