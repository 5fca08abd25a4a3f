//! A session: one transcript, one mail connection at a time, any number of participants.
//!
//! It is independent of every transport: participants submit requests and read the transcript from their own
//! cursors, the [upstream](crate::upstream) task takes orders and appends events.

pub(crate) mod access;
pub(crate) mod admission;
pub(crate) mod desk;
pub(crate) mod ending;
mod exported;
mod hiding;
mod kept;
pub(crate) mod link;
pub(crate) mod listing;
pub(crate) mod opened;
mod order;
pub(crate) mod past;
mod people;
pub(crate) mod presence;
pub(crate) mod registry;
mod sharing;
pub(crate) mod token;
mod trail;
pub(crate) mod transcript;

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;

use protocol::access::Role;
use protocol::alias::Alias;
use protocol::remark::{Attempt, End};
use protocol::wire::{FromBrowser, Refusal, check_line};
use tokio::sync::oneshot;
use tokio::time::timeout;

use access::Access;
use desk::SignInDesk;
use exported::Exported;
use hiding::Hiding;
use link::Links;
use opened::Newest;
pub(crate) use order::{Asker, Control, Inbox, Line, Refused, SignIn};
use order::{CONTROLS_WAITING_MAX, LINES_WAITING_MAX, Sender, Stop, waiting};
pub(crate) use people::{Called, Look, Looks, NoPlace, OfAccounts, check_free};
use presence::{Participant, Presence};
use sharing::Keeping;
use trail::Trail;
pub(crate) use trail::{Doer, actor_with};
use transcript::{Budget, Transcript};

use crate::access::Identity;
use crate::audit::{Audit, Event};
use crate::config::Limits;
use crate::journal::Recording;

/// One session.
pub(crate) struct Session {
    /// What logs call it: counted from 1, worth nothing to anybody who reads it there.
    pub(crate) number: u64,
    /// What it is called where its id is not to stand.
    pub(crate) alias: Alias,
    /// When it was opened, in milliseconds since 1970-01-01T00:00:00Z.
    pub(crate) opened: u64,
    /// With which account; none where it was opened without.
    pub(crate) opened_by: Option<Box<Identity>>,
    pub(crate) transcript: Arc<Transcript>,
    pub(crate) presence: Presence,
    pub(crate) links: Arc<Links>,
    keeping: Keeping,
    opened_mailbox: Newest,
    /// Whether its newest connection is to the demonstration mailbox.
    demonstrates: AtomicBool,
    hiding: Hiding,
    /// What writes it into the journal, where there is one.
    recording: OnceLock<Weak<Recording>>,
    exported: Exported,
    /// Tells whoever runs the console what people do here.
    pub(crate) trail: Trail,
    /// Counts the changes to who may do what.
    altered: AtomicU64,
    pub(crate) desk: SignInDesk,
    /// When it ended, of one that can only be read, in milliseconds since 1970-01-01T00:00:00Z.
    pub(crate) ended: Option<u64>,
    controls: Sender<Box<Control>>,
    lines: Sender<Box<Line>>,
    /// Gone when it was used: the first reason counts.
    stop: Mutex<Option<oneshot::Sender<End>>>,
}

