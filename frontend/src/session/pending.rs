//! Lines that were sent off and not echoed yet.

use protocol::command;
use protocol::entry::{ConnectionNo, LineId};

use super::typed::Typed;

/// A line that was sent off and not echoed yet.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Its name.
    pub id: LineId,
    /// The connection that it is meant for.
    pub connection: ConnectionNo,
    /// The line itself, in case that it comes back.
    pub typed: Typed,
    /// How far it is.
    pub fate: Fate,
}

/// How far a line is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It goes out as soon as the bridge is there again.
    Queued,
    /// The socket took it.
    Sent,
    /// The socket that took it died before it was echoed.
    Orphan,
}

impl Pending {
    /// A line that is about to be sent off.
    pub fn new(id: LineId, connection: ConnectionNo, typed: Typed) -> Self {
        Self {
            id,
            connection,
            typed,
            fate: Fate::Queued,
        }
    }

    /// Whether what follows it may be a secret.
    pub fn is_auth(&self) -> bool {
        command::is(self.typed.line.reveal(), "AUTH")
    }
}
