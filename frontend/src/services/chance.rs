//! Chance, from the browser.

use protocol::entry::LineId;

/// A number from 0 to 1, 1 excluded.
pub fn spread() -> f64 {
    js_sys::Math::random()
}

/// A new name for a line. It has to be unique within a session, not unguessable.
pub fn line_id() -> LineId {
    let half = || u64::from((spread() * f64::from(u32::MAX)) as u32);
    half() << 32 | half()
}
