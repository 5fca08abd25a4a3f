//! Sessions in which nothing happens: what the relay holds for each.

use std::time::Duration;

use anyhow::{Context, Result};
use protocol::target::Security;

use crate::cores::Placement;
use crate::effort::Effort;
use crate::relay::Relay;
use crate::results::Sample;
use crate::stage::Stage;

/// Sessions that come first, so that what is made once is there before anything is weighed.
const WARM_UP: usize = 4;

/// How long the relay is left alone before it is weighed.
const REST: Duration = Duration::from_millis(500);

/// With plain connections to the mail server.
pub(super) fn measure(relay: Relay, effort: &Effort) -> Result<Vec<Sample>> {
    let kilobytes = weigh(relay, Security::Plain, effort.idle_sessions)?;
    Ok(vec![("idle_kb", kilobytes)])
}

/// With TLS to the mail server.
pub(super) fn measure_tls(relay: Relay, effort: &Effort) -> Result<Vec<Sample>> {
    let kilobytes = weigh(relay, Security::Tls, effort.idle_sessions)?;
    Ok(vec![("idle_tls_kb", kilobytes)])
}

/// In KiB a session. What the bridge has recorded of it, which is its purpose, is not counted; nor is what the
/// system holds for sockets.
fn weigh(relay: Relay, security: Security, sessions: usize) -> Result<f64> {
    let sessions = sessions.min(relay.sessions_max());
    let stage = Stage::in_memory(relay, Placement::Apart, security)?;
    let process = stage.process().context("there is nothing to weigh")?;
    let _warm_up: Vec<_> = (0..WARM_UP).map(|_| stage.client()).collect::<Result<_>>()?;
    std::thread::sleep(REST);
    let before = process.memory()?;
    let clients: Vec<_> = (0..sessions).map(|_| stage.client()).collect::<Result<_>>()?;
    std::thread::sleep(REST);
    let after = process.memory()?;
    let recorded: u64 = clients.iter().map(|client| client.recorded()).sum();
    Ok(after.saturating_sub(before + recorded) as f64 / 1024.0 / sessions as f64)
}
