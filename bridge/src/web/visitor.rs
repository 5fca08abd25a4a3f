//! Who asks, as their request tells: where they come from, the token of a session, and the cookie of whoever is signed in.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::request::Parts;

use super::listener::Place;
use crate::Bridge;
use crate::access::{House, Visitor};

/// What the cookie is called.
const COOKIE: &str = "pop3-console";

impl FromRequestParts<Arc<Bridge>> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, bridge: &Arc<Bridge>) -> Result<Self, Infallible> {
        // Every connection has a place.
        let place = parts.extensions.get::<Place>();
        let from = place.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |place| place.from);
        let reception = bridge.reception.as_ref();
        Ok(Self {
            house: reception.map_or(House::Open, |reception| reception.house()),
            from,
            token: bearer(&parts.headers).unwrap_or_default().to_owned(),
            signed_on: reception
                .zip(cookie(&parts.headers))
                .and_then(|(reception, token)| reception.find(token)),
            wants_control: false,
        })
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
    let cookies = headers.get_all(header::COOKIE).iter();
    let cookies = cookies.filter_map(|cookies| cookies.to_str().ok());
    cookies
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find_map(|(name, token)| (name == COOKIE).then_some(token))
}

/// The cookie of a browser in which somebody is signed in for so many seconds; with 0 it is taken back.
pub(super) fn set_cookie(token: &str, seconds: u64) -> Option<HeaderValue> {
    let cookie = format!("{COOKIE}={token}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Strict");
    let mut cookie = HeaderValue::try_from(cookie).ok()?;
    cookie.set_sensitive(true);
    Some(cookie)
}
