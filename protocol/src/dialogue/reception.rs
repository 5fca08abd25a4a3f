//! What the server sent: cut into parts, paired with the commands that wait, and what that changes.

use super::pending::{Effect, PayloadShape};
use super::{Answer, Dialogue, Output, SignIn};
use crate::entry::{Event, ExchangeNo, Part};
use crate::framer::{LinePiece, Lines, Payload, Section};
use crate::mailbox::asks_for_password;
use crate::remark::{Failure, Protocol, Remark, Step};
use crate::reply::{Indicator, says_locked};
use crate::state::Phase;
use crate::target::Security;

/// Where in the server's octets the dialogue is.
#[derive(Debug, Default)]
pub(super) struct Reception {
    lines: Lines,
    /// What the line is that has begun and not ended, once its first piece is known.
    line: Option<Line>,
    payload: Option<(ExchangeNo, Payload)>,
}

#[derive(Clone, Copy, Debug)]
struct Line {
    part: Part,
    exchange: ExchangeNo,
    indicator: Option<Indicator>,
    /// Whether it says that the maildrop is locked, or asks for a password.
    is_telling: bool,
}

impl Reception {
    /// Whether a line or a payload has begun and not ended.
    pub(super) fn is_inside(&self) -> bool {
        self.payload.is_some() || self.lines.is_inside()
    }
}

impl Dialogue {
    pub(super) fn take_in(&mut self, octets: &[u8], out: &mut Vec<Output>) {
        let mut rest = octets;
        while !rest.is_empty() && self.phase.is_open() {
            if self.in_handshake {
                let octets = rest.len() as u64;
                return self.fail(Step::Tls, Failure::InjectedPlaintext { octets }, out);
            }
            if let Some((exchange, payload)) = &mut self.reception.payload {
                if let Some((section, bytes)) = payload.next(&mut rest) {
                    let event = Event::Received {
                        exchange: *exchange,
                        part: part_of(section),
                        bytes,
                    };
                    out.push(Output::Event(event));
                    if section == Section::Terminator {
                        self.reception.payload = None;
                    }
                }
            } else if self.phase == Phase::Greeting && self.speaks_tls(rest) {
                self.refuse_tls(rest, out);
            } else if let Some(piece) = self.reception.lines.next(&mut rest) {
                self.take_line(&piece, out);
                if self.in_handshake && rest.is_empty() {
                    out.push(Output::StartTls);
                }
            }
        }
    }

    /// Gives what was held back of a line or a payload that will not end any more.
    pub(super) fn give_held(&mut self, out: &mut Vec<Output>) {
        if !self.phase.is_open() {
            return;
        }
        if let Some((exchange, payload)) = self.reception.payload.take()
            && let Some((section, bytes)) = payload.finish()
        {
            out.push(Output::Event(Event::Received {
                exchange,
                part: part_of(section),
                bytes,
            }));
        }
        if let Some(piece) = self.reception.lines.finish() {
            let line = self.line_of(&piece);
            self.record(line, &piece, out);
        }
    }

    /// Whether a greeting begins like a TLS alert or handshake record (RFC 8446 §5.1).
    fn speaks_tls(&self, rest: &[u8]) -> bool {
        let mut begin = self.reception.lines.held().iter().chain(rest);
        !self.reception.lines.is_continued()
            && matches!((begin.next(), begin.next()), (Some(0x15 | 0x16), Some(0x03)))
    }

    fn refuse_tls(&mut self, rest: &[u8], out: &mut Vec<Output>) {
        // No more than the two octets that tell it, so that the pieces in which they came make no difference.
        let wanted = 2 - self.reception.lines.held().len();
        let nothing = self.reception.lines.next(&mut &rest[..wanted]);
        debug_assert!(nothing.is_none());
        self.give_held(out);
        self.fail(Step::Greeting, Failure::TlsSpoken, out);
    }

    fn take_line(&mut self, piece: &LinePiece, out: &mut Vec<Output>) {
        let line = self.line_of(piece);
        self.record(line, piece, out);
        if line.part == Part::Greeting {
            self.greeted(line, piece, out);
        } else if !piece.last {
            self.reception.line = Some(line);
        } else if line.part == Part::Status {
            let answer = match line.indicator {
                Some(Indicator::Ok) => Answer::Accepted,
                _ if line.is_telling => Answer::Locked,
                _ => Answer::Refused,
            };
            self.answered(answer, out);
        } else if line.part == Part::Continuation {
            self.pending.ask(line.is_telling);
        }
    }

    fn record(&mut self, line: Line, piece: &LinePiece, out: &mut Vec<Output>) {
        let redacted = self.secrets.strike(line.part, piece);
        out.push(Output::Event(Event::Answered {
            exchange: line.exchange,
            part: line.part,
            line: redacted,
        }));
    }

