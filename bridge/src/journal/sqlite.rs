//! The journal in one SQLite file, in WAL mode.
//!
//! A commit that returned outlives the process, killed or not. It is not waited for the disk (`synchronous = normal`): what
//! the machine loses when its power goes is what was written since the log was [folded](log::fold) last, never the file.

mod backup;
mod change;
mod file;
mod finding;
mod log;
mod migrations;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, TransactionBehavior, params};

pub(super) use backup::back_up;

use super::{Asked, Change, Expired, Head, HeadReader, Journal, JournalError, Lister, Order, Reader, Row};

/// How long a writer waits for a reader, and the other way round.
const BUSY_WITHIN: Duration = Duration::from_secs(5);

/// How long emptying the log waits for who reads. Who writes waits for it, and it is tried again soon.
const SCRUBBED_WITHIN: Duration = Duration::from_millis(20);

/// Octets of a page. Commits are small and messages are not.
const PAGE: u32 = 8192;

/// A larger file is not read as a whole when the bridge starts, in octets.
const CHECKED_MAX: u64 = 256 * 1024 * 1024;

/// From this version on a file has a table of who did what.
const AUDITED_SINCE: u32 = 2;

/// So many records of who did what are read at once: a few hundred octets each.
const AUDITED_AT_ONCE: usize = 1000;

/// The journal in one file.
pub(super) struct Sqlite {
    file: PathBuf,
    writer: Mutex<State>,
    /// What brings the log into the file. Opened when that is due.
    folder: Mutex<Option<Connection>>,
    /// See [`log::LOG_MAX`].
    log_max: u64,
}

enum State {
    Unopened,
    Open(Writer),
    /// For good.
    Closed,
}

struct Writer {
    connection: Connection,
    _lock: file::Lock,
}

impl Sqlite {
    /// In that file, which is not looked at yet.
    pub(super) fn new(file: &Path) -> Self {
        Self {
            file: file.to_owned(),
            writer: Mutex::new(State::Unopened),
            folder: Mutex::default(),
            log_max: log::LOG_MAX,
        }
    }

    /// Opens the file, if it is not open.
    pub(super) fn prepare(&self) -> Result<(), JournalError> {
        self.writing(|_| Ok(()))
    }

    /// Changes something, as a whole or not at all, where the log has room for it.
    fn changing<T>(
        &self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, JournalError> {
        self.writing(|connection| {
            if log::length(&self.file) > self.log_max {
                // One at a time brings it in: who comes while another does is told that it is locked.
                let _folding = self.folder.lock().unwrap_or_else(PoisonError::into_inner);
                log::truncate(connection)?;
            }
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        })
    }

    /// Does something with the connection that folds, while who writes goes on.
    fn folding<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, JournalError> {
        self.prepare()?;
        let mut folder = self.folder.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = match folder.take() {
            Some(connection) => connection,
            None => self.second().map_err(|error| self.error(&error))?,
        };
        work(folder.insert(connection)).map_err(|error| self.error(&error))
    }

    /// A connection beside the one that writes, which brings the log into the file.
    fn second(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.file, flags)?;
        connection.busy_timeout(SCRUBBED_WITHIN)?;
        connection.pragma_update(None, "synchronous", "normal")?;
        connection.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
        Ok(connection)
    }

    /// Does something with the connection that writes.
    fn writing<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, JournalError> {
        let mut writer = self.lock();
        if let State::Unopened = *writer {
            *writer = State::Open(self.open()?);
        }
        match &mut *writer {
            State::Open(open) => work(&mut open.connection).map_err(|error| self.error(&error)),
            State::Unopened | State::Closed => Err(file::unusable(&self.file, "it was closed")),
        }
    }

