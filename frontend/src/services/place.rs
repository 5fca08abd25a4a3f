//! The page's address.

use gloo::utils::window;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlInputElement, UrlSearchParams};

/// The path of the address.
pub fn path() -> String {
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

/// What was typed for a server before the module ran, in the field that the page came with.
pub fn typed_early() -> String {
    let field = gloo::utils::document().get_element_by_id("early-server");
    let field = field.and_then(|it| it.dyn_into::<HtmlInputElement>().ok());
    field.map(|it| it.value()).unwrap_or_default()
}

/// Goes to a path without loading it.
pub fn go(path: &str) {
    if let Ok(history) = window().history() {
        // A browser that keeps no history shows the page all the same.
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(path));
    }
}

/// Forgets the address's query, also in the browser's way back.
pub fn forget_query() {
    if let Ok(history) = window().history() {
        // As above.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&path()));
    }
}

/// The number of the line that the address's fragment links to.
pub fn line() -> Option<usize> {
    line_in(&window().location().hash().ok()?)
}

/// Has the address link to a line, also in the browser's way back.
pub fn set_line(line: usize) {
    let fragment = with_line(&window().location().hash().unwrap_or_default(), line);
    if let Ok(history) = window().history() {
        // As above.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&fragment));
    }
}

/// The address of a line, and of nothing else that the fragment may hold.
pub fn address_of(line: usize) -> String {
    let location = window().location();
    let origin = location.origin().unwrap_or_default();
    format!("{origin}{}{}", path(), with_line("", line))
}

/// A fragment has parts, separated by `&`; the one of a line is `L` and its number.
fn line_in(fragment: &str) -> Option<usize> {
    parts(fragment).find_map(line_of)
}

fn with_line(fragment: &str, line: usize) -> String {
    let mut changed = format!("#L{line}");
    for part in parts(fragment).filter(|part| line_of(part).is_none()) {
        changed.push('&');
        changed.push_str(part);
    }
    changed
}

fn parts(fragment: &str) -> impl Iterator<Item = &str> {
    fragment
        .trim_start_matches('#')
        .split('&')
        .filter(|part| !part.is_empty())
}

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
        assert_eq!(line_in("#token=Lx&L7"), Some(7));
        assert_eq!(line_in("#token=L7"), None);
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
        assert_eq!(with_line("#L7&token=a", 8), "#L8&token=a");
        assert_eq!(with_line("#token=a&L7&x", 8), "#L8&token=a&x");
    }
}
