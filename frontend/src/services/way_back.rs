//! What of the page's address does not travel to where somebody signs in: its fragment, which may hold a link's token, and
//! its query. The tab remembers it, and it is there again when they come back.

use gloo::utils::window;
use protocol::sign_on::NotByOpenId;
use wasm_bindgen::JsValue;
use web_sys::{Storage, UrlSearchParams};

use super::place;

/// What the tab remembers it by.
const LEFT: &str = "pop3-console:left";

/// The parameter in which the bridge says why somebody came back without being signed in.
const SIGN_ON: &str = "sign-on";

/// Remembers it: the page is about to be left.
pub fn remember() {
    let location = window().location();
    let (path, query, fragment) = (location.pathname(), location.search(), location.hash());
    let query = query.and_then(|query| UrlSearchParams::new_with_str(&query));
    let query = query.map(|query| {
        query.delete(SIGN_ON);
        String::from(query.to_string())
    });
    if let (Some(storage), Ok(path), Ok(query), Ok(fragment)) = (storage(), path, query, fragment) {
        // A tab that remembers nothing costs whoever came by a link to follow it once more.
        let _ = storage.set_item(LEFT, &format!("{path}\n{query}\n{fragment}"));
    }
}

/// Why somebody came back who is not signed in, if that is so.
pub fn refused() -> Option<NotByOpenId> {
    place::parameter(SIGN_ON)?.parse().ok()
}

/// Puts it back into the address if that is the page that was left, and forgets it.
pub fn come_back() {
    let Some(storage) = storage() else {
        return;
    };
    let Ok(Some(left)) = storage.get_item(LEFT) else {
        return;
    };
    // As above.
    let _ = storage.remove_item(LEFT);
    let location = window().location();
    let now = (location.pathname(), location.search(), location.hash());
    if let (Ok(path), Ok(query), Ok(fragment)) = now
        && let Some(address) = whole(&left, &path, &query, &fragment)
        && let Ok(history) = window().history()
    {
        // A browser that keeps no history is where it is.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
    }
}

/// The address with what was left, as it is remembered; none where another page was left, or somebody has followed another link
/// since.
fn whole(left: &str, path: &str, query: &str, fragment: &str) -> Option<String> {
    let mut parts = left.splitn(3, '\n');
    let (left_path, left_query, left_fragment) = (parts.next()?, parts.next()?, parts.next()?);
    if left_path != path || !fragment.is_empty() {
        return None;
    }
    let queries = [left_query, query.trim_start_matches('?')];
    let queries: Vec<_> = queries.into_iter().filter(|it| !it.is_empty()).collect();
    let sign = if queries.is_empty() { "" } else { "?" };
    Some(format!("{path}{sign}{}{left_fragment}", queries.join("&")))
}

fn storage() -> Option<Storage> {
    window().session_storage().ok()?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_travel_is_there_again_on_the_same_page() {
        for (left, query, address) in [
            ("/s/x\n\n#token&L7", "", Some("/s/x#token&L7")),
            (
                "/s/x\n\n#token",
                "?sign-on=denied",
                Some("/s/x?sign-on=denied#token"),
            ),
            ("/s/x\njoin=\n", "", Some("/s/x?join=")),
            ("/s/x\njoin=\n", "?sign-on=late", Some("/s/x?join=&sign-on=late")),
            ("/s/x\n\n", "", Some("/s/x")),
            ("/s/y\n\n#token", "", None),
            ("/\n\n#token", "", None),
            ("", "", None),
        ] {
            assert_eq!(whole(left, "/s/x", query, "").as_deref(), address, "{left}");
        }
        assert_eq!(whole("/s/x\n\n#token", "/s/x", "", "#another"), None);
    }
}
