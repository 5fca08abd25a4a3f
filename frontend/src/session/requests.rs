//! What the person asks for.

use protocol::command;
use protocol::entry::LineId;
use protocol::secret::TypedLine;
use protocol::state::{Phase, Protection};
use protocol::target::Target;
use protocol::wire::{self, FromBrowser, Refusal};

use super::action::{Ask, Effect};
use super::pending::Pending;
use super::{Link, Notice, State};
use crate::transcript::is_auth;

impl State {
    pub(super) fn submit(&mut self, id: LineId, line: String) -> Vec<Effect> {
        self.notice = None;
        let problem = if line.len() > wire::LINE_MAX {
            Some(Refusal::LineTooLong)
        } else if line.contains(['\r', '\n']) {
            Some(Refusal::LineBreak)
        } else if self.now.phase == Phase::TlsRefused {
            Some(Refusal::TlsRefused)
        } else if !self.now.phase.is_open() {
            Some(Refusal::NotConnected)
        } else {
            None
        };
        if let Some(why) = problem {
            self.notice = Some(Notice(why.sentence().to_owned()));
            self.give_back(TypedLine::new(line.into_bytes()));
            return Vec::new();
        }
        if self.is_clear_secret(&line) {
            return self.ask(Ask::ClearText(id, TypedLine::new(line.into_bytes())));
        }
        self.send(id, &line)
    }

    /// Whether the line is a password, or asks for one, that would go out in clear text beyond this machine.
    pub(super) fn is_clear_secret(&self, line: &str) -> bool {
        let verb = &line.as_bytes()[command::verb(line.as_bytes())];
        let is_secret = verb.eq_ignore_ascii_case(b"PASS")
            || (is_auth(line.as_bytes()) && !command::arguments(line.as_bytes()).is_empty());
        is_secret && self.now.protection == Protection::None && !self.now.loopback && !self.knows_clear
    }

    pub(super) fn send(&mut self, id: LineId, line: &str) -> Vec<Effect> {
        self.pending
            .push(Pending::new(id, self.connection, line, self.expects_secret()));
        if self.link == Link::Live {
            self.send_queued()
        } else {
            Vec::new()
        }
    }

    /// Asks for something that is done at once or not at all.
    pub(super) fn command(&mut self, message: FromBrowser) -> Vec<Effect> {
        if self.link == Link::Live {
            return vec![Effect::Send(message)];
        }
        self.tell("Not done: the console is reconnecting to its bridge. Try again in a moment.")
    }

    pub(super) fn ask(&mut self, ask: Ask) -> Vec<Effect> {
        self.ask = Some(ask);
        Vec::new()
    }

    pub(super) fn agree(&mut self) -> Vec<Effect> {
        match self.ask.take() {
            Some(Ask::ClearText(id, line)) => {
                self.knows_clear = true;
                self.send(id, &String::from_utf8_lossy(line.reveal()))
            }
            Some(Ask::Disconnect) => self.disconnect(),
            Some(Ask::End) => self.command(FromBrowser::End),
            None => Vec::new(),
        }
    }

    pub(super) fn stls_first(&mut self, id: LineId) -> Vec<Effect> {
        if let Some(Ask::ClearText(_, line)) = self.ask.take() {
            self.give_back(line);
        }
        self.send(id, "STLS")
    }

    pub(super) fn dismiss(&mut self) -> Vec<Effect> {
        match self.ask.take() {
            Some(Ask::ClearText(_, line)) => self.give_back(line),
            Some(_) => {}
            None => self.notice = None,
        }
        Vec::new()
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
            verify: verify.unwrap_or(target.verify),
            ..target.clone()
        };
        self.command(FromBrowser::Connect { target })
    }
}
