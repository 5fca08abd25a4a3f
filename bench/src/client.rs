//! Clients of a mail server, straight or through a relay. Each waits for what it reads in a thread of its own:
//! nothing stands between it and its socket that could differ from relay to relay.

mod console;
mod host;
mod octets;
mod onlooker;
mod raw;

use std::net::{SocketAddr, TcpStream};
use std::ops::Range;
use std::time::Duration;

use anyhow::{Result, bail};
pub(crate) use console::Key;
pub(crate) use host::Host;
pub(crate) use onlooker::Onlooker;
use protocol::entry::Seq;
use protocol::target::Security;

/// How long anything may take before a measurement is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// The line that is sent over and over. Its reply is one line.
const LINE: &[u8] = b"NOOP\r\n";

/// A dialogue with the mail server, signed in.
pub(crate) trait Client: Send {
    /// Sends a line, without waiting for its reply.
    ///
    /// # Errors
    /// When the other side is gone.
    fn send(&mut self) -> Result<()>;

    /// Waits for replies, and says how many came at once.
    ///
    /// # Errors
    /// When none comes.
    fn replies(&mut self) -> Result<usize>;

    /// Asks for a message of so many lines, and reads nothing.
    ///
    /// # Errors
    /// When the other side is gone.
    fn request(&mut self, lines: u32) -> Result<()>;

    /// Reads what was [requested](Client::request) to its end, and says how many octets of message that were.
    ///
    /// # Errors
    /// When the end does not come.
    fn receive(&mut self) -> Result<u64>;

    /// Another who looks at the same, where that is possible; nothing was read of it yet.
    ///
    /// # Errors
    /// When that is possible, and does not come about.
    fn onlooker(&self) -> Result<Option<Box<dyn Client>>> {
        Ok(None)
    }

    /// More who look on, each somebody else, by their numbers.
    ///
    /// # Errors
    /// When that does not come about.
    fn viewers(&mut self, _numbers: Range<usize>) -> Result<Vec<Onlooker>> {
        bail!("there is nobody to look on")
    }

    /// Gives a sign of life, where silence is taken for an end.
    ///
    /// # Errors
    /// When the other side is gone.
    fn beat(&mut self) -> Result<()> {
        Ok(())
    }

    /// The last entry that came, where there are any.
    fn last(&self) -> Seq {
        0
    }

    /// How many octets the bridge has recorded for this client, where it records anything.
    fn recorded(&self) -> u64 {
        0
    }
}

/// A line and its reply.
///
/// # Errors
/// When there is none.
pub(crate) fn round_trip(client: &mut dyn Client) -> Result<()> {
    client.send()?;
    while client.replies()? == 0 {}
    Ok(())
}

/// Straight to the mail server.
pub(crate) fn plain(mail: SocketAddr) -> Result<Box<dyn Client>> {
    raw::signed_in(octets::Tcp::new(connected(mail)?))
}

/// Through a relay that passes octets on.
pub(crate) fn octets(relay: SocketAddr, subprotocol: Option<&'static str>) -> Result<Box<dyn Client>> {
    raw::signed_in(octets::WebSocket::open(relay, subprotocol)?)
}

/// Through the bridge, as a browser.
pub(crate) fn console(bridge: &Host, mail: SocketAddr, security: Security) -> Result<Box<dyn Client>> {
    Ok(Box::new(console::Console::signed_in(bridge, mail, security)?))
}

fn connected(address: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}
