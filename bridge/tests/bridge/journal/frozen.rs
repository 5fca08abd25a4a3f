//! A program that is frozen before it is killed: so it can be told how long the machine let its journal's thread wait.

use std::time::Duration;

use tokio::time::Instant;

/// A program as it was when it was frozen.
pub(super) struct Frozen {
    pub(super) at: Instant,
    /// For how long the journal's thread has been held up.
    pub(super) held_up: Duration,
}

#[cfg(target_os = "linux")]
mod process {
    use std::path::PathBuf;
    use std::time::Duration;

    use rustix::process::{Pid, Signal, kill_process};
    use tokio::time::sleep;

    use crate::support::patient;

    /// For how long that program's journal's thread was ready to run while others had the core.
    pub(in crate::journal) fn held_up(process: u32) -> Duration {
        let told = std::fs::read_to_string(writer(process).join("schedstat")).unwrap();
        // The time on the core and the time in the queue for it, in nanoseconds.
        let waited = told.split_whitespace().nth(1).unwrap().parse().unwrap();
        Duration::from_nanos(waited)
    }

    /// Stops the program where it is, and waits until its journal's thread has.
    pub(super) async fn stop(process: u32) {
        let number = Pid::from_raw(i32::try_from(process).unwrap()).unwrap();
        kill_process(number, Signal::STOP).unwrap();
        let thread = writer(process).join("stat");
        let has_stopped = || {
            let told = std::fs::read_to_string(&thread).unwrap();
            told.rsplit(')').next().unwrap().trim_start().starts_with('T')
        };
        patient(async {
            while !has_stopped() {
                sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
    }

    /// The thread that writes the journal.
    fn writer(process: u32) -> PathBuf {
        let threads = std::fs::read_dir(format!("/proc/{process}/task")).unwrap();
        let mut threads = threads.map(|thread| thread.unwrap().path());
        let name = |thread: &PathBuf| std::fs::read_to_string(thread.join("comm")).unwrap_or_default();
        threads.find(|thread| name(thread) == "journal\n").unwrap()
    }
}

#[cfg(target_os = "linux")]
pub(super) use process::held_up;

/// Nothing tells of that here.
#[cfg(not(target_os = "linux"))]
pub(super) fn held_up(_: u32) -> Duration {
    Duration::ZERO
}

impl Frozen {
    /// Freezes a program. It can only be killed after that.
    pub(super) async fn freeze(process: u32) -> Self {
        let at = Instant::now();
        #[cfg(target_os = "linux")]
        process::stop(process).await;
        let held_up = held_up(process);
        Self { at, held_up }
    }
}
