//! What stands between a client and the mail server, each as a process of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use protocol::target::Security;
use tempfile::TempDir;

use crate::client::{self, Client};
use crate::cores::Placement;
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

/// A mail server, a relay to it, and the way to become their client.
pub(crate) struct Stage {
    pub(crate) relay: Option<Running>,
    way: Way,
    // Fields are dropped in this order: nobody is in need of the mail server when it ends.
    _mail: Running,
    _directory: TempDir,
}

/// How a client gets to the mail server.
#[derive(Clone, Copy)]
enum Way {
    Plain(SocketAddr),
    Octets(SocketAddr, Option<&'static str>),
    Console {
        bridge: SocketAddr,
        mail: SocketAddr,
        security: Security,
    },
}

impl Stage {
    /// Starts both and pins this thread, so that the clients that it opens are where they belong.
    ///
    /// # Errors
    /// When a program does not start.
    pub(crate) fn set(relay: Relay, placement: Placement, security: Security) -> Result<Self> {
        let directory = TempDir::with_prefix_in("stage-", scratch()?)?;
        let place = directory.path();
        let others = placement.others();
        let mut server = Running::start(&mut own("bench-mail")?, place.join("mail.log"), others, others)?;
        let (plain, tls) = server.await_word(|said| {
            let (plain, tls) = said.strip_suffix('\n')?.strip_prefix(mail::AT)?.split_once(' ')?;
            Some((plain.parse().ok()?, tls.parse().ok()?))
        })?;
        let mail = if security == Security::Tls { tls } else { plain };
        let (relay, way) = match relay {
            Relay::Plain => (None, Way::Plain(mail)),
            Relay::Bare => {
                let mut bare = own("bench-bare")?;
                let (relay, at) = with_address(bare.arg(mail.to_string()), place, placement)?;
                (Some(relay), Way::Octets(at, None))
            }
            Relay::Console => {
                let (relay, bridge) = with_address(&mut own("bench-bridge")?, place, placement)?;
                (
                    Some(relay),
                    Way::Console {
                        bridge,
                        mail,
                        security,
                    },
                )
            }
            Relay::Peer(peer) => {
                let (relay, at) = with_port(peer, mail, place, placement)?;
                (Some(relay), Way::Octets(at, peer.subprotocol()))
            }
        };
        Ok(Self {
            relay,
            way,
            _mail: server,
            _directory: directory,
        })
    }

    /// Becomes a client: connected, greeted and signed in.
    ///
    /// # Errors
    /// When that does not come about.
    pub(crate) fn client(&self) -> Result<Box<dyn Client>> {
        Ok(match self.way {
            Way::Plain(mail) => client::plain(mail)?,
            Way::Octets(relay, subprotocol) => client::octets(relay, subprotocol)?,
            Way::Console {
                bridge,
                mail,
                security,
            } => client::console(bridge, mail, security)?,
        })
    }

    /// The relay's process; none where there is no relay.
    pub(crate) fn process(&self) -> Option<&Running> {
        self.relay.as_ref()
    }
}

/// Starts a program of ours that says where it is.
fn with_address(command: &mut Command, place: &Path, placement: Placement) -> Result<(Running, SocketAddr)> {
    let mut running = Running::start(
        command,
        place.join("relay.log"),
        placement.relay(),
        placement.others(),
    )?;
    let address = running.await_word(|said| said.strip_suffix('\n')?.rsplit(' ').next()?.parse().ok())?;
    Ok((running, address))
}

fn with_port(
    peer: Peer,
    mail: SocketAddr,
    place: &Path,
    placement: Placement,
) -> Result<(Running, SocketAddr)> {
    let program = peer
        .program()
        .with_context(|| format!("{} is not installed", peer.name()))?;
    let mut tries = 1;
    loop {
        let port = peers::free_port()?;
        let mut command = peer.command(&program, port, mail, place)?;
        let started = Running::start(
            &mut command,
            place.join("relay.log"),
            placement.relay(),
            placement.others(),
        );
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

/// A program of this package: it lies beside this one.
fn own(name: &str) -> Result<Command> {
    let this = std::env::current_exe()?;
    let program = this.with_file_name(name);
    anyhow::ensure!(
        program.exists(),
        "{} is missing: `cargo xtask bench` builds it",
        program.display()
    );
    Ok(Command::new(program))
}

/// Where temporary files go, and what is measured is written.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn scratch() -> Result<PathBuf> {
    let this = std::env::current_exe()?;
    let target = this
        .ancestors()
        .nth(2)
        .context("this program is not in a target directory")?;
    let scratch = target.join("bench");
    std::fs::create_dir_all(&scratch)?;
    Ok(scratch)
}
