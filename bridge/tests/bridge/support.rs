//! A bridge in this process, a browser without a page, and a mail server that plays a script.

mod browser;
pub(crate) mod crowd;
mod mail;
pub(crate) mod tls;

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use pop3_console::config::{Config, Deadlines};
use pop3_console::{Server, Shutdown};
use protocol::target::{Family, Security, Target};
use protocol::wire::{Hello, VERSION};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, ChildStderr, Command};
use tokio::task::JoinHandle;

pub(crate) use browser::{Browser, read_close};
pub(crate) use mail::{Mail, Peer, contains};

/// How long anything in a test may take before the test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A bridge that listens on a free port. It ends with the test's runtime, if the test does not stop it before.
pub(crate) struct Bridge {
    pub(crate) address: SocketAddr,
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
        }
    }
}

/// Settings without the demonstration mailbox, and without a journal.
pub(crate) fn config() -> Config {
    Config {
        no_demonstration: true,
        no_journal: true,
        ..Config::default()
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
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Server::new(config).await.unwrap();
        let shutdown = server.shutdown();
        Self {
            address,
            running: Running::Here {
                shutdown,
                serving: tokio::spawn(server.serve(listener)),
            },
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
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = patient(lines.next_line()).await.unwrap().unwrap();
        let address = line.strip_prefix("pop3-console is at http://").unwrap();
        let (address, process, log) = (address.parse().unwrap(), child.id().unwrap(), child.stderr.take());
        let running = Running::Program { child };
        (Self { address, running }, process, log)
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

    /// Stops it and waits until it has stopped.
    pub(crate) async fn stop(self) {
        if let Running::Here { shutdown, serving } = self.running {
            shutdown.begin();
            patient(serving).await.unwrap().unwrap();
        }
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Asks for a new session as the page does.
    pub(crate) async fn open_session(&self) -> Key {
        let (status, body) = self.post("/api/sessions").await;
        assert_eq!(status, 201, "{body}");
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Key {
            session: text("session"),
            token: text("token"),
        }
    }

    pub(crate) async fn post(&self, path: &str) -> (u16, String) {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\nContent-Length: 0",
            self.address,
            self.origin()
        );
        let (status, _, body) = self.http(&head).await;
        (status, body)
    }

    /// Asks for something with a token and a body, or none.
    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: Option<serde_json::Value>,
    ) -> (u16, serde_json::Value) {
        let body = body.map_or(String::new(), |body| body.to_string());
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\nAuthorization: Bearer {token}\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.address,
            self.origin(),
            body.len()
        );
        let (status, _, body) = self.exchange(&head).await;
        (status, serde_json::from_str(&body).unwrap_or_default())
    }

    /// Makes a link as the owner's page does, and gives its number and its key.
    pub(crate) async fn link(&self, owner: &Key, link: serde_json::Value) -> (u32, Key) {
        let path = format!("/api/sessions/{}/links", owner.session);
        let (status, made) = self.ask("POST", &path, &owner.token, Some(link)).await;
        assert_eq!(status, 201, "{made}");
        let key = Key {
            session: owner.session.clone(),
            token: made["token"].as_str().unwrap().to_owned(),
        };
        (u32::try_from(made["link"].as_u64().unwrap()).unwrap(), key)
    }

    /// Revokes a link as the owner's page does.
    pub(crate) async fn revoke(&self, owner: &Key, link: u32) {
        let path = format!("/api/sessions/{}/links/{link}", owner.session);
        assert_eq!(self.ask("DELETE", &path, &owner.token, None).await.0, 204);
    }

    /// One request on a connection of its own: the status, the header and the body.
    pub(crate) async fn http(&self, head: &str) -> (u16, String, String) {
        self.exchange(&format!("{head}\r\nConnection: close\r\n\r\n"))
            .await
    }

    async fn exchange(&self, request: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        patient(stream.read_to_string(&mut answer)).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_owned(), body.to_owned())
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

/// Waits, but not for ever.
pub(crate) async fn patient<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work)
        .await
        .expect("this took too long")
}
