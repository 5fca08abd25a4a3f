//! Who asks, as their request tells: where they come from, the token of a session, and who is signed in: by a cookie, or as a
//! trusted proxy says in a header.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::{self, HeaderMap};
use axum::http::request::Parts;
use tracing::warn;

use super::cookie::Cookies;
use super::listener::Place;
use crate::Bridge;
use crate::access::{NotByHeader, Reception, SignOn, Visitor};
use crate::audit::Turned;

impl FromRequestParts<Arc<Bridge>> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, bridge: &Arc<Bridge>) -> Result<Self, Infallible> {
        // Every connection has a place.
        let place = parts.extensions.get::<Place>();
        let from = place.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |place| place.from);
        let is_forwarded = place.is_some_and(|place| place.is_forwarded);
        let reception = bridge.reception.as_ref();
        let (signed_on, not_by_header) = match reception {
            Some(reception) => signed_on(bridge, reception, parts, from, is_forwarded),
            None => (None, None),
        };
        Ok(Self {
            reception: reception.cloned(),
            from,
            token: bearer(&parts.headers).unwrap_or_default().to_owned(),
            signed_on,
            not_by_header,
            wants_control: false,
        })
    }
}

/// Who is signed in, as a request tells that came from there; or why a proxy's word signs nobody on.
fn signed_on(
    bridge: &Bridge,
    reception: &Reception,
    parts: &Parts,
    from: IpAddr,
    is_forwarded: bool,
) -> (Option<Arc<SignOn>>, Option<NotByHeader>) {
    match reception.named(from, &parts.headers, is_forwarded) {
        None => {
            let known = Cookies::of(parts)
                .signed_on()
                .and_then(|token| reception.find(token));
            (known, None)
        }
        Some(Ok(signed_on)) => (Some(signed_on), None),
        Some(Err(why)) => {
            // That nothing is said is how everybody comes who has not signed in at the proxy yet.
            if why != NotByHeader::NotSaid {
                if let Some(times) = reception.not_by_header.says() {
                    warn!(%from, %why, times, "a request was not signed on");
                }
                bridge.audit.stranger_turned_away(from, Turned::NotAdmitted);
            }
            (None, Some(why))
        }
    }
}

/// The token of a session that a request comes with.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let authorization = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
