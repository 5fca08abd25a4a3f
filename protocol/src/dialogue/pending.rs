//! The commands that wait for their replies.

use std::collections::VecDeque;

use super::{Try, ledger};
use crate::access::By;
use crate::command::{self, ReplyShape, Secrecy};
use crate::entry::ExchangeNo;
use crate::mailbox::{Mailbox, Naming};
use crate::state::Expectation;

/// How many commands may wait for their replies at once, SASL responses that nobody asked for included.
pub const OUTSTANDING_MAX: usize = 256;

/// What a sent line makes the dialogue expect.
#[derive(Debug)]
pub(super) struct Expected {
    /// What the reply means for the session.
    pub(super) effect: Effect,
    /// What follows a positive status line.
    pub(super) payload: Option<PayloadShape>,
    /// Whether the line held a secret, so that the reply may echo it.
    pub(super) secret: bool,
    /// The line's place among all lines sent.
    pub(super) order: u64,
    /// Who sent it.
    pub(super) by: By,
    /// The exchange that named the mailbox, where that is another.
    pub(super) named_in: Option<ExchangeNo>,
}

/// What follows a positive status line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PayloadShape {
    Listing,
    Message,
}

/// What a reply means for the session.
#[derive(Debug)]
pub(super) enum Effect {
    /// Nothing.
    None,
    /// PASS, APOP: a positive one opens the maildrop, of that mailbox where it is known.
    Login(Option<Mailbox>),
    /// AUTH with a mechanism: the same, and continuations come before.
    Auth(Responses),
    /// DELE of that message, if its number could be read.
    Dele(Option<u32>),
    /// RSET.
    Rset,
    /// QUIT.
    Quit,
    /// STLS, typed or sent by the console of its own accord.
    Stls {
        /// Whether the target asks for it.
        by_console: bool,
    },
}

/// How the lines that were sent after AUTH and the continuations that came square.
#[derive(Debug, Default)]
pub(super) struct Responses {
    /// Continuations that nothing was sent for yet.
    asked: u32,
    /// Lines that no continuation asked for yet. Those that are left when AUTH is answered are commands to
    /// the server: Dovecot answers `-ERR Unknown command` to each.
    unasked: VecDeque<Expected>,
    named: Named,
    /// Whether the server has asked for something, or was told something before it could.
    was_asked: bool,
    /// Whether somebody took it back: what answers it tells nothing of the mailbox then.
    is_cancelled: bool,
}

/// Whose mailbox it is that AUTH is about.
#[derive(Debug, Default)]
enum Named {
    /// Nobody knows, or will.
    #[default]
    Nobody,
    /// The first response will tell.
    Awaited(Naming),
    /// It told. Of LOGIN nothing shows that it did, but for what the server asks.
    Told { mailbox: Mailbox, by: Naming },
}

impl Responses {
    /// Of an AUTH command with that mechanism and, behind it, a first response or nothing.
    fn to(arguments: &[u8]) -> Self {
        let name = arguments.split(|&octet| command::is_blank(octet)).next();
        let name = name.unwrap_or_default();
        let first = arguments[name.len()..].trim_ascii();
        let mut responses = Self {
            named: Naming::of(name).map_or(Named::Nobody, Named::Awaited),
            ..Self::default()
        };
        // RFC 5034 §4: `=` alone is one that is empty.
        if !matches!(first, b"" | b"=") {
            responses.take_in(first);
            responses.was_asked = true;
        }
        responses
    }

    /// A response was sent; only the first tells whose mailbox it is.
    fn take_in(&mut self, response: &[u8]) {
        self.is_cancelled |= response == b"*";
        self.named = match std::mem::take(&mut self.named) {
            Named::Awaited(by) => match by.read(response) {
                Some(mailbox) => Named::Told { mailbox, by },
                None => Named::Nobody,
            },
            named => named,
        };
    }

    /// The server asks for a password first: what was, or will be, sent for that is no name.
    fn asks_for_password(&mut self) {
        if matches!(
            self.named,
            Named::Awaited(_)
                | Named::Told {
                    by: Naming::Login,
                    ..
                }
        ) {
            self.named = Named::Nobody;
        }
    }

