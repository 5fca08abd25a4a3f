//! Who is in a session.

use protocol::access::{By, ParticipantId, Role, Sight};
use tokio::sync::{mpsc, watch};

use super::order::{Asker, Refused};

/// The most requests of one participant that may still be answered. Beyond, its reader waits for its writer.
const ANSWERS_WAITING_MAX: usize = 128;

/// Counts who is in a session.
pub(crate) struct Presence {
    here: watch::Sender<usize>,
    max: usize,
}

/// One WebSocket's place in a session. Dropping it leaves the session.
pub(crate) struct Participant {
    pub(crate) id: ParticipantId,
    pub(crate) role: Role,
    pub(crate) sight: Sight,
    answers: mpsc::Sender<Refused>,
    here: watch::Sender<usize>,
}

impl Presence {
    /// With at most `max` at a time.
    pub(crate) fn new(max: usize) -> Self {
        Self {
            here: watch::Sender::new(0),
            max,
        }
    }

    /// Enters; the second part is where answers come out. None when it is full.
    pub(crate) fn enter(
        &self,
        id: ParticipantId,
        role: Role,
        sight: Sight,
    ) -> Option<(Participant, mpsc::Receiver<Refused>)> {
        let entered = self.here.send_if_modified(|here| {
            let room = *here < self.max;
            *here += usize::from(room);
            room
        });
        entered.then(|| {
            let (answers, answers_out) = mpsc::channel(ANSWERS_WAITING_MAX);
            (
                Participant {
                    id,
                    role,
                    sight,
                    answers,
                    here: self.here.clone(),
                },
                answers_out,
            )
        })
    }

    /// How many are here, now and whenever that changes.
    pub(crate) fn watch(&self) -> watch::Receiver<usize> {
        self.here.subscribe()
    }
}

impl Participant {
    /// The right to ask for one thing and to be answered. None when nobody takes answers any more.
    pub(crate) async fn asker(&self) -> Option<Asker> {
        let answer = self.answers.clone().reserve_owned().await.ok()?;
        Some(Asker {
            by: By::Participant(self.id),
            answer,
        })
    }
}

impl Drop for Participant {
    fn drop(&mut self) {
        self.here.send_modify(|here| *here -= 1);
    }
}
