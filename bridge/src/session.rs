//! A session: one transcript, one mail connection at a time, any number of participants.
//!
//! It is independent of every transport: participants submit requests and read the transcript from their own
//! cursors, the [upstream](crate::upstream) task takes orders and appends events.

mod order;
pub(crate) mod presence;
pub(crate) mod registry;
pub(crate) mod transcript;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use protocol::access::{By, Role};
use protocol::remark::End;
use protocol::wire::{FromBrowser, Refusal, check_line};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

pub(crate) use order::{Asker, Control, Inbox, Line, Refused};
use order::{CONTROLS_WAITING_MAX, LINES_WAITING_MAX, Stop};
use presence::{Participant, Presence};
use transcript::{Budget, Transcript};

use crate::config::Limits;

/// One session.
pub(crate) struct Session {
    /// What logs call it: counted from 1, worth nothing to anybody who reads it there.
    pub(crate) number: u64,
    pub(crate) transcript: Transcript,
    pub(crate) presence: Presence,
    controls: mpsc::Sender<Box<Control>>,
    lines: mpsc::Sender<Box<Line>>,
    /// Gone when it was used: the first reason counts.
    stop: Mutex<Option<oneshot::Sender<End>>>,
}

impl Session {
    /// A new session, and where its orders come out.
    pub(crate) fn new(number: u64, limits: &Limits, budget: Budget) -> (Self, Inbox) {
        let (controls, controls_out) = mpsc::channel(CONTROLS_WAITING_MAX);
        let (lines, lines_out) = mpsc::channel(LINES_WAITING_MAX);
        let (stop, stop_out) = oneshot::channel();
        let session = Self {
            number,
            transcript: Transcript::new(limits.transcript, budget),
            presence: Presence::new(limits.participants),
            controls,
            lines,
            stop: Mutex::new(Some(stop)),
        };
        (
            session,
            Inbox {
                controls: controls_out,
                lines: lines_out,
                stop: Stop(stop_out),
            },
        )
    }

    /// Does what a participant asks for, or answers that it is not done.
    ///
    /// It waits only while so many earlier answers have not been taken by the participant's own writer.
    pub(crate) async fn submit(&self, who: &Participant, request: FromBrowser) {
        if matches!(request, FromBrowser::Beat) {
            return;
        }
        let Some(asker) = who.asker().await else { return };
        if !allows(who.role, &request) {
            return asker.refuse(id_of(&request), Refusal::NotAllowed);
        }
        match request {
            FromBrowser::Line { id, connection, line } => self.line(Line {
                id,
                connection,
                line,
                is_response: false,
                asker,
            }),
            FromBrowser::Response { id, connection, line } => self.line(Line {
                id,
                connection,
                line,
                is_response: true,
                asker,
            }),
            FromBrowser::Connect { target } => self.control(Control::Connect { target, asker }),
            FromBrowser::ContinueInClear { connection } => {
                self.control(Control::ContinueInClear { connection, asker });
            }
            FromBrowser::KeepAlive { connection, on } => {
                self.control(Control::KeepAlive {
                    connection,
                    on,
                    asker,
                });
            }
            FromBrowser::Hide { seq } => {
                if let Err(why) = self.transcript.hide(seq, By::Participant(who.id)) {
                    asker.refuse(None, why);
                }
            }
            FromBrowser::Note { .. }
            | FromBrowser::Name(_)
            | FromBrowser::AskForControl
            | FromBrowser::Hand { .. }
            | FromBrowser::Keep(_)
            | FromBrowser::SignIn(_) => asker.refuse(None, Refusal::NotAllowed),
            FromBrowser::Disconnect { connection } => self.control(Control::Disconnect { connection, asker }),
            FromBrowser::End => self.stop(End::SessionEnded {
                by: By::Participant(who.id),
            }),
            FromBrowser::Typing(_) | FromBrowser::Beat => {}
        }
    }

    /// Ends the session, for the first reason that is given.
    pub(crate) fn stop(&self, why: End) {
        let stop = self.stop.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(stop) = stop {
            // Nobody to take it: it has ended.
            let _ = stop.send(why);
        }
    }

    /// Stops the session once nobody has been there for the grace time.
    pub(crate) async fn end_when_deserted(&self, grace: Duration) {
        let mut here = self.presence.watch();
        loop {
            // The sender lives in self, so waiting cannot fail.
            let _ = here.wait_for(|&here| here == 0).await;
            let somebody = here.wait_for(|&here| here > 0);
            if timeout(grace, somebody).await.is_err() {
                let after = grace.as_secs();
                return self.stop(End::GraceOver { after });
            }
        }
    }

    fn line(&self, line: Line) {
        if let Err(why) = check_line(line.line.reveal()) {
            return line.asker.refuse(Some(line.id), why);
        }
        if let Err(unsent) = self.lines.try_send(Box::new(line)) {
            let Line { id, asker, .. } = *unsent.into_inner();
            asker.refuse(Some(id), Refusal::Busy);
        }
    }

    fn control(&self, control: Control) {
        if let Err(unsent) = self.controls.try_send(Box::new(control)) {
            unsent.into_inner().into_asker().refuse(None, Refusal::Busy);
        }
    }
}

/// The one place where a role is held against what it asks for.
fn allows(role: Role, request: &FromBrowser) -> bool {
    match request {
        FromBrowser::Line { .. }
        | FromBrowser::Response { .. }
        | FromBrowser::Connect { .. }
        | FromBrowser::ContinueInClear { .. }
        | FromBrowser::KeepAlive { .. }
        | FromBrowser::Hide { .. }
        | FromBrowser::Disconnect { .. } => role.commands(),
        FromBrowser::End | FromBrowser::Keep(_) => role == Role::Owner,
        FromBrowser::Note { .. }
        | FromBrowser::Name(_)
        | FromBrowser::Typing(_)
        | FromBrowser::AskForControl
        | FromBrowser::Hand { .. } => role != Role::SignIn,
        FromBrowser::SignIn(_) => role == Role::SignIn,
        FromBrowser::Beat => true,
    }
}

fn id_of(request: &FromBrowser) -> Option<protocol::entry::LineId> {
    match request {
        FromBrowser::Line { id, .. } | FromBrowser::Response { id, .. } => Some(*id),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::secret::TypedLine;
    use protocol::target::{Family, Security, Target};

    #[test]
    fn each_role_may_ask_for_its_own_things_only() {
        let target = Target {
            host: "localhost".into(),
            port: 110,
            security: Security::Plain,
            verify: true,
            name: None,
            family: Family::Any,
        };
        let commands = [
            FromBrowser::Line {
                id: 1,
                connection: 1,
                line: TypedLine::new(b"NOOP".to_vec()),
            },
            FromBrowser::Response {
                id: 1,
                connection: 1,
                line: TypedLine::new(b"AGEAYg==".to_vec()),
            },
            FromBrowser::Connect { target },
            FromBrowser::ContinueInClear { connection: 1 },
            FromBrowser::KeepAlive {
                connection: 1,
                on: true,
            },
            FromBrowser::Hide { seq: 1 },
            FromBrowser::Disconnect { connection: 1 },
        ];
        for command in &commands {
            assert!(allows(Role::Owner, command) && allows(Role::Control, command));
            assert!(!allows(Role::Watch, command));
        }
        assert!(allows(Role::Owner, &FromBrowser::End));
        assert!(!allows(Role::Control, &FromBrowser::End) && !allows(Role::Watch, &FromBrowser::End));
        assert!(allows(Role::Watch, &FromBrowser::Beat));
    }
}
