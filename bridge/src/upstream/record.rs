//! What one connection writes into the transcript.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use protocol::access::{By, LinkNo, ParticipantId};
use protocol::alias::Alias;
use protocol::command;
use protocol::dialogue::Dialogue;
use protocol::entry::{ConnectionNo, Event, ExchangeNo, Part};
use protocol::mailbox::Mailbox;
use protocol::remark::Remark;
use protocol::state::{Phase, Protection, State};
use protocol::target::Target;
use protocol::tls::{TlsReport, Verdict};
use protocol::wire::Outcome;

use super::Whose;
use crate::audit::{Event as Told, Server, Tried};
use crate::session::desk::SignInDesk;
use crate::session::transcript::Full;
use crate::session::{Doer, Session};

/// Appends the events of one connection, and its state whenever that changed.
pub(crate) struct Record {
    session: Arc<Session>,
    connection: ConnectionNo,
    /// As it stands in the transcript.
    recorded: State,
    protection: Protection,
    loopback: bool,
    keep_alive: bool,
    /// Where whoever hung up was as they did; none where nobody has.
    pub(crate) hung_up_from: Option<IpAddr>,
    /// Who sent each QUIT that was not answered yet.
    quits: Vec<(ExchangeNo, By)>,
    /// Who sent the one that was answered last.
    quit_by: Option<By>,
    /// Who had the server delete how many messages by that.
    deletion: Option<(By, u32)>,
}

impl Record {
    /// For a connection that is about to be made.
    pub(crate) fn new(session: Arc<Session>, connection: ConnectionNo, target: Target) -> Self {
        let recorded = State {
            target: Some(target),
            ..State::default()
        };
        Self {
            session,
            connection,
            recorded,
            protection: Protection::None,
            loopback: false,
            keep_alive: false,
            hung_up_from: None,
            quits: Vec::new(),
            quit_by: None,
            deletion: None,
        }
    }

    /// The connection's number.
    pub(crate) fn connection(&self) -> ConnectionNo {
        self.connection
    }

    /// What the session is called where its id is not to stand.
    pub(crate) fn alias(&self) -> Alias {
        self.session.alias
    }

    /// For whom mail servers are bothered.
    pub(crate) fn whose(&self) -> Whose {
        Whose::of(self.session.opened_by.as_deref(), self.session.number)
    }

    /// Tells whoever runs the console of that.
    pub(crate) fn tell(&self, doer: Doer, event: Told) {
        self.session.trail.tell(doer, event);
    }

    /// Tells them that it is refused to somebody, at that mail server.
    pub(crate) fn refuse(&self, doer: Doer, tried: Tried, server: Server) {
        self.session.trail.refuse(doer, tried, Some(server));
    }

    /// Whether somebody may type now, whatever they might when they did.
    pub(crate) fn may_type(&self, by: By) -> bool {
        match by {
            By::Console => true,
            By::Participant(participant) => self.session.commands(participant),
        }
    }

    /// Whether somebody is in the session now.
    pub(crate) fn is_here(&self, by: By) -> bool {
        match by {
            By::Console => true,
            By::Participant(participant) => self.session.presence.ask(|roster| roster.is_here(participant)),
        }
    }

    /// What protects the line.
    pub(crate) fn protection(&self) -> Protection {
        self.protection
    }

    /// What guests who came to sign in are shown.
    pub(crate) fn desk(&self) -> &SignInDesk {
        &self.session.desk
    }

    /// Whether a guest may still sign in through that link: it lets in, and outlives another refusal.
    pub(crate) fn lets_in(&self, link: LinkNo) -> bool {
        self.session.links.lets_in(Some(link)) && self.session.desk.tries(link) > 0
    }

    /// A guest's sign-in is over. A link is used up by one that succeeded, or by the last refusal that it outlives.
    pub(crate) fn signed_in(&self, guest: ParticipantId, link: LinkNo, outcome: Outcome) {
        if outcome.is_done() {
            // Before the guest can be told: until then it is waited for that this outlives the bridge.
            self.session.use_up(link, guest);
            self.session.desk.ends(guest, link, outcome);
            return;
        }
        let tries_left = self.session.desk.ends(guest, link, outcome);
        self.session.tried(link, tries_left);
        if tries_left == 0 {
            self.session.tries_are_over(link, guest);
        }
    }

    /// The server let somebody in to that mailbox, which was named in that exchange.
    pub(crate) fn opens(&self, mailbox: &Mailbox, target: &Target, exchange: ExchangeNo) {
        self.session.opens(mailbox, target, self.connection, exchange);
    }

