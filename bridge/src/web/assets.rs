//! The built console: embedded in a release build, read from disk in a debug build.

use axum::body::Body;
use axum::http::header::{self, HeaderValue};
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use super::guard::policy;

/// What Trunk puts into `dist/`. In a fresh clone there is nothing yet.
#[derive(RustEmbed)]
#[folder = "../dist"]
#[allow_missing = true]
struct Dist;

/// The shortest hash in a name. Trunk writes 64 bits in hexadecimal, without leading zeros.
const HASH_MIN: usize = 12;

/// What is shown in place of a console that is not built.
const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>POP3 console</title>\
    <h1>The console is not built yet</h1><p>Run <code>cargo xtask run</code>: it builds the console and serves \
    it here.</p></html>\n";

/// The page: the same for every route of the console.
pub(super) async fn index() -> Response {
    let Some(page) = Dist::get("index.html") else {
        return (StatusCode::SERVICE_UNAVAILABLE, Html(NOT_BUILT)).into_response();
    };
    let hashes = inline_scripts(&String::from_utf8_lossy(&page.data))
        .map(|script| BASE64_STANDARD.encode(Sha256::digest(script.as_bytes())))
        .collect::<Vec<_>>();
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::CONTENT_SECURITY_POLICY, policy(&hashes)),
    ];
    (headers, Body::from(page.data)).into_response()
}

/// A file of the console.
pub(super) async fn asset(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path == "index.html" {
        return index().await;
    }
    let Some(file) = Dist::get(path) else {
        return (StatusCode::NOT_FOUND, "There is nothing here.\n").into_response();
    };
    let caching = if is_hashed(path) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type(path))),
        (header::CACHE_CONTROL, HeaderValue::from_static(caching)),
    ];
    (headers, Body::from(file.data)).into_response()
}

/// The contents of the page's inline scripts, as a browser hashes them.
fn inline_scripts(page: &str) -> impl Iterator<Item = &str> {
    page.split("<script").skip(1).filter_map(|rest| {
        let (attributes, rest) = rest.split_once('>')?;
        let (script, _) = rest.split_once("</script")?;
        let external = attributes
            .split_ascii_whitespace()
            .any(|attribute| attribute.starts_with("src="));
        (!external).then_some(script)
    })
}

/// Whether the name carries the hash of its content, as Trunk writes it: such a file never changes.
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.split(['-', '.', '_'])
        .any(|part| part.len() >= HASH_MIN && part.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "ico" => "image/x-icon",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_scripts_are_found_and_others_left_out() {
        let page = "<script src=\"/a.js\"></script><script type=\"module\">\nimport a;\n</script>\
                    <link><script type=module crossorigin src=/b.js></script><script>b</script>";
        assert_eq!(inline_scripts(page).collect::<Vec<_>>(), ["\nimport a;\n", "b"]);
    }

    #[test]
    fn the_hash_is_the_one_that_browsers_compute() {
        // The example of the Content Security Policy recommendation.
        let hash = BASE64_STANDARD.encode(Sha256::digest(b"alert('Hello, world.');"));
        let policy = policy(&[hash]);
        let policy = policy.to_str().unwrap();
        assert!(
            policy.contains("'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"),
            "{policy}"
        );
    }

    #[test]
    fn only_names_with_a_hash_are_kept_for_ever() {
        assert!(is_hashed("frontend-1a2b3c4d5e6f7a8b_bg.wasm"));
        assert!(is_hashed("row-80d577f6557ebbc.css"));
        assert!(is_hashed("assets/style-1a2b3c4d5e6f7a8b.css"));
        assert!(!is_hashed("index.html"));
        assert!(!is_hashed("snippets/inline0.js"));
        assert!(!is_hashed("frontend.js"));
    }

    #[test]
    fn wasm_is_served_as_wasm() {
        assert_eq!(content_type("frontend-1a2b_bg.wasm"), "application/wasm");
    }
}
