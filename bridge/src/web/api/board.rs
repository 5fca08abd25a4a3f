//! The sessions of a hosted console, for whoever is signed in.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use protocol::alias::Alias;
use serde::{Deserialize, Serialize};

use super::session::{EndingTold, Server};
use super::{denied, not_owner, refused};
use crate::Bridge;
use crate::access::{Identity, Visitor};
use crate::board::{self, Listed, Which};
use crate::entrance::Denied;
use crate::session::Look;
use crate::session::past::search::{SEARCH_MAX, Search};
use crate::web::door;

/// Which sessions are wanted.
#[derive(Deserialize)]
pub(in crate::web) struct Wanted {
    /// Those that go on, alone.
    #[serde(default)]
    live: bool,
    /// Of those that have ended, those in which that is found.
    #[serde(default)]
    search: String,
    /// Of these the one that goes by that: who finds a maildrop locked asks so for what holds it.
    alias: Option<Alias>,
}

#[derive(Serialize)]
struct Told {
    sessions: Vec<ListedTold>,
    /// Whether they were looked for in all that are kept: where there are very many, the oldest are not.
    all: bool,
    /// Whether the console is about to stop, and takes no new ones.
    stopping: bool,
}

/// One session. Times are milliseconds since 1970-01-01T00:00:00Z.
#[derive(Serialize)]
struct ListedTold {
    session: String,
    state: &'static str,
    /// Who opened it, with what tells them from others who are called so or alike, and what they have in common with those.
    agent: Option<String>,
    agent_id: Option<String>,
    agent_looks: Vec<String>,
    /// Whether that is who asks.
    own: bool,
    opened: u64,
    ended: Option<u64>,
    target: Option<Server>,
    /// Whether that is the demonstration mailbox, there or where it was when a console ran before.
    demonstration: bool,
    /// Which mailbox of that was opened last, as far as it is known.
    mailbox: Option<String>,
    /// Since when it holds that; none where it does not.
    held_since: Option<u64>,
    phase: &'static str,
    marked: u32,
    ending: Option<EndingTold>,
    here: usize,
    people: Vec<String>,
}

/// Tells of the sessions that whoever asks may see.
pub(in crate::web) async fn list(
    State(bridge): State<Arc<Bridge>>,
    visitor: Visitor,
    Query(wanted): Query<Wanted>,
) -> Response {
    if visitor.reception.is_none() {
        return refused(
            StatusCode::NOT_FOUND,
            "This console has no accounts: who has a session has it in their browser.",
        );
    }
    let Some(signed_on) = visitor.signed_on() else {
        return denied(Denied::NotSignedOn);
    };
    let which = match wanted {
        Wanted {
            alias: Some(alias), ..
        } => Which::Called(alias),
        Wanted { live: true, .. } => Which::Live,
        Wanted { search, .. } => match Search::new(&search) {
            Some(search) => Which::All(search),
            None => {
                let why = format!("A search has at most {SEARCH_MAX} octets.");
                return refused(StatusCode::BAD_REQUEST, &why);
            }
        },
    };
    match bridge.board(signed_on, which).await {
        Ok(board) => {
            let told = Told {
                sessions: board.sessions.into_iter().map(ListedTold::from).collect(),
                all: board.in_all,
                stopping: bridge.shutdown.is_draining(),
            };
            Json(told).into_response()
        }
        Err(_) => denied(Denied::Unreadable),
    }
}

/// Ends a session that lives. What is kept of it stays.
pub(in crate::web) async fn end(
    State(bridge): State<Arc<Bridge>>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Response {
    let pass = match door::pass(&bridge, &visitor, &id).await {
        Ok(pass) => pass,
        Err(why) => return denied(why),
    };
    // Whoever needs no link may: the owner, and a supervisor.
    if pass.link.is_some() {
        return not_owner(&bridge, &visitor, &id, pass);
    }
    let Some(session) = bridge.registry.get(&id) else {
        return refused(
            StatusCode::CONFLICT,
            "The session does not live: there is nothing to end.",
        );
    };
    if board::end(&session, pass, &visitor) {
        StatusCode::NO_CONTENT.into_response()
    } else {
        refused(
            StatusCode::TOO_MANY_REQUESTS,
            "As many people are known of this session as it takes, so nobody would see who ended it.",
        )
    }
}

impl From<Listed> for ListedTold {
    fn from(listed: Listed) -> Self {
        let Listed { state, agent, .. } = listed;
        Self {
            session: listed.id,
            state: listed.life.name(),
            agent_id: agent.as_ref().map(Identity::short),
            agent_looks: agent.as_ref().map_or(Vec::new(), |it| Look::of(&it.name).words()),
            agent: agent.map(|it| it.name),
            own: listed.is_own,
            opened: listed.opened,
            ended: listed.ended,
            mailbox: listed.mailbox,
            held_since: listed.held_since,
            demonstration: listed.demonstrates,
            target: state.target.map(Server::from),
            phase: state.phase.name(),
            marked: state.marked,
            ending: listed.ending.map(EndingTold::from),
            here: listed.here,
            people: listed.people,
        }
    }
}
