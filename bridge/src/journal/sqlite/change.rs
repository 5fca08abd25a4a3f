//! What a change is to the tables, and how sessions go.

use protocol::entry::Seq;
use protocol::wire::split_sequence;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::{finding, stored};
use crate::journal::{Change, Expired};

/// So many rows of entries are deleted at once, 4 MiB at most as they are written: nobody's entry waits for more.
const ROWS_AT_ONCE: usize = 64;

/// Whether somebody opened a session that is kept, or that may be since not all are listed yet.
const MATTERS: &str = "(EXISTS (SELECT 1 FROM listing WHERE owner = ?1) OR EXISTS (SELECT 1 FROM unlisted))";

/// Makes a change.
pub(super) fn apply(connection: &Connection, change: &Change) -> rusqlite::Result<()> {
    let changed = |sql, values: &[&dyn rusqlite::ToSql]| connection.prepare_cached(sql)?.execute(values);
    match change {
        Change::Head(head) if head.ended.is_some() => changed(
            "UPDATE session SET ended = ?2, access = ?3 WHERE id = ?1",
            params![&*head.id, head.ended.map(stored), head.access],
        ),
        Change::Head(head) => changed(
            "INSERT INTO session (id, access) VALUES (?1, ?2)
             ON CONFLICT (id) DO UPDATE SET ended = NULL, access = ?2",
            params![&*head.id, head.access],
        ),
        Change::Listing { session, listing } => return finding::put(connection, session, listing),
        Change::Entries {
            session,
            first,
            last,
            octets,
        } => changed(
            "INSERT INTO entries (session, first, last, octets)
             SELECT number, ?2, ?3, ?4 FROM session WHERE id = ?1
             ON CONFLICT (session, first) DO UPDATE SET last = ?3, octets = ?4",
            params![&**session, stored(*first), stored(*last), &octets[..]],
        ),
        Change::Clear { session, first, last } => {
            cut(connection, session, *first)?;
            cut(connection, session, last.saturating_add(1))?;
            changed(
                "DELETE FROM entries WHERE session = (SELECT number FROM session WHERE id = ?1)
                 AND first BETWEEN ?2 AND ?3",
                params![&**session, stored(*first), stored(*last)],
            )
        }
        Change::Replace { session, entries } => {
            replace(connection, session, entries)?;
            return Ok(());
        }
        Change::Ended { session, at } => changed(
            "UPDATE session SET ended = ?2 WHERE id = ?1 AND ended IS NULL",
            params![&**session, stored(*at)],
        ),
        Change::Audit { at, record } => changed(
            "INSERT INTO audit (at, record) VALUES (?1, ?2)",
            params![stored(*at), &**record],
        ),
        Change::PutOut {
            identity,
            is_out: true,
        } => changed(
            &format!("INSERT INTO put_out (identity) SELECT ?1 WHERE {MATTERS} ON CONFLICT DO NOTHING"),
            params![&**identity],
        ),
        Change::PutOut {
            identity,
            is_out: false,
        } => changed("DELETE FROM put_out WHERE identity = ?1", params![&**identity]),
        Change::Delete { session } => {
            finding::forget(connection, "id = ?1", &&**session)?;
            changed(
                &format!("UPDATE session SET {GONE} WHERE id = ?1"),
                params![&**session],
            )
        }
    }?;
    Ok(())
}

/// A row of entries.
struct Row {
    id: i64,
    first: i64,
    last: i64,
    octets: Vec<u8>,
}

/// The row that holds that entry.
fn holding(connection: &Connection, session: &str, seq: Seq) -> rusqlite::Result<Option<Row>> {
    let seq = stored(seq);
    let row = connection
        .prepare_cached(
            "SELECT rowid, first, last, octets FROM entries
             WHERE session = (SELECT number FROM session WHERE id = ?1) AND first <= ?2
             ORDER BY first DESC LIMIT 1",
        )?
        .query_row(params![session, seq], |row| {
            Ok(Row {
                id: row.get(0)?,
                first: row.get(1)?,
                last: row.get(2)?,
                octets: row.get(3)?,
            })
        })
        .optional()?;
    Ok(row.filter(|row| row.last >= seq))
}

/// Makes a row begin with that entry, where it is in the middle of one.
fn cut(connection: &Connection, session: &str, at: Seq) -> rusqlite::Result<()> {
    let row = holding(connection, session, at)?;
    let at = stored(at);
    let Some(row) = row.filter(|row| row.first < at) else {
        return Ok(());
    };
    let count = usize::try_from(at - row.first).unwrap_or(usize::MAX);
    let items = split_sequence(&row.octets).map_while(Result::ok).take(count);
    let (before, behind) = row.octets.split_at(items.map(<[u8]>::len).sum());
    connection
        .prepare_cached("UPDATE entries SET last = ?2, octets = ?3 WHERE rowid = ?1")?
        .execute(params![row.id, at - 1, before])?;
    connection
        .prepare_cached(
            "INSERT INTO entries (session, first, last, octets)
             SELECT session, ?2, ?3, ?4 FROM entries WHERE rowid = ?1",
        )?
        .execute(params![row.id, at, row.last, behind])?;
    Ok(())
}

/// Puts others in the place of entries, which ascend.
fn replace(connection: &Connection, session: &str, entries: &[(Seq, Vec<u8>)]) -> rusqlite::Result<()> {
    let mut entries = entries.iter().peekable();
    while let Some((seq, _)) = entries.peek() {
        let Some(row) = holding(connection, session, *seq)? else {
            entries.next();
            continue;
        };
        let mut octets = Vec::with_capacity(row.octets.len());
        let items = split_sequence(&row.octets).map_while(Result::ok);
        for (item, at) in items.zip(row.first..) {
            let other = entries.next_if(|(seq, _)| stored(*seq) == at);
            octets.extend_from_slice(other.map_or(item, |(_, other)| other));
        }
        connection
            .prepare_cached("UPDATE entries SET octets = ?2 WHERE rowid = ?1")?
            .execute(params![row.id, octets])?;
        // What could not be found in its row is none of it.
        while entries.next_if(|(seq, _)| stored(*seq) <= row.last).is_some() {}
    }
    Ok(())
}

/// What is not deleted yet and is nobody's any more: it has a name that nobody knows, and ended before everything else.
const GONE: &str = "id = lower(hex(randomblob(16))), ended = 0, access = x''";

/// Deletes some of what was recorded of who did what before that time. Whether there was any.
pub(super) fn expire_audit(transaction: &Transaction<'_>, before: u64) -> rusqlite::Result<bool> {
    let deleted = transaction
        .prepare_cached(
            "DELETE FROM audit WHERE number IN
             (SELECT number FROM (SELECT number, at FROM audit ORDER BY number LIMIT ?2) WHERE at < ?1)",
        )?
        .execute(params![stored(before), ROWS_AT_ONCE as i64])?;
    Ok(deleted > 0)
}

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
    // What is left of it can be found and read by nobody.
    finding::forget(transaction, "number = ?1", &number)?;
    transaction.execute(
        &format!("UPDATE session SET {GONE} WHERE number = ?1 AND access <> x''"),
        [number],
    )?;
    Ok(Expired::Some)
}
