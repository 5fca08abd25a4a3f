//! Where transcripts are kept: an engine, and the recorder that writes to it.
//!
//! The recorder reads every transcript from a cursor of its own, as participants do, so nobody waits for the journal; and
//! those of which there is news alone, so that it costs nothing how many sessions are idle.
//! What it cannot write now it writes later: memory has it until then.

mod bell;
mod listing;
mod place;
mod queue;
mod recorder;
mod sqlite;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use protocol::entry::Seq;

use bell::Bell;
pub(crate) use listing::{Asked, Listing};
pub(crate) use place::default_file;
pub(crate) use queue::Ticket;
pub(crate) use recorder::{Days, Lasts, NotDeleted, Recorder, RecorderStanding, Recording};

/// An engine that keeps sessions. It may be asked from several threads, and may wait for a disk.
pub(crate) trait Journal: Send + Sync {
    /// Makes changes, all of them or none.
    ///
    /// # Errors
    /// When they cannot be kept now.
    fn commit(&self, changes: &[Change]) -> Result<(), JournalError>;

    /// Whether so much was written that it is to be [folded](Self::fold). It costs next to nothing.
    fn is_long(&self) -> bool;

    /// Brings what was written to its place and to the disk, while more is written. Whether that was all of it: while somebody
    /// reads what was before, it is not.
    ///
    /// # Errors
    /// When that cannot be done now.
    fn fold(&self) -> Result<bool, JournalError>;

    /// Leaves nothing behind of what was deleted or replaced.
    ///
    /// # Errors
    /// When that cannot be done now.
    fn scrub(&self) -> Result<(), JournalError>;

    /// A session; none if it is not kept.
    ///
    /// # Errors
    /// When it cannot be read.
    fn head(&self, session: &str) -> Result<Option<Head>, JournalError>;

    /// The sessions that are asked for, the newest first, until the reader has had enough. Whether these are looked for in all
    /// that are kept.
    ///
    /// # Errors
    /// When they cannot be read.
    fn find(&self, asked: Asked<'_>, reader: &mut HeadReader<'_>) -> Result<bool, JournalError>;

    /// Lists some of the sessions that a console of before left and that are not [found](Self::find) yet. Whether there may be more
    /// of them.
    ///
    /// # Errors
    /// When that cannot be done now.
    fn list(&self, listing: &mut Lister<'_>) -> Result<bool, JournalError>;

    /// Who was put out, and opened a session that is kept; of the others that is forgotten.
    ///
    /// # Errors
    /// When they cannot be read.
    fn put_out(&self) -> Result<Vec<String>, JournalError>;

    /// The sessions that have not ended.
    ///
    /// # Errors
    /// When they cannot be read.
    fn unfinished(&self) -> Result<Vec<String>, JournalError>;

    /// Reads a session's rows, in their order or backwards, until the reader has had enough.
    ///
    /// # Errors
    /// When they cannot be read.
    fn read(&self, session: &str, order: Order, reader: &mut Reader<'_>) -> Result<(), JournalError>;

    /// Lets go of what it writes to. Nothing is kept after that.
    fn close(&self);

    /// Deletes a part of what ended before that time, in milliseconds since 1970-01-01T00:00:00Z, or was to be deleted: no
    /// more than takes some milliseconds.
    ///
    /// # Errors
    /// When it cannot be deleted now.
    fn expire(&self, before: u64) -> Result<Expired, JournalError>;

    /// The same of what was recorded of who did what. Whether there was any.
    ///
    /// # Errors
    /// When it cannot be deleted now.
    fn expire_audit(&self, before: u64) -> Result<bool, JournalError>;
}

/// What was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expired {
    /// A part of a session, which nobody can read any more.
    Some,
    /// A session, or what was left of it.
    Session,
    /// There is no more to be deleted.
    Nothing,
}

/// Takes a row; whether it wants another.
pub(crate) type Reader<'a> = dyn FnMut(Row<'_>) -> bool + 'a;

/// Takes what is kept of a session beside its entries; whether it wants another.
pub(crate) type HeadReader<'a> = dyn FnMut(Head) -> bool + 'a;

/// Tells by what a session is found; none of one of which that cannot be told.
pub(crate) type Lister<'a> = dyn FnMut(&Head) -> Result<Option<Listing>, JournalError> + 'a;

/// In which order rows are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Forwards,
    Backwards,
}

/// Entries that are kept together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    pub(crate) first: Seq,
    pub(crate) last: Seq,
    pub(crate) octets: &'a [u8],
}

/// What is kept of a session beside its entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) id: Arc<str>,
    /// When it ended, in milliseconds since 1970-01-01T00:00:00Z; none while it has not.
    pub(crate) ended: Option<u64>,
    /// Who may do what, as CBOR. Of tokens it holds hashes only.
    pub(crate) access: Vec<u8>,
}