    /// What kind of line a piece belongs to: a long line is known by its first piece.
    fn line_of(&mut self, piece: &LinePiece) -> Line {
        if let Some(line) = self.reception.line.take() {
            return line;
        }
        let indicator = Indicator::of(&piece.octets).map(|(indicator, _)| indicator);
        let unexpected = Line {
            part: Part::Unexpected,
            exchange: self.exchanges,
            indicator,
            is_telling: false,
        };
        if self.phase == Phase::Greeting {
            return Line {
                part: Part::Greeting,
                exchange: 0,
                ..unexpected
            };
        }
        let Some((exchange, first)) = self.pending.first() else {
            return unexpected;
        };
        match indicator {
            Some(Indicator::Ok | Indicator::Err) => {
                if first.secret {
                    self.secrets.answered(self.lines);
                } else {
                    self.secrets.cool(first.order);
                }
                Line {
                    part: Part::Status,
                    exchange,
                    indicator,
                    is_telling: says_locked(&piece.octets),
                }
            }
            Some(Indicator::Continuation) if self.pending.takes_continuation() => Line {
                part: Part::Continuation,
                exchange,
                indicator,
                is_telling: asks_for_password(&piece.octets),
            },
            _ => unexpected,
        }
    }

    fn greeted(&mut self, line: Line, piece: &LinePiece, out: &mut Vec<Output>) {
        match line.indicator {
            Some(Indicator::Ok) if piece.last => match self.security {
                Security::Stls => {
                    self.phase = Phase::StartingTls;
                    self.send_stls(out);
                }
                Security::Plain | Security::Tls => self.phase = Phase::Authorization,
            },
            Some(Indicator::Err) if piece.last => {
                self.fail(Step::Greeting, Failure::GreetingRefused, out);
            }
            _ => {
                let looks_like = if piece.last {
                    looks_like(&piece.octets)
                } else {
                    Protocol::Other
                };
                self.fail(Step::Greeting, Failure::NotPop3 { looks_like }, out);
            }
        }
    }

    /// The first command that waits was answered.
    fn answered(&mut self, answer: Answer, out: &mut Vec<Output>) {
        let Some((exchange, expected)) = self.pending.pop() else {
            return;
        };
        let positive = answer == Answer::Accepted;
        let sign_in = |mailbox| SignIn {
            mailbox,
            named_in: expected.named_in.unwrap_or(exchange),
            by: expected.by,
            answer,
        };
        if positive && let Some(shape) = expected.payload {
            let payload = match shape {
                PayloadShape::Listing => Payload::listing(),
                PayloadShape::Message => Payload::message(),
            };
            self.reception.payload = Some((exchange, payload));
        }
        let remark = match (expected.effect, positive) {
            (Effect::Login(mailbox), _) => {
                self.sign_in(sign_in(mailbox), out);
                None
            }
            (Effect::Auth(mut responses), _) => {
                match responses.mailbox() {
                    Some(mailbox) => self.sign_in(sign_in(mailbox), out),
                    None if positive => self.sign_in(sign_in(None), out),
                    None => {}
                }
                // A server that accepts before it was told what it wants gets what was meant for it too late.
                self.may_respond_late = !positive || !self.responded || responses.is_awaited();
                self.pending.requeue(exchange, responses);
                None
            }
            (Effect::Dele(Some(message)), true) => self.ledger.mark(message),
            (Effect::Rset, true) => self.ledger.unmark(),
            (Effect::Quit, true) => {
                self.has_quit = true;
                self.ledger.commit()
            }
            (Effect::Quit, false) => self.ledger.fail_to_commit(),
            (Effect::Stls { .. }, true) => {
                // RFC 2595 §4: the server discards what was sent behind STLS in clear text.
                self.pending.clear();
                self.in_handshake = true;
                None
            }
            (Effect::Stls { by_console: true }, false) => {
                self.phase = Phase::TlsRefused;
                Some(Remark::StlsRefused)
            }
            (Effect::None | Effect::Dele(_) | Effect::Rset | Effect::Stls { .. }, _) => None,
        };
        self.settle_update();
        out.extend(remark.map(|remark| Output::Event(Event::Remark(remark))));
    }

    /// Somebody who signs in was answered. Where the maildrop is open already that means nothing.
    fn sign_in(&mut self, sign_in: SignIn, out: &mut Vec<Output>) {
        if self.phase == Phase::Authorization {
            if sign_in.answer == Answer::Accepted {
                self.phase = Phase::Transaction;
            }
            out.push(Output::SignIn(sign_in));
        }
    }
}

fn part_of(section: Section) -> Part {
    match section {
        Section::Listing => Part::Listing,
        Section::Header => Part::Header,
        Section::Body => Part::Body,
        Section::Terminator => Part::Terminator,
    }
}

/// What a greeting that is none of POP3's looks like.
fn looks_like(greeting: &[u8]) -> Protocol {
    let begins = |with: &[u8]| {
        greeting
            .get(..with.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(with))
    };
    if begins(b"SSH-") {
        Protocol::Ssh
    } else if begins(b"220 ") || begins(b"220-") || begins(b"554 ") || begins(b"554-") || begins(b"421 ") {
        Protocol::Smtp
    } else if begins(b"HTTP/") {
        Protocol::Http
    } else if begins(b"* OK") || begins(b"* PREAUTH") || begins(b"* BYE") {
        Protocol::Imap
    } else if begins(b"-DENIED") || begins(b"-NOAUTH") || begins(b"-LOADING") || begins(b"-MISCONF") {
        Protocol::Redis
    } else {
        Protocol::Other
    }
}
