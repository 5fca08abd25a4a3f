//! What is no stream, as JSON.

pub(super) mod accounts;
mod administrator;
pub(super) mod board;
pub(super) mod links;
pub(super) mod openid;
pub(super) mod policy;
pub(super) mod session;
pub(super) mod sign_on;

use std::str::FromStr;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use protocol::access::{Keep, OWNER};
use protocol::administration::Reason;
use protocol::wire::VERSION;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use tokio::time::Instant;

use super::cookie::Cookies;
use super::door;
use crate::Bridge;
use crate::access::Visitor;
use crate::audit::{About, Tried, Turned, TurnedAway, Who};
use crate::entrance::Denied;
use crate::session::actor_with;
use crate::session::admission::Admission;
use crate::session::link::Pass;
use crate::session::registry::OpenError;
use crate::upstream::policy::rule::Preset;

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

#[derive(Serialize)]
struct Console {
    version: &'static str,
    wire: u16,
    demonstration: Option<DemonstrationAt>,
    /// Whether sessions are kept.
    journal: bool,
    /// How much may be kept of each at most.
    keep: &'static str,
    access: sign_on::AccessTold,
    /// Which mail servers may be reached.
    reach: &'static str,
    /// Those that people choose by their name.
    presets: Vec<Offered>,
    /// Whether it is about to stop, and takes no new sessions.
    stopping: bool,
}

#[derive(Serialize)]
struct Offered {
    name: String,
    host: String,
    port: u16,
    security: &'static str,
    verify: bool,
}

#[derive(Serialize)]
struct DemonstrationAt {
    host: String,
    port: u16,
    tls_port: u16,
}

#[derive(Serialize)]
struct NewSession {
    session: String,
    token: String,
}

#[derive(Serialize)]
struct Refused {
    error: String,
    /// Which of what was given that is about, if it is about one thing alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
    /// Why, for a program, where it goes by that.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// Whether the bridge is alive.
pub(super) async fn health() -> Response {
    Json(Health { status: "ok" }).into_response()
}

/// What the console's page needs to know before there is a session.
pub(super) async fn console(
    State(bridge): State<Arc<Bridge>>,
    visitor: Visitor,
    cookies: Cookies,
) -> Response {
    let demonstration = bridge
        .demonstration
        .as_ref()
        .map(|demonstration| DemonstrationAt {
            host: demonstration.address().ip().to_string(),
            port: demonstration.address().port(),
            tls_port: demonstration.tls_address().port(),
        });
    let policy = &bridge.ways.policy;
    Json(Console {
        version: env!("CARGO_PKG_VERSION"),
        wire: VERSION,
        demonstration,
        journal: bridge.kept.is_some(),
        keep: bridge.registry.keeps.name(),
        reach: policy.reach.name(),
        presets: policy.targets.presets.iter().map(Offered::from).collect(),
        access: sign_on::AccessTold::to(&visitor, &cookies, bridge.reception.as_deref()),
        stopping: bridge.shutdown.is_draining(),
    })
    .into_response()
}

impl From<&Preset> for Offered {
    fn from(preset: &Preset) -> Self {
        Self {
            name: preset.name.clone(),
            host: preset.host.clone(),
            port: preset.port,
            security: preset.security_name(),
            verify: preset.verify,
        }
    }
}

/// What a session is to be, where anything is said of it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SessionWanted {
    /// None for as much as may be.
    #[serde(default, deserialize_with = "said")]
    keep: Option<Keep>,
}

/// What a session can be told to keep.
const KEEPS: &str = "A session keeps everything, no-content or nothing.";

/// Opens a session. Where the console is hosted, that takes an account.
pub(super) async fn open_session(
    State(bridge): State<Arc<Bridge>>,
    visitor: Visitor,
    body: Bytes,
) -> Response {
    if visitor.is_asked_to_sign_in() {
        return denied(Denied::NotSignedOn);
    }
    let opened_by = visitor.signed_on().map(|signed_on| signed_on.identity());
    let wanted = if body.is_empty() {
        Ok(SessionWanted::default())
    } else {
        serde_json::from_slice(&body)
    };
    let Ok(SessionWanted { keep }) = wanted else {
        return refused(StatusCode::BAD_REQUEST, KEEPS);
    };
    match bridge.open_session(keep, opened_by, visitor.from) {
        Ok((session, token)) => (StatusCode::CREATED, Json(NewSession { session, token })).into_response(),
        Err(error) => {
            let status = match error {
                OpenError::Full | OpenError::FullOfAccount => StatusCode::TOO_MANY_REQUESTS,
                OpenError::KeepsLess => StatusCode::CONFLICT,
                OpenError::Stopping | OpenError::NoRandomness => StatusCode::SERVICE_UNAVAILABLE,
            };
            refused(status, error)
        }
    }
}

