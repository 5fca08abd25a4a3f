//! What is made of the files that Trunk wrote, when the console is embedded as when it is read from disk: the build
//! script shares this file.

use std::hash::{DefaultHasher, Hash, Hasher};

/// How the page says that it is the one where people connect to any server. Trunk leaves out the quotation marks of a page
/// that is shipped.
const CONNECT: [&str; 2] = ["data-page=connect", "data-page=\"connect\""];

/// What the page of a session says instead.
pub(super) const SESSION: &str = "session";

/// What the page where people choose a preset says instead.
pub(super) const PRESETS: &str = "presets";

/// What the page says where people may have to sign in before they connect: it shows neither form before it is known whether
/// they have.
pub(super) const ACCESS: &str = "access";

/// What the page of administrators says instead.
pub(super) const ADMINISTRATION: &str = "administration";

/// One of those pages; none if the page does not say which one it is.
pub(super) fn of(page: &str, kind: &str) -> Option<String> {
    let connect = CONNECT.into_iter().find(|connect| page.contains(connect))?;
    Some(page.replacen(connect, &connect.replace("connect", kind), 1))
}

/// What tells a file's content from any other.
pub(super) fn digest(octets: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    octets.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
