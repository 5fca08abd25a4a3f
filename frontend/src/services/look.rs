//! How the page looks: the system's theme, or the one that the person chose.

use gloo::utils::document_element;

use super::storage;

/// The attribute of the page's root that the style sheets go by. The page's own script sets it before anything is
/// drawn.
const ATTRIBUTE: &str = "data-theme";

/// What can be chosen, as it is kept; the system's is empty.
pub const THEMES: [(&str, &str); 3] = [("", "System"), ("dark", "Dark"), ("light", "Light")];

/// The theme that was chosen.
pub fn theme() -> String {
    document_element().get_attribute(ATTRIBUTE).unwrap_or_default()
}

/// Chooses a theme, for this page and for later.
pub fn choose_theme(theme: &str) {
    storage::keep_theme(theme);
    // Fails only for a name that is no name.
    let _ = if theme.is_empty() {
        document_element().remove_attribute(ATTRIBUTE)
    } else {
        document_element().set_attribute(ATTRIBUTE, theme)
    };
}