    /// The mailbox that it is about, where that is known; none where somebody took it back.
    pub(super) fn mailbox(&mut self) -> Option<Option<Mailbox>> {
        if self.is_cancelled {
            return None;
        }
        Some(match std::mem::take(&mut self.named) {
            Named::Told { mailbox, .. } => Some(mailbox),
            Named::Nobody | Named::Awaited(_) => None,
        })
    }

    /// The mailbox that it is about, as far as that is plain once `response` is sent.
    pub(super) fn mailbox_with(&self, response: &[u8]) -> Option<Mailbox> {
        match &self.named {
            Named::Nobody => None,
            Named::Awaited(by) => by.read(response),
            Named::Told { mailbox, .. } => Some(mailbox.clone()),
        }
    }

    /// How the next response names the mailbox, where it is the one that does.
    pub(super) fn awaits(&self) -> Option<Naming> {
        match &self.named {
            Named::Awaited(by) => Some(*by),
            Named::Nobody | Named::Told { .. } => None,
        }
    }

    /// How a response named the mailbox.
    pub(super) fn told(&self) -> Option<Naming> {
        match &self.named {
            Named::Told { by, .. } => Some(*by),
            Named::Nobody | Named::Awaited(_) => None,
        }
    }

    /// Whether a continuation came that nothing was sent for yet: a response to it may be on its way.
    pub(super) fn is_awaited(&self) -> bool {
        self.asked > 0
    }
}

impl Expected {
    /// What a line of a person's makes expect.
    pub(super) fn of(line: &[u8], order: u64, by: By) -> Self {
        let arguments = command::arguments(line);
        let known = command::find(&line[command::verb(line)]);
        let payload = match command::reply_to(line) {
            ReplyShape::Listing => Some(PayloadShape::Listing),
            ReplyShape::Message => Some(PayloadShape::Message),
            ReplyShape::Single | ReplyShape::ListingWithoutArgument => None,
        };
        let effect = match known.map_or("", |command| command.name) {
            "PASS" => Effect::Login(None),
            "APOP" => Effect::Login(Mailbox::of_apop(line)),
            "AUTH" if !arguments.is_empty() => Effect::Auth(Responses::to(arguments)),
            "DELE" => Effect::Dele(ledger::message_number(arguments)),
            "RSET" => Effect::Rset,
            "QUIT" => Effect::Quit,
            "STLS" => Effect::Stls { by_console: false },
            _ => Effect::None,
        };
        let login = known.is_some_and(|command| command.secrecy != Secrecy::None) && payload.is_none();
        let secret = login || command::secret_from(line, Expectation::Command).is_some();
        Self {
            effect,
            payload,
            secret,
            order,
            by,
            named_in: None,
        }
    }

    /// What the STLS makes expect that the console sends of its own accord.
    pub(super) fn stls_by_console(order: u64) -> Self {
        Self {
            effect: Effect::Stls { by_console: true },
            payload: None,
            secret: false,
            order,
            by: By::Console,
            named_in: None,
        }
    }

    /// PASS goes out behind that name, which that exchange named.
    pub(super) fn is_of(&mut self, user: Option<&(Mailbox, ExchangeNo)>) {
        if let (Effect::Login(named @ None), Some((mailbox, exchange))) = (&mut self.effect, user) {
            *named = Some(mailbox.clone());
            self.named_in = Some(*exchange);
        }
    }

    /// What it tries by itself; none of a command that tries no credential, or has it in responses that follow.
    pub(super) fn tries(self) -> Option<Try> {
        match self.effect {
            Effect::Login(mailbox) => Some(Try { mailbox }),
            Effect::Auth(mut responses) if responses.was_asked => Some(Try {
                mailbox: responses.mailbox().flatten(),
            }),
            _ => None,
        }
    }

    /// Whether it is an AUTH command with a mechanism, whose secrets are in base64.
    pub(super) fn is_sasl(&self) -> bool {
        matches!(self.effect, Effect::Auth(_))
    }

    fn weight(&self) -> usize {
        match &self.effect {
            Effect::Auth(responses) => 1 + responses.unasked.len(),
            _ => 1,
        }
    }
}

