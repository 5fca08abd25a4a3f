//! What is in sight: following the live end until the person scrolls up, or staying where the person looks.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::events::EventListener;
use web_sys::Element;
use yew::prelude::*;

use crate::session::State;
use crate::store::Session;
use crate::transcript::current::Step;
use crate::transcript::{Transcript, window};

/// The room above the first row and below the last, in pixels; the style sheet says so too.
const SPACER_MARGIN: f64 = 10.0;

/// The room at the bottom that the button takes which leads to the live end, in pixels.
const LIVE_ROOM: f64 = 60.0;

/// How near to the end, in pixels, counts as at the end.
const AT_END: f64 = 8.0;

/// What of the transcript is in sight.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Sight {
    /// The scroll position in pixels.
    pub(super) scroll: f64,
    /// How much is in sight in pixels.
    pub(super) height: f64,
}

/// Whether new lines are followed; if not, how many there were when that ended.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Follow {
    /// They are.
    Live,
    /// They are not, since there were so many.
    Since(usize),
}

/// What moves the sight.
#[derive(Clone)]
pub(super) struct Sights {
    pub(super) session: Session,
    pub(super) port: NodeRef,
    pub(super) sight: UseStateHandle<Sight>,
    pub(super) follow: UseStateHandle<Follow>,
    /// Where the page has to be scrolled to once it is drawn.
    pub(super) goal: Rc<RefCell<Option<f64>>>,
    /// The row that has to be brought into sight once it is known how high it is.
    pub(super) due: Rc<Cell<Option<usize>>>,
    pub(super) update: UseForceUpdateHandle,
}

impl Sights {
    /// The height of what stands behind the transcript, in pixels.
    pub(super) fn more(&self, state: &State) -> f64 {
        let metrics = state.transcript.metrics();
        state.pending.len() as f64 * (metrics.row + metrics.gap)
    }

    /// The scroll position that is drawn.
    pub(super) fn scroll(&self, state: &State) -> f64 {
        match *self.follow {
            Follow::Live => {
                let drawn = window::window(&state.transcript, 0.0, self.sight.height, self.more(state));
                (drawn.spacer - self.sight.height).max(0.0)
            }
            Follow::Since(_) => self.sight.scroll,
        }
    }

    /// How far below the top of the transcript the sight begins, in pixels.
    fn place(&self, state: &State) -> f64 {
        let height = state.transcript.height() + self.more(state);
        let scrolled = || self.port.cast::<Element>().map(|it| f64::from(it.scroll_top()));
        let scroll = self.goal.borrow().or_else(scrolled);
        let scroll = scroll.unwrap_or_else(|| self.scroll(state));
        window::place(scroll, self.sight.height, height)
    }

    /// Changes how high something is that is in sight, and what stands above it stays where it is.
    pub(super) fn hold(&self, change: impl FnOnce(&mut State)) {
        let place = self.session.read(|state| self.place(state));
        self.session.lay_out(change);
        self.go(place);
    }

    /// Lays the transcript out anew. What was at the top stays there.
    pub(super) fn lay_out(&self, anew: impl FnOnce(&mut Transcript)) {
        let scroll = self.session.lay_out(|state| {
            let place = self.place(state);
            let record = state.transcript.shown(state.transcript.at(place));
            let below = place - state.transcript.top(record);
            anew(&mut state.transcript);
            let height = state.transcript.height() + self.more(state);
            window::scroll(state.transcript.top(record) + below, self.height(), height)
        });
        self.draw(scroll);
    }

    /// How much is in sight, in pixels.
    pub(super) fn height(&self) -> f64 {
        let port = self.port.cast::<Element>();
        port.map_or(self.sight.height, |it| f64::from(it.client_height()))
    }

    /// The first row that is in sight from its top.
    pub(super) fn first(&self, state: &State) -> usize {
        let place = self.place(state);
        let record = state.transcript.shown(state.transcript.at(place));
        if state.transcript.top(record) < place {
            state.transcript.step(record, Step::Down, 0.0)
        } else {
            record
        }
    }

    /// The last row that is in sight to its end.
    pub(super) fn last(&self, state: &State) -> usize {
        let end = self.place(state) + self.height() - SPACER_MARGIN;
        let record = state.transcript.shown(state.transcript.at(end));
        if state.transcript.top(state.transcript.next_shown(record)) > end {
            state.transcript.step(record, Step::Up, 0.0)
        } else {
            record
        }
    }

