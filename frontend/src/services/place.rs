//! The page's address.

use gloo::utils::window;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlInputElement, UrlSearchParams};

/// The path below which the console stands, as the bridge wrote it into the page: empty, or with a slash before and none
/// behind.
pub fn base() -> String {
    let body = gloo::utils::document().body();
    body.and_then(|body| body.get_attribute("data-base"))
        .unwrap_or_default()
}

/// The path of the address, below the one where the console stands.
pub fn path() -> String {
    let path = whole_path();
    path.strip_prefix(&base()).map(str::to_owned).unwrap_or(path)
}

/// The address of what is at that path of the console's.
pub fn below(path: &str) -> String {
    base() + path
}

fn whole_path() -> String {
    window().location().pathname().unwrap_or_default()
}

/// The host that the page came from, and its port if that is not the usual one.
pub fn host() -> String {
    window().location().host().unwrap_or_default()
}

/// A parameter of the address's query.
pub fn parameter(name: &str) -> Option<String> {
    let query = window().location().search().ok()?;
    UrlSearchParams::new_with_str(&query).ok()?.get(name)
}

/// Whether the bridge made the page one where only its presets can be connected to.
pub fn offers_presets_only() -> bool {
    is_page("presets")
}

/// Whether it made it one where people may have to sign in before they connect.
pub fn may_ask_to_sign_in() -> bool {
    is_page("access")
}

fn is_page(kind: &str) -> bool {
    let body = gloo::utils::body();
    body.get_attribute("data-page").as_deref() == Some(kind)
}

/// Whether the address of a session asks to take part in it, and not only to watch: it means something for whoever needs no
/// link.
pub fn joins() -> bool {
    parameter("join").is_some()
}

/// What was typed for a server before the module ran, in the field that the page came with.
pub fn typed_early() -> String {
    let field = gloo::utils::document().get_element_by_id("early-server");
    let field = field.and_then(|it| it.dyn_into::<HtmlInputElement>().ok());
    field.map(|it| it.value()).unwrap_or_default()
}

/// Goes to a path of the console's without loading it.
pub fn go(path: &str) {
    if let Ok(history) = window().history() {
        // A browser that keeps no history shows the page all the same.
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&below(path)));
    }
}

/// Forgets the address's query, also in the browser's way back.
pub fn forget_query() {
    if let Ok(history) = window().history() {
        // As above.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&whole_path()));
    }
}

/// The number of the line that the address's fragment links to.
pub fn line() -> Option<usize> {
    line_in(&fragment())
}

/// The token that the address's fragment holds, of a link that somebody was given.
pub fn token() -> Option<String> {
    token_in(&fragment()).map(str::to_owned)
}

/// What the address of a line begins with here, before `L` and the number: the link that this page was opened with is
/// part of it.
pub fn anchor() -> String {
    anchor_in(&fragment())
}

/// The address of a link to a session.
pub fn address_of_link(session: &str, token: &str) -> String {
    let origin = window().location().origin().unwrap_or_default();
    format!("{origin}{}#{token}", below(&format!("/s/{session}")))
}

/// Has the address link to a line, also in the browser's way back.
pub fn set_line(line: usize) {
    let fragment = with_line(&fragment(), line);
    if let Ok(history) = window().history() {
        // As above.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&fragment));
    }
}

/// The address of a line. Whoever came by a link has it in there; who opened the session is known by their browser.
pub fn address_of(line: usize) -> String {
    let location = window().location();
    let origin = location.origin().unwrap_or_default();
    format!("{origin}{}{}", whole_path(), with_line(&fragment(), line))
}

fn fragment() -> String {
    window().location().hash().unwrap_or_default()
}

/// A fragment has parts, separated by `&`; the one of a line is `L` and its number, the first other one a link's token.
fn line_in(fragment: &str) -> Option<usize> {
    parts(fragment).find_map(line_of)
}

fn token_in(fragment: &str) -> Option<&str> {
    let token = parts(fragment).find(|part| line_of(part).is_none())?;
    // What is longer is no token either way, and is not sent anywhere.
    Some(token.get(..TOKEN_MAX).unwrap_or(token))
}

fn anchor_in(fragment: &str) -> String {
    match token_in(fragment) {
        Some(token) => format!("#{token}&"),
        None => "#".to_owned(),
    }
}

fn with_line(fragment: &str, line: usize) -> String {
    format!("{}L{line}", anchor_in(fragment))
}

fn parts(fragment: &str) -> impl Iterator<Item = &str> {
    fragment
        .trim_start_matches('#')
        .split('&')
        .filter(|part| !part.is_empty())
}

/// The most octets of a fragment that are taken for a token; one has 43.
const TOKEN_MAX: usize = 128;

fn line_of(part: &str) -> Option<usize> {
    part.strip_prefix('L')?.parse().ok().filter(|&line| line > 0)
}

/// Loads the page again.
pub fn reload() {
    // Fails only while the page is being left anyway.
    let _ = window().location().reload();
}

/// What the browser shows as the page's name.
pub fn set_title(title: &str) {
    gloo::utils::document().set_title(title);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fragment_links_to_a_line_beside_whatever_else_it_holds() {
        assert_eq!(line_in("#L120"), Some(120));
        assert_eq!(line_in("#Lx-token&L7"), Some(7));
        assert_eq!(line_in("#token-L7"), None);
        for none in [
            "",
            "#",
            "#L",
            "#L0",
            "#Lx",
            "#l7",
            "#L-1",
            "#L99999999999999999999999",
        ] {
            assert_eq!(line_in(none), None, "{none}");
        }
        assert_eq!(with_line("", 8), "#L8");
        assert_eq!(with_line("#L7&token", 8), "#token&L8");
        assert_eq!(with_line("#token&L7", 8), "#token&L8");
    }

    #[test]
    fn a_fragment_holds_the_token_of_a_link() {
        assert_eq!(token_in("#w7XU4Jm0"), Some("w7XU4Jm0"));
        assert_eq!(token_in("#w7XU4Jm0&L120"), Some("w7XU4Jm0"));
        assert_eq!(token_in("#L120&w7XU4Jm0"), Some("w7XU4Jm0"));
        assert_eq!(token_in("#Lw7XU4Jm0"), Some("Lw7XU4Jm0"));
        for none in ["", "#", "#L120", "#&"] {
            assert_eq!(token_in(none), None, "{none}");
        }
        assert_eq!(
            token_in(&format!("#{}", "x".repeat(900))).map(str::len),
            Some(TOKEN_MAX)
        );
        assert_eq!(anchor_in("#L7"), "#");
    }
}
