//! What this browser keeps: the tokens of its sessions, the lines that it sent, the servers that greeted it, and
//! how the person wants the page to look and lines to be read.

use gloo::utils::window;
use web_sys::Storage;

use super::chance;
use crate::recent::{self, Recent};
use crate::sessions::{self, Known, Seen};

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
        // A storage that is forbidden keeps none.
        let _ = storage.remove_item(&token_key(session));
    }
}

/// The sessions that this browser opened.
pub fn sessions() -> Vec<Known> {
    sessions::read(&kept(SESSIONS))
}

/// Whether there is any of them.
pub fn has_sessions() -> bool {
    !kept(SESSIONS).is_empty()
}

/// Keeps the sessions.
pub fn keep_sessions(known: &[Known]) {
    keep(SESSIONS, &sessions::written(known));
}

/// Remembers a session that was opened for a server. The oldest go when there are too many.
pub fn remember_session(id: &str, server: &str, at: u64) {
    let mut known = sessions();
    let gone = sessions::opened(&mut known, id, server, at);
    gone.iter().for_each(|it| forget_token(&it.id));
    keep_sessions(&known);
}

/// The person calls a session that, which may have been opened from another browser.
pub fn name_session(id: &str, server: &str, opened: u64, name: &str) {
    if !sessions().iter().any(|it| it.id == id) {
        remember_session(id, server, opened);
    }
    change_sessions(|known| sessions::rename(known, id, name));
}

/// Forgets a session, and its token. Gives those that are left.
pub fn forget_session(id: &str) -> Vec<Known> {
    forget_token(id);
    change_sessions(|known| sessions::forget(known, id))
}

/// Remembers whom a session is with.
pub fn meet_server(id: &str, server: &str) {
    change_sessions(|known| sessions::meet(known, id, server));
}

/// Remembers what was seen of a session.
pub fn see_session(id: &str, seen: Seen) {
    change_sessions(|known| sessions::see(known, id, seen));
}

/// Changes what is remembered of sessions, and gives all of it: another tab may have opened one meanwhile.
pub fn change_sessions(change: impl FnOnce(&mut Vec<Known>)) -> Vec<Known> {
    let mut known = sessions();
    let before = known.clone();
    change(&mut known);
    if known != before {
        keep_sessions(&known);
    }
    known
}

/// This browser's own name for whoever sits at it: by it the bridge knows who comes back.
pub fn browser() -> String {
    let known = kept(BROWSER);
    if !known.is_empty() {
        return known;
    }
    let new = chance::nonce();
    keep(BROWSER, &new);
    new
}

/// What the person wants to be called; empty if they have not said.
pub fn name() -> String {
    kept(NAME)
}

/// Keeps what the person wants to be called.
pub fn keep_name(name: &str) {
    keep(NAME, name);
}

/// Whether the person was asked already what they want to be called.
pub fn was_asked_for_name() -> bool {
    !kept(NAME_ASKED).is_empty()
}

/// The person was asked what they want to be called.
pub fn keep_asked_for_name() {
    keep(NAME_ASKED, "yes");
}

/// Somebody is signed in to the console with that account. What was kept here for anybody else is forgotten; whether there was any.
pub fn belongs_to(account: &str) -> bool {
    if kept(ACCOUNT) == account {
        return false;
    }
    let was_any = forget_person();
    keep(ACCOUNT, account);
    // Where nothing can be kept, there is nothing of anybody's either.
    was_any && kept(ACCOUNT) == account
}

/// Whoever was signed in is so no longer: nothing is kept of what they did. How the page looks stays, as does what this browser calls
/// itself. Whether there was any.
pub fn forget_person() -> bool {
    let Some(storage) = storage() else {
        return false;
    };
    let count = storage.length().unwrap_or_default();
    let keys = (0..count).filter_map(|at| storage.key(at).ok()?);
    let is_theirs = |key: &String| key.starts_with(OURS) && ![BROWSER, THEME, CHARSET].contains(&&**key);
    // All are named before any is gone: what is gone changes the places of the others.
    let theirs: Vec<String> = keys.filter(is_theirs).collect();
    for key in &theirs {
        // A storage that is forbidden keeps none.
        let _ = storage.remove_item(key);
    }
    !theirs.is_empty()
}

/// The lines that were kept.
pub fn history() -> String {
    kept(HISTORY)
}

/// Keeps the lines.
pub fn keep_history(lines: &str) {
    keep(HISTORY, lines);
}

/// The servers that were kept.
pub fn recent() -> Vec<Recent> {
    recent::read(&kept(RECENT))
}

/// Keeps the servers.
pub fn keep_recent(recent: &[Recent]) {
    keep(RECENT, &recent::written(recent));
}

/// Keeps the theme.
pub fn keep_theme(theme: &str) {
    keep(THEME, theme);
}

/// The charset of lines that are not UTF-8; empty of none.
pub fn charset() -> String {
    kept(CHARSET)
}

/// Keeps the charset.
pub fn keep_charset(charset: &str) {
    keep(CHARSET, charset);
}

/// What everything is called by that this page keeps.
const OURS: &str = "pop3-console:";

/// Whose account that is of which something is kept.
const ACCOUNT: &str = "pop3-console:account";

const BROWSER: &str = "pop3-console:browser";

const SESSIONS: &str = "pop3-console:sessions";

const NAME: &str = "pop3-console:name";

const NAME_ASKED: &str = "pop3-console:name-asked";

const CHARSET: &str = "pop3-console:charset";

const HISTORY: &str = "pop3-console:history";

const RECENT: &str = "pop3-console:recent";

/// The page's own script reads it as well, before anything is drawn.
const THEME: &str = "pop3-console:theme";

fn token_key(session: &str) -> String {
    format!("pop3-console:session:{session}")
}

fn kept(key: &str) -> String {
    let kept = storage().and_then(|storage| storage.get_item(key).ok()?);
    kept.unwrap_or_default()
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
