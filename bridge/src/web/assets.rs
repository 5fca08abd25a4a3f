//! The built console: embedded in a release build, compressed when it was built; read from disk in a debug build.

#[cfg(not(embedded))]
mod disk;
#[cfg(embedded)]
mod embedded;
mod encoding;
mod file;
mod page;
#[cfg(not(embedded))]
mod source;

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::header::HeaderMap;
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};

#[cfg(not(embedded))]
use disk as store;
#[cfg(embedded)]
use embedded as store;
use page::Page;

use crate::Bridge;
use crate::config::PublicAddress;
use crate::upstream::policy::Reach;

/// The file that Trunk makes the page.
const PAGE: &str = "index.html";

/// What is shown in place of a console that is not built.
const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>POP3 console</title>\
    <h1>The console is not built yet</h1><p>Run <code>cargo xtask run</code>: it builds the console and serves \
    it here.</p></html>\n";

/// The page where people connect. Where they can choose presets alone it has no field to type a server into, also before
/// the console's module runs, and where they may have to sign in first nothing of the kind.
pub(super) async fn index(
    State(bridge): State<Arc<Bridge>>,
    Extension(at): Extension<Arc<PublicAddress>>,
    headers: HeaderMap,
) -> Response {
    let page = match bridge.ways.policy.reach {
        _ if bridge.reception.is_some() => store::access_page(),
        Reach::Presets => store::presets_page(),
        Reach::Any | Reach::Public | Reach::Named => store::connect_page(),
    };
    answer(page, &at, &headers)
}

/// The page of a session. It differs in what it shows before the console's module runs.
pub(super) async fn session_page(
    Extension(at): Extension<Arc<PublicAddress>>,
    headers: HeaderMap,
) -> Response {
    answer(store::session_page(), &at, &headers)
}

/// The page of administrators. Who else asks for it is told nothing by it.
pub(super) async fn administration_page(
    Extension(at): Extension<Arc<PublicAddress>>,
    headers: HeaderMap,
) -> Response {
    answer(store::administration_page(), &at, &headers)
}

/// A file of the console.
pub(super) async fn asset(
    bridge: State<Arc<Bridge>>,
    at: Extension<Arc<PublicAddress>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path == PAGE {
        return index(bridge, at, headers).await;
    }
    match store::find(path) {
        Some(file) => file.answer(&headers),
        None => (StatusCode::NOT_FOUND, "There is nothing here.\n").into_response(),
    }
}

fn answer(page: Option<Page>, at: &PublicAddress, headers: &HeaderMap) -> Response {
    match page {
        Some(page) => page.below(at.path()).answer(headers),
        None => (StatusCode::SERVICE_UNAVAILABLE, Html(NOT_BUILT)).into_response(),
    }
}
