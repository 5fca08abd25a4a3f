//! Whether somebody was signed in to the console in this tab. After it was started anew the console knows nothing of that: what
//! the browser shows it is to it as good as what anybody makes up.

use gloo::utils::window;
use web_sys::Storage;

/// What the tab remembers it by.
const SIGNED_ON: &str = "pop3-console:signed-on";

/// Somebody is signed in.
pub fn remember() {
    if let Some(storage) = storage() {
        // A tab that remembers nothing shows whoever is signed out what it shows a stranger.
        let _ = storage.set_item(SIGNED_ON, "yes");
    }
}

/// They signed out, and need not be told that they are.
pub fn forget() {
    if let Some(storage) = storage() {
        // As above.
        let _ = storage.remove_item(SIGNED_ON);
    }
}

/// Whether somebody was, and did not sign out here.
pub fn is_so() -> bool {
    storage().is_some_and(|storage| matches!(storage.get_item(SIGNED_ON), Ok(Some(_))))
}

fn storage() -> Option<Storage> {
    window().session_storage().ok()?
}