    fn open(&self) -> Result<Writer, JournalError> {
        file::look(&self.file, migrations::NEWEST)?;
        file::make(&self.file)?;
        let lock = file::lock(&self.file)?;
        // Again, now that nobody else can be writing to it.
        if file::look(&self.file, migrations::NEWEST)? {
            self.check()?;
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = || {
            let mut connection = Connection::open_with_flags(&self.file, flags)?;
            connection.busy_timeout(BUSY_WITHIN)?;
            // What a statement overwrites is put aside until it is done. A file for that would be elsewhere, would leave what
            // is hidden or deleted on that disk, and cannot be made where a container has no folder for it.
            connection.pragma_update(None, "temp_store", "memory")?;
            connection.pragma_update(None, "page_size", PAGE)?;
            connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
            connection.pragma_update(None, "synchronous", "normal")?;
            connection.pragma_update_and_check(None, "secure_delete", "on", |_| Ok(()))?;
            connection.pragma_update(None, "foreign_keys", true)?;
            connection.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
            connection
                .pragma_update_and_check(None, "journal_size_limit", stored(log::FOLD_FROM), |_| Ok(()))?;
            migrations::run(&mut connection)?;
            match empty_log(&connection) {
                // Somebody reads what was before, such as for a backup: it is emptied once they have done.
                Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {}
                emptied => emptied?,
            }
            Ok(connection)
        };
        let connection = open().map_err(|error| self.error(&error))?;
        Ok(Writer {
            connection,
            _lock: lock,
        })
    }

    /// Whether the file is whole, without writing to it.
    fn check(&self) -> Result<(), JournalError> {
        let length = std::fs::metadata(&self.file).map_or(0, |metadata| metadata.len());
        let check = || {
            let connection = self.reader()?;
            // What is in the log stays there: bringing it into the file would be touching it.
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
            let application: u32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
            let tables: u32 =
                connection.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))?;
            if tables == 0 {
                return Ok(None);
            }
            if application != file::APPLICATION {
                return Ok(Some(JournalError::Foreign(self.file.clone())));
            }
            if length > CHECKED_MAX {
                connection.query_row("SELECT count(*) FROM session", (), |_| Ok(()))?;
                return Ok(None);
            }
            let said: String = connection.query_row("PRAGMA quick_check(1)", (), |row| row.get(0))?;
            Ok((said != "ok").then(|| self.corrupt(said)))
        };
        match check() {
            Ok(None) => Ok(()),
            Ok(Some(error)) => Err(error),
            Err(error) => Err(self.error(&error)),
        }
    }

    /// A connection that reads, beside the one that writes.
    fn reader(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.file, flags)?;
        connection.busy_timeout(BUSY_WITHIN)?;
        Ok(connection)
    }

    fn reading<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, JournalError> {
        self.reader()
            .and_then(|connection| work(&connection))
            .map_err(|error| self.error(&error))
    }

    fn error(&self, error: &rusqlite::Error) -> JournalError {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => self.corrupt(error.to_string()),
            // The sentence would name the file.
            Some(ErrorCode::CannotOpen) => file::unusable(&self.file, "it cannot be opened"),
            _ => file::unusable(&self.file, error),
        }
    }

    fn corrupt(&self, detail: String) -> JournalError {
        JournalError::Corrupt {
            file: self.file.clone(),
            detail,
        }
    }

    /// As if the file could be read only from now on, or written to again.
    #[cfg(test)]
    pub(super) fn read_only(&self, is_read_only: bool) -> Result<(), JournalError> {
        self.writing(|connection| connection.pragma_update(None, "query_only", is_read_only))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A transaction that a panic left is rolled back when it is dropped.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for Sqlite {
    fn commit(&self, changes: &[Change]) -> Result<(), JournalError> {
        self.changing(|transaction| {
            changes
                .iter()
                .try_for_each(|change| change::apply(transaction, change))
        })
    }

    fn is_long(&self) -> bool {
        log::length(&self.file) > log::FOLD_FROM
    }

    fn fold(&self) -> Result<bool, JournalError> {
        self.folding(log::fold)
    }

    fn scrub(&self) -> Result<(), JournalError> {
        // What takes long is done while who writes goes on. What somebody reads, and keeps back by that, is left to the rest.
        self.fold()?;
        self.writing(|connection| empty_log(connection))
    }

    fn head(&self, session: &str) -> Result<Option<Head>, JournalError> {
        self.reading(|connection| {
            connection
                .query_row(
                    "SELECT id, ended, access FROM session WHERE id = ?1",
                    [session],
                    finding::head_of,
                )
                .optional()
        })
    }

    fn find(&self, asked: Asked<'_>, reader: &mut HeadReader<'_>) -> Result<bool, JournalError> {
        self.reading(|connection| finding::find(connection, asked, reader))
    }

    fn list(&self, listing: &mut Lister<'_>) -> Result<bool, JournalError> {
        let some = self.reading(finding::unlisted)?;
        let Some(below) = some.below else {
            return Ok(false);
        };
        // Whoever writes goes on meanwhile: what it says of one is newer, and stays.
        let mut listed = Vec::with_capacity(some.heads.len());
        for (number, head) in &some.heads {
            listed.extend(listing(head)?.map(|it| (*number, it)));
        }
        self.changing(|transaction| finding::list(transaction, below, &some, &listed))
    }

    fn put_out(&self) -> Result<Vec<String>, JournalError> {
        self.changing(finding::forget_put_out)?;
        self.reading(|connection| {
            let mut query = connection.prepare("SELECT identity FROM put_out")?;
            query.query_map((), |row| row.get(0))?.collect()
        })
    }

    fn unfinished(&self) -> Result<Vec<String>, JournalError> {
        self.reading(|connection| {
            let mut query = connection.prepare("SELECT id FROM session WHERE ended IS NULL")?;
            query.query_map((), |row| row.get(0))?.collect()
        })
    }

    fn read(&self, session: &str, order: Order, reader: &mut Reader<'_>) -> Result<(), JournalError> {
        self.reading(|connection| {
            let order = match order {
                Order::Forwards => "ASC",
                Order::Backwards => "DESC",
            };
            let mut query = connection.prepare(&format!(
                "SELECT first, last, octets FROM entries WHERE session = (SELECT number FROM session WHERE id = ?1)
                 ORDER BY first {order}"
            ))?;
            let mut rows = query.query([session])?;
            while let Some(row) = rows.next()? {
                let wants_more = reader(Row {
                    first: row.get::<_, i64>(0)?.unsigned_abs(),
                    last: row.get::<_, i64>(1)?.unsigned_abs(),
                    octets: row.get_ref(2)?.as_blob()?,
                });
                if !wants_more {
                    break;
                }
            }
            Ok(())
        })
    }

    fn close(&self) {
        *self.folder.lock().unwrap_or_else(PoisonError::into_inner) = None;
        *self.lock() = State::Closed;
    }

    fn expire(&self, before: u64) -> Result<Expired, JournalError> {
        self.changing(|transaction| change::expire(transaction, before))
    }

    fn expire_audit(&self, before: u64) -> Result<bool, JournalError> {
        self.changing(|transaction| change::expire_audit(transaction, before))
    }
}

/// Empties the log, without waiting long for who reads.
fn empty_log(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(SCRUBBED_WITHIN)?;
    let emptied = log::truncate(connection);
    connection.busy_timeout(BUSY_WITHIN)?;
    emptied
}

/// Looks at the begin of a file, which tells whose it is.
pub(super) fn look(file: &Path) -> Result<(), JournalError> {
    file::look(file, migrations::NEWEST).map(drop)
}

/// Reads what was recorded of who did what, the oldest first, until the reader has had enough. The bridge that has the
/// file may be writing to it: however long the reader takes, such as one who looks at it page by page, nothing is being read
/// of the file meanwhile, and nothing of the log kept from coming into it.
pub(super) fn read_audit(file: &Path, reader: &mut dyn FnMut(&str) -> bool) -> Result<(), JournalError> {
    if !file::look(file, migrations::NEWEST)? {
        return Err(file::unusable(file, "there is nothing in it yet"));
    }
    let journal = Sqlite::new(file);
    let connection = journal.reader().map_err(|error| journal.error(&error))?;
    let mut after = 0;
    loop {
        let records = some_of_audit(&connection, after).map_err(|error| journal.error(&error))?;
        for (number, record) in &records {
            if !reader(record) {
                return Ok(());
            }
            after = *number;
        }
        if records.len() < AUDITED_AT_ONCE {
            return Ok(());
        }
    }
}

/// Some records behind that one, each with its number.
fn some_of_audit(connection: &Connection, after: i64) -> rusqlite::Result<Vec<(i64, String)>> {
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version < AUDITED_SINCE {
        return Ok(Vec::new());
    }
    connection
        .prepare_cached("SELECT number, record FROM audit WHERE number > ?1 ORDER BY number LIMIT ?2")?
        .query_map(params![after, AUDITED_AT_ONCE as i64], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect()
}

/// SQLite's numbers have a sign.
fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
