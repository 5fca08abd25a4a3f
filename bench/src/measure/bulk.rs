//! A large message: how fast it comes, and what it costs the relay.

use std::time::Instant;

use anyhow::{Result, ensure};
use protocol::target::Security;

use crate::cores::Placement;
use crate::effort::Effort;
use crate::mail::LINE;
use crate::relay::Relay;
use crate::results::Sample;
use crate::stage::Stage;

/// Lines of a message that goes first, unmeasured.
const WARM_UP: u32 = 10_000;

/// The relay on a core of its own. What the journal makes of it is measured apart: it takes as long as the disk does.
pub(super) fn measure(relay: Relay, effort: &Effort) -> Result<Vec<Sample>> {
    let stage = Stage::in_memory(relay, Placement::Apart, Security::Plain)?;
    let mut client = stage.client()?;
    client.request(WARM_UP)?;
    client.receive()?;
    let octets = u64::from(effort.large) * LINE as u64;
    let spent = || stage.process().map(|relay| relay.processor_time()).transpose();
    let before = spent()?;
    let began = Instant::now();
    client.request(effort.large)?;
    let received = client.receive()?;
    let took = began.elapsed();
    ensure!(received >= octets, "only {received} of {octets} octets came");
    let cost = spent()?
        .zip(before)
        .map(|(after, before)| (after - before).as_secs_f64() * 1e3);
    let mut samples = vec![("retr_mb_per_s", octets as f64 / 1e6 / took.as_secs_f64())];
    samples.extend(cost.map(|cost| ("retr_cpu_ms", cost)));
    Ok(samples)
}
