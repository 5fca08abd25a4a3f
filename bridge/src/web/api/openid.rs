//! Signing in at a provider of OpenID Connect: a browser is sent there, and comes back.
//!
//! Both are gone to and not asked for by a page's script. The way back is the one request of the console that another site
//! begins: it counts by what the browser was given when it left, and changes nothing but who is signed in there.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use protocol::page::Page;
use protocol::sign_on::NotByOpenId;
use serde::Deserialize;

use super::refused;
use super::sign_on::seconds;
use crate::Bridge;
use crate::access::by_openid::{AWAY_MAX, ByOpenId, Wish, Word};
use crate::access::{Reception, Visitor};
use crate::audit::Turned;
use crate::config::PublicAddress;
use crate::metrics::Limit;
use crate::web::cookie::Cookies;

/// From which site a request was begun, by what, and for what (Fetch Metadata Request Headers §2). Browsers that do not say
/// it send neither cookie with what another site's page loads.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// The longest name of a session in a page's path, in octets.
const SESSION_MAX: usize = 64;

/// What whoever comes to a console is told that has no provider.
const NOT_HERE: &str = "Nobody signs in to this console at a provider of OpenID Connect.";

/// What whoever does not come as they should is told.
const NOT_SO: &str = "Sign in to the console on its own page.";

/// What a page that sends the browser away says.
#[derive(Default, Deserialize)]
pub(in crate::web) struct Asked {
    /// Which page that is, and it goes on with.
    #[serde(default)]
    page: String,
    /// Whether somebody else than before may be signing in.
    #[serde(default)]
    anew: bool,
}

/// Sends a browser to the provider.
pub(in crate::web) async fn leave(
    State(bridge): State<Arc<Bridge>>,
    Extension(at): Extension<Arc<PublicAddress>>,
    visitor: Visitor,
    cookies: Cookies,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let Some((_, by_openid)) = provider(&bridge) else {
        return refused(StatusCode::NOT_FOUND, NOT_HERE);
    };
    let is_own = said(&headers, &FETCH_SITE).is_none_or(|site| matches!(site, b"same-origin" | b"none"));
    if !is_own || !is_gone_to(&headers) {
        bridge.audit.stranger_turned_away(visitor.from, Turned::Foreign);
        return refused(StatusCode::FORBIDDEN, NOT_SO);
    }
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let page = own_page(&asked.page);
    if visitor.signed_on().is_some() {
        // By another tab meanwhile.
        return to(&format!("{}{page}", at.path()));
    }
    let wish = Wish {
        page: &page,
        anew: asked.anew,
    };
    let leaving = by_openid.leave(&at, visitor.from, cookies.away(), wish).await;
    match leaving {
        Ok(leaving) => {
            let seconds = AWAY_MAX.as_secs();
            with_cookie(to(&leaving.to), cookies.send_away(&leaving.binding, seconds))
        }
        Err(why) => {
            turned_away(&bridge, &visitor, why);
            to(&without_sign_on(&at, &page, why))
        }
    }
}

/// Takes a browser back that the provider sends, and signs in whom it vouches for.
///
/// The browser goes on to the page by a redirect, although the cookie of who is signed in is `SameSite=Strict` and is not sent
/// with what another site began, redirects included: the page is the same for everybody, and what it asks the bridge then
/// it asks itself.
pub(in crate::web) async fn back(
    State(bridge): State<Arc<Bridge>>,
    Extension(at): Extension<Arc<PublicAddress>>,
    visitor: Visitor,
    cookies: Cookies,
    headers: HeaderMap,
    word: Result<Query<Word>, QueryRejection>,
) -> Response {
    let Some((reception, by_openid)) = provider(&bridge) else {
        return refused(StatusCode::NOT_FOUND, NOT_HERE);
    };
    if !is_gone_to(&headers) {
        bridge.audit.stranger_turned_away(visitor.from, Turned::Foreign);
        return refused(StatusCode::FORBIDDEN, NOT_SO);
    }
    let word = word.map(|Query(word)| word).unwrap_or_default();
    let Some(pending) = by_openid.back(cookies.away(), &word.state) else {
        turned_away(&bridge, &visitor, NotByOpenId::Late);
        return to(&without_sign_on(&at, &Page::Connect.path(), NotByOpenId::Late));
    };
    let page = pending.page.clone();
    let vouched = by_openid.vouched(visitor.from, pending, word).await;
    let signed_on = vouched.and_then(|vouched| {
        reception.sign_on_vouched(visitor.from, cookies.signed_on(), cookies.away(), vouched)
    });
    match signed_on {
        Ok((token, signed_on)) => {
            let cookie = cookies.sign_on(&token.reveal(), seconds(&signed_on));
            with_cookie(to(&format!("{}{page}", at.path())), cookie)
        }
        Err(why) => {
            turned_away(&bridge, &visitor, why);
            to(&without_sign_on(&at, &page, why))
        }
    }
}

