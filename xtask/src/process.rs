//! Running other programs, and ending them with us.

use std::io::IsTerminal;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// How often a running program is looked after.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How long a program may take to end after it was asked to; then it is made to.
const PATIENCE: Duration = Duration::from_secs(5);

/// A program that runs in a process group of its own. It ends, with all that it started, when this is dropped.
pub(crate) struct Running {
    child: Child,
    group: Pid,
}

impl Running {
    /// Starts it.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        interrupted();
        let program = Path::new(command.get_program()).display().to_string();
        let child = command.stdin(Stdio::null()).process_group(0).spawn();
        let child = child.with_context(|| format!("cannot start {program}"))?;
        let group = Pid::from_child(&child);
        Ok(Self { child, group })
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When somebody interrupted us meanwhile: then it has been ended.
    pub(crate) fn wait(mut self) -> Result<ExitStatus> {
        loop {
            if let Some(status) = self.ended()? {
                return Ok(status);
            }
            pause(LOOK_EVERY)?;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The group outlives its first process when that one left something behind, so it is always told.
        let _ = kill_process_group(self.group, Signal::TERM);
        let asked = Instant::now();
        while asked.elapsed() < PATIENCE && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(LOOK_EVERY);
        }
        let _ = kill_process_group(self.group, Signal::KILL);
        let _ = self.child.wait();
    }
}

/// Runs a program to its end.
///
/// # Errors
/// When it fails.
pub(crate) fn finish(command: &mut Command) -> Result<()> {
    let status = Running::start(command)?.wait()?;
    if status.success() {
        return Ok(());
    }
    let words = [command.get_program()].into_iter().chain(command.get_args());
    let line = words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ");
    bail!("`{line}` failed ({status})")
}

/// Waits.
///
/// # Errors
/// When somebody interrupted us.
pub(crate) fn pause(time: Duration) -> Result<()> {
    if interrupted() {
        bail!("interrupted");
    }
    std::thread::sleep(time);
    Ok(())
}

/// Whether somebody asked us to end. From the first call on, a signal does not end us by itself, so that
/// what we started can be ended first.
pub(crate) fn interrupted() -> bool {
    static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    let flag = FLAG.get_or_init(|| {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // A second signal ends us at once. Registering can only fail for signals that nobody may handle.
            let _ = signal_hook::flag::register_conditional_default(signal, flag.clone());
            let _ = signal_hook::flag::register(signal, flag.clone());
        }
        flag
    });
    flag.load(Ordering::Relaxed)
}

/// Cargo, without what cargo told this program about itself: build scripts that look at it would run again.
pub(crate) fn cargo() -> Command {
    clean("cargo")
}

/// A program that may call cargo itself, likewise.
pub(crate) fn clean(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let own = name.to_str().is_some_and(|name| {
            name == "CARGO"
                || ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_", "CARGO_BIN_"]
                    .iter()
                    .any(|own| name.starts_with(own))
        });
        if own {
            command.env_remove(name);
        }
    }
    command.current_dir(crate::workspace::root());
    command
}

/// Says what is being done.
pub(crate) fn say(what: &str) {
    if std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        eprintln!("\x1b[1m==> {what}\x1b[0m");
    } else {
        eprintln!("==> {what}");
    }
}
