//! Somebody who looks on, and costs next to nothing: looks for replies in what comes, and into nothing else.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use anyhow::{Context, Result, ensure};
use protocol::wire::{FromBrowser, Hello, SUBPROTOCOL, encode};
use tokio_tungstenite::tungstenite::client::{IntoClientRequest, client_with_config};

use super::connected;

/// The reply to the line that is sent over and over.
const REPLY: &[u8] = b"+OK\r\n";

/// How much one read takes.
const READ_MAX: usize = 64 * 1024;

/// A socket on which entries come.
pub(crate) struct Onlooker {
    stream: TcpStream,
    beat: Vec<u8>,
}

impl Onlooker {
    /// Comes with that hello. What there is already is read and left.
    pub(super) fn join(bridge: SocketAddr, hello: &Hello) -> Result<Self> {
        let mut request = format!("ws://{bridge}/api/socket").into_client_request()?;
        let headers = request.headers_mut();
        headers.insert("Sec-WebSocket-Protocol", SUBPROTOCOL.parse()?);
        headers.insert("Origin", format!("http://{bridge}").parse()?);
        let (mut socket, _) =
            client_with_config(request, connected(bridge)?, None).context("the bridge opens no WebSocket")?;
        // Nothing comes before the hello, so nothing is lost in tungstenite's buffer.
        let stream = socket.get_mut();
        stream.write_all(&masked(&encode(hello))?)?;
        let mut onlooker = Self {
            stream: stream.try_clone()?,
            beat: masked(&encode(&FromBrowser::Beat))?,
        };
        onlooker.until_reply()?;
        Ok(onlooker)
    }

    /// Waits for a reply.
    pub(crate) fn until_reply(&mut self) -> Result<()> {
        let mut read = [0; READ_MAX];
        loop {
            let count = self.stream.read(&mut read)?;
            ensure!(count > 0, "the bridge closed a viewer's socket");
            let came = read.get(..count).unwrap_or_default();
            if came.windows(REPLY.len()).any(|window| window == REPLY) {
                return Ok(());
            }
        }
    }

    /// Gives a sign of life.
    pub(crate) fn beat(&mut self) -> Result<()> {
        Ok(self.stream.write_all(&self.beat)?)
    }
}

/// A message as a browser sends it, masked with nothing.
fn masked(octets: &[u8]) -> Result<Vec<u8>> {
    let length = u16::try_from(octets.len())?;
    let mut frame = vec![0x82];
    if length < 126 {
        frame.push(0x80 | length.to_be_bytes()[1]);
    } else {
        frame.push(0x80 | 126);
        frame.extend(length.to_be_bytes());
    }
    frame.extend([0; 4]);
    frame.extend_from_slice(octets);
    Ok(frame)
}
