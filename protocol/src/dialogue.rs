//! The machine that knows which reply belongs to which command. It does no I/O: octets and lines go in, octets
//! to write and events come out.

mod ledger;
mod pending;
mod reception;
mod redaction;

use zeroize::Zeroizing;

use self::ledger::Ledger;
pub use self::pending::OUTSTANDING_MAX;
use self::pending::{Effect, Expected, Pending, Responses};
use self::reception::Reception;
use self::redaction::{HotSecrets, Written};
use crate::access::By;
use crate::command;
use crate::entry::{Event, ExchangeNo, LineId};
use crate::mailbox::Mailbox;
use crate::remark::{Failure, Marks, Remark, Step};
use crate::state::{Expectation, Phase};
use crate::target::Security;
use crate::wire::{Refusal, check_line};

/// What the dialogue wants done, in order.
#[derive(Debug)]
pub enum Output {
    /// Record this.
    Event(Event),
    /// Write these octets to the server. They may hold a secret: `Debug` of this type prints none.
    Write(Outgoing),
    /// The server answered somebody who signs in. Not to be recorded: what names the mailbox may be part of a response.
    SignIn(SignIn),
    /// Negotiate TLS on the connection now, then call [`Dialogue::secured`].
    StartTls,
    /// The connection cannot be used: record [`Remark::Failed`] and close it.
    Fail(Step, Failure),
}

/// What became of signing in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// To which mailbox; none where what was sent does not tell.
    pub mailbox: Option<Mailbox>,
    /// The exchange whose command told it: USER's where there is one, else that of what was answered.
    pub named_in: ExchangeNo,
    /// Who sent it.
    pub by: By,
    /// What the server answered.
    pub answer: Answer,
}

/// A credential that is about to go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Try {
    /// To which mailbox; none where what is sent does not tell.
    pub mailbox: Option<Mailbox>,
}

/// What a server answers somebody who signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The maildrop is open, and held until the connection ends.
    Accepted,
    /// It is locked: somebody else holds it.
    Locked,
    /// No.
    Refused,
}

/// Octets on their way to the server. Never printed, overwritten when dropped.
pub struct Outgoing(Zeroizing<Vec<u8>>);

impl Outgoing {
    fn line(line: &[u8]) -> Self {
        let mut octets = Zeroizing::new(Vec::with_capacity(line.len() + 2));
        octets.extend_from_slice(line);
        octets.extend_from_slice(b"\r\n");
        Self(octets)
    }

    /// The octets, for the socket alone.
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Outgoing({} octets)", self.0.len())
    }
}

/// One connection's dialogue.
#[derive(Debug)]
pub struct Dialogue {
    security: Security,
    phase: Phase,
    /// The server agreed to STLS: what comes now belongs to TLS.
    in_handshake: bool,
    has_quit: bool,
    /// QUIT went out in the TRANSACTION state: whatever ends the connection, marks may be committed.
    may_commit: bool,
    /// AUTH is over, and a response to it may still come: see [`Expectation::LateResponse`].
    may_respond_late: bool,
    /// What USER named last, and its exchange.
    user: Option<(Mailbox, ExchangeNo)>,
    /// A credential went out in the newest AUTH exchange.
    responded: bool,
    /// How many exchanges there were.
    exchanges: ExchangeNo,
    /// How many lines were sent.
    lines: u64,
    pending: Pending,
    ledger: Ledger,
    secrets: HotSecrets,
    reception: Reception,
}

impl Dialogue {
    /// A dialogue whose greeting has not come yet. With [`Security::Stls`] it sends STLS by itself after the
    /// greeting; with [`Security::Tls`] the caller has negotiated TLS before.
    pub fn new(security: Security) -> Self {
        Self {
            security,
            phase: Phase::Greeting,
            in_handshake: false,
            has_quit: false,
            may_commit: false,
            may_respond_late: false,
            user: None,
            responded: false,
            exchanges: 0,
            lines: 0,
            pending: Pending::default(),
            ledger: Ledger::default(),
            secrets: HotSecrets::default(),
            reception: Reception::default(),
        }
    }

    /// Takes in what the server sent, in pieces of any size. Nothing is taken in any more after
    /// [`Output::Fail`] or [`end`](Self::end).
    ///
    /// Between [`Output::StartTls`] and [`secured`](Self::secured) nothing may come: it would be plaintext
    /// that somebody injected before the handshake.
    pub fn receive(&mut self, octets: &[u8], out: &mut Vec<Output>) {
        self.take_in(octets, out);
    }

