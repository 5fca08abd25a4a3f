//! Reverse proxies before a hosted bridge, all with the files of settings that people are given, filled in for a test.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rustls::pki_types::ServerName;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, UnixStream};
use tokio_rustls::TlsConnector;

use crate::bridge::Bridge;
use crate::certificates::Authority;
use crate::dovecot::Dovecot;
use crate::process::Running;

/// How long a proxy may take to listen.
const START_MAX: Duration = Duration::from_secs(20);

/// What the files call what each puts right.
const NAME: &str = "pop3.company.com";
const CONSOLE: &str = "127.0.0.1:8110";

/// What its clients write at its address.
const HOST: &str = "localhost";

/// Where nginx takes what comes without TLS, in the proxy's folder: no port has to be free for that.
const PLAIN: &str = "plain";

/// What people are told, beside the files.
const README: &str = include_str!("../../README.md");

/// How the bridge knows who somebody is.
enum Access<'a> {
    /// They have accounts.
    Accounts(&'a [(&'a str, &'a str)]),
    /// The proxy says so.
    Header,
}

/// What nginx is told beside the file, to ask people who they are.
#[derive(Default)]
struct Asking {
    /// In its site.
    site: String,
    /// Beside its site.
    beside: String,
    /// Where it passes requests on.
    passed_on: String,
}

/// A running proxy, the bridge behind it, and the mail server that is offered there.
pub struct Proxy {
    // Fields are dropped in this order: the proxy ends before its files go.
    _running: Running,
    bridge: Bridge,
    _mail: Dovecot,
    directory: TempDir,
    port: u16,
    path: String,
    trusting: TlsConnector,
}

impl Proxy {
    /// nginx, with a bridge that stands below that path of the site that it serves, such as `/pop3`, or has all of it, where the
    /// path is empty.
    ///
    /// # Errors
    /// When either does not start.
    pub fn nginx(path: &str, accounts: &[(&str, &str)], password: &str) -> Result<Self> {
        Self::start(
            path,
            &Access::Accounts(accounts),
            password,
            |here, port, bridge| nginx(here, path, port, bridge, &Asking::default()),
        )
    }

    /// nginx, which asks people itself who they are (all have that password), and tells the bridge: their names, and the groups
    /// that each belongs to.
    ///
    /// # Errors
    /// As [`Proxy::nginx`].
    pub fn nginx_naming(people: &[(&str, &str)], password: &str) -> Result<Self> {
        Self::start("", &Access::Header, password, |here, port, bridge| {
            let known: String = people
                .iter()
                .map(|(name, _)| format!("{name}:{{PLAIN}}{password}\n"))
                .collect();
            let groups: String = people
                .iter()
                .map(|(name, groups)| format!("{name} \"{groups}\";\n"))
                .collect();
            let asking = Asking {
                site: format!(
                    "auth_basic company;\nauth_basic_user_file {};\n",
                    written(here, "people", &known)?.display()
                ),
                beside: format!(
                    "map $remote_user $user {{ default $remote_user; }}\n\
                     map $remote_user $groups {{ default \"\";\n{groups}}}\n"
                ),
                passed_on: passage(README, "    proxy_set_header X-Remote-User")?,
            };
            nginx(here, "", port, bridge, &asking)
        })
    }

    /// Caddy, likewise.
    ///
    /// # Errors
    /// As [`Proxy::nginx`].
    pub fn caddy(path: &str, accounts: &[(&str, &str)], password: &str) -> Result<Self> {
        Self::start(
            path,
            &Access::Accounts(accounts),
            password,
            |here, port, bridge| {
                let tls = format!(
                    "\ttls {0}/pop3-console.pem {0}/pop3-console.key\n",
                    here.display()
                );
                let given = include_str!("../../deploy/Caddyfile");
                let mut settings = given.replace(
                    &format!("\n{NAME} {{\n"),
                    &format!("\n{HOST}:{port} {{\n\tbind 127.0.0.1\n{tls}"),
                );
                if !path.is_empty() {
                    let below = passage(&given.replace("# ", ""), "    @console path /pop3")?;
                    let whole = format!("\treverse_proxy {CONSOLE}\n");
                    ensure!(settings.contains(&whole), "the settings have no {whole}");
                    settings = settings.replace(&whole, &below.replace("/pop3", path));
                }
                let settings = settings.replace(CONSOLE, bridge.address());
                let whole = format!("{{\n\tadmin off\n\tauto_https disable_redirects\n}}\n{settings}");
                let mut command = Command::new(program("caddy")?);
                command.args(["run", "--adapter", "caddyfile", "--config"]);
                command
                    .arg(written(here, "Caddyfile", &whole)?)
                    .env("HOME", here)
                    .env("XDG_DATA_HOME", here);
                Ok(command)
            },
        )
    }

    /// Where people reach the console: `https://localhost:port`, and the path.
    pub fn address(&self) -> String {
        format!("{}{}", self.origin(), self.path)
    }

    fn origin(&self) -> String {
        format!("https://{HOST}:{}", self.port)
    }

    /// The bridge.
    pub fn bridge(&self) -> &Bridge {
        &self.bridge
    }

