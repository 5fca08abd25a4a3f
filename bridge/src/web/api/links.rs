//! A session's links: the owner's alone.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use protocol::access::{LinkNo, NAME_MAX, Role, Sight};
use protocol::remark::Invalid;
use protocol::standing::LinkState;
use protocol::wire::check_name;
use serde::{Deserialize, Serialize};

use super::{admit_owner, named, refused};
use crate::Bridge;
use crate::access::Visitor;
use crate::journal::Lasts;
use crate::session::link::{LINK_SECONDS_MAX, Link, MakeError, Wanted};
use crate::session::transcript::now;
use crate::session::{Doer, Session};

/// What a link is to be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    #[serde(default)]
    name: String,
    #[serde(deserialize_with = "named")]
    role: Role,
    #[serde(default, deserialize_with = "named")]
    sight: Sight,
    /// How many seconds it lasts; as long as the session, if nothing is said.
    #[serde(default)]
    seconds: Option<u64>,
}

/// The most people that are named of each link.
const NAMED_MAX: usize = 8;

/// One link. Times are milliseconds since 1970-01-01T00:00:00Z.
#[derive(Serialize)]
struct LinkTold {
    link: LinkNo,
    name: String,
    role: &'static str,
    /// None where the link shows nothing of the transcript.
    #[serde(skip_serializing_if = "Option::is_none")]
    sight: Option<&'static str>,
    made: u64,
    until: Option<u64>,
    /// Whether it lets in.
    state: &'static str,
    /// How many people are here who came through it.
    here: usize,
    /// What they are called, of at most [`NAMED_MAX`] of them.
    people: Vec<String>,
}

#[derive(Serialize)]
struct Made {
    token: String,
    /// Whether it is in the journal, so that it lets in also after the bridge was killed.
    recorded: bool,
    #[serde(flatten)]
    link: LinkTold,
}

#[derive(Serialize)]
struct List {
    links: Vec<LinkTold>,
}

/// Every link that was made.
pub(in crate::web) async fn list(
    State(bridge): State<Arc<Bridge>>,
    visitor: Visitor,
    Path(session): Path<String>,
) -> Response {
    let session = match admit_owner(&bridge, &visitor, &session).await {
        Ok(admission) => admission.session,
        Err(refused) => return refused,
    };
    let links = session.links.all().into_iter();
    let links = links.map(|link| told(&session, link)).collect();
    Json(List { links }).into_response()
}

/// Makes one. Its token is in the answer and nowhere else.
pub(in crate::web) async fn make(
    State(bridge): State<Arc<Bridge>>,
    visitor: Visitor,
    Path(session): Path<String>,
    body: Bytes,
) -> Response {
    let session = match admit_owner(&bridge, &visitor, &session).await {
        Ok(admission) => admission.session,
        Err(refused) => return refused,
    };
    let Some(wanted) = wanted(&body) else {
        let why = format!(
            "A link allows control, watch or sign-in, shows everything, headers or commands, lasts for 1 to \
             {LINK_SECONDS_MAX} seconds or as long as the session, and has a name of at most {NAME_MAX} octets that can \
             be seen."
        );
        return refused(StatusCode::BAD_REQUEST, why);
    };
    match session.link(wanted, Doer::owner(visitor.from)) {
        Ok((link, token)) => {
            let made = Made {
                token: token.reveal(),
                recorded: session.lasts().await == Lasts::Yes,
                link: told(&session, link),
            };
            (StatusCode::CREATED, Json(made)).into_response()
        }
        Err(error) => {
            let status = match error {
                MakeError::Ended => StatusCode::CONFLICT,
                MakeError::Full => StatusCode::TOO_MANY_REQUESTS,
                MakeError::NoRandomness => StatusCode::SERVICE_UNAVAILABLE,
            };
            refused(status, error)
        }
    }
}

/// Revokes one: whoever came through it is out. It is said to be done once it outlives the bridge.
pub(in crate::web) async fn revoke(
    State(bridge): State<Arc<Bridge>>,
    visitor: Visitor,
    Path((id, link)): Path<(String, String)>,
) -> Response {
    let session = match admit_owner(&bridge, &visitor, &id).await {
        Ok(admission) => admission.session,
        Err(refused) => return refused,
    };
    if !link
        .parse()
        .is_ok_and(|link| bridge.revoke(&id, &session, link, visitor.from))
    {
        return refused(StatusCode::NOT_FOUND, "There is no such link.");
    }
    match session.lasts().await {
        Lasts::Yes | Lasts::NotKept => StatusCode::NO_CONTENT.into_response(),
        Lasts::NotYet => refused(
            StatusCode::SERVICE_UNAVAILABLE,
            "The link lets nobody in now, but that could not be recorded: it would let in again if the console were \
             stopped before it is. Revoke it again in a moment.",
        ),
    }
}

fn wanted(body: &[u8]) -> Option<Wanted> {
    let asked: Asked = serde_json::from_slice(body).ok()?;
    let lasts = match asked.seconds {
        None => None,
        Some(seconds @ 1..=LINK_SECONDS_MAX) => Some(Duration::from_secs(seconds)),
        Some(_) => return None,
    };
    check_name(&asked.name).ok()?;
    Some(Wanted {
        name: asked.name,
        role: asked.role,
        sight: match asked.role {
            // It shows nothing; were it ever shown something, then as little as there is.
            Role::SignIn => Sight::Commands,
            Role::Control | Role::Watch => asked.sight,
            // No link makes an owner.
            Role::Owner => return None,
        },
        lasts,
    })
}

fn told(session: &Session, link: Link) -> LinkTold {
    let state = match link.invalid(now() / 1000) {
        None => LinkState::Active,
        Some(Invalid::Expired) => LinkState::Expired,
        Some(Invalid::UsedUp) => LinkState::UsedUp,
        Some(Invalid::Revoked | Invalid::Unknown) => LinkState::Revoked,
    };
    let mut people = session.presence.ask(|roster| roster.here_through(link.no));
    let here = people.len();
    people.truncate(NAMED_MAX);
    let sight = (link.role != Role::SignIn).then(|| link.sight.name());
    LinkTold {
        link: link.no,
        name: link.name,
        role: link.role.name(),
        sight,
        made: link.made,
        until: link.until,
        state: state.name(),
        here,
        people,
    }
}
