//! Chance, from the browser.

use gloo::utils::window;
use protocol::base64;
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

/// How many octets of chance a nonce has.
const NONCE_OCTETS: usize = 18;

/// A word that nobody can guess, of base64's characters. Empty where the browser has no such chance.
pub fn nonce() -> String {
    let mut octets = [0; NONCE_OCTETS];
    let filled = window()
        .crypto()
        .map(|it| it.get_random_values_with_u8_array(&mut octets));
    match filled {
        Ok(Ok(_)) => base64::encode(&octets),
        _ => String::new(),
    }
}
