//! The person who reads: which line is the current one, and what is done with it.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::utils::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, FocusEvent, HtmlElement, KeyboardEvent, MouseEvent, PointerEvent};
use yew::prelude::*;

use super::following::{Follow, Sights};
use super::keys::Wish;
use super::saving::{save_message, save_text};
use super::selection::is_selecting;
use crate::services::{clipboard, focus, place};
use crate::session::noting::NoteStep;
use crate::session::spoken::SPOKEN_MAX;
use crate::session::{Action, State};
use crate::store::Session;
use crate::transcript::copy::{Place, TooMuch};
use crate::transcript::current::Step;
use protocol::access::Sight;

/// What in a row is for something else when it is clicked.
const NOT_TO_PICK: &str = "a, button, summary, .row-tools, .hex";

/// Who reads.
#[derive(Clone)]
pub(super) struct Reader {
    pub(super) session: Session,
    pub(super) sights: Sights,
    /// The record that is the current one.
    pub(super) current: UseStateHandle<Option<usize>>,
    /// The current line, for those who listen.
    pub(super) spoken: UseStateHandle<String>,
    /// Tells what was done, in a few words.
    pub(super) tell: Callback<&'static str>,
    /// What had the focus before the transcript took it.
    pub(super) before: Rc<RefCell<Option<HtmlElement>>>,
}

impl Reader {
    /// A key was pressed somewhere in the transcript. Buttons have keys of their own.
    pub(super) fn key(&self, event: &KeyboardEvent) {
        let Some(wish) = Wish::of_key(event) else { return };
        let log = self.sights.port.cast::<Element>();
        let is_own = log.is_some_and(|log| event.target().as_ref() == Some(&log));
        let takes = match wish {
            Wish::Fold => is_own && self.current.is_some(),
            Wish::Leave => self.current.is_some(),
            Wish::Copy | Wish::Link | Wish::Hex | Wish::Message | Wish::Note | Wish::Hide => {
                self.current.is_some()
            }
            _ => true,
        };
        if takes {
            event.prevent_default();
            self.focus();
            self.grant(wish, *self.current);
        }
    }

    /// The transcript takes the focus.
    pub(super) fn focused(&self, event: &FocusEvent) {
        let before = event.related_target().and_then(|it| it.dyn_into().ok());
        self.before.replace(before);
    }

    /// Something in the transcript was clicked. What of it means something, says what.
    pub(super) fn click(&self, event: &MouseEvent) {
        let Some(clicked) = event.target().and_then(|it| it.dyn_into::<Element>().ok()) else {
            return;
        };
        let Some(meant) = closest(&clicked, "[data-wish]") else {
            return self.pick(&clicked, event);
        };
        let wish = meant.get_attribute("data-wish").and_then(|it| Wish::of_name(&it));
        let record = closest(&meant, "[data-record]").and_then(|it| record_of(&it));
        let (Some(wish), Some(record)) = (wish, record) else {
            return;
        };
        // A link that is opened in another tab, or copied by the browser, is the browser's.
        if wish == Wish::Here && (event.ctrl_key() || event.meta_key() || event.shift_key()) {
            return;
        }
        event.prevent_default();
        if let Some(note) = meant.get_attribute("data-note").and_then(|it| it.parse().ok()) {
            return self.session.dispatch(Action::AskToHide(note));
        }
        if wish == Wish::Here {
            self.focus();
        }
        self.grant(wish, Some(record));
    }

    /// A row was clicked where nothing else is: it is the current one, or is so no more. Its number alone is too small
    /// for a finger. Whoever selects text is left in peace, and whoever was typing types on: letters are keys here.
    fn pick(&self, clicked: &Element, event: &MouseEvent) {
        let row = closest(clicked, "[data-record]").filter(|_| closest(clicked, NOT_TO_PICK).is_none());
        let Some((record, row)) = row.and_then(|it| Some((record_of(&it)?, it))) else {
            return;
        };
        if event.ctrl_key() || event.meta_key() || event.shift_key() || is_selecting() {
            return;
        }
        if row.matches(".current").unwrap_or_default() {
            self.grant(Wish::Leave, None);
        } else {
            self.make_current(record);
        }
        // A finger wants no keyboard to come up over what it touched.
        let has_mouse = event
            .dyn_ref::<PointerEvent>()
            .is_some_and(|it| it.pointer_type() == "mouse");
        if let Some(before) = self.before.take().filter(|_| has_mouse) {
            focus::give(&before);
        }
    }

