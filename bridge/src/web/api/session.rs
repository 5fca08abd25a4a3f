//! One session: how it stands, and its end.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use protocol::access::{Keep, Role};
use protocol::entry::Seq;
use protocol::standing::{Ending, Life};
use protocol::state::{Phase, State as Stands};
use protocol::target::Target;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::{KEEPS, admit_heard, admit_owner, check_owner, named, refused};
use crate::Bridge;
use crate::access::Visitor;
use crate::audit::Who;
use crate::entrance::keeping::NotKept;
use crate::session::link::Pass;

/// How a session stands. Times are milliseconds since 1970-01-01T00:00:00Z.
#[derive(Serialize)]
struct SessionTold {
    state: &'static str,
    /// What the token that was asked with allows.
    role: &'static str,
    /// What it shows; none where it shows nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    sight: Option<&'static str>,
    opened: u64,
    ended: Option<u64>,
    /// Whom the newest connection is to; none where nobody has asked for one.
    target: Option<Server>,
    /// Which mailbox of that was opened last, as far as it is known, to whoever needs no link: a link may show less than that.
    #[serde(skip_serializing_if = "Option::is_none")]
    mailbox: Option<String>,
    phase: &'static str,
    /// How many messages are marked for deletion and not committed.
    marked: u32,
    /// How the newest connection ended; none while it has not.
    ending: Option<EndingTold>,
    /// How many people are here.
    here: usize,
    entries: Seq,
    keep: &'static str,
}

#[derive(Serialize)]
pub(super) struct Server {
    host: String,
    port: u16,
}

#[derive(Serialize)]
pub(super) struct EndingTold {
    how: &'static str,
    deleted: u32,
}

/// Tells how a session stands.
pub(in crate::web) async fn tell(
    State(bridge): State<Arc<Bridge>>,
    visitor: Visitor,
    Path(session): Path<String>,
) -> Response {
    // Before anything is looked at, so that a wrong token is answered after one same time.
    let heard = Instant::now();
    if let Some(glance) = bridge.glance(&session, &visitor).await {
        let access = glance.access;
        let life = if glance.interrupted {
            Life::Interrupted
        } else {
            Life::Ended
        };
        let is_closed = glance.state.phase == Phase::Closed;
        let mailbox = access.mailbox.and_then(|it| it.at(&glance.state));
        let (opened, keep) = (access.opened, access.keep);
        let told = SessionTold::new(life, glance.pass, opened, keep, mailbox, glance.state);
        return Json(SessionTold {
            ended: glance.ended,
            ending: glance.ending.filter(|_| is_closed).map(EndingTold::from),
            entries: glance.last,
            ..told
        })
        .into_response();
    }
    let admission = match admit_heard(&bridge, &visitor, &session, heard).await {
        Ok(admission) => admission,
        Err(response) => return response,
    };
    let session = admission.session;
    let life = if session.ended.is_some() {
        Life::Ended
    } else {
        Life::Live
    };
    let stands = session.transcript.state();
    let ending = (stands.phase == Phase::Closed)
        .then(|| session.ending())
        .flatten();
    let mailbox = session.mailbox_at(&stands);
    let (opened, keep) = (session.opened, session.kept());
    let told = SessionTold::new(life, admission.pass, opened, keep, mailbox, stands);
    Json(SessionTold {
        ended: session.ended,
        ending: ending.map(EndingTold::from),
        here: session.presence.ask(|roster| roster.here()),
        entries: session.transcript.last(),
        ..told
    })
    .into_response()
}

impl SessionTold {
    /// Without what differs where the session is not in memory. The mailbox is told to whoever needs no link.
    fn new(life: Life, pass: Pass, opened: u64, keep: Keep, mailbox: Option<String>, stands: Stands) -> Self {
        Self {
            state: life.name(),
            role: pass.role.name(),
            sight: (pass.role != Role::SignIn).then(|| pass.sight.name()),
            opened,
            ended: None,
            target: stands.target.map(Server::from),
            mailbox: mailbox.filter(|_| pass.link.is_none()),
            phase: stands.phase.name(),
            marked: stands.marked,
            ending: None,
            here: 0,
            entries: 0,
            keep: keep.name(),
        }
    }
}

impl From<Target> for Server {
    fn from(target: Target) -> Self {
        Self {
            host: target.host,
            port: target.port,
        }
    }
}

impl From<Ending> for EndingTold {
    fn from(Ending { how, deleted }: Ending) -> Self {
        Self {
            how: how.name(),
            deleted,
        }
    }
}

/// What is to be another way.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    #[serde(deserialize_with = "named")]
    keep: Keep,
}

/// Decides how much of a session is kept.
pub(in crate::web) async fn change(
    State(bridge): State<Arc<Bridge>>,
    visitor: Visitor,
    Path(session): Path<String>,
    body: Bytes,
) -> Response {
    let admission = match admit_owner(&bridge, &visitor, &session).await {
        Ok(admission) => admission,
        Err(refused) => return refused,
    };
    let Ok(Change { keep }) = serde_json::from_slice(&body) else {
        return refused(StatusCode::BAD_REQUEST, KEEPS);
    };
    match bridge
        .keep(&session, &admission.session, keep, Who::owner(&visitor))
        .await
    {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => {
            let status = match error {
                NotKept::NoJournal | NotKept::More | NotKept::KeepsLess => StatusCode::CONFLICT,
                NotKept::NotNow | NotKept::NotYet => StatusCode::SERVICE_UNAVAILABLE,
            };
            refused(status, error)
        }
    }
}

/// Ends a session and deletes all that is kept of it.
pub(in crate::web) async fn end(
    State(bridge): State<Arc<Bridge>>,
    visitor: Visitor,
    Path(session): Path<String>,
) -> Response {
    if let Err(refused) = check_owner(&bridge, &visitor, &session).await {
        return refused;
    }
    match bridge.delete(&session, Who::owner(&visitor)).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => refused(StatusCode::SERVICE_UNAVAILABLE, error),
    }
}
