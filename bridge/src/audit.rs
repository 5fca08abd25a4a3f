//! Who did what with this console, for whoever runs it: records that outlive the sessions which they are about.
//!
//! No record holds a secret, a token, or anything of what servers said. A session is called by its
//! [alias](protocol::alias), since whoever has read its id in a record is not to have it. Nobody waits for a record to be
//! written: it is queued, and each place where records are kept has a thread that writes it there, so that one which takes
//! nothing keeps none from another.

mod deeds;
mod ending;
mod event;
mod file;
mod keeper;
mod queue;
mod reading;
mod shelf;
mod sink;
mod tally;
mod turned;
mod unnamed;

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use protocol::alias::Alias;
use protocol::calendar;
use serde::Serialize;
use tracing::{error, warn};

pub(crate) use ending::Ending;
pub use event::KINDS;
pub(crate) use event::{About, Actor, Event, Known, Server, Who, Why};
use keeper::Keeper;
use queue::Queue;
pub use reading::{AuditError, Wanted, show};
use shelf::Shelf;
pub(crate) use shelf::{PlaceStanding, Row};
use sink::Sink;
pub(crate) use turned::{Tried, Turned, TurnedAway};

use crate::journal::Recorder;
use crate::session::transcript::now;

/// What `audit.file` says for standard output.
pub const STANDARD_OUTPUT: &str = "-";

/// How long closing waits for what is still to be written, whatever takes it: long enough for an attempt and another one in
/// vain, where somebody else has the journal in hand.
const CLOSED_WITHIN: Duration = Duration::from_secs(10);

/// Takes records; where nobody keeps any it takes none. All of one bridge's are one.
#[derive(Clone, Default)]
pub(crate) struct Audit(Option<Arc<Inner>>);

struct Inner {
    queue: Arc<Queue>,
    shelves: Vec<Arc<Shelf>>,
    /// What hands records on, and what writes those of each shelf, until it is closed.
    threads: Mutex<Option<Threads>>,
}

#[derive(Default)]
struct Threads {
    keeper: Option<JoinHandle<()>>,
    sinks: Vec<JoinHandle<()>>,
}

/// A record, as it is kept: a JSON object.
#[derive(Debug, Serialize)]
pub(crate) struct Record {
    /// When it happened, in UTC (RFC 3339).
    at: String,
    #[serde(flatten)]
    event: Event,
    #[serde(flatten)]
    about: About,
    #[serde(flatten)]
    who: Who,
    /// How often, of what was done so often that it is not told of one by one.
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<u64>,
    /// The same time, in microseconds since 1970-01-01T00:00:00Z.
    #[serde(skip)]
    micros: u64,
}

impl Record {
    /// Of what happened at that time, in microseconds since 1970-01-01T00:00:00Z.
    fn new(at: u64, about: About, who: Who, event: Event) -> Self {
        Self {
            at: rfc_3339(at),
            event,
            about,
            who,
            times: None,
            micros: at,
        }
    }

    /// Of what was done on the command line at that time.
    fn of_command_line(at: u64, event: Event) -> Self {
        let who = Who {
            by: Some(Actor::CommandLine),
            ..Who::default()
        };
        Self::new(at, About::default(), who, event)
    }
}

impl Audit {
    /// Begins to keep records in that file, if any, and in the journal, if there is one.
    ///
    /// # Errors
    /// When the file cannot be written to, or the system gives no thread.
    pub(crate) fn start(file: Option<&PathBuf>, recorder: Option<Arc<Recorder>>) -> Result<Self, AuditError> {
        let mut sinks = Vec::new();
        if let Some(file) = file {
            sinks.push(Sink::file(file)?);
        }
        sinks.extend(recorder.map(Sink::journal));
        if sinks.is_empty() {
            return Ok(Self(None));
        }
        let shelves: Vec<Arc<Shelf>> = sinks.iter().map(|sink| sink.shelf.clone()).collect();
        let queue = Arc::new(Queue::default());
        let keeper = Keeper::new(queue.clone(), shelves.clone());
        let audit = Self(Some(Arc::new(Inner {
            queue,
            shelves,
            threads: Mutex::default(),
        })));
        // What has begun by then stops where one cannot.
        audit.spawn(keeper, sinks).inspect_err(|_| audit.close())?;
        Ok(audit)
    }

