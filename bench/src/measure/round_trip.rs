//! A line and its reply, one at a time: how long it takes, and what it costs the relay.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use protocol::target::Security;

use crate::client::{Client, round_trip};
use crate::cores::Placement;
use crate::effort::Effort;
use crate::relay::Relay;
use crate::results::Sample;
use crate::stage::Stage;
use crate::statistics::percentile;

/// Of the lines that are measured so many part go first, unmeasured.
const WARM_UP: usize = 10;

/// Everything on one core: see [`Placement::Together`].
pub(super) fn measure(relay: Relay, effort: &Effort) -> Result<Vec<Sample>> {
    let stage = Stage::set(relay, Placement::Together, Security::Plain)?;
    let mut client = stage.client()?;
    for _ in 0..effort.lines / WARM_UP {
        round_trip(&mut *client)?;
    }
    let spent = || stage.process().map(|relay| relay.processor_time()).transpose();
    let before = spent()?;
    let times = sorted(take(&mut *client, effort.lines)?);
    let cost = spent()?
        .zip(before)
        .map(|(after, before)| micros(after - before) / effort.lines as f64);
    let mut samples = vec![
        ("rtt_p50_us", percentile(&times, 50.0).context("no lines")?),
        ("rtt_p99_us", percentile(&times, 99.0).context("no lines")?),
    ];
    samples.extend(cost.map(|cost| ("cpu_per_line_us", cost)));
    Ok(samples)
}

/// The times of so many lines in turn.
fn take(client: &mut dyn Client, lines: usize) -> Result<Vec<Duration>> {
    let mut times = Vec::with_capacity(lines);
    for _ in 0..lines {
        let sent = Instant::now();
        round_trip(client)?;
        times.push(sent.elapsed());
    }
    Ok(times)
}

/// Times in microseconds, the shortest first.
pub(super) fn sorted(times: Vec<Duration>) -> Vec<f64> {
    let mut times: Vec<f64> = times.into_iter().map(micros).collect();
    times.sort_by(f64::total_cmp);
    times
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
