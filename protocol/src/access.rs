//! Who takes part in a session, what they may do, and how much of it they are shown.

use serde::{Deserialize, Serialize};

/// One browser's place in a session, counted from 1 as they join. The console itself is [`By::Console`].
pub type ParticipantId = u32;

/// Who caused something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum By {
    /// The console of its own accord, such as the STLS that the target asks for.
    Console,
    /// Somebody.
    Participant(ParticipantId),
}

/// What a participant may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// Opened the session: everything.
    Owner,
    /// Types commands.
    Control,
    /// Reads along.
    Watch,
}

impl Role {
    /// Whether lines, connecting and disconnecting are this role's to ask for.
    pub fn commands(self) -> bool {
        matches!(self, Role::Owner | Role::Control)
    }
}

/// How much of the transcript a participant is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sight {
    /// All of it.
    Everything,
    /// All but the text of messages.
    Headers,
    /// Commands and status lines, no content of messages.
    Commands,
}
