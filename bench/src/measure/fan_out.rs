//! One line that many viewers see: how long until the last of them has its reply, and what each costs.
//!
//! What it is held against is the least that it can cost: the same frame written to as many sockets, one after the
//! other, by a thread on the relay's core.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use protocol::target::Security;
use rustix::time::{ClockId, clock_gettime};

use crate::client::{Onlooker, round_trip};
use crate::cores::{Cores, Placement};
use crate::effort::Effort;
use crate::relay::Relay;
use crate::results::Sample;
use crate::stage::Stage;
use crate::statistics::percentile;

/// How many look on: what is told of each when so many do.
const VIEWERS: [(usize, &str, &str); 4] = [
    (1, "last_of_1_ms", "fan_out_1_us"),
    (100, "last_of_100_ms", "fan_out_100_us"),
    (500, "last_of_500_ms", "fan_out_500_us"),
    (1000, "last_of_1000_ms", "fan_out_1000_us"),
];

/// About how long a frame is that brings a line and its reply.
const FRAME: usize = 300;

/// Lines before anything is measured: who came is told, too.
const WARM_UP: usize = 3;

/// How long those who came are left to be told of each other.
const REST: Duration = Duration::from_millis(700);

/// Of the console, or of the least that it can be.
pub(super) fn measure(relay: Relay, effort: &Effort) -> Result<Vec<Sample>> {
    if relay == Relay::Console {
        bridge(effort)
    } else {
        least(effort)
    }
}

fn bridge(effort: &Effort) -> Result<Vec<Sample>> {
    let mut samples = Vec::new();
    let stage = Stage::set(Relay::Console, Placement::Apart, Security::Plain)?;
    let process = stage.process().context("there is nothing to weigh")?;
    let mut owner = stage.client()?;
    let before = process.memory()?;
    let mut viewers: Vec<Onlooker> = Vec::new();
    for (count, last, cost) in VIEWERS {
        viewers.extend(owner.viewers(viewers.len()..count)?);
        std::thread::sleep(REST);
        let (mut times, mut spent) = (Vec::new(), Duration::ZERO);
        for round in 0..WARM_UP + effort.fan_outs {
            let from = process.processor_time()?;
            let sent = Instant::now();
            round_trip(&mut *owner)?;
            viewers.iter_mut().try_for_each(Onlooker::until_reply)?;
            if round >= WARM_UP {
                times.push(sent.elapsed().as_secs_f64() * 1e3);
                spent += process.processor_time()? - from;
            }
        }
        // What they say costs something, too, and is not what is measured.
        viewers.iter_mut().try_for_each(Onlooker::beat)?;
        samples.extend(told(times, spent, (last, cost))?);
    }
    let taken = process.memory()?.saturating_sub(before);
    samples.push(("viewer_kb", taken as f64 / 1024.0 / viewers.len() as f64));
    Ok(samples)
}

fn least(effort: &Effort) -> Result<Vec<Sample>> {
    let mut samples = Vec::new();
    Placement::Apart.others().pin()?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    for (count, last, cost) in VIEWERS {
        let (mut readers, mut writers) = (Vec::new(), Vec::new());
        for _ in 0..count {
            readers.push(TcpStream::connect(listener.local_addr()?)?);
            let (writer, _) = listener.accept()?;
            writer.set_nodelay(true)?;
            writers.push(writer);
        }
        let rounds = effort.fan_outs;
        let (begin, began) = mpsc::channel();
        let (times, spent) = std::thread::scope(|scope| {
            let writing = scope.spawn(move || write(&mut writers, &began));
            let mut times = Vec::new();
            for _ in 0..rounds {
                let sent = Instant::now();
                begin.send(())?;
                for reader in &mut readers {
                    reader.read_exact(&mut [0; FRAME])?;
                }
                times.push(sent.elapsed().as_secs_f64() * 1e3);
            }
            drop(begin);
            let spent = writing.join().ok().context("the writer broke")??;
            anyhow::Ok((times, spent))
        })?;
        samples.extend(told(times, spent, (last, cost))?);
    }
    Ok(samples)
}

/// Writes whenever it is told to, and says what that cost.
fn write(writers: &mut [TcpStream], began: &mpsc::Receiver<()>) -> Result<Duration> {
    Cores::First.pin()?;
    let spent = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        Duration::new(
            time.tv_sec.unsigned_abs(),
            u32::try_from(time.tv_nsec).unwrap_or_default(),
        )
    };
    let before = spent();
    while began.recv().is_ok() {
        for writer in &mut *writers {
            writer.write_all(&[b'x'; FRAME])?;
        }
    }
    Ok(spent() - before)
}

/// The median time, and what one line cost in all.
fn told(
    mut times: Vec<f64>,
    spent: Duration,
    (last, cost): (&'static str, &'static str),
) -> Result<[Sample; 2]> {
    ensure!(!times.is_empty(), "no lines");
    let count = times.len() as f64;
    times.sort_by(f64::total_cmp);
    let median = percentile(&times, 50.0).context("no lines")?;
    Ok([(last, median), (cost, spent.as_secs_f64() * 1e6 / count)])
}