/// The commands that wait for their replies, in the order of sending.
#[derive(Debug, Default)]
pub(super) struct Pending(VecDeque<(ExchangeNo, Expected)>);

impl Pending {
    pub(super) fn push(&mut self, exchange: ExchangeNo, expected: Expected) {
        self.0.push_back((exchange, expected));
    }

    /// The command that the next status line answers.
    pub(super) fn first(&self) -> Option<(ExchangeNo, &Expected)> {
        self.0.front().map(|(exchange, expected)| (*exchange, expected))
    }

    pub(super) fn pop(&mut self) -> Option<(ExchangeNo, Expected)> {
        self.0.pop_front()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.0
            .iter()
            .map(|(_, expected)| expected.weight())
            .sum::<usize>()
            >= OUTSTANDING_MAX
    }

    pub(super) fn has_stls(&self) -> bool {
        self.0
            .iter()
            .any(|(_, expected)| matches!(expected.effect, Effect::Stls { .. }))
    }

    pub(super) fn has_quit(&self) -> bool {
        self.0
            .iter()
            .any(|(_, expected)| matches!(expected.effect, Effect::Quit))
    }

    /// The messages of the DELE commands that wait in front of a QUIT.
    pub(super) fn deletions_before_quit(&self) -> impl Iterator<Item = u32> {
        let quit = self
            .0
            .iter()
            .rposition(|(_, expected)| matches!(expected.effect, Effect::Quit));
        self.0
            .iter()
            .take(quit.unwrap_or(0))
            .filter_map(|(_, expected)| match expected.effect {
                Effect::Dele(message) => message,
                _ => None,
            })
    }

    /// The responses to an AUTH command that is under way.
    pub(super) fn responses(&self) -> Option<&Responses> {
        match self.0.back() {
            Some((
                _,
                Expected {
                    effect: Effect::Auth(responses),
                    ..
                },
            )) => Some(responses),
            _ => None,
        }
    }

    /// The exchange of an AUTH command that is under way. It is the newest one: what is sent after it belongs
    /// to it until it is answered.
    pub(super) fn sasl_exchange(&self) -> Option<ExchangeNo> {
        self.0
            .back()
            .filter(|(_, expected)| expected.is_sasl())
            .map(|&(exchange, _)| exchange)
    }

    /// A line was sent in that exchange.
    pub(super) fn respond(&mut self, line: &[u8], order: u64, by: By) {
        if let Some((
            _,
            Expected {
                effect: Effect::Auth(responses),
                ..
            },
        )) = self.0.back_mut()
        {
            responses.take_in(line);
            if responses.asked > 0 {
                responses.asked -= 1;
            } else {
                responses.unasked.push_back(Expected {
                    secret: true,
                    ..Expected::of(line, order, by)
                });
            }
        }
    }

    /// Whether a continuation would belong to the first command.
    pub(super) fn takes_continuation(&self) -> bool {
        self.first().is_some_and(|(_, expected)| expected.is_sasl())
    }

    /// A continuation came for the first command.
    pub(super) fn ask(&mut self, for_password: bool) {
        if let Some((
            _,
            Expected {
                effect: Effect::Auth(responses),
                ..
            },
        )) = self.0.front_mut()
        {
            let is_first = !std::mem::replace(&mut responses.was_asked, true);
            if is_first && for_password {
                responses.asks_for_password();
            }
            if responses.unasked.pop_front().is_none() {
                responses.asked = responses.asked.saturating_add(1);
            }
        }
    }

    /// AUTH was answered: the lines that nobody asked for are commands, each in AUTH's exchange. One of them
    /// may be another AUTH, to which those behind it are responses.
    pub(super) fn requeue(&mut self, exchange: ExchangeNo, responses: Responses) {
        for expected in responses.unasked {
            match self.0.back_mut() {
                Some((
                    _,
                    Expected {
                        effect: Effect::Auth(nested),
                        ..
                    },
                )) => {
                    // Which of its responses this is nobody knows.
                    nested.named = Named::Nobody;
                    nested.unasked.push_back(expected);
                }
                _ => self.push(exchange, expected),
            }
        }
    }
}
