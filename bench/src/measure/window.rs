//! Lines that do not wait for each other's replies.

use std::time::Instant;

use anyhow::Result;
use protocol::target::Security;

use crate::cores::Placement;
use crate::effort::Effort;
use crate::relay::Relay;
use crate::results::Sample;
use crate::stage::Stage;

/// Lines whose replies have not come.
const IN_FLIGHT: usize = 16;

/// The relay on a core of its own. A line follows every reply, so that there are always as many in flight; each is
/// written by itself, as a page does.
pub(super) fn measure(relay: Relay, effort: &Effort) -> Result<Vec<Sample>> {
    let stage = Stage::set(relay, Placement::Apart, Security::Plain)?;
    let mut client = stage.client()?;
    let (warm_up, lines) = (effort.lines / 10, effort.lines);
    for _ in 0..IN_FLIGHT {
        client.send()?;
    }
    let (mut replies, mut began) = (0, Instant::now());
    let mut warm = false;
    loop {
        let came = client.replies()?;
        replies += came;
        if !warm && replies >= warm_up {
            (warm, replies, began) = (true, 0, Instant::now());
        }
        if warm && replies >= lines {
            return Ok(vec![(
                "window_lines_per_s",
                replies as f64 / began.elapsed().as_secs_f64(),
            )]);
        }
        for _ in 0..came {
            client.send()?;
        }
    }
}
