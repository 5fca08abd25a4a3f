//! The cookies by which a browser is known: in which somebody is signed in, or that is away to sign in.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::request::Parts;
use zeroize::Zeroizing;

use crate::config::PublicAddress;

/// With what the name of a cookie begins where the console is on https: browsers take one of such a name from there alone,
/// and from no other host of the same domain.
const SECURE: &str = "__Host-";

/// What the cookie is called of a browser in which somebody is signed in.
const SIGNED_ON: &str = "pop3-console";

/// What it is called of one that is away to sign in.
const AWAY: &str = "pop3-console-away";

/// The cookies of the browser that asks, under the names that count where it asks: others may have been put there by
/// somebody else.
pub(super) struct Cookies {
    is_secure: bool,
    signed_on: Option<Zeroizing<String>>,
    away: Option<Zeroizing<String>>,
}

impl<S: Sync> FromRequestParts<S> for Cookies {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}

impl Cookies {
    /// Those that a request came with that the guard let in.
    pub(super) fn of(parts: &Parts) -> Self {
        // The guard tells each request at which address it is.
        let at = parts.extensions.get::<Arc<PublicAddress>>();
        Self::named(at.is_some_and(|at| at.is_https()), &parts.headers)
    }

    fn named(is_secure: bool, headers: &HeaderMap) -> Self {
        let find = |wanted| {
            let wanted = name(is_secure, wanted);
            let cookies = headers.get_all(header::COOKIE).iter();
            cookies
                .filter_map(|cookies| cookies.to_str().ok())
                .flat_map(|cookies| cookies.split(';'))
                .filter_map(|cookie| cookie.trim().split_once('='))
                .find_map(|(name, value)| (name == wanted).then(|| Zeroizing::new(value.to_owned())))
        };
        Self {
            is_secure,
            signed_on: find(SIGNED_ON),
            away: find(AWAY),
        }
    }

    /// The token of whoever is signed in there.
    pub(super) fn signed_on(&self) -> Option<&str> {
        self.signed_on.as_ref().map(|token| token.as_str())
    }

    /// What a browser is known by that is away to sign in.
    pub(super) fn away(&self) -> Option<&str> {
        self.away.as_ref().map(|binding| binding.as_str())
    }

    /// What gives the browser another token for so many seconds, or takes it back, with 0.
    pub(super) fn sign_on(&self, token: &str, seconds: u64) -> Option<HeaderValue> {
        self.set(SIGNED_ON, token, seconds, "Strict")
    }

    /// What it is known by while it is away to sign in, for so many seconds. It comes back by another site's doing, with which
    /// a strict cookie is not sent.
    pub(super) fn send_away(&self, binding: &str, seconds: u64) -> Option<HeaderValue> {
        self.set(AWAY, binding, seconds, "Lax")
    }

    fn set(&self, called: &str, value: &str, seconds: u64, same_site: &str) -> Option<HeaderValue> {
        let secure = if self.is_secure { "; Secure" } else { "" };
        let name = name(self.is_secure, called);
        let cookie =
            format!("{name}={value}; Max-Age={seconds}; Path=/; HttpOnly; SameSite={same_site}{secure}");
        let mut cookie = HeaderValue::try_from(cookie).ok()?;
        cookie.set_sensitive(true);
        Some(cookie)
    }
}

fn name(is_secure: bool, called: &str) -> String {
    let begin = if is_secure { SECURE } else { "" };
    format!("{begin}{called}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(is_secure: bool, cookies: &'static str) -> Cookies {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static(cookies));
        Cookies::named(is_secure, &headers)
    }

    #[test]
    fn on_https_the_cookie_is_one_that_nothing_else_can_set() {
        assert_eq!(
            of(true, "").sign_on("token", 60).unwrap(),
            "__Host-pop3-console=token; Max-Age=60; Path=/; HttpOnly; SameSite=Strict; Secure"
        );
        assert_eq!(
            of(true, "").send_away("away", 60).unwrap(),
            "__Host-pop3-console-away=away; Max-Age=60; Path=/; HttpOnly; SameSite=Lax; Secure"
        );
        assert_eq!(
            of(false, "").sign_on("token", 60).unwrap(),
            "pop3-console=token; Max-Age=60; Path=/; HttpOnly; SameSite=Strict"
        );
    }

    #[test]
    fn a_cookie_is_found_among_others_and_under_no_other_name() {
        let token = |is_secure, cookies| of(is_secure, cookies).signed_on().map(str::to_owned);
        let both = "a=b; pop3-console=one; __Host-pop3-console=two";
        assert_eq!(token(false, both).as_deref(), Some("one"));
        assert_eq!(token(true, both).as_deref(), Some("two"));
        assert_eq!(token(true, "pop3-console=planted"), None);
        assert_eq!(token(false, "xpop3-console=one; pop3-consolex=two"), None);
        assert_eq!(token(false, ""), None);
        let cookies = of(false, "pop3-console-away=away; pop3-console=one");
        assert_eq!((cookies.signed_on(), cookies.away()), (Some("one"), Some("away")));
    }
}
