//! What participants ask of the mail connection, on its way to the task that owns it.

mod waiting;

use std::net::IpAddr;

use protocol::access::{By, LinkNo, ParticipantId};
use protocol::entry::{ConnectionNo, LineId};
use protocol::remark::End;
use protocol::secret::TypedLine;
use protocol::target::Target;
use protocol::wire::{GuestSignIn, Refusal};
use tokio::sync::{mpsc, oneshot};

use super::trail::Doer;
pub(crate) use waiting::{Receiver, Sender, Unsent, waiting};

/// The most lines of one session that wait to go out.
pub(crate) const LINES_WAITING_MAX: usize = 64;

/// The most other orders of one session that wait. They are taken at once, whatever the lines wait for.
pub(crate) const CONTROLS_WAITING_MAX: usize = 16;

/// A line to send.
pub(crate) struct Line {
    pub(crate) id: LineId,
    pub(crate) connection: ConnectionNo,
    pub(crate) line: TypedLine,
    /// Whether it was taken for a SASL response.
    pub(crate) is_response: bool,
    pub(crate) asker: Asker,
}

/// Everything else that can be asked for. It never waits behind lines.
pub(crate) enum Control {
    Connect {
        target: Target,
        asker: Asker,
    },
    ContinueInClear {
        connection: ConnectionNo,
        asker: Asker,
    },
    KeepAlive {
        connection: ConnectionNo,
        on: bool,
        asker: Asker,
    },
    Disconnect {
        connection: ConnectionNo,
        asker: Asker,
    },
    /// A guest came to sign in.
    Attend,
    /// A guest signs in. What becomes of it is told by the [desk](super::desk).
    SignIn(SignIn),
}

/// Somebody signs in for the session.
pub(crate) struct SignIn {
    pub(crate) guest: ParticipantId,
    /// Where they are.
    pub(crate) from: Option<IpAddr>,
    /// Through which they came.
    pub(crate) link: LinkNo,
    pub(crate) request: GuestSignIn,
}

impl Control {
    /// Who is to be told when it is not done; none where nobody is.
    pub(crate) fn into_asker(self) -> Option<Asker> {
        match self {
            Control::Connect { asker, .. }
            | Control::ContinueInClear { asker, .. }
            | Control::KeepAlive { asker, .. }
            | Control::Disconnect { asker, .. } => Some(asker),
            Control::Attend | Control::SignIn(_) => None,
        }
    }
}

/// Who asked, with the right to be answered once: a refusal always has its place in the asker's queue. It is boxed
/// there as orders are, since a queue makes room for many at once.
pub(crate) struct Asker {
    pub(crate) by: By,
    /// Where the window is in which it was asked.
    pub(crate) from: Option<IpAddr>,
    pub(crate) place: mpsc::OwnedPermit<Box<Refused>>,
}

impl Asker {
    /// Who asked, and where.
    pub(crate) fn doer(&self) -> Doer {
        Doer {
            by: self.by,
            from: self.from,
        }
    }

    /// Tells the asker, and nobody else, that it was not done.
    pub(crate) fn refuse(self, id: Option<LineId>, why: Refusal) {
        self.place.send(Box::new(Refused { id, why }));
    }

    /// Tells the asker, and nobody else, if it was not done. What was done is seen by everybody.
    pub(crate) fn answer(self, done: Result<(), Refusal>) {
        if let Err(why) = done {
            self.refuse(None, why);
        }
    }
}

/// Something was not done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refused {
    pub(crate) id: Option<LineId>,
    pub(crate) why: Refusal,
}

/// Where a session's orders come out. They are boxed, because a queue keeps room for several of them, and most
/// sessions have few.
pub(crate) struct Inbox {
    pub(crate) controls: Receiver<Box<Control>>,
    pub(crate) lines: Receiver<Box<Line>>,
    pub(crate) stop: Stop,
}

/// Where the order to end the session comes out.
pub(crate) struct Stop(pub(super) oneshot::Receiver<End>);

impl Stop {
    /// Waits until the session is to end, and says why. It is not asked again after that.
    pub(crate) async fn asked(&mut self) -> End {
        // Without a sender the session is gone, and so is everybody who could ask for something.
        (&mut self.0).await.unwrap_or(End::Shutdown)
    }
}