    /// Posts that to the console from one of this machine's addresses, as its page would, with these lines in the header beside;
    /// and gives the answer.
    ///
    /// # Errors
    /// When the proxy does not answer.
    pub async fn post(&self, from: Ipv4Addr, what: &str, said: &[&str], body: &str) -> Result<String> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((from, 0).into())?;
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let tcp = socket.connect(at).await?;
        let mut tls = self.trusting.connect(ServerName::try_from(HOST)?, tcp).await?;
        let said: String = said.iter().map(|line| format!("{line}\r\n")).collect();
        let request = format!(
            "POST {}{what} HTTP/1.1\r\nHost: {HOST}:{}\r\nOrigin: {}\r\n{said}Content-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            self.path,
            self.port,
            self.origin(),
            body.len()
        );
        tls.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        // Not every proxy says goodbye.
        let _ = tls.read_to_end(&mut answer).await;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    /// Asks nginx for that without TLS, and gives the head of the answer.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn plain(&self, what: &str) -> Result<String> {
        let mut plain = UnixStream::connect(self.directory.path().join(PLAIN)).await?;
        let request = format!("GET {what} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n");
        plain.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        plain.read_to_string(&mut answer).await?;
        let (head, _) = answer.split_once("\r\n\r\n").context("there is no head")?;
        Ok(head.to_owned())
    }

    fn start(
        path: &str,
        access: &Access<'_>,
        password: &str,
        proxy: impl Fn(&Path, u16, &Bridge) -> Result<Command>,
    ) -> Result<Self> {
        let directory = TempDir::with_prefix("pop3-console-proxy-")?;
        let authority = Authority::new()?;
        let pair = authority.vouch_for(&[HOST])?;
        written(directory.path(), "pop3-console.pem", &pair.certificate)?;
        written(directory.path(), "pop3-console.key", &pair.key)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mail = Dovecot::start()?;
        let mut settings = settings(directory.path(), &format!("https://{HOST}:{port}{path}"), &mail)?;
        let mut accounts: &[_] = &[];
        match access {
            Access::Accounts(all) => accounts = all,
            Access::Header => {
                let given = "mode = \"accounts\"\n";
                ensure!(settings.contains(given), "the settings have no {given}");
                settings = settings.replace(given, &passage(README, "    mode = \"header\"")?);
            }
        }
        let settings = written(directory.path(), "pop3-console.toml", &settings)?;
        let bridge = Bridge::configured(&settings, accounts, password, &mail.authority())?;
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
            bridge,
            _mail: mail,
            directory,
            port,
            path: path.to_owned(),
            trusting: authority.trusting()?,
        })
    }
}

/// nginx before that bridge, which stands below that path.
fn nginx(here: &Path, path: &str, port: u16, bridge: &Bridge, asking: &Asking) -> Result<Command> {
    let settings = include_str!("../../deploy/nginx.conf")
        .replace("listen 443", &format!("listen 127.0.0.1:{port}"))
        .replace("listen 80;", &format!("listen unix:{}/{PLAIN};", here.display()))
        .replace("/etc/ssl", &here.display().to_string())
        .replace(
            "    location / {\n",
            &format!("{}    location {path}/ {{\n{}", asking.site, asking.passed_on),
        )
        .replace(NAME, HOST)
        .replace(CONSOLE, bridge.address());
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|what| format!("{what}_temp_path {}/{what};\n", here.display()))
        .concat();
    let whole = format!(
        "daemon off;\npid {0}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}{1}{settings}}}\n",
        here.display(),
        asking.beside
    );
    let mut command = Command::new(program("nginx")?);
    command
        .arg("-e")
        .arg("stderr")
        .arg("-c")
        .arg(written(here, "nginx.conf", &whole)?);
    Ok(command)
}

/// The lines that people are given in a text, from the one that begins so to the last that is set off like it.
fn passage(text: &str, beginning: &str) -> Result<String> {
    let passage: String = text
        .lines()
        .skip_while(|line| !line.starts_with(beginning))
        .take_while(|line| line.starts_with("    "))
        .map(|line| format!("{}\n", line.trim()))
        .collect();
    ensure!(!passage.is_empty(), "nothing begins with `{beginning}`");
    Ok(passage)
}

/// The console's own settings, as people are given them, with nothing else put right than what each puts right.
fn settings(here: &Path, public: &str, mail: &Dovecot) -> Result<String> {
    let mut settings = include_str!("../../deploy/pop3-console.toml").to_owned();
    for (given, right) in [
        (CONSOLE, "127.0.0.1:0"),
        (&*format!("https://{NAME}"), public),
        ("/var/lib/pop3-console", &*here.display().to_string()),
        ("127.0.0.1:9110", "127.0.0.1:0"),
        ("10.1.0.0/16", "127.0.0.1/32"),
        ("mail.company.com:110", &*format!("127.0.0.1:{}", mail.port())),
        (
            "\"mail.company.com\"",
            &*format!("\"127.0.0.1:{}\"", mail.tls_port()),
        ),
    ] {
        ensure!(settings.contains(given), "the settings have no {given}");
        settings = settings.replace(given, right);
    }
    Ok(settings)
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
