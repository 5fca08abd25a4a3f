//! A real mail server: Dovecot, on loopback ports of the system's choice, with a configuration and mailboxes
//! of its own.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use crate::certificates::{Authority, Pair};
use crate::maildir::Mailbox;
use crate::process::Running;

/// Debian's `nobody` and `nogroup`: whom mailboxes belong to when the tests run as root, for whom Dovecot
/// opens no mail.
const NOBODY: (u32, u32) = (65534, 65534);

/// How long it may take to listen.
const START_MAX: Duration = Duration::from_secs(20);

/// Ports are found free and then released for Dovecot; another program may be quicker, so this often.
const ATTEMPTS: usize = 5;

/// A running Dovecot. user01 / password01 has [`Mailbox::small`], user02 / password02 [`Mailbox::difficult`].
pub struct Dovecot {
    // Fields are dropped in this order: the server ends before its files go.
    running: Running,
    directory: TempDir,
    port: u16,
    tls_port: u16,
}

impl Dovecot {
    /// Starts one with a certificate for localhost and the loopback addresses.
    ///
    /// # Errors
    /// When it is not installed or does not start.
    pub fn start() -> Result<Self> {
        let authority = Authority::new()?;
        let pair = authority.vouch_for(&["localhost", "127.0.0.1", "::1"])?;
        Self::with(&authority, &pair)
    }

    /// Starts one with a certificate.
    ///
    /// # Errors
    /// As [`Dovecot::start`].
    pub fn with(authority: &Authority, pair: &Pair) -> Result<Self> {
        Self::configured(authority, pair, "")
    }

    /// Starts one that locks a maildrop for as long as somebody is signed in to it (RFC 1939 §4).
    ///
    /// # Errors
    /// As [`Dovecot::start`].
    pub fn locking() -> Result<Self> {
        let authority = Authority::new()?;
        let pair = authority.vouch_for(&["localhost", "127.0.0.1", "::1"])?;
        Self::configured(&authority, &pair, "protocol pop3 {\n  pop3_lock_session = yes\n}")
    }

    fn configured(authority: &Authority, pair: &Pair, more: &str) -> Result<Self> {
        let program = program()?;
        let directory = TempDir::with_prefix("pop3-console-dovecot-")?;
        lay_out(directory.path(), authority, pair)?;
        let mut failure = None;
        for _ in 0..ATTEMPTS {
            let [port, tls_port] = free_ports()?;
            fs::write(
                directory.path().join("dovecot.conf"),
                configuration(directory.path(), port, tls_port, more)?,
            )?;
            let mut command = Command::new(&program);
            command
                .arg("-F")
                .arg("-c")
                .arg(directory.path().join("dovecot.conf"));
            let mut running = Running::start(&mut command)?;
            match await_ports(&mut running, [port, tls_port]) {
                Ok(()) => {
                    return Ok(Self {
                        running,
                        directory,
                        port,
                        tls_port,
                    });
                }
                Err(error) => failure = Some(error.context(running.log())),
            }
        }
        Err(failure.unwrap_or_else(|| anyhow::anyhow!("Dovecot did not start")))
    }

    /// The port for plain POP3, which offers STLS.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The port for TLS from the start.
    pub fn tls_port(&self) -> u16 {
        self.tls_port
    }

    /// The authority that vouches for its certificate, as a file.
    pub fn authority(&self) -> PathBuf {
        self.directory.path().join("authority.pem")
    }

    /// What it logged, for when something is unclear.
    pub fn log(&self) -> String {
        self.running.log() + &fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }
}

fn program() -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    let found = places
        .map(|place| place.join("dovecot"))
        .find(|program| program.exists());
    found
        .context("Dovecot is not installed: `cargo xtask test` installs it on Debian (package dovecot-pop3d)")
}

fn lay_out(directory: &Path, authority: &Authority, pair: &Pair) -> Result<()> {
    // Dovecot's processes are of several users, and all look in here.
    fs::set_permissions(directory, fs::Permissions::from_mode(0o755))?;
    authority.write(directory)?;
    fs::write(directory.join("server.pem"), &pair.certificate)?;
    fs::write(directory.join("server.key"), &pair.key)?;
    fs::write(
        directory.join("users"),
        "user01:{PLAIN}password01\nuser02:{PLAIN}password02\n",
    )?;
    let owner = rustix::process::geteuid().is_root().then_some(NOBODY);
    Mailbox::small()?.write(&directory.join("mail/user01"), owner)?;
    Mailbox::difficult().write(&directory.join("mail/user02"), owner)
}

fn configuration(directory: &Path, port: u16, tls_port: u16, more: &str) -> Result<String> {
    let here = directory.display();
    let (user, group) = match rustix::process::geteuid() {
        root if root.is_root() => NOBODY,
        user => (user.as_raw(), rustix::process::getegid().as_raw()),
    };
    Ok(format!(
        "base_dir = {here}/run
state_dir = {here}/state
log_path = {here}/log
instance_name = tests
protocols = pop3
listen = 127.0.0.1, ::1
ssl = yes
ssl_cert = <{here}/server.pem
ssl_key = <{here}/server.key
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5 scram-sha-256 apop
auth_verbose = yes
auth_failure_delay = 0
default_vsz_limit = 0
first_valid_uid = 1
mail_location = maildir:~/Maildir
{more}
passdb {{
  driver = passwd-file
  args = {here}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={here}/mail/%n
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {port}
  }}
  inet_listener pop3s {{
    port = {tls_port}
    ssl = yes
  }}
}}
{}",
        unprivileged()?
    ))
}

/// What it needs when it is not started by root: everything runs as the one user, and nothing in a chroot.
fn unprivileged() -> Result<String> {
    let user = rustix::process::geteuid();
    if user.is_root() {
        return Ok(String::new());
    }
    let name = name_in("/etc/passwd", user.as_raw())?;
    let group = name_in("/etc/group", rustix::process::getegid().as_raw())?;
    Ok(format!(
        "default_internal_user = {name}
default_internal_group = {group}
default_login_user = {name}
service anvil {{
  chroot =
}}
service pop3-login {{
  chroot =
}}
"
    ))
}

/// The name of a user or group by its number.
fn name_in(file: &str, number: u32) -> Result<String> {
    let lines = fs::read_to_string(file)?;
    let number = number.to_string();
    let entry = lines
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find(|fields| fields.get(2) == Some(&number.as_str()));
    Ok((*entry
        .and_then(|fields| fields.first().copied())
        .as_ref()
        .with_context(|| format!("{file} does not name {number}"))?)
    .to_owned())
}

/// Two ports that are free on both loopback addresses.
fn free_ports() -> Result<[u16; 2]> {
    let held = [
        TcpListener::bind("127.0.0.1:0")?,
        TcpListener::bind("127.0.0.1:0")?,
    ];
    Ok([held[0].local_addr()?.port(), held[1].local_addr()?.port()])
}

fn await_ports(running: &mut Running, ports: [u16; 2]) -> Result<()> {
    let began = Instant::now();
    for port in ports {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        while TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_err() {
            ensure!(running.is_running(), "Dovecot ended at once");
            if began.elapsed() > START_MAX {
                bail!("Dovecot does not listen on {address}");
            }
            std::thread::sleep(Duration::from_millis(30));
        }
    }
    Ok(())
}
