//! What whoever is signed in to a hosted console sees of its sessions: an agent their own, a supervisor all.

use std::collections::HashSet;
use std::sync::Arc;

use protocol::access::{By, OWNER, Role};
use protocol::alias::Alias;
use protocol::remark::End;
use protocol::standing::{Ending, Life, Rank};
use protocol::state::{Phase, State};

use crate::Bridge;
use crate::access::{Identity, SignOn, Visitor};
use crate::audit::Known;
use crate::maildrops::Holding;
use crate::session::link::Pass;
use crate::session::past::LoadError;
use crate::session::token::hash;
use crate::session::{Called, Session};

/// The most sessions that are told of that do not live, the newest.
const PAST_MAX: usize = 100;

/// Of how many kept sessions it is looked whose they are, the newest.
const LOOKED_AT_MAX: usize = 10_000;

/// The most people that are named of each session.
const NAMED_MAX: usize = 8;

/// Which sessions are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// Those that live, and the newest of those that do not.
    All,
    /// Those that live.
    Live,
    /// The one of them that goes by that alias.
    Called(Alias),
}

/// A session, as whoever may see it is told of it. Times are milliseconds since 1970-01-01T00:00:00Z.
pub(crate) struct Listed {
    pub(crate) id: String,
    pub(crate) life: Life,
    /// Who opened it; none where it was opened without an account.
    pub(crate) agent: Option<String>,
    /// Whether that is who asks.
    pub(crate) is_own: bool,
    pub(crate) opened: u64,
    pub(crate) ended: Option<u64>,
    pub(crate) state: State,
    /// What it holds; none where it holds nothing.
    pub(crate) holding: Option<Holding>,
    /// How its newest connection ended; none while it has not.
    pub(crate) ending: Option<Ending>,
    /// How many are here, and what some of them are called.
    pub(crate) here: usize,
    pub(crate) people: Vec<String>,
}

impl Bridge {
    /// Those of these sessions that somebody may see: those that live, and then, where they are wanted too, the newest of
    /// those that do not, each the newest first.
    ///
    /// # Errors
    /// When what is kept cannot be read.
    pub(crate) async fn board(&self, signed_on: &SignOn, which: Which) -> Result<Vec<Listed>, LoadError> {
        let reader = signed_on.identity();
        let sees_all = signed_on.rank() >= Rank::Supervisor;
        let sees = move |opened_by: Option<&Identity>| sees_all || opened_by == Some(&reader);
        let mine = signed_on.identity();
        let is_own = |opened_by: Option<&Identity>| opened_by == Some(&mine);

        let living = self.registry.all();
        let mut listed: Vec<Listed> = living
            .iter()
            .filter(|(_, session)| match which {
                Which::Called(alias) => session.alias == alias,
                Which::All | Which::Live => true,
            })
            .filter(|(_, session)| sees(session.opened_by.as_deref()))
            .map(|(id, session)| {
                let state = session.transcript.state();
                let is_closed = state.phase == Phase::Closed;
                let mut people = session.presence.ask(|roster| roster.names_here());
                let here = people.len();
                people.truncate(NAMED_MAX);
                Listed {
                    holding: self.ways.maildrops.held_by(session.alias),
                    id: id.clone(),
                    life: Life::Live,
                    agent: session.opened_by.as_deref().map(|it| it.name.clone()),
                    is_own: is_own(session.opened_by.as_deref()),
                    opened: session.opened,
                    ended: None,
                    ending: is_closed.then(|| session.ending()).flatten(),
                    state,
                    here,
                    people,
                }
            })
            .collect();
        listed.sort_by_key(|it| std::cmp::Reverse(it.opened));
        let Some(kept) = self.kept.as_ref().filter(|_| which == Which::All) else {
            return Ok(listed);
        };
        let living: HashSet<String> = living.into_iter().map(|(id, _)| id).collect();
        let past = kept
            .past
            .newest(&mine, PAST_MAX, LOOKED_AT_MAX, move |head, access| {
                !living.contains(&*head.id) && sees(access.opened_by.as_ref())
            });
        listed.extend(past.await?.into_iter().map(|stood| {
            let opened_by = stood.access.opened_by.as_ref();
            let is_interrupted = stood.head.ended.is_none() && kept.past.is_interrupted(&stood.head.id);
            Listed {
                life: if is_interrupted {
                    Life::Interrupted
                } else {
                    Life::Ended
                },
                agent: opened_by.map(|it| it.name.clone()),
                is_own: is_own(opened_by),
                opened: stood.access.opened,
                ended: stood.head.ended,
                ending: stood.ending.filter(|_| stood.state.phase == Phase::Closed),
                state: stood.state,
                holding: None,
                here: 0,
                people: Vec::new(),
                id: stood.head.id.to_string(),
            }
        }));
        Ok(listed)
    }
}

/// Ends a session that lives, for whoever is let in to it so: the owner, or a supervisor, who shows there by that. Whether
/// there was a place for them to show.
pub(crate) fn end(session: &Arc<Session>, pass: Pass, visitor: &Visitor) -> bool {
    let signed_on = visitor.signed_on();
    let by = match signed_on {
        Some(signed_on) if pass.role != Role::Owner => {
            let account = signed_on.identity();
            match session.enter(pass, hash(&account.id), Called::ByAccount(&account)) {
                Ok((participant, _)) => participant.id,
                Err(_) => return false,
            }
        }
        _ => OWNER,
    };
    let known = signed_on.map(|it| Known::of(&it.identity()));
    session.trail.is_at(by, visitor.from, known);
    session.stop(End::SessionEnded {
        by: By::Participant(by),
    });
    true
}
