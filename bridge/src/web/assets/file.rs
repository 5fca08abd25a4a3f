//! A file and how it is served: in which encoding, what it is, and for how long it may be kept.

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use super::encoding::{Encoding, choose};

/// How long a file may be kept whose name changes with its content: a year, which is for ever to a browser.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Any other is asked for again each time, and not sent again if it is the same.
const ASKED_AGAIN: &str = "no-cache";

/// The shortest hash in a name. Trunk writes 64 bits in hexadecimal, without leading zeros.
const HASH_MIN: usize = 12;

/// A file in the forms in which it can be sent.
#[derive(Clone)]
pub(super) struct File {
    /// Where it is, without a slash before.
    pub(super) path: String,
    /// What tells its content from any other.
    pub(super) digest: String,
    /// As it is.
    pub(super) identity: Bytes,
    /// Compressed, where that makes it smaller.
    pub(super) gzip: Option<Bytes>,
    /// The same.
    pub(super) brotli: Option<Bytes>,
}

impl File {
    /// The answer to a request with these headers.
    pub(super) fn answer(self, headers: &HeaderMap) -> Response {
        let available = [
            self.brotli.as_ref().map(|_| Encoding::Brotli),
            self.gzip.as_ref().map(|_| Encoding::Gzip),
            Some(Encoding::Identity),
        ];
        let Some(encoding) = choose(headers, available.into_iter().flatten()) else {
            let vary = [(header::VARY, HeaderValue::from_static("accept-encoding"))];
            return (
                StatusCode::NOT_ACCEPTABLE,
                vary,
                "No encoding is left to send this in.\n",
            )
                .into_response();
        };
        // Each form is told from the others, or a cache could join what does not belong together.
        let tag = format!("\"{}{}\"", self.digest, encoding.suffix());
        let is_known = is_known(headers, &tag);
        let mut response = if is_known {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let octets = match encoding {
                Encoding::Brotli => self.brotli,
                Encoding::Gzip => self.gzip,
                Encoding::Identity => None,
            };
            Body::from(octets.unwrap_or(self.identity)).into_response()
        };
        let answers = response.headers_mut();
        let mut set = |name: HeaderName, value: &'static str| {
            answers.insert(name, HeaderValue::from_static(value));
        };
        let caching = if is_hashed(&self.path) {
            FOR_EVER
        } else {
            ASKED_AGAIN
        };
        set(header::CACHE_CONTROL, caching);
        set(header::VARY, "accept-encoding");
        if !is_known {
            set(header::CONTENT_TYPE, content_type(&self.path));
            if let Some(name) = encoding.name() {
                set(header::CONTENT_ENCODING, name);
            }
        }
        if let Ok(tag) = HeaderValue::try_from(tag) {
            answers.insert(header::ETAG, tag);
        }
        response
    }
}

#[cfg(test)]
impl File {
    /// One that is sent as it is.
    pub(super) fn plain(path: &str, text: &'static str) -> Self {
        Self {
            path: path.to_owned(),
            digest: "d1".to_owned(),
            identity: Bytes::from_static(text.as_bytes()),
            gzip: None,
            brotli: None,
        }
    }
}

/// Whether the browser has that already (RFC 9110 §13.1.2: weak comparison).
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get_all(header::IF_NONE_MATCH).into_iter();
    known
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.trim_start_matches("W/") == tag)
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
mod tests;
