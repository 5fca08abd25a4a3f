//! Clients that ask for a large message and read nothing: what the relay holds for each.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use protocol::target::Security;

use crate::client::Client;
use crate::cores::Placement;
use crate::effort::Effort;
use crate::process::Running;
use crate::relay::Relay;
use crate::results::Sample;
use crate::stage::Stage;

/// Clients at a time, to share what differs by chance.
const CLIENTS: usize = 8;

/// How often the relay is weighed until it grows no more.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// How long it may grow. The bridge gives up a browser that shows no sign of life after 15 seconds.
const GROWING_MAX: Duration = Duration::from_secs(8);

/// In KiB a client. Our bridge records what the mail server sends, whoever reads it: what is weighed there is
/// what it holds for those who come to look at such a record, and do not read.
pub(super) fn measure(relay: Relay, effort: &Effort) -> Result<Vec<Sample>> {
    let stage = Stage::in_memory(relay, Placement::Apart, Security::Plain)?;
    let process = stage.process().context("there is nothing to weigh")?;
    let mut first = stage.client()?;
    first.request(effort.large)?;
    first.receive()?;
    let before = settled(process)?;
    let stalled: Vec<_> = (0..CLIENTS)
        .map(|_| stalled(&stage, &*first, effort.large))
        .collect::<Result<_>>()?;
    let after = settled(process)?;
    drop(stalled);
    Ok(vec![(
        "stalled_kb",
        after.saturating_sub(before) as f64 / 1024.0 / CLIENTS as f64,
    )])
}

/// A client that has asked for everything and reads none of it.
fn stalled(stage: &Stage, first: &dyn Client, lines: u32) -> Result<Box<dyn Client>> {
    if let Some(onlooker) = first.onlooker()? {
        return Ok(onlooker);
    }
    let mut client = stage.client()?;
    client.request(lines)?;
    Ok(client)
}

/// Its memory once that grows no more.
fn settled(process: &Running) -> Result<u64> {
    let began = Instant::now();
    let mut last = process.memory()?;
    loop {
        std::thread::sleep(LOOK_EVERY);
        let now = process.memory()?;
        if now <= last || began.elapsed() > GROWING_MAX {
            return Ok(now);
        }
        last = now;
    }
}
