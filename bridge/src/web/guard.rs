//! Who may talk to the bridge at all: its own page, on its own name. And what every answer tells the browser.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use tokio::time::timeout;
use tracing::warn;

use super::forwarded::{Proxies, exactly_one};
use super::listener::{Place, Places};
use crate::audit::{Audit, Turned};
use crate::config::{Front, PublicAddress};
use crate::metrics::{Limit, Metrics};
use crate::seldom::Seldom;

/// What whoever asks a trusted proxy for too much at a time is told.
const TOO_MANY: &str =
    "As many requests of yours stand as this console takes of one address. Try again in a moment.\n";

/// How long a browser comes back by TLS alone to an address that it reached by it: a year.
const TLS_LASTS: &str = "max-age=31536000";

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

/// The addresses at which the bridge is reached, and who is believed that a request is for one of them.
pub(super) struct Guard {
    addresses: Vec<Arc<PublicAddress>>,
    proxies: Proxies,
    /// Whether the bridge speaks TLS itself.
    is_sealed: bool,
    places: Arc<Places>,
    metrics: Arc<Metrics>,
    audit: Audit,
    /// How long an answer may take to begin.
    answer_within: Duration,
    said: Said,
}

/// When the log said of each that it was refused.
#[derive(Default)]
struct Said {
    host: Seldom,
    scheme: Seldom,
    origin: Seldom,
}

/// What a request is for.
#[derive(Debug)]
struct Wanted {
    /// At which address.
    at: Arc<PublicAddress>,
    /// What is asked for there, without the path below which the console stands.
    what: Uri,
    /// Whoever asked a trusted proxy; none where no proxy passed it on.
    asked: Option<IpAddr>,
}

/// Why a request is answered otherwise than it wants.
#[derive(Debug, PartialEq, Eq)]
enum Otherwise {
    /// It is for another host. Another name that leads here is DNS rebinding.
    Host,
    /// It came without TLS, where it is to come with.
    Clear(Arc<PublicAddress>),
    /// Another site's page asks, or nobody says whose.
    Origin,
    /// There is nothing of the console's.
    Nothing,
    /// What is there ends with a slash.
    Slash(String),
}

impl Guard {
    /// For a bridge that is reached so, and listens there; the audit is told who was turned away, each address has its share
    /// of those places, and an answer may take that long to begin.
    pub(super) fn new(
        front: &Front,
        listening: SocketAddr,
        audit: Audit,
        (places, metrics): (Arc<Places>, Arc<Metrics>),
        answer_within: Duration,
    ) -> Self {
        let addresses = front.addresses(listening).into_iter().map(Arc::new);
        Self {
            addresses: addresses.collect(),
            proxies: Proxies::new(front.trusted.clone()),
            is_sealed: front.is_sealed,
            places,
            metrics,
            audit,
            answer_within,
            said: Said::default(),
        }
    }

    /// What is wanted by a request that came on a connection of that peer.
    fn wanted(&self, peer: IpAddr, request: &Request) -> Result<Wanted, Otherwise> {
        let came = self.proxies.came(peer, self.is_sealed, request.headers());
        // A request line with a host in it would win over the header elsewhere; no browser sends one here.
        let host = came.host.filter(|_| request.uri().authority().is_none());
        let host = host.ok_or(Otherwise::Host)?;
        let named = || self.addresses.iter().filter(|address| address.is_host(host));
        let first = named().next().ok_or(Otherwise::Host)?;
        let there = || named().filter(|address| address.is_https() == came.is_https);
        if there().next().is_none() {
            return Err(Otherwise::Clear(first.clone()));
        }
        let path = request.uri().path();
        // One may stand below another.
        let at = there()
            .filter(|address| address.below(path).is_some())
            .max_by_key(|address| address.path().len());
        let Some(at) = at else {
            let slash = there().any(|address| address.path() == path) && is_safe(request.method());
            return Err(if slash {
                Otherwise::Slash(with_query(&format!("{path}/"), request.uri()))
            } else {
                Otherwise::Nothing
            });
        };
        // A missing origin is a foreign one.
        let origin = exactly_one(request.headers(), &header::ORIGIN);
        if needs_origin(request) && origin != Some(&at.origin()) {
            return Err(Otherwise::Origin);
        }
        let what = match at.path() {
            "" => request.uri().clone(),
            _ => with_query(at.below(path).unwrap_or("/"), request.uri())
                .parse()
                .map_err(|_| Otherwise::Nothing)?,
        };
        Ok(Wanted {
            at: at.clone(),
            what,
            asked: came.is_forwarded.then_some(came.from),
        })
    }

