//! The thread that writes records to one place where they are kept, and goes on trying where it cannot.

use std::path::Path;
use std::sync::Arc;

use tracing::{info, warn};

use super::AuditError;
use super::file::Lines;
use super::queue::WAITING_MAX;
use super::shelf::{Place, Row, Shelf};
use crate::journal::Recorder;

/// What writes to one place.
pub(super) struct Sink {
    pub(super) shelf: Arc<Shelf>,
    to: To,
}

enum To {
    Lines(Lines),
    Journal(Arc<Recorder>),
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
        let place = match lines {
            Lines::StandardOutput { .. } => Place::StandardOutput,
            Lines::File(_) => Place::File,
        };
        Ok(Self::new(place, To::Lines(lines)))
    }

    /// The journal.
    pub(super) fn journal(recorder: Arc<Recorder>) -> Self {
        Self::new(Place::Journal, To::Journal(recorder))
    }

    fn new(place: Place, to: To) -> Self {
        Self {
            shelf: Arc::new(Shelf::new(place)),
            to,
        }
    }

    /// Until nothing more comes. Whoever runs the console is told once where nothing can be written, and once when it can again.
    pub(super) fn run(mut self) {
        let (shelf, place) = (self.shelf.clone(), self.shelf.place.name());
        while let Some(rows) = shelf.next(self.to.at_once()) {
            let written = self.to.write(&rows);
            let is_news = shelf.wrote(rows.len(), written.is_ok());
            match written {
                Err(error) if is_news => {
                    warn!(%error, "the audit is not being written to {place}; it is tried again until it is");
                }
                Ok(()) if is_news => info!("the audit is being written to {place} again"),
                _ => {}
            }
        }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        // Also where writing panicked.
        self.shelf.leave();
    }
}

impl To {
    /// So many are written at once: lines one by one, so that it is known which of them are.
    fn at_once(&self) -> usize {
        match self {
            To::Lines(_) => 1,
            To::Journal(_) => WAITING_MAX,
        }
    }

    fn write(&mut self, rows: &[Row]) -> Result<(), String> {
        match self {
            To::Lines(lines) => rows
                .iter()
                .try_for_each(|row| lines.add(&row.text))
                .map_err(|error| error.to_string()),
            To::Journal(recorder) => recorder.audit(rows).map_err(|error| error.to_string()),
        }
    }
}
