//! Lines that were sent off and not echoed yet.

use protocol::command;
use protocol::entry::{ConnectionNo, LineId};
use protocol::secret::TypedLine;

use crate::transcript::is_auth;

/// A line that was sent off and not echoed yet.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Its name.
    pub id: LineId,
    /// The connection that it is meant for.
    pub connection: ConnectionNo,
    /// The line itself, in case that it comes back.
    pub line: TypedLine,
    /// What of it may be shown.
    pub shown: String,
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
    pub fn new(id: LineId, connection: ConnectionNo, line: &str, expects_secret: bool) -> Self {
        Self {
            id,
            connection,
            line: TypedLine::new(line.as_bytes().to_vec()),
            shown: without_secret(line, expects_secret),
            fate: Fate::Queued,
        }
    }

    /// Whether what follows it may be a secret.
    pub fn is_auth(&self) -> bool {
        is_auth(self.line.reveal())
    }
}

/// A line with bullets where its secret stands; their number tells nothing.
pub fn without_secret(line: &str, expects_secret: bool) -> String {
    match command::secret_from(line.as_bytes(), expects_secret) {
        Some(from) => format!("{}••••••••", line.get(..from).unwrap_or_default()),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_a_line_holds_no_secret() {
        assert_eq!(without_secret("PASS hunter2", false), "PASS ••••••••");
        assert_eq!(without_secret("pass  x y", false), "pass ••••••••");
        assert_eq!(without_secret("STAT", false), "STAT");
        assert_eq!(without_secret("AGh1bnRlcjI=", true), "••••••••");
        assert!(!format!("{:?}", Pending::new(1, 1, "PASS hunter2", false)).contains("hunter2"));
    }
}
