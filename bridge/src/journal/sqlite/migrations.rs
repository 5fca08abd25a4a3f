//! How the file came to be what it is, step by step.

use rusqlite::{Connection, Transaction};

use super::file::APPLICATION;

/// The steps, each from the version that is its place to the next. Those that were shipped never change.
const STEPS: &[&str] = &[
    include_str!("../../../migrations/1.sql"),
    include_str!("../../../migrations/2.sql"),
    include_str!("../../../migrations/3.sql"),
    include_str!("../../../migrations/4.sql"),
];

/// The version that they lead to.
pub(super) const NEWEST: u32 = 4;

const _: () = assert!(STEPS.len() == NEWEST as usize);

/// Brings the file to the newest version, all at once or not at all.
pub(super) fn run(connection: &mut Connection) -> rusqlite::Result<()> {
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == NEWEST {
        return Ok(());
    }
    let transaction: Transaction<'_> = connection.transaction()?;
    for step in STEPS.iter().skip(version as usize) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", NEWEST)?;
    transaction.commit()
}
