//! The write-ahead log: how long it is, and how what is in it comes into the file.
//!
//! Who writes never brings it there: that is done beside, on a connection of its own, so that no entry waits for it.

use std::path::Path;

use rusqlite::{Connection, ffi};

/// From so many octets on the log is brought into the file: a message of 50 MB does not meet that again and again. It is
/// cut to this when it begins anew.
pub(super) const FOLD_FROM: u64 = 64 * 1024 * 1024;

/// The log grows up to this, and by what is written at once, in octets. Beyond it nothing is taken before the log is in
/// the file: sessions go on, say so, and are written then.
pub(super) const LOG_MAX: u64 = 256 * 1024 * 1024;

/// How long the log of that file is, in octets.
pub(super) fn length(file: &Path) -> u64 {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(log).map_or(0, |metadata| metadata.len())
}

/// Brings what is in the log into the file, and both to the disk, as far as nobody reads what was before. Who writes goes
/// on meanwhile. Whether that was all that was in it when this began.
pub(super) fn fold(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |row| {
        let (in_log, in_file): (i64, i64) = (row.get(1)?, row.get(2)?);
        // It is said to be busy while another connection does the same, of which nothing is known.
        Ok(!row.get::<_, bool>(0)? && in_file >= in_log)
    })
}

/// The same of all of it, and empties the log. Nothing is written meanwhile. It is said to be busy while somebody reads.
pub(super) fn truncate(connection: &Connection) -> rusqlite::Result<()> {
    let busy: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get(0))?;
    if busy {
        let code = ffi::Error::new(ffi::SQLITE_BUSY);
        return Err(rusqlite::Error::SqliteFailure(code, None));
    }
    Ok(())
}
