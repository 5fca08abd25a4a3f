//! Who searches: what for, how far that has come, and at which match the person is.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::render::{AnimationFrame, request_animation_frame};
use gloo::utils::document;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement, KeyboardEvent};
use yew::prelude::*;

use super::reader::Reader;
use crate::components::shortcut::{is_control, is_typing, use_shortcut};
use crate::services::clock::now;
use crate::services::focus;
use crate::services::pattern::Pattern;
use crate::transcript::rows::Match;
use crate::transcript::search::{Literal, Matcher, Search};

/// How long is searched before the next frame is drawn, in milliseconds.
const SLICE: f64 = 4.0;

/// What is searched for.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Query {
    pub(super) text: String,
    pub(super) is_pattern: bool,
    pub(super) minds_case: bool,
}

impl Query {
    /// What finds it; none if nothing was asked for.
    fn matcher(&self) -> Option<Result<Box<dyn Matcher>, String>> {
        let text = &self.text;
        if text.is_empty() {
            return None;
        }
        if self.is_pattern {
            let pattern = Pattern::new(text, !self.minds_case);
            return Some(pattern.map(|it| Box::new(it) as Box<dyn Matcher>));
        }
        let exact = || Box::new(Literal::exact(text)) as Box<dyn Matcher>;
        if self.minds_case {
            return Some(Ok(exact()));
        }
        let ascii = Literal::any_case(text).map(|it| Box::new(it) as Box<dyn Matcher>);
        let any = || Pattern::any_case(text).map(|it| Box::new(it) as Box<dyn Matcher>);
        Some(Ok(ascii.or_else(any).unwrap_or_else(exact)))
    }
}

/// Who searches.
#[derive(Clone)]
pub(super) struct Finder {
    reader: Reader,
    pub(super) is_open: UseStateHandle<bool>,
    pub(super) query: UseStateHandle<Query>,
    /// What is wrong with the regular expression; empty if nothing is.
    pub(super) problem: UseStateHandle<String>,
    /// The number of the match at which the person is.
    chosen: UseStateHandle<Option<usize>>,
    pub(super) field: NodeRef,
    kept: Rc<Kept>,
}

#[derive(Default)]
struct Kept {
    search: RefCell<Option<Search>>,
    /// The record from which on the first match is wanted.
    anchor: Cell<usize>,
    /// Whether it is not found yet.
    seeks: Cell<bool>,
    /// What had the focus before.
    before: RefCell<Option<HtmlElement>>,
    slice: RefCell<Option<AnimationFrame>>,
}

/// How far a search has come.
#[derive(Clone, Copy, Default, PartialEq)]
pub(super) struct Progress {
    pub(super) count: usize,
    /// The match at which the person is.
    pub(super) chosen: Option<usize>,
    pub(super) has_more: bool,
    pub(super) is_full: bool,
    /// Whether there is text that the person is not shown, and that is not searched.
    pub(super) is_partial: bool,
}

/// Searches for as long as there is something to search, a slice a frame.
#[hook]
pub(super) fn use_finder(reader: &Reader, update: &UseForceUpdateHandle) -> Finder {
    let finder = Finder {
        reader: reader.clone(),
        is_open: use_state_eq(|| false),
        query: use_state_eq(Query::default),
        problem: use_state_eq(String::new),
        chosen: use_state_eq(|| None),
        field: use_node_ref(),
        kept: use_memo((), |()| Kept::default()),
    };
    {
        let finder = finder.clone();
        use_shortcut(move |event| finder.shortcut(event));
    }
    {
        let field = finder.field.clone();
        use_effect_with(*finder.is_open, move |is_open| {
            if *is_open {
                enter(&field);
            }
        });
    }
    {
        let (finder, update) = (finder.clone(), update.clone());
        use_effect(move || {
            finder.seek();
            if finder.progress().has_more {
                finder.search_on(update);
            }
        });
    }
    finder
}

impl Finder {
    /// How far the search has come.
    pub(super) fn progress(&self) -> Progress {
        let search = self.kept.search.borrow();
        let Some(search) = search.as_ref() else {
            return Progress::default();
        };
        let session = &self.reader.session;
        Progress {
            count: search.count(),
            chosen: (*self.chosen).filter(|&it| it < search.count()),
            has_more: session.read(|state| search.has_more(&state.transcript)),
            is_full: search.is_full(),
            is_partial: session.read(|state| state.transcript.has_unseen()),
        }
    }

