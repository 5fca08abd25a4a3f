//! The task that owns a session's mail connection.
//!
//! It takes the session's orders, makes connections step by step, drives [`protocol::dialogue`] and appends
//! what happens to the transcript. It never sends QUIT of its own accord: QUIT commits.

mod dial;
mod line;
mod opening;
mod outbox;
pub mod policy;
pub(crate) mod rates;
mod record;
mod relay;
pub mod resolver;
mod standing;
pub mod tls;

use std::sync::Arc;
use std::time::Duration;

use protocol::remark::{End, Failure, Marks, Remark, Step};
use protocol::wire::{Bar, CloseCode, Refusal};
use tracing::info;

use crate::access::Identity;
use crate::audit::{Ending, Event, Server, Tried};
use crate::config::Deadlines;
use crate::drain::Shutdown;
use crate::maildrops::Maildrops;
use crate::metrics::{Limit, Metrics};
use crate::session::token::{Hash, hash};
use crate::session::transcript::Full;
use crate::session::{Asker, Control, Doer, Inbox, Session};
use policy::Policy;
use protocol::entry::ConnectionNo;
use protocol::target::Target;
use rates::Rates;
use record::Record;
pub(crate) use relay::Hashing;
use resolver::{Resolver, Turns};
use standing::Standing;
use tls::Tls;

/// How connections are made, the same for every session, and what they open.
pub(crate) struct Ways {
    pub(crate) policy: Policy,
    pub(crate) resolver: Arc<dyn Resolver>,
    /// When names are looked up.
    pub(crate) turns: Turns,
    pub(crate) tls: Tls,
    pub(crate) deadlines: Deadlines,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) maildrops: Arc<Maildrops>,
    pub(crate) rates: Rates,
    /// When what guests' sign-ins take long for is done.
    pub(crate) hashing: Hashing,
    pub(crate) shutdown: Shutdown,
    pub(crate) standing: Arc<Standing>,
    /// After how long without anybody typing a connection is closed, where it is.
    pub(crate) idle: Option<Duration>,
}

/// For whom a mail server is bothered: whoever has an account, whichever of their sessions it is, or a session where there are
/// no accounts.
#[derive(Clone, Copy)]
pub(crate) struct Whose {
    /// The session's number, for the log.
    session: u64,
    /// Whether it is whoever has an account.
    has_account: bool,
    /// What tells them apart.
    key: Hash,
}

impl Whose {
    /// A session of that number, opened with that account if with any.
    pub(crate) fn of(account: Option<&Identity>, session: u64) -> Self {
        let key = match account {
            Some(account) => hash(&format!("account {}", account.id)),
            None => hash(&format!("session {session}")),
        };
        Self {
            session,
            has_account: account.is_some(),
            key,
        }
    }
}

/// A session's side towards mail servers.
pub(crate) struct Upstream {
    session: Arc<Session>,
    inbox: Inbox,
    ways: Arc<Ways>,
    connection: ConnectionNo,
}

/// How a connection came to its end, before it is said in the transcript.
enum Outcome {
    /// It could not be made, or was not one to a POP3 server.
    Failed {
        step: Step,
        why: Box<Failure>,
        took: u64,
    },
    /// It ended.
    Ended(End),
    /// The session ends, and the connection with it.
    Stopped(End),
}

impl From<Full> for Outcome {
    fn from(full: Full) -> Self {
        Outcome::Ended(full.end())
    }
}

impl Upstream {
    /// For a session whose orders come out of `inbox`.
    pub(crate) fn new(session: Arc<Session>, inbox: Inbox, ways: Arc<Ways>) -> Self {
        Self {
            // Of one that comes alive again, the next is counted on.
            connection: session.transcript.connection(),
            session,
            inbox,
            ways,
        }
    }

    /// Makes one connection after the other until the session ends, and tells why it did.
    pub(crate) async fn run(mut self) -> End {
        let mut full = false;
        let why = loop {
            let (target, asker) = match self.next_connect().await {
                Ok(order) => order,
                Err(why) => break why,
            };
            // Before it is asked whether the bridge stops: whoever waits until none stands knows of this one.
            let _stands = self.ways.standing.one();
            if let Err(why) = self.may_connect(&target, full, asker.doer()) {
                asker.refuse(None, why);
                continue;
            }
            self.connection += 1;
            match self.connect(target, asker).await {
                Outcome::Stopped(why) => break why,
                Outcome::Ended(End::TranscriptFull { .. }) => full = true,
                Outcome::Ended(_) | Outcome::Failed { .. } => {}
            }
        };
        info!(session = self.session.number, ?why, "session ends");
        self.session.tell_end(&why);
        self.session.transcript.seal(match why {
            End::Shutdown => CloseCode::GoingAway,
            // Nobody is let in to what is deleted.
            _ if self.session.links.is_shut() => CloseCode::Deleted,
            _ => CloseCode::SessionEnded,
        });
        why
    }

