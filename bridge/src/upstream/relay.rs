//! An open connection: lines go out, octets come in, the dialogue says what they are.

mod alarm;
mod ending;
mod keep_alive;
mod login;
mod offers;
mod orders;
mod sign_in;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use protocol::dialogue::{Answer, Dialogue, Output, SignIn};
use protocol::entry::Event;
use protocol::remark::{End, Failure, Marks, Remark, Step};
use protocol::target::Target;
use tokio::task::yield_now;
use tokio::time::Instant;

use self::alarm::Alarm;
use self::keep_alive::KeepAlive;
use self::login::Login;
use self::offers::Offers;
pub(crate) use self::sign_in::Hashing;
use self::sign_in::SigningIn;
use super::line::{Line, Turn};
use super::opening::{Lines, Opened, secure};
use super::outbox::Outbox;
use super::record::Record;
use super::{Outcome, Ways};
use crate::audit::Event as Told;
use crate::maildrops::{Hold, Maildrop};
use crate::session::Inbox;

/// How long the server's last words may take, once nothing can be written to it any more.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// After reading so many octets at once other sessions have their turn: a server that sends as fast as it is
/// read would keep them waiting.
const LONG: usize = 16 * 1024;

/// How long people's own lines may wait to be shown. Most are answered sooner, and both go to the browsers together.
const ECHO_WITHIN: Duration = Duration::from_millis(10);

/// Relays until the connection ends. Says how it ended, what became of the marks, and whether a reply was
/// cut short.
pub(super) async fn relay(
    opened: Opened,
    target: &Target,
    ways: &Ways,
    inbox: &mut Inbox,
    record: &mut Record,
) -> (Outcome, Marks, bool) {
    let mut relay = Relay {
        line: opened.line,
        peer: opened.peer,
        dialogue: Dialogue::new(target.security),
        outbox: Outbox::default(),
        outputs: Vec::new(),
        begin: Instant::now(),
        used: Instant::now(),
        heard: false,
        told_late: false,
        sent_secret: false,
        keep_alive: KeepAlive::new(),
        login: Login::default(),
        offers: Offers::default(),
        signing_in: None,
        hold: None,
        echo: None,
        last: None,
        target,
        ways,
        record,
    };
    let Err(outcome) = relay.run(inbox).await;
    relay.finish(outcome)
}

/// What came of something that the dialogue wants done.
enum Done {
    /// There is something to be told at once.
    Shown,
    /// There is not.
    Unseen,
    /// TLS is to be started.
    StartsTls,
}

struct Relay<'a> {
    line: Line,
    peer: SocketAddr,
    dialogue: Dialogue,
    outbox: Outbox,
    outputs: Vec<Output>,
    /// When the greeting began to be awaited.
    begin: Instant,
    /// When somebody typed last, or a reply to that was still coming in.
    used: Instant,
    /// Whether the server has sent anything.
    heard: bool,
    /// Whether the transcript says that the greeting is late.
    told_late: bool,
    /// Whether a line with a secret in it was sent.
    sent_secret: bool,
    keep_alive: KeepAlive,
    login: Login,
    offers: Offers,
    /// What a guest does, while lines of everybody else's are refused. Boxed: it is rare.
    signing_in: Option<Box<SigningIn>>,
    /// On the maildrop that is open, where it is known whose it is.
    hold: Option<Hold>,
    /// When the lines that went out are shown, if nothing else is to be shown before.
    echo: Option<Instant>,
    /// When the connection is closed from this side, if the server does not do it, and what it is then.
    last: Option<(Instant, End)>,
    target: &'a Target,
    ways: &'a Ways,
    record: &'a mut Record,
}

