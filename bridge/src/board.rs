//! What whoever is signed in to a hosted console sees of its sessions: an agent their own, a supervisor all.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::Arc;

use protocol::access::{By, OWNER, Role};
use protocol::alias::Alias;
use protocol::standing::{ENDED_MAX, Ending, Life, Rank};
use protocol::state::{Phase, State};

use crate::Bridge;
use crate::access::{Identity, SignOn, Visitor};
use crate::audit::Known;
use crate::journal::Head;
use crate::session::link::Pass;
use crate::session::past::search::Search;
use crate::session::past::{Found, LoadError, Stood};
use crate::session::token::hash;
use crate::session::{Called, Doer, Session};

/// The most people that are named of each session.
const NAMED_MAX: usize = 8;

/// Which sessions are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// Those that go on, and the newest of those that do not in which that is found.
    All(Search),
    /// Those that go on: that live, or were interrupted and come alive when somebody comes.
    Live,
    /// The one of those that live that goes by that alias.
    Called(Alias),
}

/// A session, as whoever may see it is told of it. Times are milliseconds since 1970-01-01T00:00:00Z.
pub(crate) struct Listed {
    pub(crate) id: String,
    pub(crate) life: Life,
    /// Who opened it; none where it was opened without an account.
    pub(crate) agent: Option<Identity>,
    /// Whether that is who asks.
    pub(crate) is_own: bool,
    pub(crate) opened: u64,
    pub(crate) ended: Option<u64>,
    pub(crate) state: State,
    /// Whether its newest connection is to the demonstration mailbox.
    pub(crate) demonstrates: bool,
    /// Which mailbox was opened there last, as far as it is known.
    pub(crate) mailbox: Option<String>,
    /// Since when it holds the maildrop; none where it holds none.
    pub(crate) held_since: Option<u64>,
    /// How its newest connection ended; none while it has not.
    pub(crate) ending: Option<Ending>,
    /// How many are here, and what some of them are called.
    pub(crate) here: usize,
    pub(crate) people: Vec<String>,
}

/// Those that somebody may see.
pub(crate) struct Board {
    pub(crate) sessions: Vec<Listed>,
    /// Whether they were looked for in all that are kept.
    pub(crate) in_all: bool,
}

impl Bridge {
    /// Those of these sessions that somebody may see: those that live, then, where they are wanted too, those that may come
    /// alive again, and the newest of those that have ended, each the newest first.
    ///
    /// # Errors
    /// When what is kept cannot be read.
    pub(crate) async fn board(&self, signed_on: &SignOn, which: Which) -> Result<Board, LoadError> {
        let reader = signed_on.identity();
        let sees_all = signed_on.rank() >= Rank::Supervisor;
        let mine = reader.clone();
        let sees = move |opened_by: Option<&Identity>| sees_all || opened_by == Some(&mine);

        let past = self.kept.as_ref().map(|kept| &kept.past);
        // Before those that live, among which one may be that comes alive meanwhile.
        let interrupted = match past {
            Some(past) if which.goes_beyond_living() => past.all_interrupted(&reader).await?,
            _ => Vec::new(),
        };
        let living = self.registry.all();
        let mut listed: Vec<Listed> = living
            .iter()
            .filter(|(_, session)| match which {
                Which::Called(alias) => session.alias == alias,
                Which::All(_) | Which::Live => true,
            })
            .filter(|(_, session)| sees(session.opened_by.as_deref()))
            .map(|(id, session)| self.living(id, session, &reader))
            .collect();
        listed.sort_by_key(|it| Reverse(it.opened));
        let mut known: HashSet<String> = living.into_iter().map(|(id, _)| id).collect();
        let is_seen = |it: &&Arc<Stood>| !known.contains(&*it.head.id) && sees(it.access.opened_by.as_ref());
        let told = |it: &Arc<Stood>| past_one(it, Life::Interrupted, &reader);
        let mut waiting: Vec<Listed> = interrupted.iter().filter(is_seen).map(told).collect();
        waiting.sort_by_key(|it| Reverse(it.opened));
        listed.extend(waiting);
        let (Some(past), Which::All(search)) = (past, which) else {
            return Ok(Board {
                sessions: listed,
                in_all: true,
            });
        };
        known.extend(interrupted.iter().map(|it| it.head.id.to_string()));
        let is_so = move |head: &Head| !known.contains(&*head.id);
        let ended = past.newest(&reader, !sees_all, ENDED_MAX, is_so, search);
        let Found { stood, in_all } = ended.await?;
        listed.extend(stood.iter().map(|it| past_one(it, Life::Ended, &reader)));
        Ok(Board {
            sessions: listed,
            in_all,
        })
    }

    /// One that lives.
    fn living(&self, id: &str, session: &Session, reader: &Identity) -> Listed {
        let state = session.transcript.state();
        let is_closed = state.phase == Phase::Closed;
        let mut people = session.presence.ask(|roster| roster.names_here());
        let here = people.len();
        people.truncate(NAMED_MAX);
        let opened_by = session.opened_by.as_deref();
        Listed {
            id: id.to_owned(),
            life: Life::Live,
            agent: opened_by.cloned(),
            is_own: opened_by == Some(reader),
            opened: session.opened,
            ended: None,
            mailbox: session.mailbox_at(&state),
            held_since: self.ways.maildrops.held_since(session.alias),
            demonstrates: session.demonstrates(),
            ending: is_closed.then(|| session.ending()).flatten(),
            state,
            here,
            people,
        }
    }
}

impl Which {
    fn goes_beyond_living(&self) -> bool {
        match self {
            Which::All(_) | Which::Live => true,
            Which::Called(_) => false,
        }
    }
}

/// One that is not in memory.
fn past_one(stood: &Stood, life: Life, reader: &Identity) -> Listed {
    let Stood {
        head,
        access,
        state,
        ending,
    } = stood;
    let opened_by = access.opened_by.as_ref();
    Listed {
        id: head.id.to_string(),
        life,
        agent: opened_by.cloned(),
        is_own: opened_by == Some(reader),
        opened: access.opened,
        ended: head.ended,
        mailbox: access.mailbox.as_ref().and_then(|it| it.at(state)),
        held_since: None,
        ending: *ending,
        state: state.clone(),
        demonstrates: access.demonstrates,
        here: 0,
        people: Vec::new(),
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
    session.end_by(Doer {
        by: By::Participant(by),
        from: Some(visitor.from),
    });
    true
}
