//! Which records are in sight.

use super::Transcript;

/// The highest element that is made. Browsers cut elements at some 16 or 33 million pixels: past this, the
/// scroll position stands for a place in proportion.
pub const SPACER_MAX: f64 = 15_000_000.0;

/// How far above and below the sight rows are made as well, in pixels.
const BEYOND: f64 = 200.0;

/// The rows that are made, and where they go.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Window {
    /// The first record.
    pub first: usize,
    /// The record behind the last.
    pub end: usize,
    /// Where the first record goes, in pixels below the top of the spacer.
    pub top: f64,
    /// The height of the spacer in pixels.
    pub spacer: f64,
}

/// The window at that scroll position. `more` is the height of what stands behind the transcript.
pub fn window(transcript: &Transcript, scroll: f64, sight: f64, more: f64) -> Window {
    let height = transcript.height() + more;
    let spacer = height.min(SPACER_MAX);
    let place = place(scroll, sight, height);
    if transcript.is_empty() {
        return Window {
            spacer,
            ..Window::default()
        };
    }
    let first = transcript.shown(transcript.at((place - BEYOND).max(0.0)));
    let end = transcript.next_shown(transcript.at(place + sight + BEYOND));
    Window {
        first,
        end,
        top: scroll + transcript.top(first) - place,
        spacer,
    }
}

/// How far below the top of the transcript the sight begins at a scroll position. `height` is that of everything.
pub fn place(scroll: f64, sight: f64, height: f64) -> f64 {
    let scroll = scroll.max(0.0);
    if height <= SPACER_MAX || SPACER_MAX <= sight {
        return scroll;
    }
    (scroll / (SPACER_MAX - sight)).min(1.0) * (height - sight)
}

/// The scroll position at which the sight begins so far below the top of the transcript.
pub fn scroll(place: f64, sight: f64, height: f64) -> f64 {
    let place = place.clamp(0.0, (height - sight).max(0.0));
    if height <= SPACER_MAX || SPACER_MAX <= sight {
        return place;
    }
    place / (height - sight) * (SPACER_MAX - sight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_its_scroll_position_however_high_the_transcript_is() {
        for height in [500.0, 10_000.0, 15_000_000.0, 80_000_000.0] {
            for part in 0..=10 {
                let wanted = (height - 900.0_f64).max(0.0) * f64::from(part) / 10.0;
                let found = place(scroll(wanted, 900.0, height), 900.0, height);
                assert!((found - wanted).abs() < 1e-3, "{wanted} of {height}: {found}");
            }
        }
    }
}
