//! What people ask of a connection: lines to be sent, and what is done to the connection itself.

use protocol::mailbox::Mailbox;
use protocol::wire::Refusal;
use tokio::time::Instant;

use super::Relay;
use crate::audit::{Server, Tried};
use crate::metrics::Limit;
use crate::session::{Control, Doer, Line};
use crate::upstream::Outcome;
use crate::upstream::rates::Asked;

impl Relay<'_> {
    /// Does what somebody asks for beside lines.
    pub(super) fn obey(&mut self, control: Control) -> Result<(), Outcome> {
        match control {
            Control::Connect { asker, .. } => asker.refuse(None, Refusal::AlreadyConnected),
            Control::Disconnect { connection, asker } if connection == self.record.connection() => {
                return Err(self.disconnected(asker.doer()));
            }
            Control::ContinueInClear { connection, asker } if connection == self.record.connection() => {
                let may = self.ways.policy.admits_in_clear(self.target);
                let goes_on = may.then(|| self.dialogue.continue_in_clear(asker.by, &mut self.outputs));
                if let Err(why) = goes_on.unwrap_or(Err(Refusal::OnlyWithTls)) {
                    asker.refuse(None, why);
                }
            }
            Control::KeepAlive {
                connection,
                on,
                asker,
            } if connection == self.record.connection() => self.switch_keep_alive(on, asker)?,
            // Guests are served whenever something has happened, and now something has.
            Control::Attend => {}
            Control::SignIn(order) => self.sign_in(order),
            Control::Disconnect { asker, .. }
            | Control::ContinueInClear { asker, .. }
            | Control::KeepAlive { asker, .. } => asker.refuse(None, Refusal::OtherConnection),
        }
        Ok(())
    }

    /// Takes a line to be sent, or tells whoever typed it why not.
    pub(super) fn submit(&mut self, line: Line) {
        if let Err(why) = self.try_submit(&line) {
            line.asker.refuse(Some(line.id), why);
        }
    }

    fn try_submit(&mut self, line: &Line) -> Result<(), Refusal> {
        if line.connection != self.record.connection() {
            return Err(Refusal::OtherConnection);
        }
        if self.signing_in.is_some() {
            // It could end up in the middle of it.
            return Err(Refusal::SigningIn);
        }
        if self.line.is_mute() {
            // What cannot be written must not stand in the transcript as sent.
            return Err(Refusal::NotConnected);
        }
        let (octets, id, by) = (line.line.reveal(), Some(line.id), line.asker.by);
        if !self.record.may_type(by) {
            // It waited, and they may no longer.
            return Err(Refusal::NotAllowed);
        }
        let expected = self.dialogue.expects();
        let is_here = |by| self.record.is_here(by);
        if !self.login.takes(by, octets, expected, is_here) {
            return Err(Refusal::SigningIn);
        }
        self.tries(octets, line.asker.doer())?;
        if line.is_response {
            self.dialogue.submit_response(octets, id, by, &mut self.outputs)?;
        } else {
            self.dialogue.submit(octets, id, by, &mut self.outputs)?;
        }
        self.login.sent(by, octets, expected, self.dialogue.expects());
        self.login.is_from(line.asker.doer(), octets, expected);
        if self.ways.idle.is_some() {
            self.used = Instant::now();
        }
        Ok(())
    }

    /// Whether a credential of somebody's may go out, if that is what a line is: the console is nobody's way to guess
    /// passwords.
    pub(super) fn tries(&self, line: &[u8], doer: Doer) -> Result<(), Refusal> {
        let Some(tried) = self.dialogue.tries(line) else {
            return Ok(());
        };
        if self.ways.rates.signs_in(&self.asked(tried.mailbox.as_ref())) {
            return Ok(());
        }
        self.ways.metrics.met(Limit::SignInRate);
        let server = Server::of(self.target, Some(self.peer));
        self.record.refuse(doer, Tried::SignInTooOften, server);
        Err(Refusal::TooManySignIns)
    }

    /// A sign-in to that mailbox, as it is counted.
    pub(super) fn asked<'a>(&'a self, mailbox: Option<&'a Mailbox>) -> Asked<'a> {
        Asked {
            target: self.target,
            peer: self.peer.ip(),
            mailbox,
            whose: self.record.whose(),
        }
    }
}
