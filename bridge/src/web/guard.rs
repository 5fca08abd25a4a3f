//! Who may talk to the bridge at all: its own page, on its own name. And what every answer tells the browser.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;
use tracing::warn;

use super::listener::Place;
use crate::audit::{Audit, Turned};

/// How long the answer to a request may take; it stops a body that never ends.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// What is sent with every answer. The content security policy goes beside, as [`policy`] makes it.
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ),
];

/// The names under which the bridge is reached, and the pages that may use it.
pub(super) struct Guard {
    hosts: Vec<String>,
    origins: Vec<String>,
    audit: Audit,
}

impl Guard {
    /// For a bridge that listens there, under TLS of its own or without; the audit is told who was turned away.
    pub(super) fn new(listening: SocketAddr, is_sealed: bool, audit: Audit) -> Self {
        let (scheme, usual) = if is_sealed { ("https", 443) } else { ("http", 80) };
        let port = listening.port();
        let own = match listening.ip().to_canonical() {
            IpAddr::V4(v4) => v4.to_string(),
            IpAddr::V6(v6) => format!("[{v6}]"),
        };
        let mut hosts: Vec<String> = Vec::new();
        // Not the other family's loopback: there somebody else may listen on the same port.
        for name in ["localhost", &own] {
            hosts.push(format!("{name}:{port}"));
            // Browsers leave out the port that is the usual one.
            if port == usual {
                hosts.push(name.to_owned());
            }
        }
        let origins = hosts.iter().map(|host| format!("{scheme}://{host}")).collect();
        Self {
            hosts,
            origins,
            audit,
        }
    }

    /// Whether the request names this bridge. Another name that leads here is DNS rebinding.
    fn is_host(&self, request: &Request) -> bool {
        let named = exactly_one(request.headers(), &header::HOST)
            .is_some_and(|host| self.hosts.iter().any(|known| known.eq_ignore_ascii_case(host)));
        // A request line with a host in it would win over the header elsewhere; no browser sends one here.
        named && request.uri().authority().is_none()
    }

    /// Whether one of the bridge's own pages asks. A missing origin is a foreign one.
    fn is_origin(&self, headers: &HeaderMap) -> bool {
        exactly_one(headers, &header::ORIGIN)
            .is_some_and(|origin| self.origins.iter().any(|known| known == origin))
    }
}

/// Refuses foreign hosts and, where something changes or a socket opens, foreign origins.
pub(super) async fn check(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let refused = if !guard.is_host(&request) {
        Some("This console answers to its own name only: use the address that it printed when it started.\n")
    } else if needs_origin(&request) && !guard.is_origin(request.headers()) {
        Some("Only the console's own page may do this.\n")
    } else {
        None
    };
    let mut response = match refused {
        Some(why) => {
            if let Some(place) = request.extensions().get::<Place>() {
                guard.audit.turned_away(place.from, Turned::Foreign);
            }
            warn!("refused a request for a foreign host or of a foreign origin");
            (StatusCode::FORBIDDEN, why).into_response()
        }
        None => match timeout(ANSWER_WITHIN, next.run(request)).await {
            Ok(response) => response,
            Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
        },
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, value);
    }
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert_with(|| policy(&[]));
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// The content security policy: this origin and nobody else. `hashes` are those of the page's own inline
/// scripts, in base64.
pub(super) fn policy(hashes: &[String]) -> HeaderValue {
    let hashes: String = hashes.iter().map(|hash| format!(" 'sha256-{hash}'")).collect();
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{hashes}; style-src 'self'; \
         connect-src 'self'; img-src 'self' data:; font-src 'self'; manifest-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    );
    // Base64 holds nothing that a header cannot, and without scripts nothing is allowed.
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

fn needs_origin(request: &Request) -> bool {
    !matches!(*request.method(), Method::GET | Method::HEAD)
        || request.headers().contains_key(header::UPGRADE)
}

fn exactly_one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn request(name: &str, value: Option<&str>) -> Request {
        let mut request = Request::builder().uri("/");
        if let Some(value) = value {
            request = request.header(name, value);
        }
        request.body(Body::empty()).unwrap()
    }

    #[test]
    fn only_the_own_names_with_the_own_port_are_hosts() {
        let guard = Guard::new("127.0.0.1:8110".parse().unwrap(), false, Audit::default());
        for host in ["127.0.0.1:8110", "localhost:8110", "LOCALHOST:8110"] {
            assert!(guard.is_host(&request("host", Some(host))), "{host}");
        }
        for host in [
            None,
            Some(""),
            Some("127.0.0.1"),
            Some("localhost"),
            Some("127.0.0.1:8111"),
            Some("127.0.0.1:81100"),
            Some("localhost.:8110"),
            Some("localhost.evil.example:8110"),
            Some("evil.example:8110"),
            Some("evil-localhost:8110"),
            Some("127.0.0.1.nip.io:8110"),
            Some("user@localhost:8110"),
            Some("0.0.0.0:8110"),
            Some("[::]:8110"),
            Some("[::1]:8110"),
        ] {
            assert!(!guard.is_host(&request("host", host)), "{host:?}");
        }
    }

    #[test]
    fn only_the_own_origins_are_origins() {
        let guard = Guard::new("127.0.0.1:8110".parse().unwrap(), false, Audit::default());
        for origin in ["http://127.0.0.1:8110", "http://localhost:8110"] {
            assert!(
                guard.is_origin(request("origin", Some(origin)).headers()),
                "{origin}"
            );
        }
        for origin in [
            None,
            Some(""),
            Some("null"),
            Some("http://127.0.0.1"),
            Some("http://127.0.0.1:8111"),
            Some("http://127.0.0.1:81100"),
            Some("https://127.0.0.1:8110"),
            Some("http://localhost:8110/"),
            Some("http://localhost:8110.evil.example"),
            Some("http://localhost.evil.example:8110"),
            Some("http://evil.example:8110"),
            Some("http://evil.example/http://localhost:8110"),
            Some("http://[::1]:8110"),
            Some("file://"),
        ] {
            assert!(
                !guard.is_origin(request("origin", origin).headers()),
                "{origin:?}"
            );
        }
    }

    #[test]
    fn the_default_port_may_be_left_out() {
        let guard = Guard::new("127.0.0.1:80".parse().unwrap(), false, Audit::default());
        assert!(guard.is_host(&request("host", Some("localhost"))));
        assert!(guard.is_origin(request("origin", Some("http://localhost")).headers()));
        let guard = Guard::new("127.0.0.1:443".parse().unwrap(), true, Audit::default());
        assert!(guard.is_host(&request("host", Some("localhost"))));
        assert!(guard.is_origin(request("origin", Some("https://localhost")).headers()));
        assert!(!guard.is_origin(request("origin", Some("http://localhost")).headers()));
    }

    #[test]
    fn two_origins_are_none() {
        let guard = Guard::new("127.0.0.1:8110".parse().unwrap(), false, Audit::default());
        let mut twice = request("origin", Some("http://localhost:8110"));
        twice
            .headers_mut()
            .append("origin", HeaderValue::from_static("http://localhost:8110"));
        assert!(!guard.is_origin(twice.headers()));
    }
}