/// A change to what is kept.
#[derive(Debug)]
pub(crate) enum Change {
    /// A session is new, or its head is another. One that has ended is not new: where it is not kept it was deleted, and
    /// stays so.
    Head(Box<Head>),
    /// By what a session is found is that from now on. One that is not kept is not found.
    Listing {
        session: Arc<str>,
        listing: Box<Listing>,
    },
    /// Entries come, or are put in the place of the row that begins with the same one. Those of a session that is not kept
    /// are not.
    Entries {
        session: Arc<str>,
        first: Seq,
        last: Seq,
        octets: Bytes,
    },
    /// Entries of a session go, from the one to the other. Rows that hold others, too, keep those.
    Clear {
        session: Arc<str>,
        first: Seq,
        last: Seq,
    },
    /// Entries of a session are others from now on, ascending. The rest of their rows stays as it is, and what is not
    /// kept is not by that.
    Replace {
        session: Arc<str>,
        entries: Vec<(Seq, Vec<u8>)>,
    },
    /// A session ended, in milliseconds since 1970-01-01T00:00:00Z.
    Ended { session: Arc<str>, at: u64 },
    /// Somebody did something, at that time in milliseconds since 1970-01-01T00:00:00Z; told as JSON. It stays when the
    /// session that it is about goes.
    Audit { at: u64, record: Arc<str> },
    /// Others who vouch for people say that one may not use the console any more, or may again. Of whom no session is kept that is
    /// not kept either.
    PutOut { identity: Arc<str>, is_out: bool },
    /// A session goes: nobody can read it any more, and what is kept of it is [deleted](Journal::expire) next.
    Delete { session: Arc<str> },
}

/// Why something was not kept, or not read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// A newer console wrote it.
    #[error(
        "{} was written by a newer pop3-console (its journal has version {version}, this one knows up to {known}). \
         Use that one, or another file with --journal; nothing was changed", .file.display()
    )]
    Newer {
        /// The file.
        file: PathBuf,
        /// Its version.
        version: u32,
        /// The newest version that this console knows.
        known: u32,
    },
    /// It is something else.
    #[error("{} is no journal of pop3-console: nothing was changed. Use another file with --journal", .0.display())]
    Foreign(PathBuf),
    /// It is damaged.
    #[error(
        "{} is damaged ({detail}): nothing was changed. Move it away, or use another file with --journal", .file.display()
    )]
    Corrupt {
        /// The file.
        file: PathBuf,
        /// The technical detail, without the file's name.
        detail: String,
    },
    /// Another bridge writes to it.
    #[error(
        "{} is in use by another pop3-console. Use that one, give this one a file of its own with --journal, or none \
         with --no-journal", .0.display()
    )]
    InUse(PathBuf),
    /// Nothing is kept.
    #[error("this console keeps no sessions (no-journal): there is nothing to copy")]
    NotKept,
    /// There is no place where data are kept.
    #[error("there is no folder for data here: name a file with --journal, or use --no-journal")]
    NoPlace,
    /// It cannot be used now.
    #[error("{} cannot be used: {detail}", .file.display())]
    Unusable {
        /// The file.
        file: PathBuf,
        /// The technical detail, without the file's name.
        detail: String,
    },
}

impl JournalError {
    /// What is the matter, for everybody in a session: nothing in it tells where the file is.
    pub(crate) fn cause(&self) -> &str {
        match self {
            JournalError::Newer { .. } => "a newer pop3-console wrote to it",
            JournalError::Foreign(_) => "its file is something else",
            JournalError::InUse(_) => "it is in use by another pop3-console",
            JournalError::NotKept => "nothing is kept",
            JournalError::NoPlace => "there is no folder for data here",
            JournalError::Corrupt { detail, .. } | JournalError::Unusable { detail, .. } => detail,
        }
    }

    /// Whether a bridge must not start: what is there is not its own to write to.
    pub(crate) fn forbids(&self) -> bool {
        !matches!(self, JournalError::Unusable { .. })
    }
}

/// Copies the journal in that file to another, which must not be there yet, also while a bridge writes to it. Nobody but its
/// owner can read the copy.
///
/// # Errors
/// When there is no journal of this console's, or it cannot be copied.
pub(crate) fn back_up(journal: &Path, to: &Path) -> Result<(), JournalError> {
    sqlite::back_up(journal, to)
}

/// Reads what was recorded in that file of who did what, the oldest first, until the reader has had enough. A bridge may be
/// writing to it.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn read_audit(file: &Path, reader: &mut dyn FnMut(&str) -> bool) -> Result<(), JournalError> {
    sqlite::read_audit(file, reader)
}

/// Looks at what is in that file, without touching it: a bridge may have it.
///
/// # Errors
/// When it is none of this console's, of a newer version, or cannot be read.
pub(crate) fn look(file: &Path) -> Result<(), JournalError> {
    sqlite::look(file)
}

/// Opens the journal in that file, and makes it where there is none. One that cannot be used now is tried again
/// whenever something is to be kept.
///
/// # Errors
/// When the file is none of this console's, damaged, of a newer version, or in use.
pub(crate) fn open(file: &Path) -> Result<Arc<dyn Journal>, JournalError> {
    let journal = sqlite::Sqlite::new(file);
    match journal.prepare() {
        Err(error) if error.forbids() => return Err(error),
        Err(error) => tracing::warn!(%error, "sessions are not being recorded"),
        Ok(()) => {}
    }
    Ok(Arc::new(journal))
}
