//! The bridge as it is shipped.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};
use tempfile::TempDir;

use crate::process::Running;
use crate::target;

/// What it says on its first line, before the address.
const ADDRESS: &str = "pop3-console is at ";

/// A running bridge.
pub struct Bridge {
    running: Running,
    origin: String,
    /// Where its sessions are kept, unless the test said where.
    folder: TempDir,
}

impl Bridge {
    /// Starts one on a port of the system's choice.
    ///
    /// # Errors
    /// When it is not built, or does not say its address.
    pub fn start() -> Result<Self> {
        Self::with(&[])
    }

    /// Starts one that trusts an authority.
    ///
    /// # Errors
    /// As [`Bridge::start`].
    pub fn trusting(authority: &Path) -> Result<Self> {
        Self::with(&["--ca-file", &authority.display().to_string()])
    }

    /// Starts one with flags.
    ///
    /// # Errors
    /// As [`Bridge::start`].
    pub fn with(flags: &[&str]) -> Result<Self> {
        // The most that it can log, so that what it must never log would be seen.
        Self::run(command()?.args(flags).env("POP3_CONSOLE_LOG", "trace"))
    }

    /// Starts one that logs what it logs when nothing is said.
    ///
    /// # Errors
    /// As [`Bridge::start`].
    pub fn as_shipped() -> Result<Self> {
        Self::run(&mut command()?)
    }

    /// The same, where its sessions are kept in that file.
    ///
    /// # Errors
    /// As [`Bridge::start`].
    pub fn keeping(journal: &Path) -> Result<Self> {
        Self::run(command()?.arg("--journal").arg(journal))
    }

    fn run(command: &mut Command) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        // Flags are worth more.
        command.env("POP3_CONSOLE_JOURNAL", folder.path().join("journal.sqlite"));
        // The mail servers of tests are on loopback, also where the console is hosted.
        command.env("POP3_CONSOLE_TARGETS_REACH", "any");
        let running = Running::start(command)?;
        let origin = running.await_line("the bridge's address", |line| {
            let (_, address) = line.split_once(ADDRESS)?;
            Some(
                address
                    .split_whitespace()
                    .next()?
                    .trim_end_matches('/')
                    .to_owned(),
            )
        })?;
        Ok(Self {
            running,
            origin,
            folder,
        })
    }

    /// Where it is: `http://127.0.0.1:port`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Its host and port.
    pub fn address(&self) -> &str {
        self.origin.trim_start_matches("http://")
    }

    /// All that it logged so far.
    pub fn log(&self) -> String {
        self.running.log()
    }

    /// All octets of the files that it keeps its sessions in, unless the test said where they are.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn kept(&self) -> Result<Vec<u8>> {
        let mut octets = Vec::new();
        for file in std::fs::read_dir(self.folder.path())? {
            octets.extend(std::fs::read(file?.path())?);
        }
        Ok(octets)
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.running.is_running()
    }
}

fn command() -> Result<Command> {
    let program = program();
    ensure!(
        program.exists(),
        "{} is missing: `cargo xtask build` makes it",
        program.display()
    );
    let mut command = Command::new(&program);
    command.args(["--listen", "127.0.0.1:0"]);
    Ok(command)
}

fn program() -> PathBuf {
    match std::env::var_os("E2E_BRIDGE") {
        Some(program) => PathBuf::from(program),
        None => target().join("release").join("pop3-console"),
    }
}
