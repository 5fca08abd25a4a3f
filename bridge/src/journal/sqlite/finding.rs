//! How sessions are found among all that are kept.

use protocol::apart::{APART, apart};
use rusqlite::{Connection, OptionalExtension, ToSql, Transaction, params};

use super::stored;
use crate::journal::{Asked, Head, HeadReader, Listing};

/// So many sessions of before are listed at once: nobody's entry waits for more.
const LISTED_AT_ONCE: usize = 32;

/// What nobody is to find any more has neither a name nor this.
const KEPT: &str = "access <> x''";

/// What was written before of a session makes room for what is now.
const REPLACED: &str = "UPDATE SET opened = ?2, owner = ?3, agent = ?4, server = ?5, mailbox = ?6";

/// It stays.
const STAYS: &str = "NOTHING";

/// Some of the sessions that are not listed yet, the newest first.
pub(super) struct Unlisted {
    /// All that are not have a smaller number; none where there is none.
    pub(super) below: Option<i64>,
    /// Each with its number.
    pub(super) heads: Vec<(i64, Head)>,
}

/// Gives the sessions that are asked for. Whether these are looked for in all that are kept.
pub(super) fn find(
    connection: &Connection,
    asked: Asked<'_>,
    reader: &mut HeadReader<'_>,
) -> rusqlite::Result<bool> {
    let mut query = connection.prepare(&newest_of(asked.owner))?;
    let mut head = connection.prepare("SELECT id, ended, access FROM session WHERE number = ?1")?;
    let mut rows = query.query([asked.owner])?;
    let mut left = asked.searched;
    while let Some(row) = rows.next()? {
        if !asked.words.is_empty() {
            if left == 0 {
                return Ok(false);
            }
            left -= 1;
            let mut found = false;
            for column in 1..=3 {
                let told = row.get_ref(column)?.as_str_or_null()?;
                found |= told.is_some_and(|told| told.contains(asked.words));
            }
            if asked.words.contains(APART) {
                let [agent, owner] = [1, 4].map(|column| row.get_ref(column));
                let (agent, owner) = (agent?.as_str_or_null()?, owner?.as_str_or_null()?);
                let told = agent.zip(owner).map(|(agent, owner)| apart(agent, owner));
                found |= told.is_some_and(|told| told.contains(asked.words));
            }
            if !found {
                continue;
            }
        }
        let number: i64 = row.get(0)?;
        if !reader(head.query_row([number], head_of)?) {
            break;
        }
    }
    let unlisted = connection
        .query_row("SELECT below FROM unlisted", (), |_| Ok(()))
        .optional()?;
    Ok(unlisted.is_none())
}

/// The question for one's own, or everybody's, the newest first.
pub(super) fn newest_of(owner: Option<&str>) -> String {
    let whose = owner.map_or("?1 IS NULL", |_| "owner = ?1");
    format!(
        "SELECT session, agent, server, mailbox, owner FROM listing WHERE {whose} ORDER BY opened DESC, session DESC"
    )
}

/// A session without its entries, as its row tells.
pub(super) fn head_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Head> {
    Ok(Head {
        id: row.get_ref("id")?.as_str()?.into(),
        ended: row.get::<_, Option<i64>>("ended")?.map(i64::unsigned_abs),
        access: row.get("access")?,
    })
}

/// Puts down by what that session is found.
pub(super) fn put(connection: &Connection, session: &str, listing: &Listing) -> rusqlite::Result<()> {
    insert(connection, "id = ?1", &session, listing, REPLACED)
}

/// Puts down by what the session is found of which that is so; and what becomes of what was written of it before.
fn insert(
    connection: &Connection,
    which: &str,
    value: &dyn ToSql,
    listing: &Listing,
    before: &str,
) -> rusqlite::Result<()> {
    let Listing {
        opened,
        owner,
        agent,
        server,
        mailbox,
    } = listing;
    connection
        .prepare_cached(&format!(
            "INSERT INTO listing (session, opened, owner, agent, server, mailbox)
             SELECT number, ?2, ?3, ?4, ?5, ?6 FROM session WHERE {which}
             ON CONFLICT (session) DO {before}"
        ))?
        .execute(params![value, stored(*opened), owner, agent, server, mailbox])?;
    Ok(())
}

/// Has nobody find the session any more of which that is so.
pub(super) fn forget(connection: &Connection, which: &str, value: &dyn ToSql) -> rusqlite::Result<()> {
    connection
        .prepare_cached(&format!(
            "DELETE FROM listing WHERE session = (SELECT number FROM session WHERE {which})"
        ))?
        .execute([value])?;
    Ok(())
}

/// Some that a console of before left and that are not listed.
pub(super) fn unlisted(connection: &Connection) -> rusqlite::Result<Unlisted> {
    let below = connection.query_row("SELECT below FROM unlisted", (), |row| row.get(0));
    let below: Option<i64> = below.optional()?;
    let mut query = connection.prepare(
        "SELECT number, id, ended, access FROM session WHERE number < ?1 ORDER BY number DESC LIMIT ?2",
    )?;
    let heads = query.query_map(params![below, LISTED_AT_ONCE as i64], |row| {
        Ok((row.get("number")?, head_of(row)?))
    });
    Ok(Unlisted {
        below,
        heads: heads?.collect::<rusqlite::Result<_>>()?,
    })
}

/// Lists those of them of which that is told; what was written of one meanwhile stays. Whether there may be more.
pub(super) fn list(
    transaction: &Transaction<'_>,
    below: i64,
    some: &Unlisted,
    listed: &[(i64, Listing)],
) -> rusqlite::Result<bool> {
    let which = format!("number = ?1 AND {KEPT}");
    for (number, listing) in listed {
        insert(transaction, &which, number, listing, STAYS)?;
    }
    let Some((next, _)) = some.heads.last() else {
        transaction.execute("DELETE FROM unlisted WHERE below = ?1", [below])?;
        return Ok(false);
    };
    transaction.execute("UPDATE unlisted SET below = ?1", [next])?;
    Ok(true)
}

/// Forgets of those that they were put out of whom nothing is kept any more.
pub(super) fn forget_put_out(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.execute(
        "DELETE FROM put_out WHERE NOT EXISTS (SELECT 1 FROM listing WHERE owner = identity)
         AND NOT EXISTS (SELECT 1 FROM unlisted)",
        (),
    )?;
    Ok(())
}
