//! The thread that writes records to where they are kept, and goes on trying where it cannot.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::{info, warn};

use super::file::Lines;
use super::queue::{Queue, WAITING_MAX, lost_records};
use super::{AuditError, Record};
use crate::journal::Recorder;

/// How long after a failure it is tried again.
const AGAIN: Duration = Duration::from_secs(2);

/// What writes.
pub(super) struct Keeper {
    queue: Arc<Queue>,
    sinks: Vec<Sink>,
}

/// A place where records are kept.
pub(super) struct Sink {
    to: To,
    /// What it has not taken yet, at most [`WAITING_MAX`], and how many found no room.
    waiting: VecDeque<Row>,
    lost: u64,
    /// When it is tried again, where it takes nothing.
    again: Option<Instant>,
}

enum To {
    Lines(Lines),
    Journal(Arc<Recorder>),
}

/// A record as it is written.
#[derive(Clone)]
pub(crate) struct Row {
    /// When it happened, in milliseconds since 1970-01-01T00:00:00Z.
    pub(crate) at: u64,
    /// It as JSON, in one line.
    pub(crate) text: Arc<str>,
}

impl Row {
    fn of(record: &Record) -> Option<Self> {
        // Everything in a record has a name or is a number, so that it always can be written.
        let text = serde_json::to_string(record).ok()?;
        Some(Self {
            at: record.micros / 1000,
            text: text.into(),
        })
    }
}

impl Keeper {
    pub(super) fn new(queue: Arc<Queue>, sinks: Vec<Sink>) -> Self {
        Self { queue, sinks }
    }

    /// Until the queue is closed.
    pub(super) fn run(mut self) {
        loop {
            let again = self.sinks.iter().filter_map(|sink| sink.again).min();
            let taken = self.queue.take(again);
            let rows: Vec<Row> = taken.records.iter().filter_map(Row::of).collect();
            for sink in &mut self.sinks {
                sink.take_in(&rows);
                if taken.is_last || sink.again.is_none_or(|again| again <= Instant::now()) {
                    sink.write();
                }
            }
            if taken.is_last {
                return;
            }
        }
    }
}

impl Sink {
    /// A file of lines.
    ///
    /// # Errors
    /// When it cannot be written to.
    pub(super) fn file(file: &Path) -> Result<Self, AuditError> {
        let lines = Lines::open(file).map_err(|error| AuditError::NotWritable {
            file: file.to_owned(),
            detail: error.to_string(),
        })?;
        Ok(Self::new(To::Lines(lines)))
    }

    /// The journal.
    pub(super) fn journal(recorder: Arc<Recorder>) -> Self {
        Self::new(To::Journal(recorder))
    }

    fn new(to: To) -> Self {
        Self {
            to,
            waiting: VecDeque::new(),
            lost: 0,
            again: None,
        }
    }

    fn take_in(&mut self, rows: &[Row]) {
        let room = WAITING_MAX.saturating_sub(self.waiting.len()).min(rows.len());
        let (taken, lost) = rows.split_at(room);
        self.waiting.extend(taken.iter().cloned());
        self.lost += lost.len() as u64;
    }

    /// Writes what waits. Whoever runs the console is told once where that cannot be done, and once when it can again.
    fn write(&mut self) {
        let written = self.try_to_write();
        let place = self.to.place();
        if let Err(error) = &written {
            if self.again.is_none() {
                warn!(%error, "the audit is not being written to {place}; it is tried again until it is");
            }
            self.again = Some(Instant::now() + AGAIN);
        } else if self.again.take().is_some() {
            info!("the audit is being written to {place} again");
        }
    }

    fn try_to_write(&mut self) -> Result<(), String> {
        if self.lost > 0 && self.waiting.len() < WAITING_MAX {
            let lost = Row::of(&lost_records(self.lost));
            self.waiting.extend(lost);
            self.lost = 0;
        }
        match &mut self.to {
            To::Lines(lines) => {
                while let Some(row) = self.waiting.front() {
                    lines.add(&row.text).map_err(|error| error.to_string())?;
                    self.waiting.pop_front();
                }
            }
            To::Journal(recorder) => {
                let rows = self.waiting.make_contiguous();
                if !rows.is_empty() {
                    recorder.audit(rows).map_err(|error| error.to_string())?;
                    self.waiting.clear();
                }
            }
        }
        Ok(())
    }
}

impl To {
    /// What it is called in the log.
    fn place(&self) -> &'static str {
        match self {
            To::Lines(Lines::StandardOutput) => "standard output",
            To::Lines(Lines::File(_)) => "its file",
            To::Journal(_) => "the journal",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{About, Event, Who};

    #[test]
    fn what_found_no_room_is_a_record_of_how_many_there_were() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("audit.jsonl");
        let mut sink = Sink::file(&file).unwrap();
        let record = Record::new(0, About::default(), Who::default(), Event::Deleted);
        let rows = vec![Row::of(&record).unwrap(); WAITING_MAX + 3];
        sink.take_in(&rows);
        // It is told once there is room for that.
        sink.write();
        sink.write();
        let text = std::fs::read_to_string(&file).unwrap();
        let lost = text.lines().filter(|it| !it.contains(r#""what":"deleted""#));
        let [lost] = lost.collect::<Vec<_>>()[..] else {
            panic!("{text}");
        };
        assert!(lost.contains(r#""what":"lost","records":3"#), "{lost}");
        assert_eq!(text.lines().count(), WAITING_MAX + 1);
    }
}
