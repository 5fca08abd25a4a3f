//! Sessions in which nothing happens: what the relay holds for each.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use protocol::target::Security;

use crate::client::{Client, round_trip};
use crate::cores::Placement;
use crate::effort::Effort;
use crate::relay::Relay;
use crate::results::Sample;
use crate::setting::Setting;
use crate::stage::Stage;

/// Sessions that come first, so that what is made once is there before anything is weighed.
const WARM_UP: usize = 4;

/// The same where there is a journal: what it holds of its file, which has a bound, is held by then.
const WARM_UP_HOSTED: usize = 500;

/// How long the relay is left alone before it is weighed.
const REST: Duration = Duration::from_millis(500);

/// How often a page gives a sign of life.
const BEAT_EVERY: Duration = Duration::from_secs(5);

/// With plain connections to the mail server.
pub(super) fn measure(relay: Relay, effort: &Effort) -> Result<Vec<Sample>> {
    let stage = Stage::in_memory(relay, Placement::Apart, Security::Plain)?;
    let sessions = effort.idle_sessions.min(relay.sessions_max());
    Ok(vec![("idle_kb", weigh(&stage, WARM_UP, sessions)?)])
}

/// With TLS to the mail server.
pub(super) fn measure_tls(relay: Relay, effort: &Effort) -> Result<Vec<Sample>> {
    let stage = Stage::in_memory(relay, Placement::Apart, Security::Tls)?;
    Ok(vec![(
        "idle_tls_kb",
        weigh(&stage, WARM_UP, effort.idle_sessions)?,
    )])
}

/// Of people who are signed in, recorded, with plain connections to the bridge and to the mail server.
pub(super) fn measure_hosted(relay: Relay, effort: &Effort) -> Result<Vec<Sample>> {
    let kilobytes = weigh_hosted(relay, Setting::Hosted, effort)?;
    Ok(vec![("idle_hosted_kb", kilobytes)])
}

/// The same with TLS to the bridge, which speaks it itself.
pub(super) fn measure_hosted_tls(relay: Relay, effort: &Effort) -> Result<Vec<Sample>> {
    let kilobytes = weigh_hosted(relay, Setting::HostedSealed, effort)?;
    Ok(vec![("idle_hosted_tls_kb", kilobytes)])
}

fn weigh_hosted(relay: Relay, setting: Setting, effort: &Effort) -> Result<f64> {
    let stage = Stage::with(setting, relay, Placement::Apart, Security::Plain)?;
    weigh(&stage, WARM_UP_HOSTED, effort.idle_sessions)
}

/// In KiB a session. What the bridge has recorded of it, which is its purpose, is not counted; nor is what the
/// system holds for sockets.
fn weigh(stage: &Stage, warm_up: usize, sessions: usize) -> Result<f64> {
    let process = stage.process().context("there is nothing to weigh")?;
    let mut clients = Vec::new();
    open(stage, warm_up, &mut clients)?;
    std::thread::sleep(REST);
    let before = process.memory()?;
    open(stage, sessions, &mut clients)?;
    std::thread::sleep(REST);
    let after = process.memory()?;
    let weighed = clients.iter().skip(warm_up);
    let recorded: u64 = weighed.map(|client| client.recorded()).sum();
    // One that was put out would weigh nothing.
    clients
        .iter_mut()
        .try_for_each(|client| round_trip(&mut **client))?;
    Ok(after.saturating_sub(before + recorded) as f64 / 1024.0 / sessions as f64)
}

/// Opens so many more, while those that are there give signs of life.
fn open(stage: &Stage, more: usize, clients: &mut Vec<Box<dyn Client>>) -> Result<()> {
    let mut beaten = Instant::now();
    for _ in 0..more {
        clients.push(stage.client()?);
        if beaten.elapsed() >= BEAT_EVERY {
            clients.iter_mut().try_for_each(|client| client.beat())?;
            beaten = Instant::now();
        }
    }
    Ok(())
}
