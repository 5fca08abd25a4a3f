//! Whether what looks like a reply is one.
//!
//! A message ends where its server says. One that ends it too soon sends the rest where replies are awaited; one that
//! never ends it sends the next replies as its text, and then the next message where their replies are awaited. Either
//! way it is only what was asked for *before* the message had come to its end, or next after lines that answered
//! nothing, that can be mistaken. Of that no more is shown than what is plainly a reply.

use std::collections::VecDeque;

use super::plain::is_plain;
use crate::command::{self, ReplyShape};
use crate::dialogue::OUTSTANDING_MAX;
use crate::entry::{ExchangeNo, Part};
use crate::reply::Indicator;
use crate::secret::Redacted;

/// The commands of one connection that are not over, as far as can be told from its entries.
#[derive(Debug, Default)]
pub(super) struct Order {
    exchanges: VecDeque<Exchange>,
    /// Lines came that answered nothing, after messages: more of them may follow.
    doubt: bool,
    /// Whether the server was asked for a message, or for what nobody here knows.
    has_messages: bool,
}

#[derive(Debug)]
struct Exchange {
    number: ExchangeNo,
    /// What it was is in the catalogue.
    is_known: bool,
    is_message: bool,
    /// Whether all before it was over when it was sent.
    is_believed: bool,
    /// Whether lines had come that answered nothing.
    is_doubted: bool,
    is_answered: bool,
    is_over: bool,
}

impl Exchange {
    /// Whether what is sent behind it can be mistaken.
    fn is_due(&self) -> bool {
        (self.is_message && !self.is_over) || (!self.is_believed && !self.is_answered)
    }
}

impl Order {
    /// A line went out.
    pub(super) fn sent(&mut self, number: ExchangeNo, line: &[u8]) {
        if self.exchanges.back().is_some_and(|last| last.number == number) {
            // A response within AUTH.
            return;
        }
        let behind = self.exchanges.iter().any(Exchange::is_due);
        self.exchanges.push_back(Exchange {
            number,
            is_known: command::find(&line[command::verb(line)]).is_some(),
            is_message: command::reply_to(line) == ReplyShape::Message,
            is_believed: !behind && !self.doubt,
            is_doubted: self.doubt,
            is_answered: false,
            is_over: false,
        });
        self.doubt &= behind;
        if self.exchanges.len() > 2 * OUTSTANDING_MAX {
            // More than can wait: the record is not what it should be.
            self.exchanges.pop_front();
            self.doubt = true;
        }
    }

    /// A line about the dialogue came. Tells whether it can be shown.
    pub(super) fn answered(&mut self, number: ExchangeNo, part: Part, line: &Redacted) -> bool {
        match part {
            Part::Greeting => return true,
            Part::Unexpected => {
                self.doubt |= self.has_messages;
                for exchange in self.exchanges.iter_mut().filter(|it| !it.is_answered) {
                    exchange.is_believed &= !self.has_messages;
                    exchange.is_doubted |= self.has_messages;
                }
                return false;
            }
            _ => {}
        }
        if part == Part::Status {
            while self.exchanges.front().is_some_and(|first| first.number < number) {
                self.exchanges.pop_front();
            }
        }
        let Some(exchange) = self.exchanges.iter_mut().find(|it| it.number == number) else {
            return false;
        };
        let is_ok = matches!(Indicator::of(line.bytes()), Some((Indicator::Ok, _)));
        if part == Part::Status {
            if exchange.is_answered {
                // What was sent behind AUTH as a response to it was a command to the server: which one, nobody knows.
                (exchange.is_known, exchange.is_believed, exchange.is_doubted) = (false, false, true);
            }
            exchange.is_answered = true;
            exchange.is_over |= !is_ok;
            self.has_messages |= is_ok && (exchange.is_message || !exchange.is_known);
        }
        // A server may say what it likes of a message, and in answer to what nobody here knows.
        let may_tell = is_ok && (exchange.is_message || !exchange.is_known);
        (exchange.is_believed && !may_tell) || is_plain(line)
    }

    /// Payload came. Tells whether it is what it is taken for.
    pub(super) fn received(&mut self, number: ExchangeNo, part: Part) -> bool {
        let exchange = self.exchanges.iter_mut().find(|it| it.number == number);
        if part == Part::Terminator {
            if let Some(exchange) = exchange {
                exchange.is_over = true;
            }
            return true;
        }
        let Some(exchange) = exchange else { return false };
        exchange.is_message |= matches!(part, Part::Header | Part::Body);
        match part {
            // It stands behind a status line of its own, and consists of fields.
            Part::Header => !exchange.is_doubted,
            _ => exchange.is_believed,
        }
    }

    /// Whether text of a message may have come on this connection.
    pub(super) fn has_messages(&self) -> bool {
        self.has_messages
    }
}