    /// Sends a line as typed.
    ///
    /// # Errors
    /// When it cannot go out: see [`Refusal`]. Nothing was written then.
    pub fn submit(
        &mut self,
        line: &[u8],
        id: Option<LineId>,
        by: By,
        out: &mut Vec<Output>,
    ) -> Result<(), Refusal> {
        self.check(line)?;
        self.send(line, self.expects(), id, by, out);
        Ok(())
    }

    /// Sends a line that somebody took for a SASL response. If AUTH is over by now, it is one that comes too late.
    ///
    /// # Errors
    /// As [`submit`](Self::submit).
    pub fn submit_response(
        &mut self,
        line: &[u8],
        id: Option<LineId>,
        by: By,
        out: &mut Vec<Output>,
    ) -> Result<(), Refusal> {
        self.check(line)?;
        let expects = match self.expects() {
            Expectation::Command => Expectation::LateResponse,
            waits => waits,
        };
        self.send(line, expects, id, by, out);
        Ok(())
    }

    /// Whether a line can go out.
    fn check(&self, line: &[u8]) -> Result<(), Refusal> {
        check_line(line)?;
        match self.phase {
            Phase::Greeting => return Err(Refusal::NotGreeted),
            Phase::TlsRefused => return Err(Refusal::TlsRefused),
            phase if !phase.takes_lines() => return Err(Refusal::NotConnected),
            _ if self.holds_lines() => return Err(Refusal::Busy),
            _ => {}
        }
        Ok(())
    }

    /// Whether lines must wait in the caller's queue: STLS was sent and is not through yet, or
    /// [`OUTSTANDING_MAX`] commands wait for their replies.
    pub fn holds_lines(&self) -> bool {
        self.in_handshake || self.pending.has_stls() || self.pending.is_full()
    }

    /// Whether nothing is due: no reply is awaited or coming in, AUTH's and STLS's exchanges included.
    pub fn is_idle(&self) -> bool {
        self.phase.is_open() && self.pending.is_empty() && !self.in_handshake && !self.reception.is_inside()
    }

    /// TLS stands, after [`Output::StartTls`].
    pub fn secured(&mut self) {
        self.in_handshake = false;
        if self.phase == Phase::StartingTls {
            self.phase = Phase::Authorization;
        }
    }

    /// Somebody decided to go on in clear text after the server refused STLS.
    ///
    /// # Errors
    /// When there is nothing to decide.
    pub fn continue_in_clear(&mut self, by: By, out: &mut Vec<Output>) -> Result<(), Refusal> {
        if self.phase != Phase::TlsRefused {
            return Err(if self.phase.is_open() {
                Refusal::NotAllowed
            } else {
                Refusal::NotConnected
            });
        }
        self.phase = Phase::Authorization;
        out.push(Output::Event(Event::Remark(Remark::ContinuedInClear { by })));
        Ok(())
    }

    /// The connection ended: gives what was held back, and what became of the marks. `cut_short` tells
    /// whether a reply was still coming in or due.
    pub fn end(&mut self, out: &mut Vec<Output>) -> Ending {
        let waits = self.phase.is_open() && (self.phase == Phase::Greeting || !self.pending.is_empty());
        let cut_short = waits || self.in_handshake || self.reception.is_inside();
        self.give_held(out);
        let quits = self.may_commit || self.pending.has_quit();
        if quits {
            // Nobody knows whether the server took those that it did not answer.
            for message in self.pending.deletions_before_quit() {
                self.ledger.mark(message);
            }
        }
        let marks = match self.ledger.count() {
            0 => Marks::None,
            marked if quits => Marks::Unknown(marked),
            marked => Marks::NotCommitted(marked),
        };
        self.close();
        Ending { marks, cut_short }
    }

    /// The session state. [`Phase::Closed`] after [`Output::Fail`] and after [`end`](Self::end).
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// How many messages are marked for deletion and not committed.
    pub fn marked(&self) -> u32 {
        self.ledger.count()
    }

    /// What the next line is taken for.
    pub fn expects(&self) -> Expectation {
        if self.pending.sasl_exchange().is_some() {
            Expectation::Response
        } else if self.may_respond_late {
            Expectation::LateResponse
        } else {
            Expectation::Command
        }
    }

