//! The console as it is in `dist/` now: a debug build shows every change at the next load.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Component, Path};

use super::file::File;
use super::page::Page;

/// What Trunk puts the console into.
const DIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../dist");

/// What makes the page of a session of the other; the build script does the same.
const PAGES: [(&str, &str); 2] = [
    ("data-page=connect", "data-page=session"),
    ("data-page=\"connect\"", "data-page=\"session\""),
];

pub(super) fn connect_page() -> Option<Page> {
    find(super::PAGE).map(Page::new)
}

pub(super) fn session_page() -> Option<Page> {
    let page = find(super::PAGE)?;
    let mut text = String::from_utf8_lossy(&page.identity).into_owned();
    for (connect, session) in PAGES {
        text = text.replacen(connect, session, 1);
    }
    Some(Page::new(file(super::PAGE, text.into_bytes())))
}

pub(super) fn find(path: &str) -> Option<File> {
    let mut parts = Path::new(path).components();
    if path.is_empty() || !parts.all(|part| matches!(part, Component::Normal(_))) {
        return None;
    }
    let octets = fs::read(Path::new(DIST).join(path)).ok()?;
    Some(file(path, octets))
}

fn file(path: &str, octets: Vec<u8>) -> File {
    let mut hasher = DefaultHasher::new();
    octets.hash(&mut hasher);
    File {
        path: path.to_owned(),
        digest: format!("{:016x}", hasher.finish()),
        identity: octets.into(),
        gzip: None,
        brotli: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_beside_the_console_is_read() {
        for path in [
            "",
            "../Cargo.toml",
            "a/../../Cargo.toml",
            "/etc/hostname",
            ".",
            "/",
        ] {
            assert!(find(path).is_none(), "{path}");
        }
    }
}
