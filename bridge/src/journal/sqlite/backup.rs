//! A copy of the journal as it stands, made by another process while a bridge writes to it.
//!
//! All of it is read at once, as of one moment: what is written meanwhile waits in the log, and is not in the copy.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};

use super::{BUSY_WITHIN, file, migrations};
use crate::journal::JournalError;

/// All pages there are.
const ALL: std::ffi::c_int = -1;

/// How long after it could not be read it is tried again.
const AGAIN: Duration = Duration::from_millis(50);

/// Copies the journal in that file to another, which must not be there yet.
pub(in crate::journal) fn back_up(journal: &Path, to: &Path) -> Result<(), JournalError> {
    if !file::look(journal, migrations::NEWEST)? {
        return Err(file::unusable(journal, "nothing is kept there yet"));
    }
    file::make_new(to)?;
    copy(journal, to).map_err(|error| {
        // It is no copy, and would be in the way of the next. Where it cannot be removed that is told then.
        let _ = std::fs::remove_file(to);
        file::unusable(journal, format!("it could not be copied: {error}"))
    })
}

fn copy(journal: &Path, to: &Path) -> rusqlite::Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let from = Connection::open_with_flags(journal, flags | OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    from.busy_timeout(BUSY_WITHIN)?;
    // What is in the log stays there: bringing it into the file is the bridge's business.
    from.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let mut into = Connection::open_with_flags(to, flags | OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let backup = Backup::new(&from, &mut into)?;
    let until = Instant::now() + BUSY_WITHIN;
    while backup.step(ALL)? != StepResult::Done {
        if Instant::now() > until {
            return Err(rusqlite::Error::SqliteFailure(
                ffi::Error {
                    code: ErrorCode::DatabaseBusy,
                    extended_code: ffi::SQLITE_BUSY,
                },
                None,
            ));
        }
        std::thread::sleep(AGAIN);
    }
    Ok(())
}
