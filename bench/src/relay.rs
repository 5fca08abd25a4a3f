//! What stands between a client and the mail server, each as a process of its own.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::cores::Cores;
use crate::mail;
use crate::peers::{self, Peer};
use crate::process::Running;

/// How often a program that takes a port of our choice is started: somebody else may be quicker to take it.
const STARTS_MAX: u32 = 3;

/// What stands between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Relay {
    /// Nothing: plain TCP.
    Plain,
    /// The least that there can be, with tokio-tungstenite.
    Bare,
    /// Our bridge.
    Console,
    /// Another of its kind.
    Peer(Peer),
}

impl Relay {
    /// All that can be had on this machine.
    pub(crate) fn installed() -> Vec<Self> {
        let peers = Peer::ALL.into_iter().filter(|peer| peer.program().is_some());
        let own = [Relay::Plain, Relay::Bare, Relay::Console];
        own.into_iter().chain(peers.map(Relay::Peer)).collect()
    }

    /// The most sessions that it takes at a time, as far as the bench asks for more.
    pub(crate) fn sessions_max(self) -> usize {
        match self {
            Relay::Peer(peer) => peer.sessions_max(),
            Relay::Plain | Relay::Bare | Relay::Console => usize::MAX,
        }
    }

    /// Its name where figures are kept.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Relay::Plain => "plain",
            Relay::Bare => "bare",
            Relay::Console => "console",
            Relay::Peer(peer) => peer.name(),
        }
    }
}

/// Starts a mail server, and gives where it listens, plain and under TLS.
pub(crate) fn mail_server(place: &Path, cores: Cores) -> Result<(Running, SocketAddr, SocketAddr)> {
    let mut server = Running::start(&mut own("bench-mail")?, place.join("mail.log"), cores)?;
    let (plain, tls) = server.await_word(|said| {
        let (plain, tls) = said.strip_suffix('\n')?.strip_prefix(mail::AT)?.split_once(' ')?;
        Some((plain.parse().ok()?, tls.parse().ok()?))
    })?;
    Ok((server, plain, tls))
}

/// Starts the bare relay to a mail server, and gives where it listens.
pub(crate) fn bare(mail: SocketAddr, place: &Path, cores: Cores) -> Result<(Running, SocketAddr)> {
    with_address(own("bench-bare")?.arg(mail.to_string()), place, cores)
}

/// Starts our bridge with those flags, and gives where it listens.
pub(crate) fn bridge(place: &Path, cores: Cores, flags: &[OsString]) -> Result<(Running, SocketAddr)> {
    with_address(&mut own_bridge(flags)?, place, cores)
}

/// Our bridge with those flags, which nobody's environment adds to.
pub(crate) fn own_bridge(flags: &[OsString]) -> Result<Command> {
    let mut command = own("bench-bridge")?;
    command.args(flags).env_clear();
    Ok(command)
}

/// Starts a relay that others made to a mail server, and gives where it listens.
pub(crate) fn peer(
    peer: Peer,
    mail: SocketAddr,
    place: &Path,
    cores: Cores,
) -> Result<(Running, SocketAddr)> {
    let program = peer
        .program()
        .with_context(|| format!("{} is not installed", peer.name()))?;
    let mut tries = 1;
    loop {
        let port = peers::free_port()?;
        let mut command = peer.command(&program, port, mail, place)?;
        let started = Running::start(&mut command, place.join("relay.log"), cores);
        let listening = started.and_then(|mut running| {
            running.await_port(port)?;
            Ok((running, SocketAddr::from(([127, 0, 0, 1], port))))
        });
        match listening {
            Err(_) if tries < STARTS_MAX => tries += 1,
            listening => return listening.with_context(|| format!("{} did not start", peer.name())),
        }
    }
}

fn with_address(command: &mut Command, place: &Path, cores: Cores) -> Result<(Running, SocketAddr)> {
    let mut running = Running::start(command, place.join("relay.log"), cores)?;
    let address = running.await_word(|said| said.strip_suffix('\n')?.rsplit(' ').next()?.parse().ok())?;
    Ok((running, address))
}

/// A program of this package: it lies beside this one.
fn own(name: &str) -> Result<Command> {
    let program = std::env::current_exe()?.with_file_name(name);
    ensure!(
        program.exists(),
        "{} is missing: `cargo xtask bench` builds it",
        program.display()
    );
    Ok(Command::new(program))
}
