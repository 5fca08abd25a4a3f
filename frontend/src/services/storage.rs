//! What this browser keeps: the tokens of its sessions, and the lines that it sent.

use gloo::utils::window;
use web_sys::Storage;

/// The token that lets into a session, if this browser has it.
pub fn token(session: &str) -> Option<String> {
    storage()?.get_item(&token_key(session)).ok()?
}

/// Keeps the token of a session.
pub fn keep_token(session: &str, token: &str) {
    keep(&token_key(session), token);
}

/// Forgets the token of a session.
pub fn forget_token(session: &str) {
    if let Some(storage) = storage() {
        // What cannot be removed opens nothing any more: the session is over.
        let _ = storage.remove_item(&token_key(session));
    }
}

/// The lines that were kept.
pub fn history() -> String {
    storage()
        .and_then(|storage| storage.get_item(HISTORY).ok()?)
        .unwrap_or_default()
}

/// Keeps the lines.
pub fn keep_history(lines: &str) {
    keep(HISTORY, lines);
}

const HISTORY: &str = "pop3-console:history";

fn token_key(session: &str) -> String {
    format!("pop3-console:session:{session}")
}

fn keep(key: &str, value: &str) {
    if let Some(storage) = storage() {
        // A full or forbidden storage costs the convenience, not the session at hand.
        let _ = storage.set_item(key, value);
    }
}

fn storage() -> Option<Storage> {
    window().local_storage().ok()?
}
