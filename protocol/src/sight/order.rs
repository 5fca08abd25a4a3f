//! Whether what looks like a reply is one.
//!
//! A message ends where its server says. One that ends it too soon sends the rest where replies are awaited; one that
//! never ends it, or a listing, sends the next replies as its text; and one that leaves a reply out, or sends two, has
//! every later one answer the command before, or behind, its own. Each of these can have text of a message stand where
//! something else was asked for. Of what can be mistaken no more is shown than what is plainly a reply. That is:
//!
//! - what goes out before a message that was asked for has come to its end, and what goes out behind that before it is
//!   answered. Whatever nobody here knows may ask for a message: a command that is not in the catalogue, a line within
//!   AUTH that the server did not ask for, and a line so long that a server may take it for two. So one out of which
//!   something was struck may do, for as long as it waits: nobody knows how long it was;
//! - what is not over when a message is asked for, and then that message too: where a reply was left out, it comes next;
//! - what waits, or goes out next, when lines came that answered nothing.
//!
//! So nothing is withheld where people wait for replies and the server gives them. These cannot be told, or not without
//! withholding what is asked for every day:
//!
//! - What a server sends that is behind: the rest of a message that it ended too soon, or the reply to what another one
//!   seemed to answer, that comes after the next line went out, and looks like a reply to that.
//! - Text of the form of fields right behind a line of its own that begins with `+OK`, in a message that ended too soon
//!   where the next was asked for already: it is taken for the header of that.
//! - Two faults at once where a secret is sent: a server takes it for two lines, and left a reply or a termination octet
//!   out before; or it asks for a response and gives AUTH up without a word, so that the next line is none.

use std::collections::VecDeque;

use super::plain::is_plain;
use crate::command::{self, ReplyShape, Secrecy};
use crate::dialogue::OUTSTANDING_MAX;
use crate::entry::{ExchangeNo, Part};
use crate::reply::Indicator;
use crate::secret::Redacted;

/// The longest command that every server takes for one (RFC 2449 §4), in octets, without its line end.
const COMMAND_MAX: usize = 253;

/// The commands of one connection that are not over, as far as can be told from its entries.
#[derive(Debug, Default)]
pub(super) struct Order {
    exchanges: VecDeque<Exchange>,
    /// Lines came that answered nothing, after messages: more of them may follow.
    doubt: bool,
    /// Whether the server may have been asked for a message.
    has_messages: bool,
}

#[derive(Debug)]
struct Exchange {
    number: ExchangeNo,
    shape: ReplyShape,
    /// Whether it asks for a message, or for what nobody here knows.
    may_tell: bool,
    /// Whether something was struck out of it: nobody knows how long it was.
    is_struck: bool,
    /// Whether it can be taken for what it looks like.
    is_believed: bool,
    /// Whether lines had come that answered nothing.
    is_doubted: bool,
    is_answered: bool,
    is_over: bool,
    /// How many continuations no line was sent for yet.
    asked: u32,
    /// How many lines within AUTH no continuation asked for. Those that are left once it is answered are commands.
    unasked: u32,
}

impl Exchange {
    fn of(number: ExchangeNo, line: &Redacted) -> Self {
        let (octets, is_struck) = (line.bytes(), !line.struck().is_empty());
        let known = command::find(&octets[command::verb(octets)]);
        // Of one that somebody hid nobody can tell what it asked for, or how long it was.
        let is_known = known.is_some_and(|command| !is_struck || command.secrecy != Secrecy::None);
        let shape = if is_struck && octets.is_empty() {
            ReplyShape::Message
        } else {
            command::reply_to(octets)
        };
        Self {
            number,
            shape,
            may_tell: shape == ReplyShape::Message || !is_known || octets.len() > COMMAND_MAX,
            is_struck,
            is_believed: true,
            is_doubted: false,
            is_answered: false,
            is_over: false,
            asked: 0,
            unasked: 0,
        }
    }

    /// Whether what is sent behind it can be mistaken.
    fn is_due(&self) -> bool {
        let waits = !self.is_answered && (!self.is_believed || self.is_struck);
        waits || self.unasked > 0 || (self.may_tell && !self.is_over)
    }
}

impl Order {
    /// A line went out.
    pub(super) fn sent(&mut self, number: ExchangeNo, line: &Redacted) {
        self.has_messages |= !line.struck().is_empty();
        if let Some(auth) = self.exchanges.back_mut().filter(|last| last.number == number) {
            if auth.asked > 0 {
                auth.asked -= 1;
            } else {
                auth.unasked += 1;
                self.may_mix();
            }
            return;
        }
        let mut exchange = Exchange::of(number, line);
        let behind = self.exchanges.iter().any(Exchange::is_due);
        let mixes = exchange.may_tell && self.may_mix();
        exchange.is_believed = !behind && !mixes && !self.doubt;
        exchange.is_doubted = self.doubt;
        self.exchanges.push_back(exchange);
        self.doubt &= behind;
        if self.exchanges.len() > 2 * OUTSTANDING_MAX {
            // More than can wait: the record is not what it should be.
            self.exchanges.pop_front();
            self.doubt = true;
        }
    }

    /// Text of a message was asked for: whatever is not over may be given it. Tells whether something is not.
    fn may_mix(&mut self) -> bool {
        self.has_messages = true;
        let mut mixes = false;
        for exchange in self.exchanges.iter_mut().filter(|it| !it.is_over) {
            exchange.is_believed = false;
            mixes = true;
        }
        mixes
    }

    /// A line about the dialogue came, or the first piece of one. Tells whether it can be shown.
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
            Part::Status => {
                while self.exchanges.front().is_some_and(|first| first.number < number) {
                    self.exchanges.pop_front();
                }
            }
            _ => {}
        }
        let Some(exchange) = self.exchanges.iter_mut().find(|it| it.number == number) else {
            return false;
        };
        let is_ok = matches!(Indicator::of(line.bytes()), Some((Indicator::Ok, _)));
        if part == Part::Status {
            exchange.end_with_status(is_ok, line.bytes().ends_with(b"\n"));
        } else if exchange.unasked > 0 {
            exchange.unasked -= 1;
        } else {
            exchange.asked = exchange.asked.saturating_add(1);
        }
        // A server may say what it likes of a message, and in answer to what nobody here knows.
        let may_tell = is_ok && exchange.may_tell;
        (exchange.is_believed && !may_tell) || is_plain(line)
    }

    /// Whether the rest of a line can be shown of which the first piece was.
    pub(super) fn goes_on(&self, number: ExchangeNo) -> bool {
        let exchange = self.exchanges.iter().find(|it| it.number == number);
        exchange.is_none_or(|exchange| exchange.is_believed)
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

impl Exchange {
    /// A status line came, or the first piece of one.
    fn end_with_status(&mut self, is_ok: bool, is_whole: bool) {
        // What was sent behind AUTH as a response to it was a command to the server, and may have been one for a message.
        self.is_doubted |= self.is_answered;
        self.is_answered = true;
        let ends = !is_ok || self.shape == ReplyShape::Single;
        // What could be mistaken, and seems to be refused, may be given still.
        self.is_over = is_whole && ends && (self.is_believed || !self.may_tell);
    }
}
