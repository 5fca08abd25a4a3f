//! Who is signed in to the console.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use protocol::sign_on::SignedOff;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::refused;
use crate::Bridge;
use crate::access::{NotByPassword, Reception, SignOn, Visitor};
use crate::audit::Turned;
use crate::config::Mode;
use crate::metrics::Limit;
use crate::session::transcript::now;
use crate::web::cookie::Cookies;

/// Who may use the console, and who is signed in.
#[derive(Serialize)]
pub(super) struct AccessTold {
    /// Whether an account is needed to open sessions.
    accounts: bool,
    /// Whether a guest with a link needs one as well.
    guests_need_account: bool,
    /// How the console knows who asks: `none`, `accounts`, `header`, or `openid`.
    mode: &'static str,
    /// The host of the provider at which people sign in.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
    /// Why a proxy's word signs nobody on, as a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    /// Where whoever is signed on by a proxy signs out of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_off: Option<String>,
    /// Who is signed in in the browser that asks.
    signed_on: Option<SignedOn>,
    /// Why nobody is any more, where somebody was who did not ask for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_off: Option<&'static str>,
}

#[derive(Serialize)]
struct SignedOn {
    name: String,
    role: &'static str,
    /// Until when, in milliseconds since 1970-01-01T00:00:00Z.
    until: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Credentials {
    name: String,
    password: Zeroizing<String>,
}

impl AccessTold {
    /// As whoever asks with these cookies is told.
    pub(super) fn to(visitor: &Visitor, cookies: &Cookies, reception: Option<&Reception>) -> Self {
        let signed_off = reception
            .filter(|_| visitor.signed_on.is_none())
            .and_then(|it| it.why_over(cookies.signed_on()?));
        Self {
            accounts: reception.is_some(),
            guests_need_account: reception.is_some_and(Reception::guests_need_account),
            mode: reception.map_or(Mode::None, Reception::mode).name(),
            provider: reception
                .and_then(Reception::by_openid)
                .map(|it| it.host().to_owned()),
            problem: visitor.not_by_header.as_ref().map(ToString::to_string),
            sign_off: reception.and_then(Reception::sign_off_address).map(str::to_owned),
            signed_on: visitor.signed_on().map(|signed_on| SignedOn::of(signed_on)),
            signed_off: signed_off.map(SignedOff::name),
        }
    }
}

impl SignedOn {
    fn of(signed_on: &SignOn) -> Self {
        Self {
            name: signed_on.name().to_owned(),
            role: signed_on.rank().name(),
            until: signed_on.until,
        }
    }
}

/// Tells who is signed in.
pub(in crate::web) async fn tell(
    State(bridge): State<Arc<Bridge>>,
    visitor: Visitor,
    cookies: Cookies,
) -> Response {
    Json(AccessTold::to(&visitor, &cookies, bridge.reception.as_deref())).into_response()
}

/// Signs somebody in. Who was signed in in that browser is so no longer.
pub(in crate::web) async fn begin(
    State(bridge): State<Arc<Bridge>>,
    visitor: Visitor,
    cookies: Cookies,
    body: Bytes,
) -> Response {
    let Some(reception) = &bridge.reception else {
        return refused(StatusCode::NOT_FOUND, "This console has no accounts.");
    };
    let Ok(Credentials { name, password }) = serde_json::from_slice(&body) else {
        return refused(StatusCode::BAD_REQUEST, "A name and a password are wanted.");
    };
    let signing_on = reception.sign_on(visitor.from, cookies.signed_on(), &name, password);
    match signing_on.await {
        Ok((token, signed_on)) => {
            let mut response = Json(SignedOn::of(&signed_on)).into_response();
            if let Some(cookie) = cookies.sign_on(&token.reveal(), seconds(&signed_on)) {
                response.headers_mut().insert(header::SET_COOKIE, cookie);
            }
            response
        }
        Err(error) => {
            if matches!(error, NotByPassword::TooOften | NotByPassword::Busy) {
                bridge.audit.stranger_turned_away(visitor.from, Turned::Throttled);
                bridge.metrics.met(Limit::Passwords);
            }
            let status = match error {
                NotByPassword::Wrong => StatusCode::UNAUTHORIZED,
                NotByPassword::NoPasswords => StatusCode::NOT_FOUND,
                NotByPassword::TooOften => StatusCode::TOO_MANY_REQUESTS,
                NotByPassword::Busy | NotByPassword::NoRandomness => StatusCode::SERVICE_UNAVAILABLE,
            };
            refused(status, error)
        }
    }
}

/// For how many seconds somebody is signed in.
pub(super) fn seconds(signed_on: &SignOn) -> u64 {
    signed_on.until.saturating_sub(now() / 1000).div_ceil(1000)
}

/// Signs out whoever is signed in in the browser that asks.
pub(in crate::web) async fn end(
    State(bridge): State<Arc<Bridge>>,
    visitor: Visitor,
    cookies: Cookies,
) -> Response {
    if bridge
        .reception
        .as_ref()
        .is_some_and(|it| it.mode() == Mode::Header)
    {
        return refused(
            StatusCode::CONFLICT,
            "The proxy before this console says who you are: sign out there.",
        );
    }
    if let (Some(reception), Some(token)) = (&bridge.reception, cookies.signed_on()) {
        reception.sign_off(visitor.from, token);
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Some(cookie) = cookies.sign_on("", 0) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}
