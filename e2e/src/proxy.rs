//! Reverse proxies before the bridge, with the files of settings that people are given, filled in for a test.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::bridge::Bridge;
use crate::certificates::Authority;
use crate::process::Running;

/// How long a proxy may take to listen.
const START_MAX: Duration = Duration::from_secs(20);

/// What the files call what each puts right.
const NAME: &str = "pop3.company.com";
const CONSOLE: &str = "127.0.0.1:8110";

/// A running proxy, and the bridge behind it.
pub struct Proxy {
    // Fields are dropped in this order: the proxy ends before its files go.
    _running: Running,
    _directory: TempDir,
    bridge: Bridge,
    address: String,
}

impl Proxy {
    /// nginx, with a bridge that stands below that path of the site that it serves, such as `/pop3`, or has all of it, where the
    /// path is empty.
    ///
    /// # Errors
    /// When either does not start.
    pub fn nginx(path: &str) -> Result<Self> {
        Self::start(path, |here, port, bridge| {
            let settings = include_str!("../../deploy/nginx.conf")
                .replace("listen 443", &format!("listen 127.0.0.1:{port}"))
                .replace("/etc/ssl", &here.display().to_string())
                .replace("location /", &format!("location {path}/"))
                .replace(NAME, "localhost")
                .replace(CONSOLE, bridge.address());
            let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
                .map(|what| format!("{what}_temp_path {}/{what};\n", here.display()))
                .concat();
            let whole = format!(
                "daemon off;\npid {0}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}{settings}}}\n",
                here.display()
            );
            let mut command = Command::new(program("nginx")?);
            command
                .arg("-e")
                .arg("stderr")
                .arg("-c")
                .arg(written(here, "nginx.conf", &whole)?);
            Ok(command)
        })
    }

    /// Caddy.
    ///
    /// # Errors
    /// As [`Proxy::nginx`].
    pub fn caddy() -> Result<Self> {
        Self::start("", |here, port, bridge| {
            let tls = format!(
                "\ttls {0}/pop3-console.pem {0}/pop3-console.key\n",
                here.display()
            );
            let settings = include_str!("../../deploy/Caddyfile")
                .replace(
                    &format!("\n{NAME} {{\n"),
                    &format!("\nlocalhost:{port} {{\n\tbind 127.0.0.1\n{tls}"),
                )
                .replace(CONSOLE, bridge.address());
            let whole = format!("{{\n\tadmin off\n\tauto_https disable_redirects\n}}\n{settings}");
            let mut command = Command::new(program("caddy")?);
            command.args(["run", "--adapter", "caddyfile", "--config"]);
            command
                .arg(written(here, "Caddyfile", &whole)?)
                .env("HOME", here)
                .env("XDG_DATA_HOME", here);
            Ok(command)
        })
    }

    /// Where people reach the console: `https://localhost:port`, and the path.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The bridge.
    pub fn bridge(&self) -> &Bridge {
        &self.bridge
    }

    fn start(path: &str, proxy: impl Fn(&Path, u16, &Bridge) -> Result<Command>) -> Result<Self> {
        let directory = TempDir::with_prefix("pop3-console-proxy-")?;
        let pair = Authority::new()?.vouch_for(&["localhost"])?;
        written(directory.path(), "pop3-console.pem", &pair.certificate)?;
        written(directory.path(), "pop3-console.key", &pair.key)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let address = format!("https://localhost:{port}{path}");
        let bridge = Bridge::with(&["--public", &address, "--proxy-trusted", "127.0.0.1"])?;
        let mut running = Running::start(&mut proxy(directory.path(), port, &bridge)?)?;
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            ensure!(
                running.is_running(),
                "the proxy ended at once:\n{}",
                running.log()
            );
            ensure!(
                began.elapsed() < START_MAX,
                "the proxy does not listen:\n{}",
                running.log()
            );
            std::thread::sleep(Duration::from_millis(30));
        }
        Ok(Self {
            _running: running,
            _directory: directory,
            bridge,
            address,
        })
    }
}

fn written(here: &Path, name: &str, text: &str) -> Result<PathBuf> {
    let path = here.join(name);
    fs::write(&path, text)?;
    Ok(path)
}

fn program(name: &str) -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    let found = places
        .map(|place| place.join(name))
        .find(|program| program.exists());
    found.with_context(|| format!("{name} is not installed: `cargo xtask test` installs it on Debian"))
}
