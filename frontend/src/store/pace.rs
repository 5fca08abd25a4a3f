//! When the page is drawn again: at the next frame, however much has come. While a lot comes in, frames are left out, so
//! that there is more time for it; what is typed is drawn by the prompt itself.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::render::{AnimationFrame, request_animation_frame};

/// From how many octets a frame on a lot comes in.
const LOT: usize = 128 * 1024;

/// How long what is drawn stands then, in milliseconds.
const STANDS: f64 = 60.0;

/// When the page is drawn.
#[derive(Default)]
pub(super) struct Pace {
    frame: RefCell<Option<AnimationFrame>>,
    /// How much has come since the last frame, in octets.
    came: Cell<usize>,
    drawn: Cell<f64>,
}

impl Pace {
    /// So many octets came.
    pub(super) fn came(&self, octets: usize) {
        self.came.set(self.came.get().saturating_add(octets));
    }

    /// Draws at the next frame that is not left out, once. None is left out if it `is_urgent`.
    pub(super) fn draw(self: &Rc<Self>, redraw: Rc<dyn Fn()>, is_urgent: bool) {
        if is_urgent {
            self.came.set(0);
        }
        if self.frame.borrow().is_none() {
            self.clone().at_next_frame(redraw);
        }
    }

    /// Nothing is drawn any more.
    pub(super) fn stop(&self) {
        self.frame.take();
    }

    fn at_next_frame(self: Rc<Self>, redraw: Rc<dyn Fn()>) {
        let pace = self.clone();
        let frame = request_animation_frame(move |now| {
            if leaves_out(pace.came.take(), now - pace.drawn.get()) {
                return pace.at_next_frame(redraw);
            }
            pace.frame.take();
            pace.drawn.set(now);
            redraw();
        });
        self.frame.replace(Some(frame));
    }
}

/// Whether a frame is left out before which so many octets came, and the page stood for so many milliseconds.
fn leaves_out(came: usize, stood: f64) -> bool {
    came >= LOT && stood < STANDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_left_out_only_while_a_lot_comes_in_and_not_for_long() {
        assert!(!leaves_out(LOT - 1, 0.0));
        assert!(leaves_out(LOT, STANDS - 1.0));
        assert!(!leaves_out(usize::MAX, STANDS));
    }
}