impl Relay<'_> {
    async fn run(&mut self, inbox: &mut Inbox) -> Result<Infallible, Outcome> {
        let mut alarm = Alarm::new();
        let counted = &self.ways.metrics.received;
        loop {
            loop {
                self.settle(inbox).await?;
                if !self.serve_guests() {
                    break;
                }
            }
            alarm.set(self.next_due());
            let works = self.signing_in.as_ref().filter(|it| it.works);
            let works = works.map(|_| self.record.whose().key);
            let takes_lines = self.line.is_mute() || (!self.dialogue.holds_lines() && !self.outbox.is_full());
            // Orders and deadlines come first: neither a flood from the server nor one of lines may keep
            // them waiting. Lines come before octets, so that those that wait together go out in one write.
            tokio::select! {
                biased;
                why = inbox.stop.asked() => return Err(Outcome::Stopped(why)),
                Some(control) = inbox.controls.recv() => self.obey(*control)?,
                () = alarm.rings() => self.rung()?,
                Some(line) = inbox.lines.recv(), if takes_lines => self.submit(*line),
                turn = self.line.turn(&mut self.outbox, |octets| {
                    counted.add(memchr::memchr_iter(b'\n', octets).count(), octets.len());
                    self.dialogue.receive(octets, &mut self.outputs);
                }) => {
                    let is_long = matches!(turn, Turn::Received(octets) if octets >= LONG);
                    self.turned(turn)?;
                    if is_long {
                        yield_now().await;
                    }
                }
                _turn = self.ways.hashing.turn(works) => self.work(),
            }
        }
    }

    /// Does what the dialogue wants done, and records where it stands then.
    async fn settle(&mut self, inbox: &mut Inbox) -> Result<(), Outcome> {
        let mut is_news = false;
        while !self.outputs.is_empty() {
            let mut outputs = std::mem::take(&mut self.outputs);
            for output in outputs.drain(..) {
                match self.carry_out(output)? {
                    Done::Shown => is_news = true,
                    Done::Unseen => {}
                    // Boxed: it happens once, and every connection's task would hold room for it.
                    Done::StartsTls => Box::pin(self.start_tls(inbox)).await?,
                }
            }
            if self.outputs.is_empty() {
                // The emptied list is used again.
                self.outputs = outputs;
            }
        }
        if self.last.is_none() && self.dialogue.has_quit() {
            self.last = Some((
                Instant::now() + self.ways.deadlines.close_after_quit,
                End::AfterQuit,
            ));
        }
        is_news |= self.record.dialogue(&self.dialogue)?;
        if is_news {
            self.echo = None;
            self.record.announce();
        }
        Ok(())
    }

    /// Does one thing that the dialogue wants done, but for TLS, which has to be waited for.
    fn carry_out(&mut self, output: Output) -> Result<Done, Outcome> {
        match output {
            Output::Event(event) => {
                self.sent_secret |= matches!(&event, Event::Sent { line, .. } if !line.struck().is_empty());
                let is_sent = matches!(event, Event::Sent { .. });
                if is_sent {
                    let now = Instant::now();
                    self.keep_alive.sent(now);
                    self.echo.get_or_insert(now + ECHO_WITHIN);
                }
                let answers = self.attend(&event);
                self.record.event_unannounced(event)?;
                if let Some(part) = answers {
                    self.go_on(part);
                }
                Ok(if is_sent { Done::Unseen } else { Done::Shown })
            }
            Output::Write(octets) => {
                self.ways.metrics.sent.add(1, octets.reveal().len());
                self.outbox.push(octets);
                Ok(Done::Unseen)
            }
            Output::SignIn(sign_in) => self.answered(sign_in).map(|()| Done::Unseen),
            Output::StartTls => Ok(Done::StartsTls),
            Output::Fail(step, why) => Err(self.failed(step, why)),
        }
    }

    /// Somebody who signs in was answered: whoever opens a maildrop holds it, and whoever finds it locked is told by whom.
    fn answered(&mut self, sign_in: SignIn) -> Result<(), Outcome> {
        let told = Told::signed_in(self.target, self.peer, &sign_in);
        self.record.tell(self.login.doer(sign_in.by), told);
        let SignIn {
            mailbox,
            named_in,
            answer,
            ..
        } = sign_in;
        self.ways.metrics.signed_in(answer);
        if answer != Answer::Refused {
            self.ways.rates.signed_in(&self.asked(mailbox.as_ref()));
        }
        let Some(mailbox) = mailbox else { return Ok(()) };
        let maildrop = Maildrop::new(self.target, self.peer.ip(), mailbox);
        let maildrops = &self.ways.maildrops;
        match answer {
            Answer::Accepted => {
                self.record.opens(maildrop.mailbox(), self.target, named_in);
                self.hold = Some(maildrops.hold(self.record.alias(), maildrop));
            }
            Answer::Locked => {
                let holder = maildrops.holder(&maildrop);
                self.record
                    .event_unannounced(Event::Remark(Remark::Locked { holder }))?;
            }
            Answer::Refused => {}
        }
        Ok(())
    }

    /// Lines that come meanwhile wait for the end of the handshake.
    async fn start_tls(&mut self, inbox: &mut Inbox) -> Result<(), Outcome> {
        if !self.outbox.is_empty() {
            // It answers what it has not been sent, so somebody in between may have said it. And what waits
            // was meant for the line in clear text: nothing of it may go out under TLS.
            let detail =
                "+OK came before STLS was sent, which is tampering until proven otherwise".to_owned();
            return Err(self.failed(Step::Tls, Failure::Tls { detail }));
        }
        let Some(stream) = self.line.take_plain() else {
            let detail = "the connection is under TLS already".to_owned();
            return Err(self.failed(Step::Tls, Failure::Tls { detail }));
        };
        // Boxed as the opening is, and for the same reason.
        let securing = Box::pin(secure(
            stream,
            self.peer,
            self.target,
            self.ways,
            inbox,
            self.record,
            Lines::Wait,
        ));
        self.line = securing.await.map_err(|outcome| self.without_echo(outcome))?;
        self.dialogue.secured();
        self.forget_offers();
        Ok(())
    }

    /// What a server says in place of a handshake is quoted, unless it may echo a secret: the dialogue, which
    /// strikes secrets out, never sees that text.
    fn without_echo(&self, mut outcome: Outcome) -> Outcome {
        if self.sent_secret
            && let Outcome::Failed { why, .. } = &mut outcome
            && let Failure::PlainText { said } = &mut **why
        {
            said.clear();
        }
        outcome
    }

    fn turned(&mut self, turn: Turn) -> Result<(), Outcome> {
        match turn {
            Turn::Received(_) => {
                self.heard = true;
                if self.ways.idle.is_some() && !self.dialogue.is_idle() {
                    self.used = Instant::now();
                }
            }
            Turn::Waits => {}
            Turn::Ended => return Err(self.over(End::ByServer, None)),
            Turn::ReadFailed(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(self.over(End::Truncated, Some(error.to_string())));
            }
            Turn::ReadFailed(error) => {
                let detail = error.to_string();
                return Err(self.over(
                    End::Broken {
                        detail: detail.clone(),
                    },
                    Some(detail),
                ));
            }
            Turn::WriteFailed(error) => {
                // What the server said before it went is read first; it seldom takes more than a moment.
                self.outbox.clear();
                self.last = Some((
                    Instant::now() + LAST_WORDS,
                    End::Broken {
                        detail: error.to_string(),
                    },
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