    /// Whether a connection to that server may be made now, for somebody.
    fn may_connect(&self, target: &Target, is_full: bool, doer: Doer) -> Result<(), Refusal> {
        if is_full {
            return Err(Refusal::TranscriptFull);
        }
        // Others may make room.
        self.session.transcript.shares().map_err(Full::refusal)?;
        if self.ways.shutdown.is_draining() {
            return Err(Refusal::Stopping);
        }
        target.check().map_err(|_| Refusal::BadTarget)?;
        let account = self.session.opened_by.as_deref();
        let whose = Whose::of(account, self.session.number);
        // First: what is not let in leaves records and remarks as well.
        let server = if self.ways.rates.connects_anywhere(whose) {
            // What is not let in is said on the way there, and is nothing that the server is bothered with.
            if self.ways.policy.admit(target).is_err() || self.ways.rates.connects(target, account) {
                return Ok(());
            }
            Some(Server::of(target, None))
        } else {
            // It is about none: whoever names one after the other is counted as one.
            None
        };
        self.ways.metrics.met(Limit::TargetRate);
        self.session.trail.refuse(doer, Tried::ConnectTooOften, server);
        Err(Refusal::TooManyConnections)
    }

    /// Answers whatever needs a connection, until somebody wants one. An error is the session's end.
    async fn next_connect(&mut self) -> Result<(Target, Asker), End> {
        loop {
            tokio::select! {
                biased;
                why = self.inbox.stop.asked() => return Err(why),
                Some(control) = self.inbox.controls.recv() => match *control {
                    Control::Connect { target, asker } => return Ok((target, asker)),
                    Control::ContinueInClear { asker, .. }
                    | Control::KeepAlive { asker, .. }
                    | Control::Disconnect { asker, .. } => asker.refuse(None, Refusal::NotConnected),
                    Control::SignIn(order) => self.session.desk.fails(order.guest, order.link, Bar::NotConnected),
                    Control::Attend => {}
                },
                Some(line) = self.inbox.lines.recv() => {
                    let other = line.connection != self.connection;
                    let why = if other { Refusal::OtherConnection } else { Refusal::NotConnected };
                    line.asker.refuse(Some(line.id), why);
                }
            }
        }
    }

    /// One connection from its first step to its last remark.
    async fn connect(&mut self, target: Target, asker: Asker) -> Outcome {
        let doer = asker.doer();
        // There is nothing to refuse any more, so the place in the asker's queue is given back.
        drop(asker);
        info!(
            session = self.session.number,
            connection = self.connection,
            "connecting"
        );
        self.session.begins(self.ways.policy.is_demonstration(&target));
        let mut record = Record::new(self.session.clone(), self.connection, target.clone());
        // Boxed: it is large and soon over, and every session's task would hold room for it for ever.
        let opening = Box::pin(opening::open(
            &target,
            doer.by,
            &self.ways,
            &mut self.inbox,
            &mut record,
        ));
        let opened = opening.await;
        let outcome = match &opened {
            Ok(opened) => Some(Event::connected(&target, Some(opened.peer), Ok(()))),
            Err(Outcome::Failed { step, why, .. }) => {
                Some(Event::connected(&target, None, Err((*step, why))))
            }
            // The session ends meanwhile.
            Err(Outcome::Ended(_) | Outcome::Stopped(_)) => None,
        };
        if let Some(outcome) = outcome {
            self.session.trail.tell(doer, outcome);
        }
        let (outcome, marks, cut_short) = match opened {
            Err(outcome) => (outcome, Marks::None, false),
            Ok(opened) => {
                let _counted = self.ways.metrics.stands();
                let over = relay::relay(opened, &target, &self.ways, &mut self.inbox, &mut record).await;
                self.tell_end(&target, &over.0, over.1, &record);
                over
            }
        };
        let remarks = match &outcome {
            Outcome::Failed { step, why, took } => {
                let failed = Remark::Failed {
                    step: *step,
                    why: Failure::clone(why),
                    took: *took,
                };
                // Behind STLS a connection can fail when messages are marked already. No reply was due then:
                // what was awaited is what the failure is about.
                let ended = (marks != Marks::None).then_some(Remark::Ended {
                    how: End::Failed,
                    marks,
                    cut_short: false,
                });
                [Some(failed), ended]
            }
            Outcome::Ended(how) | Outcome::Stopped(how) => {
                let ended = Remark::Ended {
                    how: how.clone(),
                    marks,
                    cut_short,
                };
                [Some(ended), None]
            }
        };
        self.count(&outcome);
        record.close(remarks.into_iter().flatten());
        info!(
            session = self.session.number,
            connection = self.connection,
            "connection is over"
        );
        outcome
    }

    /// Tells whoever runs the console how a connection that stood ended.
    fn tell_end(&self, target: &Target, outcome: &Outcome, marks: Marks, record: &Record) {
        let how = match outcome {
            Outcome::Failed { step, why, .. } => Err((*step, &**why)),
            Outcome::Ended(how) | Outcome::Stopped(how) => Ok(how),
        };
        let ending = Ending::of_connection(target, how, marks, record.deletion());
        self.session.trail.tell_end(ending, record.hung_up_from);
    }

    /// Counts how a connection ended.
    fn count(&self, outcome: &Outcome) {
        let how = match outcome {
            Outcome::Failed { .. } => None,
            Outcome::Ended(how) | Outcome::Stopped(how) => Some(how),
        };
        self.ways.metrics.ended(how);
        match how {
            Some(End::TranscriptFull { .. }) => self.ways.metrics.met(Limit::Transcript),
            Some(End::TranscriptsFull { .. }) => self.ways.metrics.met(Limit::Transcripts),
            Some(End::Idle { .. }) => self.ways.metrics.met(Limit::Idle),
            _ => {}
        }
    }
}