    /// Brings a row into sight, if it is not, by moving as little as it takes.
    pub(super) fn bring(&self, record: usize) {
        let (place, top, end) = self.where_is(record);
        let room = match *self.follow {
            Follow::Live => 2.0 * SPACER_MARGIN,
            Follow::Since(_) => LIVE_ROOM,
        };
        let height = self.height() - room;
        if top < place {
            self.go(top);
        } else if end > place + height {
            self.go((end - height).min(top));
        }
    }

    /// Brings the row into sight that waited until it was known how high it is.
    pub(super) fn bring_due(&self) {
        if let Some(record) = self.due.take() {
            self.bring(record);
        }
    }

    /// Brings a row into sight, if it is not, with something of what is before it.
    pub(super) fn center(&self, record: usize) {
        let height = self.height();
        let (place, top, end) = self.where_is(record);
        if top < place || end > place + height - 2.0 * SPACER_MARGIN {
            self.go(top - height / 3.0);
        } else {
            self.stay();
        }
    }

    /// Where the sight begins, and where a row begins and ends.
    fn where_is(&self, record: usize) -> (f64, f64, f64) {
        self.session.read(|state| {
            let next = state.transcript.next_shown(record);
            (
                self.place(state),
                state.transcript.top(record),
                state.transcript.top(next),
            )
        })
    }

    /// Has the sight begin at a place, and follows the live end no longer.
    fn go(&self, place: f64) {
        let scroll = self.session.read(|state| {
            let height = state.transcript.height() + self.more(state);
            window::scroll(place, self.sight.height, height)
        });
        self.stay();
        self.draw(scroll);
    }

    /// Follows the live end no longer, unless everything is in sight anyway.
    fn stay(&self) {
        let (height, count) = self.session.read(|state| {
            let height = state.transcript.height() + self.more(state);
            (height, state.transcript.line_count())
        });
        if *self.follow == Follow::Live && height + 2.0 * SPACER_MARGIN > self.height() {
            self.follow.set(Follow::Since(count));
        }
    }

    fn draw(&self, scroll: f64) {
        self.goal.replace(Some(scroll));
        self.sight.set(Sight {
            scroll,
            height: self.height(),
        });
        self.update.force_update();
    }
}

/// Where the end was when the page was last scrolled there.
#[derive(Clone, Copy, Default)]
pub(super) struct Pin {
    scroll: i32,
    height: i32,
}

impl Pin {
    /// Whether a person has gone up since. Where more is in sight than before, the browser goes up by itself.
    fn is_left(self, place: &Element) -> bool {
        place.scroll_top() < self.scroll && place.client_height() <= self.height
    }
}

/// Goes to the end.
pub(super) fn pin(place: &Element, pinned: &Cell<Pin>) {
    place.set_scroll_top(place.scroll_height());
    pinned.set(Pin {
        scroll: place.scroll_top(),
        height: place.client_height(),
    });
}

/// Follows the person's scrolling.
#[hook]
pub(super) fn use_scroll(
    pinned: &Rc<Cell<Pin>>,
    port: &NodeRef,
    sight: &UseStateHandle<Sight>,
    follow: &UseStateHandle<Follow>,
    count: usize,
) {
    let newest = use_mut_ref(|| 0);
    *newest.borrow_mut() = count;
    let is_live = use_mut_ref(|| true);
    *is_live.borrow_mut() = **follow == Follow::Live;
    let (port, sight, follow, pinned) = (port.clone(), sight.setter(), follow.setter(), pinned.clone());
    use_effect_with((), move |()| {
        let listener = port.cast::<Element>().map(|place| {
            let seen = place.clone();
            EventListener::new(&place, "scroll", move |_| {
                let (scroll, height) = (f64::from(seen.scroll_top()), f64::from(seen.client_height()));
                let is_at_end = scroll + height >= f64::from(seen.scroll_height()) - AT_END;
                sight.set(Sight { scroll, height });
                match (*is_live.borrow(), is_at_end) {
                    // Only a person goes up; an end that ran ahead is caught up with.
                    (true, false) if pinned.get().is_left(&seen) => {
                        follow.set(Follow::Since(*newest.borrow()));
                    }
                    (true, false) => pin(&seen, &pinned),
                    (false, true) => follow.set(Follow::Live),
                    _ => {}
                }
            })
        });
        move || drop(listener)
    });
}