/// Tells whoever runs the console that somebody is not signed in of whom others say who they are, or who tries it too often.
fn turned_away(bridge: &Bridge, visitor: &Visitor, why: NotByOpenId) {
    match why {
        // Of nobody anything was said.
        NotByOpenId::Unreachable | NotByOpenId::Denied | NotByOpenId::Late | NotByOpenId::Broken => {}
        NotByOpenId::Busy | NotByOpenId::TooOften => {
            bridge.audit.stranger_turned_away(visitor.from, Turned::Throttled);
            bridge.metrics.met(Limit::SignOns);
        }
        _ => bridge
            .audit
            .stranger_turned_away(visitor.from, Turned::NotAdmitted),
    }
}

/// The provider at which people sign in, if they do at one.
fn provider(bridge: &Bridge) -> Option<(&Reception, &ByOpenId)> {
    let reception = bridge.reception.as_ref()?;
    Some((reception, reception.by_openid()?))
}

/// Whether a person goes there in a tab, as far as their browser says.
fn is_gone_to(headers: &HeaderMap) -> bool {
    said(headers, &FETCH_MODE).is_none_or(|mode| mode == b"navigate")
        && said(headers, &FETCH_DEST).is_none_or(|dest| dest == b"document")
}

fn said<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a [u8]> {
    headers.get(name).map(HeaderValue::as_bytes)
}

/// The path of one of the console's own pages, which is all that a browser is sent to: of the one that is named, if one is.
fn own_page(named: &str) -> String {
    Page::of(named).filter(is_plain).unwrap_or(Page::Connect).path()
}

/// Whether it may stand in a header: a session has an id of plain letters.
fn is_plain(page: &Page) -> bool {
    let Page::Session(id) = page else {
        return true;
    };
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_');
    id.len() <= SESSION_MAX && id.bytes().all(is_plain)
}

/// The address of a page that says why nobody is signed in.
fn without_sign_on(at: &PublicAddress, page: &str, why: NotByOpenId) -> String {
    format!("{}{page}?sign-on={}", at.path(), why.name())
}

fn to(address: &str) -> Response {
    match HeaderValue::try_from(address) {
        Ok(address) => (StatusCode::SEE_OTHER, [(header::LOCATION, address)]).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn with_cookie(mut response: Response, cookie: Option<HeaderValue>) -> Response {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_comes_back_to_the_consoles_own_pages_alone() {
        for page in ["/", "/s/k3v9q2", "/s/A-_9", "/administration"] {
            assert_eq!(own_page(page), page);
        }
        let long = format!("/s/{}", "x".repeat(SESSION_MAX + 1));
        for page in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/s/x",
            "/s/",
            "/s/x/../../y",
            "/s/x//evil.example",
            "/s/x?y",
            "/s/x#y",
            "/s/x\r\nSet-Cookie: y",
            "/api/sign-on/openid",
            "/administration/",
            "/administration?x",
            "s/x",
            &long,
        ] {
            assert_eq!(own_page(page), "/", "{page}");
        }
    }
}
