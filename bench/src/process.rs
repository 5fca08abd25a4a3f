//! Programs that a measurement starts, and what they take.

use std::fs::{self, File};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::account;
use crate::cores::Cores;

/// How long a program may take to begin to listen.
const START_MAX: Duration = Duration::from_secs(10);

/// How long a program may take to end when asked to; then it is made to.
const END_MAX: Duration = Duration::from_secs(3);

/// How often a program is looked after.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// A program that runs until this is dropped. It stays in the bench's process group, so that whatever ends the
/// bench ends it too.
pub(crate) struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    /// Starts it on some cores; `log` takes what it says.
    pub(crate) fn start(command: &mut Command, log: PathBuf, cores: Cores) -> Result<Self> {
        let said = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        command
            .stdin(Stdio::null())
            .stdout(said.try_clone()?)
            .stderr(said);
        // A process begins on the cores of the thread that starts it.
        let child = cores.during(|| command.spawn())?;
        let child = child.with_context(|| format!("cannot start {}", command.get_program().display()))?;
        Ok(Self { child, log })
    }

    /// Waits until it says something.
    pub(crate) fn await_word<T>(&mut self, read: impl Fn(&str) -> Option<T>) -> Result<T> {
        self.look(|log| fs::read_to_string(log).ok().and_then(|said| read(&said)))
    }

    /// Waits until somebody listens on a port.
    pub(crate) fn await_port(&mut self, port: u16) -> Result<()> {
        self.look(|_| TcpStream::connect(("127.0.0.1", port)).ok())
            .map(drop)
    }

    fn look<T>(&mut self, look: impl Fn(&Path) -> Option<T>) -> Result<T> {
        let began = Instant::now();
        loop {
            if let Some(found) = look(&self.log) {
                return Ok(found);
            }
            let ended = self.child.try_wait()?.is_some();
            if ended || began.elapsed() > START_MAX {
                let said = fs::read_to_string(&self.log).unwrap_or_default();
                bail!("a program did not start; it said:\n{said}");
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// The processor time that it and what it started took so far.
    pub(crate) fn processor_time(&self) -> Result<Duration> {
        account::processor_time(&account::family(self.child.id())?)
    }

    /// The memory that it and what it started hold, in octets: what they share is counted once.
    pub(crate) fn memory(&self) -> Result<u64> {
        account::memory(&account::family(self.child.id())?)
    }

    fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let family = account::family(self.child.id()).unwrap_or_default();
        account::remember(family.get(1..).unwrap_or_default());
        if !self.has_ended() {
            let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        }
        let asked = Instant::now();
        while !self.has_ended() && asked.elapsed() < END_MAX {
            std::thread::sleep(LOOK_EVERY);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        // What it started and left behind is nobody's child any more.
        for left in family.into_iter().skip(1) {
            account::end_orphan(left);
        }
    }
}