    /// Who had the server delete messages with QUIT, and how many; none where nothing was deleted.
    pub(crate) fn deletion(&self) -> Option<(By, u32)> {
        self.deletion
    }

    fn notice(&mut self, event: &Event) {
        match event {
            Event::Sent {
                exchange, line, by, ..
            } => {
                let line = line.bytes();
                if line[command::verb(line)].eq_ignore_ascii_case(b"QUIT") {
                    self.quits.push((*exchange, *by));
                }
            }
            Event::Answered {
                exchange,
                part: Part::Status,
                ..
            } => {
                let answered = self.quits.iter().find(|(quit, _)| quit == exchange);
                self.quit_by = answered.map(|&(_, by)| by);
                self.quits.retain(|(quit, _)| quit > exchange);
            }
            Event::Remark(Remark::Committed { count, .. }) => {
                self.deletion = self.quit_by.map(|by| (by, *count));
            }
            _ => {}
        }
    }

    /// Appends an event.
    pub(crate) fn event(&mut self, event: Event) -> Result<(), Full> {
        self.notice(&event);
        self.session.transcript.append(self.connection, event)
    }

    /// Appends an event of which nobody is told before [`announce`](Self::announce) or the next event.
    pub(crate) fn event_unannounced(&mut self, event: Event) -> Result<(), Full> {
        self.notice(&event);
        self.session.transcript.append_unannounced(self.connection, event)
    }

    /// Tells everybody of what was appended.
    pub(crate) fn announce(&self) {
        self.session.transcript.announce();
    }

    /// Appends a remark.
    pub(crate) fn remark(&mut self, remark: Remark) -> Result<(), Full> {
        self.event(Event::Remark(remark))
    }

    /// The connection stands, to that address.
    pub(crate) fn connected(&mut self, peer: SocketAddr) {
        self.loopback = peer.ip().to_canonical().is_loopback();
    }

    /// The keep-alive was switched. From the next state on it is known.
    pub(crate) fn kept_alive(&mut self, on: bool, every: u64, by: By) -> Result<(), Full> {
        self.keep_alive = on;
        self.remark(Remark::KeptAlive { on, every, by })
    }

    /// TLS stands: says what was negotiated. From the next state on it protects the line.
    pub(crate) fn secured(&mut self, report: TlsReport) -> Result<(), Full> {
        self.protection = match report.verdict {
            Verdict::Verified => Protection::Verified,
            Verdict::NotVerified(_) | Verdict::Refused(_) => Protection::Unverified,
        };
        self.session.desk.secured(self.connection, &report);
        self.remark(Remark::Secured(report))
    }

    /// A step begins.
    pub(crate) fn phase(&mut self, phase: Phase) -> Result<(), Full> {
        let state = State {
            phase,
            protection: self.protection,
            loopback: self.loopback,
            ..self.recorded.clone()
        };
        self.state(state)
    }

    /// Where the dialogue stands now. Tells whether that is news.
    pub(crate) fn dialogue(&mut self, dialogue: &Dialogue) -> Result<bool, Full> {
        let same = self.recorded.phase == dialogue.phase()
            && self.recorded.marked == dialogue.marked()
            && self.recorded.expects == dialogue.expects()
            && self.recorded.protection == self.protection
            && self.recorded.loopback == self.loopback
            && self.recorded.keep_alive == self.keep_alive;
        if same {
            return Ok(false);
        }
        self.state(State {
            phase: dialogue.phase(),
            marked: dialogue.marked(),
            protection: self.protection,
            expects: dialogue.expects(),
            loopback: self.loopback,
            keep_alive: self.keep_alive,
            target: self.recorded.target.clone(),
        })?;
        Ok(true)
    }

    /// The last words about the connection: they find their place in a full transcript too.
    pub(crate) fn close(self, remarks: impl IntoIterator<Item = Remark>) {
        let closed = State {
            phase: Phase::Closed,
            loopback: self.loopback,
            target: self.recorded.target,
            ..State::default()
        };
        self.session.desk.moved(self.connection, &closed);
        let remarks = remarks.into_iter().map(Event::Remark);
        for event in remarks.chain([Event::State(closed)]) {
            self.session.transcript.append_last(self.connection, event);
        }
    }

    fn state(&mut self, state: State) -> Result<(), Full> {
        if state == self.recorded {
            return Ok(());
        }
        self.session.desk.moved(self.connection, &state);
        self.event(Event::State(state.clone()))?;
        self.recorded = state;
        Ok(())
    }
}
