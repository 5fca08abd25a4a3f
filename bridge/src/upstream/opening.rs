//! The steps of making a connection, each announced, each with its deadline, each cancellable.

use std::net::SocketAddr;
use std::time::Duration;

use protocol::access::By;
use protocol::remark::{Failure, Remark, Step};
use protocol::state::Phase;
use protocol::target::{Security, Target};
use protocol::wire::{Bar, Refusal};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use super::line::Line;
use super::record::Record;
use super::{Outcome, Ways, dial};
use crate::session::transcript::now;
use crate::session::{Control, Doer, Inbox};
use protocol::remark::End;

/// A connection on which the greeting may come.
pub(super) struct Opened {
    pub(super) line: Line,
    pub(super) peer: SocketAddr,
}

/// Makes a connection up to the point where the greeting is awaited.
pub(super) async fn open(
    target: &Target,
    by: By,
    ways: &Ways,
    inbox: &mut Inbox,
    record: &mut Record,
) -> Result<Opened, Outcome> {
    let deadlines = &ways.deadlines;

    record.phase(Phase::Resolving)?;
    let resolving = dial::resolve(target, ways, record.whose());
    let lines = Lines::Refused;
    let (checked, resolve_took) =
        step(Step::Resolve, deadlines.resolve, resolving, inbox, record, lines).await?;

    record.phase(Phase::Connecting)?;
    let connecting = dial::connect(&checked, deadlines.connect);
    let (stream, connect_took) =
        step(Step::Connect, deadlines.connect, connecting, inbox, record, lines).await?;
    let (from, peer) = ends(&stream).map_err(|error| Outcome::Failed {
        step: Step::Connect,
        why: Box::new(Failure::Closed {
            detail: Some(error.to_string()),
        }),
        took: connect_took,
    })?;
    record.connected(peer);
    record.remark(Remark::Connected {
        host: target.host.clone(),
        resolved: match dial::literal(&target.host) {
            Some(_) => Vec::new(),
            None => checked
                .addresses()
                .iter()
                .map(|address| address.ip().to_string())
                .collect(),
        },
        resolve_took,
        from: from.to_string(),
        to: peer.to_string(),
        connect_took,
        at: now() / 1000,
        by,
    })?;

    if target.security != Security::Tls {
        return Ok(Opened {
            line: Line::plain(stream),
            peer,
        });
    }
    let line = secure(stream, peer, target, ways, inbox, record, lines).await?;
    Ok(Opened { line, peer })
}

/// Negotiates TLS, from the start or after STLS.
pub(super) async fn secure(
    stream: TcpStream,
    peer: SocketAddr,
    target: &Target,
    ways: &Ways,
    inbox: &mut Inbox,
    record: &mut Record,
    lines: Lines,
) -> Result<Line, Outcome> {
    record.phase(Phase::Securing)?;
    let name = target.name.as_deref();
    let negotiating = ways
        .tls
        .negotiate(stream, peer, &target.host, name, target.verify);
    let within = ways.deadlines.tls;
    let ((stream, report), _) = step(Step::Tls, within, negotiating, inbox, record, lines).await?;
    record.secured(report)?;
    Ok(Line::tls(stream))
}

/// What becomes of lines that come while a step is under way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    /// They wait for its end.
    Wait,
    /// They are refused: the server has not greeted yet.
    Refused,
}

/// One step, and how long it took in microseconds.
async fn step<T>(
    step: Step,
    within: Duration,
    work: impl Future<Output = Result<T, Failure>>,
    inbox: &mut Inbox,
    record: &mut Record,
    lines: Lines,
) -> Result<(T, u64), Outcome> {
    let begin = Instant::now();
    let done = tokio::select! {
        biased;
        interruption = interruption(inbox, record, lines) => match interruption {
            Interruption::Cancelled(doer) => {
                record.hung_up_from = doer.from;
                Err(Failure::Cancelled { by: doer.by })
            }
            Interruption::Stopped(why) => return Err(Outcome::Stopped(why)),
        },
        done = timeout(within, work) => done.unwrap_or(Err(Failure::TimedOut)),
    };
    let took = micros(begin.elapsed());
    done.map(|done| (done, took)).map_err(|why| Outcome::Failed {
        step,
        why: Box::new(why),
        took,
    })
}

enum Interruption {
    Cancelled(Doer),
    Stopped(End),
}

/// Answers what cannot be done during a step, until somebody cancels it or the session ends.
async fn interruption(inbox: &mut Inbox, record: &Record, lines: Lines) -> Interruption {
    let connection = record.connection();
    loop {
        tokio::select! {
            biased;
            why = inbox.stop.asked() => return Interruption::Stopped(why),
            Some(control) = inbox.controls.recv() => match *control {
                Control::Disconnect { connection: meant, asker } if meant == connection => {
                    return Interruption::Cancelled(asker.doer());
                }
                Control::Connect { asker, .. } => asker.refuse(None, Refusal::AlreadyConnected),
                Control::Disconnect { asker, .. } => asker.refuse(None, Refusal::OtherConnection),
                Control::ContinueInClear { asker, .. } | Control::KeepAlive { asker, .. } => {
                    asker.refuse(None, Refusal::NotGreeted);
                }
                Control::SignIn(order) => record.desk().fails(order.guest, order.link, Bar::NotConnected),
                Control::Attend => {}
            },
            Some(line) = inbox.lines.recv(), if lines == Lines::Refused => {
                let other = line.connection != connection;
                let why = if other { Refusal::OtherConnection } else { Refusal::NotGreeted };
                line.asker.refuse(Some(line.id), why);
            }
        }
    }
}

/// A duration in microseconds.
pub(super) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn ends(stream: &TcpStream) -> std::io::Result<(SocketAddr, SocketAddr)> {
    Ok((stream.local_addr()?, stream.peer_addr()?))
}
