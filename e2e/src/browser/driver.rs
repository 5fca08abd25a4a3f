//! ChromeDriver: started and ended, and what it can do beyond what the client library knows.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::Value;
use url::{ParseError, Url};

use crate::process::Running;

/// How long ChromeDriver may take to end its browser.
const SHUT_DOWN_MAX: Duration = Duration::from_secs(8);

/// How often ChromeDriver is started. It takes a free port of IPv6 and wants the same of IPv4, which somebody
/// else may have: then it ends itself at once.
const STARTS_MAX: u32 = 5;

/// What Chromium is started with: nothing that reaches for the network or changes from run to run.
pub(super) const FLAGS: [&str; 12] = [
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--lang=en",
    "--window-size=1440,900",
];

/// A running ChromeDriver. When dropped it ends its browser, and then itself.
pub(super) struct Driver {
    pub(super) running: Running,
    pub(super) address: String,
    port: u16,
}

impl Driver {
    pub(super) fn start() -> Result<Self> {
        let program = find(&["chromedriver"]).context(
            "ChromeDriver is not installed: `cargo xtask test` installs it on Debian (package chromium-driver)",
        )?;
        let mut tries = 1;
        loop {
            match Self::start_once(&program) {
                Err(_) if tries < STARTS_MAX => tries += 1,
                started => return started,
            }
        }
    }

    fn start_once(program: &Path) -> Result<Self> {
        let running = Running::start(Command::new(program).arg("--port=0"))?;
        let port = running.await_line("ChromeDriver's port", |line| {
            line.split_once("started successfully on port ")?
                .1
                .trim_end_matches('.')
                .parse()
                .ok()
        })?;
        Ok(Self {
            running,
            address: format!("http://127.0.0.1:{port}"),
            port,
        })
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Without this the browser would outlive its driver.
        shut_down(self.port);
        self.running.end();
    }
}

pub(super) fn chromium() -> Result<PathBuf> {
    find(&["chromium", "chromium-browser", "google-chrome"])
        .context("Chromium is not installed: `cargo xtask test` installs it on Debian (package chromium)")
}

fn find(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    names
        .iter()
        .flat_map(|name| std::env::split_paths(&path).map(move |place| place.join(name)))
        .find(|file| file.exists())
}

/// A command below the session's address.
#[derive(Debug)]
pub(super) struct Extension {
    path: String,
    body: Option<Value>,
}

impl Extension {
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            body: None,
        }
    }

    pub(super) fn post(path: impl Into<String>, body: Value) -> Self {
        Self {
            path: path.into(),
            body: Some(body),
        }
    }
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        match &self.body {
            None => (Method::GET, None),
            Some(body) => (Method::POST, Some(body.to_string())),
        }
    }
}

/// Has ChromeDriver end all of its sessions. Blocking and by hand: it runs while a test is being torn down.
fn shut_down(port: u16) {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else {
        return;
    };
    let _ = stream.set_read_timeout(Some(SHUT_DOWN_MAX));
    let asked = write!(
        stream,
        "GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
    );
    if asked.is_ok() {
        let _ = stream.read_to_end(&mut Vec::new());
    }
}
