//! Programs that a test started.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

/// How long a program may take to say what is waited for.
const START_MAX: Duration = Duration::from_secs(30);

/// How long a program may take to end when asked to; then it is made to.
const END_MAX: Duration = Duration::from_secs(8);

/// A program that runs until this is dropped. It stays in the test's process group, so that an interrupted
/// test run takes it along.
pub(crate) struct Running {
    child: Child,
    said: Receiver<String>,
    log: Arc<Mutex<String>>,
}

impl Running {
    /// Starts it. Both its outputs are kept.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot start {command:?}"))?;
        let log = Arc::new(Mutex::new(String::new()));
        let (say, said) = channel();
        let outputs = [child.stdout.take().map(boxed), child.stderr.take().map(boxed)];
        for output in outputs.into_iter().flatten() {
            let (log, say) = (log.clone(), say.clone());
            std::thread::spawn(move || {
                for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
                    let line = String::from_utf8_lossy(&line).into_owned();
                    let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
                    log.push_str(&line);
                    log.push('\n');
                    // Nobody may be waiting for a line any more.
                    let _ = say.send(line);
                }
            });
        }
        Ok(Self { child, said, log })
    }

    /// Waits for a line from which something can be read.
    pub(crate) fn await_line<T>(&self, what: &str, read: impl Fn(&str) -> Option<T>) -> Result<T> {
        let began = Instant::now();
        while let Ok(line) = self.said.recv_timeout(START_MAX.saturating_sub(began.elapsed())) {
            if let Some(found) = read(&line) {
                return Ok(found);
            }
        }
        bail!("waited for {what}; all that was said:\n{}", self.log())
    }

    /// All that it said so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether it still runs.
    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Asks it to end.
    pub(crate) fn ask_to_end(&mut self) {
        if self.is_running() {
            // It may be gone by now.
            let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        }
    }

    /// Asks it to end and waits until it has.
    pub(crate) fn end(&mut self) {
        self.ask_to_end();
        let asked = Instant::now();
        while self.is_running() && asked.elapsed() < END_MAX {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

fn boxed(output: impl Read + Send + 'static) -> Box<dyn Read + Send> {
    Box::new(output)
}
