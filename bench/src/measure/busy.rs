//! Many sessions that never rest.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::{Context, Result};
use protocol::target::Security;

use crate::client::{Client, round_trip};
use crate::cores::Placement;
use crate::effort::Effort;
use crate::relay::Relay;
use crate::results::Sample;
use crate::stage::Stage;

/// The relay on a core of its own; every client is a thread that sends a line as soon as it has a reply.
pub(super) fn measure(relay: Relay, effort: &Effort) -> Result<Vec<Sample>> {
    let stage = Stage::set(relay, Placement::Apart, Security::Plain)?;
    let clients: Vec<_> = (0..effort.busy_sessions)
        .map(|_| stage.client())
        .collect::<Result<_>>()?;
    let (begin, over) = (Barrier::new(clients.len() + 1), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let threads: Vec<_> = clients
            .into_iter()
            .map(|client| scope.spawn(|| busy(client, &begin, &over)))
            .collect();
        begin.wait();
        let began = Instant::now();
        std::thread::sleep(effort.busy);
        over.store(true, Ordering::Relaxed);
        let took = began.elapsed();
        let mut lines = 0;
        for thread in threads {
            lines += thread.join().ok().context("a client broke")??;
        }
        Ok(vec![("busy_lines_per_s", lines as f64 / took.as_secs_f64())])
    })
}

/// How many lines it had answered in time.
fn busy(mut client: Box<dyn Client>, begin: &Barrier, over: &AtomicBool) -> Result<u64> {
    begin.wait();
    let mut lines = 0;
    while !over.load(Ordering::Relaxed) {
        round_trip(&mut *client)?;
        lines += 1;
    }
    Ok(lines)
}
