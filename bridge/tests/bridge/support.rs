//! A bridge in this process, a browser without a page, and a mail server that plays a script.

pub(crate) mod accounts;
mod browser;
pub(crate) mod busy;
pub(crate) mod crowd;
mod guest;
mod mail;
pub(crate) mod provider;
mod requests;
pub(crate) mod tls;
mod wire;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use pop3_console::config::{Config, Deadlines, Limits, Targets};
use pop3_console::upstream::policy::Reach;
use pop3_console::upstream::resolver::{Resolver, System};
use pop3_console::{Server, Shutdown};
use protocol::target::{Family, Security, Target};
use protocol::wire::{Hello, VERSION};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStderr, Command};
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

pub(crate) use browser::{Browser, Socket, read_close};
pub(crate) use mail::{Mail, Peer, contains};
pub(crate) use wire::Issuer;

/// How long anything in a test may take before the test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A bridge that listens on a free port. It ends with the test's runtime, if the test does not stop it before.
pub(crate) struct Bridge {
    pub(crate) address: SocketAddr,
    /// Where what was counted is told, of one in this process that tells it.
    pub(crate) metrics: Option<SocketAddr>,
    /// Whoever trusts its certificate, where it has one.
    trusting: Option<TlsConnector>,
    /// Who issued that.
    pub(crate) issuer: Option<Issuer>,
    /// Which of this machine's addresses it is asked from.
    pub(crate) asked_from: Ipv4Addr,
    running: Running,
}

enum Running {
    Here {
        shutdown: Shutdown,
        serving: JoinHandle<std::io::Result<()>>,
    },
    /// It is killed when it is dropped.
    Program { child: Child },
}

/// A session's id and its owner's token.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) session: String,
    pub(crate) token: String,
}

impl Key {
    /// The hello of somebody who has it.
    pub(crate) fn hello(&self, browser: &str, name: &str) -> Hello {
        Hello {
            version: VERSION,
            session: self.session.clone(),
            token: self.token.clone(),
            epoch: None,
            after: 0,
            browser: browser.to_owned(),
            name: name.to_owned(),
            wants_control: false,
        }
    }

    /// Where its session is asked for.
    pub(crate) fn path(&self) -> String {
        format!("/api/sessions/{}", self.session)
    }
}

/// Where the mail servers of tests are, also where the console is hosted.
const LOOPBACK: [&str; 3] = ["127.0.0.0/8:*", "[::1]:*", "localhost:*"];
const LOOPBACK_NETWORKS: [&str; 2] = ["127.0.0.0/8", "::1/128"];

/// Settings without the demonstration mailbox, and without a journal.
pub(crate) fn config() -> Config {
    Config {
        no_demonstration: true,
        no_journal: true,
        targets: Targets {
            reach: Some(Reach::Public),
            allow: LOOPBACK.map(|rule| rule.parse().unwrap()).into(),
            networks: LOOPBACK_NETWORKS.map(|network| network.parse().unwrap()).into(),
            ..Targets::default()
        },
        ..Config::default()
    }
}

/// Settings with a journal in that folder.
pub(crate) fn journaled(folder: &Path) -> Config {
    Config {
        no_journal: false,
        journal: Some(journal_file(folder)),
        ..config()
    }
}

/// The file of the journal in that folder.
pub(crate) fn journal_file(folder: &Path) -> PathBuf {
    folder.join("journal.sqlite")
}

/// Settings with these limits, of a bridge that tells what it counts.
pub(crate) fn limited(limits: Limits) -> Config {
    Config {
        limits,
        metrics: Some((Ipv4Addr::LOCALHOST, 0).into()),
        ..config()
    }
}

/// Settings with these deadlines.
pub(crate) fn with(deadlines: Deadlines) -> Config {
    Config {
        deadlines,
        ..config()
    }
}

impl Bridge {
    pub(crate) async fn start() -> Self {
        Self::start_with(config()).await
    }

    pub(crate) async fn start_with(config: Config) -> Self {
        Self::start_asking(config, Arc::new(System)).await
    }

    /// The same, where that resolver is asked for the addresses of mail servers.
    pub(crate) async fn start_asking(config: Config, resolver: Arc<dyn Resolver>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::start_on(listener, config, resolver).await
    }

