//! A measurement's own mail server and relay.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Result;
use protocol::target::Security;
use tempfile::TempDir;

use crate::client::{self, Client, Host};
use crate::cores::Placement;
use crate::process::Running;
use crate::relay::{self, Relay};
use crate::scratch;
use crate::setting::{self, Setting};

/// A mail server, a relay to it, and the way to become their client.
pub(crate) struct Stage {
    relay: Option<Running>,
    way: Way,
    // Fields are dropped in this order: nobody is in need of the mail server when it ends.
    _mail: Running,
    directory: TempDir,
}

/// How a client gets to the mail server.
enum Way {
    Plain(SocketAddr),
    Octets(SocketAddr, Option<&'static str>),
    Console {
        bridge: Host,
        mail: SocketAddr,
        security: Security,
    },
}

impl Stage {
    /// Starts both and pins this thread, so that the clients that it opens are where they belong. Our bridge keeps its
    /// sessions in a file, as it does for people.
    ///
    /// # Errors
    /// When a program does not start.
    pub(crate) fn set(relay: Relay, placement: Placement, security: Security) -> Result<Self> {
        Self::with(Setting::Own, relay, placement, security)
    }

    /// The same, but that our bridge has its sessions in memory alone.
    ///
    /// # Errors
    /// When a program does not start.
    pub(crate) fn in_memory(relay: Relay, placement: Placement, security: Security) -> Result<Self> {
        Self::with(Setting::InMemory, relay, placement, security)
    }

    /// The same, with our bridge set up like that.
    ///
    /// # Errors
    /// When a program does not start.
    pub(crate) fn with(
        setting: Setting,
        relay: Relay,
        placement: Placement,
        security: Security,
    ) -> Result<Self> {
        let directory = TempDir::with_prefix_in("stage-", scratch::place()?)?;
        let (place, cores) = (directory.path(), placement.relay());
        placement.others().pin()?;
        let (server, plain, tls) = relay::mail_server(place, placement.others())?;
        let mail = if security == Security::Tls { tls } else { plain };
        let (relay, way) = match relay {
            Relay::Plain => (None, Way::Plain(mail)),
            Relay::Bare => {
                let (relay, at) = relay::bare(mail, place, cores)?;
                (Some(relay), Way::Octets(at, None))
            }
            Relay::Console => {
                let (relay, bridge) = setting.start(place, cores)?;
                let way = Way::Console {
                    bridge,
                    mail,
                    security,
                };
                (Some(relay), way)
            }
            Relay::Peer(peer) => {
                let (relay, at) = relay::peer(peer, mail, place, cores)?;
                (Some(relay), Way::Octets(at, peer.subprotocol()))
            }
        };
        Ok(Self {
            relay,
            way,
            _mail: server,
            directory,
        })
    }

    /// Becomes a client: connected, greeted and signed in.
    ///
    /// # Errors
    /// When that does not come about.
    pub(crate) fn client(&self) -> Result<Box<dyn Client>> {
        Ok(match &self.way {
            Way::Plain(mail) => client::plain(*mail)?,
            Way::Octets(relay, subprotocol) => client::octets(*relay, *subprotocol)?,
            Way::Console {
                bridge,
                mail,
                security,
            } => client::console(bridge, *mail, *security)?,
        })
    }

    /// The file that our bridge keeps its sessions in, where it does.
    pub(crate) fn journal(&self) -> PathBuf {
        setting::journal(self.directory.path())
    }

    /// The relay's process; none where there is no relay.
    pub(crate) fn process(&self) -> Option<&Running> {
        self.relay.as_ref()
    }
}
