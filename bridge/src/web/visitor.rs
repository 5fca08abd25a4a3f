//! Who asks, as their request tells: where they come from, the token of a session, and who is signed in: by a cookie, or as a
//! trusted proxy says in a header.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::request::Parts;
use tracing::warn;

use super::listener::Place;
use crate::Bridge;
use crate::access::{House, Reception, SignOn, Unnamed, Visitor};
use crate::audit::{About, Event, Turned, Who};
use crate::config::PublicAddress;

/// What the cookie is called where the console is on https: browsers take one of that name from there alone.
const SECURE_COOKIE: &str = "__Host-pop3-console";

/// What it is called elsewhere.
const COOKIE: &str = "pop3-console";

/// The same of the cookie of a browser that is away to sign in.
const SECURE_BINDING: &str = "__Host-pop3-console-away";
const BINDING: &str = "pop3-console-away";

impl FromRequestParts<Arc<Bridge>> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, bridge: &Arc<Bridge>) -> Result<Self, Infallible> {
        // Every connection has a place.
        let place = parts.extensions.get::<Place>();
        let from = place.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |place| place.from);
        let is_forwarded = place.is_some_and(|place| place.is_forwarded);
        let reception = bridge.reception.as_ref();
        let (signed_on, unnamed) = match reception {
            Some(reception) => signed_on(bridge, reception, &parts.headers, from, is_forwarded),
            None => (None, None),
        };
        Ok(Self {
            house: reception.map_or(House::Open, |reception| reception.house()),
            from,
            token: bearer(&parts.headers).unwrap_or_default().to_owned(),
            signed_on,
            unnamed,
            wants_control: false,
        })
    }
}

/// Who is signed in, as a request with these headers tells that came from there; or why a proxy's word signs nobody on.
fn signed_on(
    bridge: &Bridge,
    reception: &Reception,
    headers: &HeaderMap,
    from: IpAddr,
    is_forwarded: bool,
) -> (Option<Arc<SignOn>>, Option<Unnamed>) {
    match reception.named(headers, is_forwarded) {
        None => (cookie(headers).and_then(|token| reception.find(token)), None),
        Some(Ok((signed_on, is_new))) => {
            if is_new {
                let event = Event::SignedOn { how: signed_on.how() };
                bridge
                    .audit
                    .tell(About::default(), Who::signed_on(&signed_on, from), event);
            }
            (Some(signed_on), None)
        }
        Some(Err(why)) => {
            // That nothing is said is how everybody comes who has not signed in at the proxy yet.
            if why != Unnamed::NotSaid {
                warn!(%from, %why, "a request was not signed on");
                bridge.audit.turned_away(from, Turned::Unnamed);
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

/// The token of whoever is signed in that a request comes with.
pub(super) fn cookie(headers: &HeaderMap) -> Option<&str> {
    named(headers, SECURE_COOKIE).or_else(|| named(headers, COOKIE))
}

/// What a browser is known by that is away to sign in, which a request comes with.
pub(super) fn binding(headers: &HeaderMap) -> Option<&str> {
    named(headers, SECURE_BINDING).or_else(|| named(headers, BINDING))
}

fn named<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter();
    let cookies = cookies.filter_map(|cookies| cookies.to_str().ok());
    cookies
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find_map(|(name, token)| (name == wanted).then_some(token))
}

/// The cookie of a browser in which somebody is signed in for so many seconds, at that address of the console's; with 0 it is
/// taken back.
pub(super) fn set_cookie(at: &PublicAddress, token: &str, seconds: u64) -> Option<HeaderValue> {
    set(at, [SECURE_COOKIE, COOKIE], token, seconds, "Strict")
}

/// The cookie of a browser that is away to sign in. It comes back by another site's doing, with which a strict cookie is not
/// sent.
pub(super) fn set_binding(at: &PublicAddress, binding: &str, seconds: u64) -> Option<HeaderValue> {
    set(at, [SECURE_BINDING, BINDING], binding, seconds, "Lax")
}

fn set(
    at: &PublicAddress,
    [secure, plain]: [&str; 2],
    value: &str,
    seconds: u64,
    same_site: &str,
) -> Option<HeaderValue> {
    let (name, secure) = if at.is_https() {
        (secure, "; Secure")
    } else {
        (plain, "")
    };
    let cookie = format!("{name}={value}; Max-Age={seconds}; Path=/; HttpOnly; SameSite={same_site}{secure}");
    let mut cookie = HeaderValue::try_from(cookie).ok()?;
    cookie.set_sensitive(true);
    Some(cookie)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(headers: &[(header::HeaderName, &'static str)]) -> HeaderMap {
        let headers = headers.iter();
        headers
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn on_https_the_cookie_is_one_that_nothing_else_can_set() {
        let secure = "https://console.company.com".parse().unwrap();
        let cookie = set_cookie(&secure, "token", 60).unwrap();
        assert_eq!(
            cookie,
            "__Host-pop3-console=token; Max-Age=60; Path=/; HttpOnly; SameSite=Strict; Secure"
        );
        assert_eq!(
            set_binding(&secure, "away", 60).unwrap(),
            "__Host-pop3-console-away=away; Max-Age=60; Path=/; HttpOnly; SameSite=Lax; Secure"
        );
        let plain = "http://localhost:8110".parse().unwrap();
        let cookie = set_cookie(&plain, "token", 60).unwrap();
        assert_eq!(
            cookie,
            "pop3-console=token; Max-Age=60; Path=/; HttpOnly; SameSite=Strict"
        );
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let of = |cookies| headers(&[(header::COOKIE, cookies)]);
        assert_eq!(cookie(&of("a=b; pop3-console=one")), Some("one"));
        assert_eq!(
            cookie(&of("pop3-console=one; __Host-pop3-console=two")),
            Some("two")
        );
        assert_eq!(cookie(&of("xpop3-console=one; pop3-consolex=two")), None);
        assert_eq!(cookie(&of("")), None);
        let both = of("pop3-console-away=away; pop3-console=one");
        assert_eq!((cookie(&both), binding(&both)), (Some("one"), Some("away")));
    }
}