/// There is no such thing under `/api/`.
pub(super) async fn unknown() -> Response {
    refused(StatusCode::NOT_FOUND, "There is no such thing here.")
}

/// Says in a sentence why something was not done.
pub(super) fn refused(status: StatusCode, why: impl ToString) -> Response {
    let (error, field, reason) = (why.to_string(), None, None);
    (status, Json(Refused { error, field, reason })).into_response()
}

/// The same with a word for it.
fn refused_for(status: StatusCode, reason: Reason, why: impl ToString) -> Response {
    let (error, field, reason) = (why.to_string(), None, Some(reason.name()));
    (status, Json(Refused { error, field, reason })).into_response()
}

/// Whom the request lets in to the session. An error is what whoever is not let in is answered.
pub(super) async fn admit(bridge: &Bridge, visitor: &Visitor, id: &str) -> Result<Admission, Response> {
    door::admit(bridge, visitor, id).await.map_err(denied)
}

/// The same, of a request that was heard at that time and has been looked at since.
async fn admit_heard(
    bridge: &Bridge,
    visitor: &Visitor,
    id: &str,
    heard: Instant,
) -> Result<Admission, Response> {
    door::admit_heard(bridge, visitor, id, heard)
        .await
        .map_err(denied)
}

/// Whether the session's owner asks, of which nothing is loaded for that. An error is what anybody else is answered.
async fn check_owner(bridge: &Bridge, visitor: &Visitor, id: &str) -> Result<(), Response> {
    match door::pass(bridge, visitor, id).await.map_err(denied)? {
        Pass::OWNER => Ok(()),
        pass => Err(not_owner(bridge, visitor, id, pass)),
    }
}

/// What whoever is not let in is answered.
fn denied(why: Denied) -> Response {
    match why {
        Denied::Unknown => refused(
            StatusCode::NOT_FOUND,
            "There is no such session, or not with this link.",
        ),
        Denied::NoRoom(no_room) => refused(StatusCode::TOO_MANY_REQUESTS, no_room),
        Denied::NotSignedOn => refused_for(
            StatusCode::UNAUTHORIZED,
            Reason::NotSignedOn,
            "Sign in to the console first: this takes an account, or another link.",
        ),
        Denied::Unreadable | Denied::Unknowable => refused(
            StatusCode::SERVICE_UNAVAILABLE,
            "Sessions of before cannot be read now. Try again in a moment.",
        ),
    }
}

/// What whoever is let in to a session so, and is not its owner, is answered where only the owner will do. Whoever runs the
/// console is told of it.
fn not_owner(bridge: &Bridge, visitor: &Visitor, id: &str, pass: Pass) -> Response {
    tell_refused(bridge, visitor, id, pass, Tried::Own);
    refused(StatusCode::FORBIDDEN, "Only the session's owner may do this.")
}

/// Tells whoever runs the console that somebody is let in to a session so, and not to that.
pub(super) fn tell_refused(bridge: &Bridge, visitor: &Visitor, id: &str, pass: Pass, tried: Tried) {
    let who = Who {
        by: Some(actor_with(pass)),
        participant: None,
        link: pass.link,
        ..Who::owner(visitor)
    };
    bridge.audit.turned_away(TurnedAway {
        what: Turned::Refused(tried),
        about: About::of(bridge, id),
        who,
        server: None,
    });
}

/// The same as [`admit`], of what is the owner's alone.
async fn admit_owner(bridge: &Bridge, visitor: &Visitor, id: &str) -> Result<Admission, Response> {
    let admission = admit(bridge, visitor, id).await?;
    if admission.pass == Pass::OWNER {
        let known = Who::owner(visitor).known;
        admission.session.trail.is_at(OWNER, visitor.from, known);
        Ok(admission)
    } else {
        Err(not_owner(bridge, visitor, id, admission.pass))
    }
}

/// The same as [`named`], of what may be left out.
fn said<'de, T: FromStr, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    named(from).map(Some)
}

/// Reads what travels by its name.
fn named<'de, T: FromStr, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    let name = String::deserialize(from)?;
    let unknown = |_| D::Error::custom("there is nothing of that name");
    name.parse().map_err(unknown)
}