    /// Lets a request through. Whoever asked a trusted proxy has a place of their own meanwhile, if there is one.
    async fn pass(&self, wanted: Wanted, place: &Place, mut request: Request, next: Next) -> Response {
        let Wanted { at, what, asked } = wanted;
        *request.uri_mut() = what;
        request.extensions_mut().insert(at);
        if let Some(from) = asked {
            let Some(counted) = self.places.forwarded(from) else {
                self.metrics.met(Limit::Connections);
                return (StatusCode::SERVICE_UNAVAILABLE, TOO_MANY).into_response();
            };
            request.extensions_mut().insert(place.forwarded(from, counted));
        }
        let answer = timeout(self.answer_within, next.run(request)).await;
        answer.unwrap_or_else(|_| StatusCode::REQUEST_TIMEOUT.into_response())
    }

    /// Answers a request that is not let through.
    fn refuse(&self, otherwise: Otherwise, place: &Place, request: &Request) -> Response {
        if otherwise.is_foreign() {
            let came = self.proxies.came(place.from, self.is_sealed, request.headers());
            self.audit.stranger_turned_away(came.from, Turned::Foreign);
        }
        otherwise.answer(place.from, &self.said)
    }
}

/// Refuses foreign hosts and, where something changes or a socket opens, foreign origins. What it lets through is told at
/// which address it is, and asks for what is below that.
pub(super) async fn check(
    State(guard): State<Arc<Guard>>,
    Extension(place): Extension<Place>,
    request: Request,
    next: Next,
) -> Response {
    let wanted = guard.wanted(place.from, &request);
    let is_lasting = matches!(&wanted, Ok(Wanted { at, .. }) if at.is_https() && !at.is_loopback());
    let mut response = match wanted {
        Ok(wanted) => guard.pass(wanted, &place, request, next).await,
        Err(otherwise) => guard.refuse(otherwise, &place, &request),
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, value);
    }
    // Not for this machine's own names: it would hold for whatever else is there.
    if is_lasting {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static(TLS_LASTS),
        );
    }
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert_with(|| policy(&[]));
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

impl Otherwise {
    /// Whether it came from another site, or for one.
    fn is_foreign(&self) -> bool {
        matches!(self, Self::Host | Self::Clear(_) | Self::Origin)
    }

    /// What whoever asked is told, and the operator's log now and then.
    fn answer(self, peer: IpAddr, said: &Said) -> Response {
        match self {
            Self::Host => {
                if let Some(times) = said.host.says() {
                    warn!(%peer, times, "refused a request for another host than those in public, or by a proxy that is not trusted");
                }
                let told = "This console answers to its own name only: use the address that you were given, or that it \
                            printed when it started.\n";
                (StatusCode::FORBIDDEN, told).into_response()
            }
            Self::Clear(at) => {
                if let Some(times) = said.scheme.says() {
                    warn!(%peer, %at, times, "refused a request by another scheme: a proxy must say in X-Forwarded-Proto by which it came");
                }
                let told = format!("This console is at {at}, and not here.\n");
                (StatusCode::FORBIDDEN, told).into_response()
            }
            Self::Origin => {
                if let Some(times) = said.origin.says() {
                    warn!(%peer, times, "refused a request of a foreign origin");
                }
                let told = "Only the console's own page may do this.\n";
                (StatusCode::FORBIDDEN, told).into_response()
            }
            Self::Nothing => (StatusCode::NOT_FOUND, "There is nothing here.\n").into_response(),
            Self::Slash(path) => Redirect::temporary(&path).into_response(),
        }
    }
}

fn with_query(path: &str, uri: &Uri) -> String {
    match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    }
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
    !is_safe(request.method()) || request.headers().contains_key(header::UPGRADE)
}

/// Whether a request of that kind changes nothing.
fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

#[cfg(test)]
mod tests;