    pub(super) fn grant(&self, wish: Wish, record: Option<usize>) {
        match (wish, record) {
            (Wish::Step(step), _) => self.step(step),
            (Wish::Leave, _) => {
                self.current.set(None);
                self.spoken.set(String::new());
            }
            (Wish::Folds, _) => self.sights.hold(|state| state.transcript.toggle_folds()),
            (Wish::Save, _) => save_text(&self.session, &self.tell),
            (_, None) => {}
            (Wish::Here, Some(record)) => {
                self.make_current(record);
                self.sights.bring(record);
                if let Some(line) = self.line(record) {
                    place::set_line(line);
                }
            }
            (Wish::Fold, Some(record)) => {
                let mut first = None;
                self.sights
                    .hold(|state| first = state.transcript.toggle_fold(record));
                if let (Some(_), Some(first)) = (*self.current, first) {
                    self.make_current(first);
                }
            }
            (Wish::Hex, Some(record)) => {
                self.sights.hold(|state| state.transcript.toggle_hex(record));
                self.sights.due.set(Some(record));
            }
            (Wish::Message, Some(record)) => {
                let message = self.session.read(|state| state.transcript.message(record));
                match message {
                    Some(message) => save_message(&self.session, message, &self.tell),
                    None if self
                        .session
                        .read(|state| state.transcript.sight != Sight::Everything) =>
                    {
                        self.tell
                            .emit("Your link does not show messages: there is none to save");
                    }
                    None => {}
                }
            }
            (Wish::Note, Some(record)) => {
                let place = self.session.read(|state| {
                    let (seq, line) = state.transcript.place_of_note(record)?;
                    let number = state.transcript.tools(record)?.line?;
                    state.may_note().then_some(NoteStep::Open(seq, line, number))
                });
                match place {
                    Some(step) => self.session.dispatch(Action::Note(step)),
                    None => self.tell.emit("There can be no note to this line now"),
                }
            }
            (Wish::Hide, Some(_)) if !self.session.read(State::may_type) => {
                self.tell.emit("Whoever has control can hide lines");
            }
            (Wish::Hide, Some(record)) => {
                let hideable = self.session.read(|state| state.transcript.hideable(record));
                if let Some(seq) = hideable {
                    self.session.dispatch(Action::AskToHide(seq));
                }
            }
            (Wish::Copy, Some(record)) => match self.text_of(record) {
                Ok(line) => self.put(&line, "Line copied"),
                Err(TooMuch) => self.tell.emit("Too much to copy at once: Save has everything"),
            },
            (Wish::Link, Some(record)) => {
                if let Some(line) = self.line(record) {
                    let told = if self.session.read(|state| state.by_link) {
                        "Link copied"
                    } else {
                        "Link copied: it works in this browser, and Share makes one for others"
                    };
                    self.put(&place::address_of(line), told);
                }
            }
        }
    }

    /// Goes to a line that something leads to.
    pub(super) fn go_to(&self, record: usize) {
        self.make_current(record);
        self.show(record);
    }

    /// Brings a line into sight, and opens the fold that it is in.
    pub(super) fn show(&self, record: usize) {
        self.session.lay_out(|state| state.transcript.unfold(record));
        self.sights.center(record);
    }

    fn step(&self, step: Step) {
        let sight = self.sights.height();
        let to = self.session.read(|state| {
            if state.transcript.is_empty() {
                return None;
            }
            Some(match (*self.current, step) {
                (Some(record), _) => {
                    let from = state.transcript.shown(record.min(state.transcript.len() - 1));
                    state.transcript.step(from, step, sight)
                }
                (None, Step::First | Step::Last) => state.transcript.step(0, step, sight),
                (None, Step::Down | Step::PageDown) => self.sights.first(state),
                (None, Step::Up | Step::PageUp) => self.sights.last(state),
            })
        });
        let Some(record) = to else { return };
        self.make_current(record);
        if step == Step::Last {
            self.sights.follow.set(Follow::Live);
        } else {
            self.sights.bring(record);
        }
    }

    pub(super) fn make_current(&self, record: usize) {
        self.current.set(Some(record));
        let said = self.session.read(|state| {
            let row = state.transcript.row(record)?;
            let line = row.number.map(|it| format!("Line {it}: ")).unwrap_or_default();
            let said = match &row.fold {
                Some(chip) if !chip.is_open => chip.told(),
                _ => row.body.shown(),
            };
            Some(line + &said.chars().take(SPOKEN_MAX).collect::<String>())
        });
        self.spoken.set(said.unwrap_or_default());
    }

    /// The number of the line of a record.
    fn line(&self, record: usize) -> Option<usize> {
        self.session.read(|state| state.transcript.tools(record)?.line)
    }

    /// What was read out of a line that is hidden now is taken away, too.
    pub(super) fn forget_hidden(&self) {
        let is_hidden = |record| self.session.read(|state| state.transcript.is_withdrawn(record));
        if !self.spoken.is_empty() && self.current.is_some_and(is_hidden) {
            self.spoken.set(String::new());
        }
    }

    /// The current line, if the focus is with the transcript.
    pub(super) fn current_text(&self) -> Option<Result<String, TooMuch>> {
        let is_here = document().active_element() == self.sights.port.cast::<Element>();
        self.current.filter(|_| is_here).map(|it| self.text_of(it))
    }

    /// The line of a record.
    fn text_of(&self, record: usize) -> Result<String, TooMuch> {
        self.session.read(|state| {
            let line = state.transcript.line_of(record);
            let end = Place::whole(line.end - 1, true);
            state.transcript.copy(Place::whole(line.start, false), end)
        })
    }

    fn put(&self, text: &str, done: &'static str) {
        let tell = self.tell.clone();
        clipboard::put(text, move |is_done| {
            tell.emit(if is_done {
                done
            } else {
                "The browser does not let this page copy"
            });
        });
    }

    /// The focus stays with the transcript, whatever of it goes out of sight.
    pub(super) fn focus(&self) {
        if let Some(log) = self.sights.port.cast::<HtmlElement>()
            && document().active_element().as_ref() != Some(&log)
        {
            focus::give(&log);
        }
    }
}

fn closest(element: &Element, selector: &str) -> Option<Element> {
    element.closest(selector).ok().flatten()
}

/// The record that a row shows.
fn record_of(row: &Element) -> Option<usize> {
    row.get_attribute("data-record")?.parse().ok()
}