    /// The same behind a proxy at that address, which passes requests on as they are.
    pub(crate) async fn start_behind(proxy: &str, config: Config) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let config = Config {
            public: vec![
                format!("http://{}", listener.local_addr().unwrap())
                    .parse()
                    .unwrap(),
            ],
            trusted_proxies: vec![proxy.parse().unwrap()],
            ..config
        };
        Self::start_on(listener, config, Arc::new(System)).await
    }

    async fn start_on(listener: TcpListener, config: Config, resolver: Arc<dyn Resolver>) -> Self {
        let address = listener.local_addr().unwrap();
        let server = Server::with_resolver(config, resolver).await.unwrap();
        let (shutdown, metrics) = (server.shutdown(), server.metrics_address());
        Self {
            address,
            metrics,
            trusting: None,
            issuer: None,
            asked_from: Ipv4Addr::LOCALHOST,
            running: Running::Here {
                shutdown,
                serving: tokio::spawn(server.serve(listener)),
            },
        }
    }

    /// One that speaks TLS itself.
    pub(crate) async fn start_sealed(config: Config) -> Self {
        let issuer = Issuer::new();
        let bridge = Self::start_with(Config {
            certificate: Some(issuer.certificate()),
            certificate_key: Some(issuer.key()),
            ..config
        });
        Self {
            trusting: Some(issuer.trusting()),
            issuer: Some(issuer),
            ..bridge.await
        }
    }

    /// The program, as a process of its own; and that process's number.
    pub(crate) async fn start_program() -> (Self, u32) {
        let (bridge, process, _) = Self::launch(&["--no-journal"], Stdio::null()).await;
        (bridge, process)
    }

    /// The program, as a process of its own that logs all it can; and what it logs.
    pub(crate) async fn start_logging() -> (Self, ChildStderr) {
        Self::start_logging_with(&["--no-journal"]).await
    }

    /// The same with these flags.
    pub(crate) async fn start_logging_with(flags: &[&str]) -> (Self, ChildStderr) {
        let (bridge, _, log) = Self::launch(flags, Stdio::piped()).await;
        (bridge, log.unwrap())
    }

    /// The program, as a process of its own with these flags.
    pub(crate) async fn start_program_with(flags: &[&str]) -> Self {
        Self::launch(flags, Stdio::null()).await.0
    }

    /// The same, started by a shell's script; and the process's number.
    #[cfg(target_os = "linux")]
    pub(crate) async fn start_program_in(script: &str, flags: &[&str]) -> (Self, u32) {
        let mut shell = Command::new("sh");
        shell.args(["-c", script, "sh", env!("CARGO_BIN_EXE_pop3-console")]);
        let (bridge, process, _) = Self::run(shell, flags, Stdio::null()).await;
        (bridge, process)
    }

    async fn launch(flags: &[&str], log: Stdio) -> (Self, u32, Option<ChildStderr>) {
        Self::run(Command::new(env!("CARGO_BIN_EXE_pop3-console")), flags, log).await
    }

    async fn run(mut program: Command, flags: &[&str], log: Stdio) -> (Self, u32, Option<ChildStderr>) {
        let mut child = program
            .args(["--listen", "127.0.0.1:0", "--no-demonstration"])
            .args(flags)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .env("POP3_CONSOLE_LOG", "trace")
            // As in `config`; a flag is worth more.
            .env("POP3_CONSOLE_TARGETS_REACH", "public")
            .env("POP3_CONSOLE_TARGETS_ALLOW", LOOPBACK.join(","))
            .env("POP3_CONSOLE_TARGETS_NETWORKS", LOOPBACK_NETWORKS.join(","))
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = patient(lines.next_line()).await.unwrap().unwrap();
        // It is a line of JSON where the log is.
        let (_, address) = line.split_once("pop3-console is at http://").unwrap();
        let address = address.split('"').next().unwrap();
        let (address, process, log) = (address.parse().unwrap(), child.id().unwrap(), child.stderr.take());
        let running = Running::Program { child };
        let bridge = Self {
            address,
            metrics: None,
            trusting: None,
            issuer: None,
            asked_from: Ipv4Addr::LOCALHOST,
            running,
        };
        (bridge, process, log)
    }

    /// The program's process.
    pub(crate) fn process(&self) -> u32 {
        match &self.running {
            Running::Program { child } => child.id().unwrap(),
            Running::Here { .. } => std::process::id(),
        }
    }

    /// Kills the program, and waits until it is gone.
    pub(crate) async fn kill(mut self) {
        if let Running::Program { child } = &mut self.running {
            patient(child.kill()).await.unwrap();
        }
    }

    /// Sends the program a signal.
    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let process = rustix::process::Pid::from_raw(self.process().try_into().unwrap()).unwrap();
        rustix::process::kill_process(process, signal).unwrap();
    }

    /// Waits until the program is over, and says how it went.
    #[cfg(unix)]
    pub(crate) async fn exited(mut self) -> std::process::ExitStatus {
        match &mut self.running {
            Running::Program { child } => patient(child.wait()).await.unwrap(),
            Running::Here { .. } => panic!("no program"),
        }
    }

    /// Stops it and waits until it has stopped.
    pub(crate) async fn stop(self) {
        if let Running::Here { shutdown, serving } = self.running {
            shutdown.begin();
            patient(serving).await.unwrap().unwrap();
        }
    }

    pub(crate) fn origin(&self) -> String {
        let scheme = if self.trusting.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// A session with its owner's browser in it.
    pub(crate) async fn browser(&self) -> Browser {
        let key = self.open_session().await;
        Browser::join(self, &key).await
    }
}

/// A plain target on loopback.
pub(crate) fn plain(address: SocketAddr) -> Target {
    target(address, Security::Plain)
}

pub(crate) fn target(address: SocketAddr, security: Security) -> Target {
    Target {
        host: address.ip().to_string(),
        port: address.port(),
        security,
        verify: true,
        name: None,
        family: Family::Any,
    }
}

/// Looks over and over until there is something, but not for ever.
pub(crate) async fn eventually<T>(mut look: impl AsyncFnMut() -> Option<T>) -> T {
    patient(async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
}

/// Waits, but not for ever.
pub(crate) async fn patient<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work)
        .await
        .expect("this took too long")
}
