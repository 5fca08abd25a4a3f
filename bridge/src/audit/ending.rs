//! How connections and sessions ended, as records have it, and whose doing it was.

use protocol::access::By;
use protocol::remark::{End, Failure, Marks, Step};
use protocol::target::Target;

use super::Event;
use super::event::{Server, failing};

/// That something ended, and who did it; none where neither somebody here nor the console did.
pub(crate) struct Ending {
    pub(crate) by: Option<By>,
    pub(crate) event: Event,
}

impl Ending {
    /// A connection to that server ended so, or failed in that step after it was made; what became of the marks; and who had
    /// so many messages deleted with it.
    pub(crate) fn of_connection(
        target: &Target,
        how: Result<&End, (Step, &Failure)>,
        marks: Marks,
        deletion: Option<(By, u32)>,
    ) -> Self {
        let (by, how) = match how {
            Ok(end) => (whose(end), name_of(end)),
            Err((_, Failure::Cancelled { by })) => (Some(*by), "cancelled"),
            Err((step, why)) => (None, failing(step, why)),
        };
        let uncommitted = match marks {
            Marks::None => None,
            Marks::NotCommitted(marked) | Marks::Unknown(marked) => Some(marked),
        };
        Self {
            // However it ended then: that mail is gone is what matters of it.
            by: deletion.map_or(by, |(by, _)| Some(by)),
            event: Event::Disconnected {
                server: Server::of(target, None),
                how,
                uncommitted,
                deleted: deletion.map(|(_, deleted)| deleted),
            },
        }
    }

    /// A session ended so. One that goes on when somebody comes back is interrupted, and has not.
    pub(crate) fn of_session(why: &End, may_go_on: bool) -> Self {
        let event = match why {
            End::SessionEnded { .. } => Event::Ended { why: "asked" },
            End::GraceOver { .. } => Event::Ended { why: "deserted" },
            _ if may_go_on => Event::Interrupted,
            _ => Event::Ended { why: "stopped" },
        };
        Self {
            by: whose(why),
            event,
        }
    }

    /// A session that was interrupted ended, since nobody came back to it.
    pub(crate) fn of_interrupted() -> Self {
        Self {
            by: Some(By::Console),
            event: Event::Ended { why: "deserted" },
        }
    }
}

fn whose(end: &End) -> Option<By> {
    match end {
        End::Disconnected { by } | End::SessionEnded { by } => Some(*by),
        End::GraceOver { .. }
        | End::Idle { .. }
        | End::TranscriptFull { .. }
        | End::TranscriptsFull { .. }
        | End::WriteTimedOut
        | End::Shutdown
        | End::BridgeLost => Some(By::Console),
        End::AfterQuit | End::ByServer | End::Broken { .. } | End::Truncated | End::Failed => None,
    }
}

fn name_of(end: &End) -> &'static str {
    match end {
        End::AfterQuit => "quit",
        End::ByServer => "by-server",
        End::Broken { .. } => "broken",
        End::Truncated => "truncated",
        End::Disconnected { .. } => "asked",
        End::SessionEnded { .. } => "session-ended",
        End::GraceOver { .. } => "deserted",
        End::Idle { .. } => "idle",
        End::TranscriptFull { .. } => "transcript-full",
        End::TranscriptsFull { .. } => "transcripts-full",
        End::WriteTimedOut => "write-timed-out",
        End::Shutdown => "stopped",
        End::BridgeLost => "console-lost",
        End::Failed => "failed",
    }
}
