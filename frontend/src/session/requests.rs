//! What the person asks for.

use protocol::command;
use protocol::entry::LineId;
use protocol::sasl;
use protocol::state::{Expectation, Phase, Protection};
use protocol::target::Target;
use protocol::wire::{self, FromBrowser, Refusal};

use super::action::{Ask, Effect};
use super::pending::Pending;
use super::sequence::Stop;
use super::typed::Typed;
use super::{Notice, Reach, State};

/// Why a line that was not to be sent in clear text was not sent.
const NOT_IN_CLEAR: &str = "It would have sent a password in clear text.";

impl State {
    pub(super) fn submit(&mut self, id: LineId, typed: Typed) -> Vec<Effect> {
        self.notice = None;
        if let Some(why) = self.problem(&typed) {
            self.notice = Some(Notice(why.sentence().to_owned()));
            self.give_back(typed);
            return Vec::new();
        }
        self.send_or_ask(id, typed)
    }

    /// Why the line cannot go out now.
    pub(super) fn problem(&self, typed: &Typed) -> Option<Refusal> {
        if let Err(why) = wire::check_line(typed.line.reveal()) {
            Some(why)
        } else if !self.may_type() {
            Some(Refusal::NotAllowed)
        } else if self.now.phase == Phase::TlsRefused {
            Some(Refusal::TlsRefused)
        } else if !self.now.phase.is_open() {
            Some(Refusal::NotConnected)
        } else {
            None
        }
    }

    /// Sends the line, unless the person has to be asked first.
    pub(super) fn send_or_ask(&mut self, id: LineId, typed: Typed) -> Vec<Effect> {
        if self.is_clear_secret(typed.line.reveal()) {
            return self.ask(Ask::ClearText(id, typed));
        }
        self.send(id, typed)
    }

    /// Whether the line is a password, or asks for one, that would go out in clear text beyond this machine.
    pub(super) fn is_clear_secret(&self, line: &[u8]) -> bool {
        let arguments = command::arguments(line);
        let is_secret = if command::is(line, "AUTH") {
            !arguments.is_empty() && !sasl::hides_secret(arguments)
        } else {
            // Whatever the server makes of `PASS:x`, it holds a password. A digest is none.
            let has_secret = command::secret_from(line, Expectation::Command).is_some();
            command::is(line, "PASS") || has_secret && !command::is(line, "APOP")
        };
        is_secret && self.is_clear() && !self.knows_clear
    }

    /// Whether somebody may read along.
    pub fn is_clear(&self) -> bool {
        self.now.protection == Protection::None && !self.now.loopback
    }

    pub(super) fn send(&mut self, id: LineId, typed: Typed) -> Vec<Effect> {
        if command::is(typed.line.reveal(), "STLS") {
            // If it is refused, what follows goes out in clear text after all, and that is asked again.
            self.knows_clear = false;
        }
        self.pending.push(Pending::new(id, self.connection, typed));
        if self.reach == Reach::Live {
            self.send_queued()
        } else {
            Vec::new()
        }
    }

    /// Asks for something that is done at once or not at all.
    pub(super) fn command(&mut self, message: FromBrowser) -> Vec<Effect> {
        if self.reach == Reach::Live {
            return vec![Effect::Send(message)];
        }
        self.tell("Not done: this page is reconnecting to the console. Try again in a moment.")
    }

    pub(super) fn ask(&mut self, ask: Ask) -> Vec<Effect> {
        self.ask = Some(ask);
        Vec::new()
    }

    pub(super) fn agree(&mut self) -> Vec<Effect> {
        match self.ask.take() {
            Some(Ask::ClearText(id, typed)) => {
                self.knows_clear = true;
                self.send(id, typed)
            }
            Some(Ask::SignInClear(attempt)) => {
                self.knows_clear = true;
                self.attempt(*attempt)
            }
            Some(Ask::Disconnect) => self.disconnect(),
            Some(Ask::End) => self.command(FromBrowser::End),
            Some(Ask::SignOff) => vec![Effect::SignOff],
            Some(Ask::Hide(seq)) => self.command(FromBrowser::Hide { seq }),
            Some(Ask::KeepLess(keep)) if self.is_over() => vec![Effect::KeepLess(keep)],
            Some(Ask::KeepLess(keep)) => self.command(FromBrowser::Keep(keep)),
            None => Vec::new(),
        }
    }

    pub(super) fn stls_first(&mut self, id: LineId) -> Vec<Effect> {
        self.dismiss_clear_text();
        if self.sign_in.is_some() {
            self.end_sign_in("STLS was sent first. Sign in when TLS stands.".to_owned());
        }
        self.send(id, Typed::new("STLS".to_owned(), Expectation::Command))
    }

    pub(super) fn dismiss(&mut self) -> Vec<Effect> {
        match self.ask {
            Some(Ask::ClearText(..)) => self.dismiss_clear_text(),
            Some(_) => self.ask = None,
            None => self.notice = None,
        }
        Vec::new()
    }

    /// The line about which was asked does not go out now.
    fn dismiss_clear_text(&mut self) {
        if let Some(Ask::ClearText(id, typed)) = self.ask.take()
            && !self.take_back(id, Stop::NotSent(NOT_IN_CLEAR))
        {
            self.give_back(typed);
        }
    }

    pub(super) fn tell(&mut self, sentence: &str) -> Vec<Effect> {
        self.notice = Some(Notice(sentence.to_owned()));
        Vec::new()
    }

    pub(super) fn disconnect(&mut self) -> Vec<Effect> {
        self.command(FromBrowser::Disconnect {
            connection: self.connection,
        })
    }

    pub(super) fn reconnect(&mut self, verify: Option<bool>) -> Vec<Effect> {
        let Some(target) = self.target() else {
            return Vec::new();
        };
        let target = Target {
            // Passing over a certificate is for one connection.
            verify: verify.or(self.verifies).unwrap_or(true),
            ..target.clone()
        };
        self.command(FromBrowser::Connect { target })
    }
}