impl Session {
    /// A session in which these may do what, and where its orders come out.
    pub(crate) fn new(
        number: u64,
        alias: Alias,
        access: Access,
        limits: &Limits,
        budget: Budget,
    ) -> (Self, Inbox) {
        let (controls, controls_out) = waiting(CONTROLS_WAITING_MAX);
        let (lines, lines_out) = waiting(LINES_WAITING_MAX);
        let (stop, stop_out) = oneshot::channel();
        let refusals = access.links.iter().map(|link| (link.no, link.refusals)).collect();
        let session = Self {
            number,
            alias,
            opened: access.opened,
            opened_by: access.opened_by.map(Box::new),
            transcript: Arc::new(Transcript::new(limits.transcript, budget)),
            presence: Presence::new(limits.participants, access.people),
            links: Arc::new(Links::new(access.owner, access.links)),
            keeping: Keeping::new(access.keep, access.unsettled),
            opened_mailbox: Newest::new(access.mailbox),
            demonstrates: AtomicBool::new(access.demonstrates),
            hiding: Hiding::default(),
            recording: OnceLock::new(),
            exported: Exported::default(),
            trail: Trail::new(Audit::default(), number, alias),
            altered: AtomicU64::new(0),
            desk: SignInDesk::new(refusals),
            ended: None,
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

    /// Tells whoever runs the console what people do here.
    pub(crate) fn audited_by(&mut self, audit: Audit) {
        self.trail = Trail::new(audit, self.number, self.alias);
    }

    /// Nobody is called so here who has no account.
    pub(crate) fn names_are_of(&mut self, accounts: OfAccounts) {
        self.presence.count(|roster| roster.of_accounts = accounts);
    }

    /// Does what a participant asks for, or answers that it is not done.
    ///
    /// It waits only while so many earlier answers have not been taken by the participant's own writer.
    pub(crate) async fn submit(&self, who: &Participant, request: FromBrowser) {
        if matches!(request, FromBrowser::Beat) {
            return;
        }
        let Some(asker) = who.asker().await else { return };
        if self.ended.is_some() {
            return match request {
                FromBrowser::Typing(_) => {}
                _ => asker.refuse(id_of(&request), Refusal::Ended),
            };
        }
        if !self.links.lets_in(who.link) {
            // Their socket is about to be closed, and what they asked for meanwhile is nothing to record.
            return asker.refuse(id_of(&request), Refusal::NotAllowed);
        }
        if let Some(what) = self.forbidden(who, &request) {
            self.attempted(who, what);
            return asker.refuse(id_of(&request), Refusal::NotAllowed);
        }
        let doer = who.doer();
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
            FromBrowser::Hide { seq } => asker.answer(self.hide_for(who.id, seq, doer.from)),
            FromBrowser::Note { seq, line, text } => asker.answer(self.note(who.id, seq, line, text)),
            FromBrowser::Name(name) => {
                let lets_in = |link| self.links.lets_in(link);
                let named = self.change(|roster| roster.name(who.id, &name, lets_in));
                asker.answer(named.map(drop));
            }
            FromBrowser::AskForControl => {
                asker.answer(self.change(|roster| roster.ask(who.id)).map(drop));
            }
            FromBrowser::Hand { participant, how } => {
                let handed = self.change(|roster| roster.hand(who.id, participant, how));
                if handed == Ok(true) {
                    self.trail.tell(doer, Event::control(participant, how));
                }
                asker.answer(handed.map(drop));
            }
            FromBrowser::Keep(keep) => asker.answer(self.keep(keep, doer)),
            FromBrowser::SignIn(request) => match who.link {
                Some(link) => self.sign_in(who, link, request),
                None => asker.refuse(None, Refusal::NotAllowed),
            },
            FromBrowser::Disconnect { connection } => self.control(Control::Disconnect { connection, asker }),
            FromBrowser::End => self.end_by(doer),
            FromBrowser::Typing(typing) => who.types(typing),
            FromBrowser::Beat => {}
        }
    }

    /// Ends the session, for the first reason that is given.
    pub(crate) fn stop(&self, why: End) {
        self.stop_from(why, None);
    }

    /// The same, for somebody who asks for it.
    pub(crate) fn end_by(&self, doer: Doer) {
        self.stop_from(End::SessionEnded { by: doer.by }, doer.from);
    }

    fn stop_from(&self, why: End, from: Option<IpAddr>) {
        let stop = self.stop.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(stop) = stop {
            if let Some(from) = from {
                self.trail.ends_from(from);
            }
            // Nobody to take it: it has ended.
            let _ = stop.send(why);
        }
    }

    /// Stops the session once nobody has been there for the grace time.
    pub(crate) async fn end_when_deserted(&self, grace: Duration) {
        let mut here = self.presence.watch();
        loop {
            // The sender lives in self, so waiting cannot fail.
            let _ = here.wait_for(|here| here.windows == 0).await;
            let somebody = here.wait_for(|here| here.windows > 0);
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
        if let Err(unsent) = self.controls.try_send(Box::new(control))
            && let Some(asker) = unsent.into_inner().into_asker()
        {
            asker.refuse(None, Refusal::Busy);
        }
    }
}

/// What a request needs of whoever makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    /// To have control.
    Control(Attempt),
    /// To be the owner.
    Owner(Attempt),
    /// To take part, as everybody does but who came to sign in.
    Part,
    /// To have come to sign in.
    SignIn,
    /// Nothing.
    Nothing,
}

/// The one place where it is said who may ask for what. Whose control may be given or taken is
/// [`hand`](people::Roster::hand)'s to say.
fn needs(request: &FromBrowser) -> Needs {
    match request {
        FromBrowser::Line { .. } | FromBrowser::Response { .. } => Needs::Control(Attempt::Line),
        FromBrowser::Connect { .. }
        | FromBrowser::ContinueInClear { .. }
        | FromBrowser::KeepAlive { .. }
        | FromBrowser::Disconnect { .. } => Needs::Control(Attempt::Connection),
        FromBrowser::Hide { .. } => Needs::Control(Attempt::Hide),
        FromBrowser::End | FromBrowser::Keep(_) => Needs::Owner(Attempt::Own),
        FromBrowser::Note { .. }
        | FromBrowser::Name(_)
        | FromBrowser::Typing(_)
        | FromBrowser::AskForControl
        | FromBrowser::Hand { .. } => Needs::Part,
        FromBrowser::SignIn(_) => Needs::SignIn,
        FromBrowser::Beat => Needs::Nothing,
    }
}

impl Needs {
    /// What somebody tried who came as that and may not.
    fn forbids(self, role: Role, has_control: bool) -> Option<Attempt> {
        match self {
            Needs::Control(what) => (!has_control || role == Role::SignIn).then_some(what),
            Needs::Owner(what) => (role != Role::Owner).then_some(what),
            Needs::Part => (role == Role::SignIn).then_some(Attempt::TakePart),
            Needs::SignIn => (role != Role::SignIn).then_some(Attempt::SignIn),
            Needs::Nothing => None,
        }
    }
}

/// Sessions for tests, with room enough and nobody in them.
#[cfg(test)]
impl Session {
    /// One of which so much is kept.
    pub(crate) fn of_tests(keep: protocol::access::Keep) -> Self {
        Self::of_tests_with(Access::new([7; 32], None, keep))
    }

    /// One in which these may do what.
    pub(crate) fn of_tests_with(access: Access) -> Self {
        Self::new(
            1,
            Alias::of("a session of the tests"),
            access,
            &Limits::default(),
            Budget::new(1 << 26),
        )
        .0
    }
}

fn id_of(request: &FromBrowser) -> Option<protocol::entry::LineId> {
    match request {
        FromBrowser::Line { id, .. } | FromBrowser::Response { id, .. } => Some(*id),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
