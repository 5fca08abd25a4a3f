//! The console as it is in `dist/` now: a debug build shows every change at the next load.

use std::fs;
use std::path::{Component, Path};

use super::file::File;
use super::page::Page;
use super::source;

/// What Trunk puts the console into.
const DIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../dist");

pub(super) fn connect_page() -> Option<Page> {
    find(super::PAGE).map(Page::new)
}

pub(super) fn session_page() -> Option<Page> {
    page(source::SESSION)
}

pub(super) fn presets_page() -> Option<Page> {
    page(source::PRESETS)
}

pub(super) fn access_page() -> Option<Page> {
    page(source::ACCESS)
}

pub(super) fn administration_page() -> Option<Page> {
    page(source::ADMINISTRATION)
}

fn page(kind: &str) -> Option<Page> {
    let page = find(super::PAGE)?;
    let text = source::of(&String::from_utf8_lossy(&page.identity), kind)?;
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
    File {
        path: path.to_owned(),
        digest: source::digest(&octets),
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
