//! The console as the build script embedded it.

use std::sync::LazyLock;

use bytes::Bytes;

use super::file::File;
use super::page::Page;

/// A file as the build script writes it down.
struct Embedded {
    path: &'static str,
    digest: &'static str,
    identity: &'static [u8],
    gzip: Option<&'static [u8]>,
    brotli: Option<&'static [u8]>,
}

// FILES, in the order of their paths; SESSION, the page of a session; PRESETS, the page where people choose a preset;
// ACCESS, the one where they may have to sign in first; ADMINISTRATION, the page of administrators.
include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

static CONNECT_PAGE: LazyLock<Option<Page>> = LazyLock::new(|| find(super::PAGE).map(Page::new));
static SESSION_PAGE: LazyLock<Option<Page>> =
    LazyLock::new(|| SESSION.as_ref().map(Embedded::file).map(Page::new));

static PRESETS_PAGE: LazyLock<Option<Page>> =
    LazyLock::new(|| PRESETS.as_ref().map(Embedded::file).map(Page::new));

static ACCESS_PAGE: LazyLock<Option<Page>> =
    LazyLock::new(|| ACCESS.as_ref().map(Embedded::file).map(Page::new));

static ADMINISTRATION_PAGE: LazyLock<Option<Page>> =
    LazyLock::new(|| ADMINISTRATION.as_ref().map(Embedded::file).map(Page::new));

pub(super) fn connect_page() -> Option<Page> {
    CONNECT_PAGE.clone()
}

pub(super) fn session_page() -> Option<Page> {
    SESSION_PAGE.clone()
}

pub(super) fn presets_page() -> Option<Page> {
    PRESETS_PAGE.clone()
}

pub(super) fn access_page() -> Option<Page> {
    ACCESS_PAGE.clone()
}

pub(super) fn administration_page() -> Option<Page> {
    ADMINISTRATION_PAGE.clone()
}

pub(super) fn find(path: &str) -> Option<File> {
    let at = FILES.binary_search_by_key(&path, |file| file.path).ok()?;
    FILES.get(at).map(Embedded::file)
}

impl Embedded {
    fn file(&self) -> File {
        File {
            path: self.path.to_owned(),
            digest: self.digest.to_owned(),
            identity: Bytes::from_static(self.identity),
            gzip: self.gzip.map(Bytes::from_static),
            brotli: self.brotli.map(Bytes::from_static),
        }
    }
}
