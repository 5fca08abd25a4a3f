//! What a change is to the tables, and how sessions go.

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::stored;
use crate::journal::{Change, Expired};

/// So many rows of entries are deleted at once, 4 MiB at most as they are written: nobody's entry waits for more.
const ROWS_AT_ONCE: usize = 64;

/// Makes a change.
pub(super) fn apply(connection: &Connection, change: &Change) -> rusqlite::Result<()> {
    let changed = |sql, values: &[&dyn rusqlite::ToSql]| connection.prepare_cached(sql)?.execute(values);
    match change {
        Change::Head(head) => changed(
            "INSERT INTO session (id, ended, access) VALUES (?1, ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET ended = ?2, access = ?3",
            params![&*head.id, head.ended.map(stored), head.access],
        ),
        Change::Entries {
            session,
            first,
            last,
            octets,
        } => changed(
            "INSERT INTO entries (session, first, last, octets)
             VALUES ((SELECT number FROM session WHERE id = ?1), ?2, ?3, ?4)
             ON CONFLICT (session, first) DO UPDATE SET last = ?3, octets = ?4",
            params![&**session, stored(*first), stored(*last), &octets[..]],
        ),
        Change::Clear { session } => changed(
            "DELETE FROM entries WHERE session = (SELECT number FROM session WHERE id = ?1)",
            params![&**session],
        ),
        Change::Ended { session, at } => changed(
            "UPDATE session SET ended = ?2 WHERE id = ?1 AND ended IS NULL",
            params![&**session, stored(*at)],
        ),
        Change::Delete { session } => changed(
            &format!("UPDATE session SET {GONE} WHERE id = ?1"),
            params![&**session],
        ),
    }?;
    Ok(())
}

/// What is not deleted yet and is nobody's any more: it has a name that nobody knows, and ended before everything else.
const GONE: &str = "id = lower(hex(randomblob(16))), ended = 0, access = x''";

/// Deletes some of what ended before that time.
pub(super) fn expire(transaction: &Transaction<'_>, before: u64) -> rusqlite::Result<Expired> {
    let number: Option<i64> = transaction
        .prepare_cached("SELECT number FROM session WHERE ended < ?1 LIMIT 1")?
        .query_row([stored(before)], |row| row.get(0))
        .optional()?;
    let Some(number) = number else {
        return Ok(Expired::Nothing);
    };
    let deleted = transaction
        .prepare_cached(
            "DELETE FROM entries WHERE rowid IN (SELECT rowid FROM entries WHERE session = ?1 LIMIT ?2)",
        )?
        .execute(params![number, ROWS_AT_ONCE as i64])?;
    if deleted < ROWS_AT_ONCE {
        transaction.execute("DELETE FROM session WHERE number = ?1", [number])?;
        return Ok(Expired::Session);
    }
    // What is left of it can be read by nobody.
    transaction.execute(
        &format!("UPDATE session SET {GONE} WHERE number = ?1 AND access <> x''"),
        [number],
    )?;
    Ok(Expired::Some)
}