    fn spawn(&self, keeper: Keeper, sinks: Vec<Sink>) -> Result<(), AuditError> {
        let Some(inner) = self.0.as_deref() else {
            return Ok(());
        };
        let no_thread = |error: std::io::Error| AuditError::NoThread(error.to_string());
        let thread = || Builder::new().name("audit".to_owned());
        let mut threads = inner.threads();
        let threads = threads.get_or_insert_default();
        for sink in sinks {
            threads
                .sinks
                .push(thread().spawn(move || sink.run()).map_err(no_thread)?);
        }
        threads.keeper = Some(thread().spawn(move || keeper.run()).map_err(no_thread)?);
        Ok(())
    }

    /// That happened now. What somebody does over and over is counted, and told of once a minute.
    pub(crate) fn tell(&self, about: About, who: Who, event: Event) {
        if let Some(Inner { queue, .. }) = self.0.as_deref() {
            queue.push(Record::new(now(), about, who, event));
        }
    }

    /// That was done on the command line at that time, in microseconds since 1970-01-01T00:00:00Z.
    pub(crate) fn noted(&self, at: u64, event: Event) {
        if let Some(Inner { queue, .. }) = self.0.as_deref() {
            queue.push(Record::of_command_line(at, event));
        }
    }

    /// Something ended of a session that is not in memory.
    pub(crate) fn ended(&self, session: Alias, ending: Ending) {
        let about = About {
            session: None,
            alias: Some(session),
        };
        let who = Who {
            by: ending.by.map(|_| Actor::Console),
            ..Who::default()
        };
        self.tell(about, who, ending.event);
    }

    /// Somebody at that address, of whom nothing else is known, was turned away.
    pub(crate) fn stranger_turned_away(&self, address: IpAddr, what: Turned) {
        self.turned_away(TurnedAway::at(address, what));
    }

    /// Somebody was turned away. Those who are over and over are counted, and told of once a minute.
    pub(crate) fn turned_away(&self, turned_away: TurnedAway) {
        if let Some(Inner { queue, .. }) = self.0.as_deref() {
            queue.count(turned_away);
        }
    }

    /// How writing goes, to each place where records are kept.
    pub(crate) fn standing(&self) -> Vec<PlaceStanding> {
        let shelves = self.0.as_deref().map_or(&[][..], |inner| &inner.shelves);
        shelves.iter().map(|shelf| shelf.standing()).collect()
    }

    /// Writes what is left, and stops. It waits for the disk, for a bounded time: what is not written then is lost, and said to
    /// be.
    pub(crate) fn close(&self) {
        let Some(inner) = self.0.as_deref() else {
            return;
        };
        let Some(threads) = inner.threads().take() else {
            return;
        };
        let until = Instant::now() + CLOSED_WITHIN;
        inner.queue.close();
        match threads.keeper {
            // It waits for nobody, and closes the shelves.
            Some(keeper) => join(keeper),
            None => inner.shelves.iter().for_each(|shelf| shelf.close()),
        }
        for (shelf, thread) in inner.shelves.iter().zip(threads.sinks) {
            if shelf.is_left_by(until) {
                join(thread);
            }
            let (records, place) = (shelf.unwritten(), shelf.place.name());
            if records > 0 {
                warn!(
                    records,
                    "the end of the audit was not written to {place}, and is lost"
                );
            }
        }
    }
}

impl Inner {
    fn threads(&self) -> MutexGuard<'_, Option<Threads>> {
        // Every change is a single step, so a panic leaves nothing half done.
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn join(thread: JoinHandle<()>) {
    if thread.join().is_err() {
        error!("a thread that writes the audit had failed");
    }
}

/// A moment in microseconds since 1970-01-01T00:00:00Z, as RFC 3339 writes it, to the millisecond.
fn rfc_3339(micros: u64) -> String {
    // `2026-11-23 19:20:01.125 UTC`
    let moment = calendar::moment(micros);
    let bare = moment.strip_suffix(" UTC").unwrap_or(&moment);
    format!("{}Z", bare.replacen(' ', "T", 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_rfc_3339_wants_it() {
        assert_eq!(rfc_3339(1_795_461_601_125_999), "2026-11-23T19:20:01.125Z");
        assert_eq!(rfc_3339(0), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn where_nobody_keeps_records_none_are_taken() {
        let audit = Audit::start(None, None).unwrap();
        audit.tell(About::default(), Who::default(), Event::Deleted);
        audit.close();
    }
}
