//! The time.

use gloo::utils::window;
use js_sys::Date;
use web_sys::Performance;

thread_local! {
    /// Looked up once: it is asked with every message.
    static CLOCK: Option<Performance> = window().performance();
}

/// Milliseconds that have passed since some moment.
pub fn now() -> f64 {
    CLOCK.with(|clock| clock.as_ref().map_or_else(Date::now, Performance::now))
}
