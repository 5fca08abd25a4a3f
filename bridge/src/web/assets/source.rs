//! What is made of the files that Trunk wrote, when the console is embedded as when it is read from disk: the build
//! script shares this file.

use std::hash::{DefaultHasher, Hash, Hasher};

/// How the page says that it is the one where people connect, and how that it is a session's. Trunk leaves out the
/// quotation marks of a page that is shipped.
const PAGES: [(&str, &str); 2] = [
    ("data-page=connect", "data-page=session"),
    ("data-page=\"connect\"", "data-page=\"session\""),
];

/// The page of a session; none if the page does not say which one it is.
pub(super) fn of_session(page: &str) -> Option<String> {
    let (connect, session) = PAGES.into_iter().find(|(connect, _)| page.contains(connect))?;
    Some(page.replacen(connect, session, 1))
}

/// What tells a file's content from any other.
pub(super) fn digest(octets: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    octets.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
