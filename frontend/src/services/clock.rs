//! The time.

use gloo::utils::window;
use js_sys::Date;
use web_sys::Performance;

thread_local! {
    /// Looked up once: it is asked with every message.
    static CLOCK: Option<Performance> = window().performance();
}

/// What time it is: milliseconds since 1970-01-01T00:00:00Z.
pub fn since_epoch() -> u64 {
    Date::now() as u64
}

/// Milliseconds that have passed since some moment.
pub fn now() -> f64 {
    CLOCK.with(|clock| clock.as_ref().map_or_else(Date::now, Performance::now))
}