    /// The credential that a line would try if it were sent now; none where it would try none that is not counted yet.
    ///
    /// AUTH is one try, however many responses it takes. But a response that nothing asked for is one of its own: the server
    /// may be through with AUTH when it comes, and take it for a command.
    pub fn tries(&self, line: &[u8]) -> Option<Try> {
        if self.phase != Phase::Authorization {
            return None;
        }
        let Some(responses) = self.pending.responses() else {
            // Who sends it makes no difference to what it tries.
            let mut expected = Expected::of(line, 0, By::Console);
            if command::is(line, "PASS") {
                expected.is_of(self.user.as_ref());
            }
            return expected.tries();
        };
        let counts = line != b"*" && !(self.responded && responses.is_awaited());
        counts.then(|| Try {
            mailbox: responses.mailbox_with(line),
        })
    }

    /// Whether QUIT was answered with `+OK`.
    pub fn has_quit(&self) -> bool {
        self.has_quit
    }

    /// Sends a line that is taken for what `expects` says.
    fn send(&mut self, line: &[u8], expects: Expectation, id: Option<LineId>, by: By, out: &mut Vec<Output>) {
        self.lines += 1;
        let order = self.lines;
        let sasl = self.pending.sasl_exchange();
        let is_known = command::find(&line[command::verb(line)]).is_some();
        let is_late = expects == Expectation::LateResponse && !is_known;
        // What the console sends by itself tells nothing of what a person has seen.
        self.may_respond_late &= !is_known || by == By::Console;
        let secret = command::secret_from(line, expects);
        let exchange = match sasl {
            Some(exchange) => {
                if let Some(from) = secret {
                    let written = Written::Encoded(self.pending.responses().and_then(Responses::awaits));
                    self.secrets.heat(&line[from..], written, order);
                    self.responded = true;
                }
                self.pending.respond(line, order, by);
                exchange
            }
            None => {
                let mut expected = Expected::of(line, order, by);
                if command::is(line, "PASS") {
                    expected.is_of(self.user.as_ref());
                }
                if expected.is_sasl() {
                    self.responded = secret.is_some();
                }
                if let Some(from) = secret {
                    expected.secret = true;
                    let written = match &expected.effect {
                        Effect::Auth(responses) => Written::Encoded(responses.told()),
                        _ if is_late => Written::Encoded(None),
                        _ => Written::Plainly,
                    };
                    self.secrets.heat(&line[from..], written, order);
                }
                let exchange = self.expect_next(expected);
                if command::is(line, "USER") {
                    self.user = Mailbox::of_user(line).map(|mailbox| (mailbox, exchange));
                }
                exchange
            }
        };
        self.settle_update();
        let sent = Event::Sent {
            exchange,
            line: redaction::typed(line, secret),
            id,
            by,
        };
        out.extend([Output::Event(sent), Output::Write(Outgoing::line(line))]);
    }

    /// The STLS that the target asks for.
    fn send_stls(&mut self, out: &mut Vec<Output>) {
        const STLS: &[u8] = b"STLS";
        self.lines += 1;
        let exchange = self.expect_next(Expected::stls_by_console(self.lines));
        let sent = Event::Sent {
            exchange,
            line: redaction::typed(STLS, None),
            id: None,
            by: By::Console,
        };
        out.extend([Output::Event(sent), Output::Write(Outgoing::line(STLS))]);
    }

    fn expect_next(&mut self, expected: Expected) -> ExchangeNo {
        self.exchanges = self.exchanges.saturating_add(1);
        self.pending.push(self.exchanges, expected);
        self.exchanges
    }

    /// QUIT brings about the UPDATE state once it is sent, also when it was sent before the reply that opened
    /// the maildrop came. Where something is marked the maildrop is open, whatever opened it.
    fn settle_update(&mut self) {
        let opened =
            self.phase == Phase::Transaction || (self.phase == Phase::Authorization && self.marked() > 0);
        if opened && self.pending.has_quit() {
            self.phase = Phase::Update;
            self.may_commit = true;
        }
    }

    fn fail(&mut self, step: Step, why: Failure, out: &mut Vec<Output>) {
        self.close();
        out.push(Output::Fail(step, why));
    }

    fn close(&mut self) {
        self.phase = Phase::Closed;
        self.in_handshake = false;
        self.pending.clear();
        self.secrets.forget();
        self.reception = Reception::default();
    }
}

/// How a dialogue stood when its connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// What became of the marks.
    pub marks: Marks,
    /// Whether a reply was still coming in or due.
    pub cut_short: bool,
}
