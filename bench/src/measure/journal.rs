//! The journal: how fast entries come into it, and how far it is behind.
//!
//! Nobody waits for it, so that a line costs the same with it and without. What counts is that it keeps up.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use protocol::entry::Seq;
use protocol::target::Security;
use rusqlite::{Connection, OpenFlags};

use crate::client::Client;
use crate::cores::Placement;
use crate::effort::Effort;
use crate::relay::Relay;
use crate::results::Sample;
use crate::stage::Stage;

/// Lines whose replies have not come.
const IN_FLIGHT: usize = 16;

/// How much more than of others is sent: the journal gathers what comes within some milliseconds.
const LINES_BY: usize = 10;

/// How often is looked whether it has all. Looking costs it little.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// How long it may be behind before the measurement is given up.
const BEHIND_MAX: Duration = Duration::from_secs(30);

/// First lines, each with its reply, then a large message.
pub(super) fn measure(relay: Relay, effort: &Effort) -> Result<Vec<Sample>> {
    let stage = Stage::set(relay, Placement::Apart, Security::Plain)?;
    let journal = stage.journal();
    let mut client = stage.client()?;
    let before = client.last();
    await_kept(&journal, before)?;

    let began = Instant::now();
    lines(&mut *client, effort.lines * LINES_BY)?;
    let behind = await_kept(&journal, client.last())?;
    let entries = (client.last() - before) as f64 / began.elapsed().as_secs_f64();

    let asked = Instant::now();
    client.request(effort.large)?;
    let octets = client.receive()?;
    let behind_message = await_kept(&journal, client.last())?;
    let megabytes = octets as f64 / 1e6 / asked.elapsed().as_secs_f64();
    Ok(vec![
        ("journal_entries_per_s", entries),
        ("journal_behind_ms", behind),
        ("journal_mb_per_s", megabytes),
        ("journal_behind_retr_ms", behind_message),
    ])
}

/// As many in flight all the time.
fn lines(client: &mut dyn Client, count: usize) -> Result<()> {
    let (mut sent, mut replies) = (0, 0);
    while replies < count {
        while sent < count && sent - replies < IN_FLIGHT {
            client.send()?;
            sent += 1;
        }
        replies += client.replies()?;
    }
    Ok(())
}

/// Waits until the journal has everything up to that entry, and says for how many milliseconds.
fn await_kept(journal: &Path, last: Seq) -> Result<f64> {
    let began = Instant::now();
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(journal, flags).context("there is no journal")?;
    let mut query =
        connection.prepare("SELECT last FROM entries ORDER BY session DESC, first DESC LIMIT 1")?;
    loop {
        // There is none yet.
        let kept: i64 = query.query_row((), |row| row.get(0)).unwrap_or(0);
        if kept.unsigned_abs() >= last {
            return Ok(began.elapsed().as_secs_f64() * 1e3);
        }
        ensure!(
            began.elapsed() < BEHIND_MAX,
            "the journal has {kept} of {last} entries"
        );
        std::thread::sleep(LOOK_EVERY);
    }
}
