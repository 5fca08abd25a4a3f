//! What is in sight: following the live end until the person scrolls up, or staying where the person looks.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::events::EventListener;
use web_sys::Element;
use yew::prelude::*;

use crate::session::State;
use crate::store::Session;
use crate::transcript::window;

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
        let scrolled = self.port.cast::<Element>().map(|it| f64::from(it.scroll_top()));
        let scroll = scrolled.unwrap_or_else(|| self.scroll(state));
        window::place(scroll, self.sight.height, height)
    }

    /// Changes how high something is that is in sight, and what stands above it stays where it is.
    pub(super) fn hold(&self, change: impl FnOnce(&mut State)) {
        let place = self.session.read(|state| self.place(state));
        self.session.lay_out(change);
        self.go(place);
    }

    /// Has the sight begin at a place, and follows the live end no longer.
    fn go(&self, place: f64) {
        let (scroll, count) = self.session.read(|state| {
            let height = state.transcript.height() + self.more(state);
            (
                window::scroll(place, self.sight.height, height),
                state.transcript.line_count(),
            )
        });
        if *self.follow == Follow::Live {
            self.follow.set(Follow::Since(count));
        }
        self.goal.replace(Some(scroll));
        self.sight.set(Sight {
            scroll,
            ..*self.sight
        });
        self.update.force_update();
    }
}

/// Goes to the end.
pub(super) fn pin(place: &Element, pinned: &RefCell<i32>) {
    place.set_scroll_top(place.scroll_height());
    pinned.replace(place.scroll_top());
}

/// Follows the person's scrolling.
#[hook]
pub(super) fn use_scroll(
    pinned: &Rc<RefCell<i32>>,
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
                    (true, false) if seen.scroll_top() < *pinned.borrow() => {
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
