//! How a session stands that is not in memory, for whoever only wants to know that: none of its entries are read.

use protocol::access::Role;
use protocol::entry::Seq;
use protocol::standing::Ending;
use protocol::state::State;

use crate::Bridge;
use crate::access::Visitor;
use crate::session::access::Access;
use crate::session::link::Pass;

/// How a session stands that is not in memory.
pub(crate) struct Glance {
    pub(crate) access: Access,
    /// What the token that was asked with lets in to.
    pub(crate) pass: Pass,
    /// When it ended, in milliseconds since 1970-01-01T00:00:00Z, where that is known.
    pub(crate) ended: Option<u64>,
    /// Whether it may come alive again.
    pub(crate) interrupted: bool,
    /// Where its newest connection stood last.
    pub(crate) state: State,
    /// How that ended, as far as it is known.
    pub(crate) ending: Option<Ending>,
    pub(crate) last: Seq,
}

impl Bridge {
    /// How a session stands that is not in memory, to whoever is let in: it stays where it is, and one that
    /// was interrupted comes not alive.
    pub(crate) async fn glance(&self, id: &str, visitor: &Visitor) -> Option<Glance> {
        let kept = self.kept.as_ref()?;
        if self.in_memory(kept, id).is_some() {
            return None;
        }
        let known = self.known(kept, id, visitor).await.ok().flatten()?;
        let interrupted = known.head.ended.is_none() && kept.past.is_interrupted(id);
        if !known.is_settled || (known.pass.role == Role::SignIn && !interrupted) {
            return None;
        }
        let (state, last) = kept.past.stood(id).await.ok()?;
        let ending = kept.past.ending(id).await.ok()?;
        Some(Glance {
            access: known.access,
            pass: known.pass,
            ended: known.head.ended,
            interrupted,
            state,
            ending,
            last,
        })
    }
}
