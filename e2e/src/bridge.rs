//! The bridge as it is shipped.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::process::Running;
use crate::target;

/// What it says on its first line, before the address, where it does not log JSON.
const ADDRESS: &str = "pop3-console is at ";

/// What makes it hosted.
const HOSTED: [&str; 2] = ["--access-mode", "accounts"];

/// The file that its sessions are kept in.
const JOURNAL: &str = "journal.sqlite";

/// Where the mail servers of tests are, for a console that is hosted: there they have to be named.
const LOOPBACK: [(&str, &str); 3] = [
    ("POP3_CONSOLE_TARGETS_REACH", "named"),
    ("POP3_CONSOLE_TARGETS_ALLOW", "127.0.0.0/8:*,[::1]:*,localhost:*"),
    ("POP3_CONSOLE_TARGETS_NETWORKS", "127.0.0.0/8,::1/128"),
];

/// A running bridge.
pub struct Bridge {
    running: Running,
    origin: String,
    /// Where its sessions are kept, unless the test said where.
    folder: TempDir,
    /// The flags that it was started with, where it is hosted.
    flags: Vec<String>,
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

    /// The same, with what it proves at a provider with who it is.
    ///
    /// # Errors
    /// As [`Bridge::start`].
    pub fn with_secret(flags: &[&str], secret: &str) -> Result<Self> {
        let mut command = command()?;
        command
            .args(flags)
            .envs(LOOPBACK)
            .env("POP3_CONSOLE_LOG", "trace");
        Self::run(command.env("POP3_CONSOLE_ACCESS_SECRET", secret))
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

    /// Starts one that is hosted for those who have these accounts: a name, a role, and the password of all of them.
    ///
    /// # Errors
    /// As [`Bridge::start`], and when an account cannot be made.
    pub fn hosted(accounts: &[(&str, &str)], password: &str) -> Result<Self> {
        Self::hosted_with(&[], accounts, password)
    }

    /// The same with flags.
    ///
    /// # Errors
    /// As [`Bridge::hosted`].
    pub fn hosted_with(flags: &[&str], accounts: &[(&str, &str)], password: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let journal = folder.path().join(JOURNAL).display().to_string();
        add_accounts(accounts, password, &["--journal", &journal])?;
        Self::hosted_in(folder, flags.iter().map(|&flag| flag.to_owned()).collect())
    }

    fn hosted_in(folder: TempDir, flags: Vec<String>) -> Result<Self> {
        let mut command = command()?;
        command
            .args(HOSTED)
            .args(&flags)
            .envs(LOOPBACK)
            .env("POP3_CONSOLE_LOG", "trace");
        let bridge = Self::run_in(&mut command, folder)?;
        Ok(Self { flags, ..bridge })
    }

    /// Starts one as a file of settings says, for those who have these accounts, which trusts that authority.
    ///
    /// # Errors
    /// As [`Bridge::hosted`].
    pub fn configured(
        settings: &Path,
        accounts: &[(&str, &str)],
        password: &str,
        authority: &Path,
    ) -> Result<Self> {
        let file = settings.display().to_string();
        add_accounts(accounts, password, &["--config", &file])?;
        let mut command = Command::new(program());
        command.args(["--config", &file, "--ca-file"]).arg(authority);
        // Nobody waits for what goes on still when a test is over.
        command.args(["--drain", "0"]).env("POP3_CONSOLE_LOG", "trace");
        Self::start_as(&mut command, tempfile::tempdir()?)
    }

    /// Stops one that is [hosted](Bridge::hosted_with), and starts it again with the same flags and what it has kept.
    ///
    /// # Errors
    /// As [`Bridge::start`].
    pub fn restarted(mut self) -> Result<Self> {
        self.running.end();
        Self::hosted_in(self.folder, self.flags)
    }

    /// Tells it to stop, as whoever runs it does.
    pub fn is_told_to_stop(&mut self) {
        self.running.ask_to_end();
    }

    fn run(command: &mut Command) -> Result<Self> {
        Self::run_in(command, tempfile::tempdir()?)
    }

    fn run_in(command: &mut Command, folder: TempDir) -> Result<Self> {
        // Flags are worth more.
        command.env("POP3_CONSOLE_JOURNAL", folder.path().join(JOURNAL));
        Self::start_as(command, folder)
    }

    fn start_as(command: &mut Command, folder: TempDir) -> Result<Self> {
        let running = Running::start(command)?;
        let origin = running.await_line("the bridge's address", listening)?;
        Ok(Self {
            running,
            origin,
            folder,
            flags: Vec::new(),
        })
    }

    /// Where it is: `http://127.0.0.1:port`, or `https` where it has a certificate.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Its host and port.
    pub fn address(&self) -> &str {
        self.origin
            .split_once("://")
            .map_or(&*self.origin, |(_, address)| address)
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

/// Makes accounts with the program, which is told where by these flags.
fn add_accounts(accounts: &[(&str, &str)], password: &str, flags: &[&str]) -> Result<()> {
    for (name, role) in accounts {
        let mut making = Command::new(program());
        making.args(["account", "add", name, "--role", role]).args(flags);
        let mut making = making.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
        let given = making.stdin.take().context("nothing can be typed")?;
        writeln!(&given, "{password}")?;
        drop(given);
        ensure!(making.wait()?.success(), "the account {name} was not made");
    }
    Ok(())
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

/// Where it listens, of the line in which it says so.
fn listening(line: &str) -> Option<String> {
    if let Ok(line) = serde_json::from_str::<Value>(line) {
        return Some(line["fields"]["listening"].as_str()?.to_owned());
    }
    let (_, address) = line.split_once(ADDRESS)?;
    Some(
        address
            .split_whitespace()
            .next()?
            .trim_end_matches('/')
            .to_owned(),
    )
}