    /// What of a record was found.
    pub(super) fn found(&self, record: usize) -> Vec<Match> {
        let search = self.kept.search.borrow();
        let search = search.as_ref();
        search.map_or_else(Vec::new, |it| it.found(record, *self.chosen))
    }

    /// Opens, or goes to the field.
    pub(super) fn open(&self) {
        if *self.is_open {
            return enter(&self.field);
        }
        let focused = document().active_element();
        self.kept
            .before
            .replace(focused.and_then(|it| it.dyn_into().ok()));
        let sights = &self.reader.sights;
        let first = self.reader.session.read(|state| sights.first(state));
        self.kept.anchor.set(first);
        self.is_open.set(true);
        self.ask((*self.query).clone());
    }

    /// Closes. The line with the match is the current one, and the focus goes back to where it was.
    pub(super) fn close(&self) {
        let chosen = self.progress().chosen;
        let search = self.kept.search.take();
        if let Some(record) = chosen.and_then(|it| search?.record(it)) {
            self.reader.make_current(record);
        }
        self.is_open.set(false);
        self.chosen.set(None);
        match self.kept.before.take().filter(|it| it.is_connected()) {
            Some(before) => focus::give(&before),
            None => self.reader.focus(),
        }
    }

    /// Searches for something else.
    pub(super) fn ask(&self, query: Query) {
        let (search, problem) = match query.matcher() {
            Some(Ok(matcher)) => (Some(Search::new(matcher)), String::new()),
            Some(Err(problem)) => (None, problem),
            None => (None, String::new()),
        };
        self.kept.seeks.set(search.is_some());
        self.kept.search.replace(search);
        self.problem.set(problem);
        self.chosen.set(None);
        self.query.set(query);
    }

    /// Goes to the next match, or to the one before.
    pub(super) fn go(&self, is_forward: bool) {
        let Progress { count, chosen, .. } = self.progress();
        let number = match chosen {
            _ if count == 0 => return,
            None => 0,
            Some(at) if is_forward => (at + 1) % count,
            Some(at) => (at + count - 1) % count,
        };
        self.choose(number);
    }

    fn choose(&self, number: usize) {
        self.chosen.set(Some(number));
        self.kept.seeks.set(false);
        let search = self.kept.search.borrow();
        if let Some(record) = search.as_ref().and_then(|it| it.record(number)) {
            self.kept.anchor.set(record);
            self.reader.show(record);
        }
    }

    /// Chooses the first match from where the person looks on, once it is found; or the first of all.
    fn seek(&self) {
        if !self.kept.seeks.get() {
            return;
        }
        let Progress { count, has_more, .. } = self.progress();
        // What comes later is found, but moves nothing.
        self.kept.seeks.set(has_more);
        let number = {
            let search = self.kept.search.borrow();
            let first = search
                .as_ref()
                .and_then(|it| it.first_from(self.kept.anchor.get()));
            first.or((!has_more && count > 0).then_some(0))
        };
        if let Some(number) = number {
            self.choose(number);
        }
    }

    fn search_on(&self, update: UseForceUpdateHandle) {
        let (session, kept) = (self.reader.session.clone(), self.kept.clone());
        let slice = request_animation_frame(move |_| {
            let begun = now();
            if let Some(search) = kept.search.borrow_mut().as_mut() {
                session.read(|state| {
                    search.search(&state.transcript, || now() - begun > SLICE);
                });
            }
            update.force_update();
        });
        self.kept.slice.replace(Some(slice));
    }

    fn shortcut(&self, event: &KeyboardEvent) -> bool {
        let is_plain = !event.ctrl_key() && !event.alt_key() && !event.meta_key();
        match event.key().as_str() {
            // Pressed once more, it is the browser's.
            _ if is_control(event, "f") => {
                let is_here = self.field.get().is_some() && self.field.get() == focused();
                if !is_here {
                    self.open();
                }
                !is_here
            }
            "/" if is_plain && !is_typing(event) => {
                self.open();
                true
            }
            "F3" if is_plain => {
                if *self.is_open {
                    self.go(!event.shift_key());
                } else {
                    self.open();
                }
                true
            }
            _ => false,
        }
    }
}

fn focused() -> Option<web_sys::Node> {
    document().active_element().map(Into::into)
}

/// Goes to the field, where the next letter replaces what is there.
fn enter(field: &NodeRef) {
    if let Some(field) = field.cast::<HtmlInputElement>() {
        focus::give(&field);
        field.select();
    }
}
