//! The commands that wait for their replies.

use std::collections::VecDeque;

use super::ledger;
use crate::command::{self, ReplyShape, Secrecy};
use crate::entry::ExchangeNo;
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
    /// PASS, APOP: a positive one opens the maildrop.
    Login,
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
}

impl Responses {
    /// Whether a continuation came that nothing was sent for yet: a response to it may be on its way.
    pub(super) fn is_awaited(&self) -> bool {
        self.asked > 0
    }
}

impl Expected {
    /// What a line of a person's makes expect.
    pub(super) fn of(line: &[u8], order: u64) -> Self {
        let arguments = command::arguments(line);
        let known = command::find(&line[command::verb(line)]);
        let payload = match command::reply_to(line) {
            ReplyShape::Listing => Some(PayloadShape::Listing),
            ReplyShape::Message => Some(PayloadShape::Message),
            ReplyShape::Single | ReplyShape::ListingWithoutArgument => None,
        };
        let effect = match known.map_or("", |command| command.name) {
            "PASS" | "APOP" => Effect::Login,
            "AUTH" if !arguments.is_empty() => Effect::Auth(Responses::default()),
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
        }
    }

    /// What the STLS makes expect that the console sends of its own accord.
    pub(super) fn stls_by_console(order: u64) -> Self {
        Self {
            effect: Effect::Stls { by_console: true },
            payload: None,
            secret: false,
            order,
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

    /// The exchange of an AUTH command that is under way. It is the newest one: what is sent after it belongs
    /// to it until it is answered.
    pub(super) fn sasl_exchange(&self) -> Option<ExchangeNo> {
        self.0
            .back()
            .filter(|(_, expected)| expected.is_sasl())
            .map(|&(exchange, _)| exchange)
    }

    /// A line was sent in that exchange.
    pub(super) fn respond(&mut self, line: &[u8], order: u64) {
        if let Some((
            _,
            Expected {
                effect: Effect::Auth(responses),
                ..
            },
        )) = self.0.back_mut()
        {
            if responses.asked > 0 {
                responses.asked -= 1;
            } else {
                responses.unasked.push_back(Expected {
                    secret: true,
                    ..Expected::of(line, order)
                });
            }
        }
    }

    /// Whether a continuation would belong to the first command.
    pub(super) fn takes_continuation(&self) -> bool {
        self.first().is_some_and(|(_, expected)| expected.is_sasl())
    }

    /// A continuation came for the first command.
    pub(super) fn ask(&mut self) {
        if let Some((
            _,
            Expected {
                effect: Effect::Auth(responses),
                ..
            },
        )) = self.0.front_mut()
            && responses.unasked.pop_front().is_none()
        {
            responses.asked = responses.asked.saturating_add(1);
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
                )) => nested.unasked.push_back(expected),
                _ => self.push(exchange, expected),
            }
        }
    }
}
