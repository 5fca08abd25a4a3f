//! One session's lines while another downloads as fast as it can.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::{Context, Result};
use protocol::target::Security;

use super::round_trip::sorted;
use crate::client::round_trip;
use crate::cores::Placement;
use crate::effort::Effort;
use crate::relay::Relay;
use crate::results::Sample;
use crate::stage::Stage;
use crate::statistics::percentile;

/// A download is this many times the large message, so that there is time to look: 200 MB, which fits into a
/// transcript as shipped.
const TIMES: u32 = 4;

/// The relay on a core of its own. Lines count only while the download is under way.
pub(super) fn measure(relay: Relay, effort: &Effort) -> Result<Vec<Sample>> {
    let mut times = Vec::new();
    for _ in 0..effort.downloads {
        let stage = Stage::set(relay, Placement::Apart, Security::Plain)?;
        let mut lines = stage.client()?;
        let mut download = stage.client()?;
        for _ in 0..effort.lines / 20 {
            round_trip(&mut *lines)?;
        }
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| -> Result<()> {
            download.request(effort.large * TIMES)?;
            let downloaded = scope.spawn(|| {
                let received = download.receive();
                over.store(true, Ordering::Relaxed);
                received
            });
            loop {
                let sent = Instant::now();
                round_trip(&mut *lines)?;
                if over.load(Ordering::Relaxed) {
                    break;
                }
                times.push(sent.elapsed());
            }
            downloaded.join().ok().context("the download broke")??;
            Ok(())
        })?;
    }
    let times = sorted(times);
    Ok(vec![
        (
            "beside_p50_ms",
            percentile(&times, 50.0).context("no lines")? / 1e3,
        ),
        (
            "beside_p99_ms",
            percentile(&times, 99.0).context("no lines")? / 1e3,
        ),
    ])
}
