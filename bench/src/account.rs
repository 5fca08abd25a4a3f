//! What the system says about processes, from `/proc`.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};

/// A process and all that it started, itself first.
pub(crate) fn family(head: u32) -> Result<Vec<u32>> {
    let mut parents = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(process) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        // Processes may end while they are looked at.
        if let Some(parent) = parent(process) {
            parents.push((process, parent));
        }
    }
    let mut family = vec![head];
    let mut looked = 0;
    while let Some(&member) = family.get(looked) {
        looked += 1;
        family.extend(
            parents
                .iter()
                .filter(|(_, parent)| *parent == member)
                .map(|(child, _)| child),
        );
    }
    Ok(family)
}

fn parent(process: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name, in parentheses, may hold anything.
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// The time that processes have spent on a processor, in user code and in the system, by all their threads that
/// are still alive.
pub(crate) fn processor_time(processes: &[u32]) -> Result<Duration> {
    let mut nanoseconds = 0;
    for process in processes {
        let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else {
            continue;
        };
        for thread in threads.flatten() {
            let spent = fs::read_to_string(thread.path().join("schedstat"))
                .context("this kernel keeps no schedstat: processor times cannot be measured")?;
            let spent = spent
                .split_whitespace()
                .next()
                .and_then(|spent| spent.parse::<u64>().ok());
            nanoseconds += spent.context("a schedstat begins with a number")?;
        }
    }
    Ok(Duration::from_nanos(nanoseconds))
}

/// The proportional set size of processes in octets: a page that several hold counts for each by its share.
pub(crate) fn memory(processes: &[u32]) -> Result<u64> {
    let mut octets = 0;
    for process in processes {
        let Ok(rollup) = fs::read_to_string(format!("/proc/{process}/smaps_rollup")) else {
            continue;
        };
        let shares = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
        let kilobytes = shares.and_then(|shares| shares.split_whitespace().next()?.parse::<u64>().ok());
        octets += kilobytes.context("a smaps_rollup tells a Pss")? * 1024;
    }
    Ok(octets)
}

/// The processor time of processes that were started here and that nobody of ours saw end.
static ORPHANS: AtomicU64 = AtomicU64::new(0);

/// What processes have spent that outlive their parent, and so are not told to us when they end.
pub(crate) fn orphans_time() -> Duration {
    Duration::from_nanos(ORPHANS.load(Ordering::Relaxed))
}

/// Remembers what processes have spent that may outlive their parent.
pub(crate) fn remember(processes: &[u32]) {
    let spent = processor_time(processes).unwrap_or_default();
    ORPHANS.fetch_add(
        u64::try_from(spent.as_nanos()).unwrap_or_default(),
        Ordering::Relaxed,
    );
}

/// Ends a process that outlived its parent. Its number may be somebody else's by now: only one that nobody waits
/// for is ended.
pub(crate) fn end_orphan(process: u32) {
    if parent(process) == Some(1)
        && let Some(pid) = i32::try_from(process).ok().and_then(Pid::from_raw)
    {
        let _ = kill_process(pid, Signal::KILL);
    }
}
