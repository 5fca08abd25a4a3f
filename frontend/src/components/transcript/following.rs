//! Following the live end, until the person scrolls up.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::events::EventListener;
use web_sys::Element;
use yew::prelude::*;

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
