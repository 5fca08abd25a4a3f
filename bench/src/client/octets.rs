//! Octets to and from a mail server, on a TCP connection or on a WebSocket.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use tokio_tungstenite::tungstenite::client::{IntoClientRequest, client_with_config};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};

use super::connected;

/// The most octets that one read takes.
const READ_MAX: usize = 64 * 1024;

/// A way for octets.
pub(super) trait Octets: Send {
    /// Sends a line at once.
    fn write(&mut self, line: Bytes) -> Result<()>;

    /// Waits for some.
    fn read(&mut self) -> Result<&[u8]>;
}

/// TCP.
pub(super) struct Tcp {
    stream: TcpStream,
    space: Vec<u8>,
}

impl Tcp {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            space: vec![0; READ_MAX],
        }
    }
}

impl Octets for Tcp {
    fn write(&mut self, line: Bytes) -> Result<()> {
        Ok(self.stream.write_all(&line)?)
    }

    fn read(&mut self) -> Result<&[u8]> {
        match self.stream.read(&mut self.space)? {
            0 => bail!("the mail server closed the connection"),
            read => Ok(self.space.get(..read).unwrap_or_default()),
        }
    }
}

/// A WebSocket.
pub(super) struct WebSocket {
    socket: tungstenite::WebSocket<TcpStream>,
    frame: Bytes,
}

impl WebSocket {
    /// Opens one, with a subprotocol where the relay wants that.
    pub(super) fn open(relay: SocketAddr, subprotocol: Option<&'static str>) -> Result<Self> {
        let mut request = format!("ws://{relay}/").into_client_request()?;
        if let Some(subprotocol) = subprotocol {
            let value = HeaderValue::from_static(subprotocol);
            request.headers_mut().insert("Sec-WebSocket-Protocol", value);
        }
        let config = WebSocketConfig::default().read_buffer_size(READ_MAX);
        let opened = client_with_config(request, connected(relay)?, Some(config));
        let (socket, _) = opened.context("the relay opens no WebSocket")?;
        Ok(Self {
            socket,
            frame: Bytes::new(),
        })
    }
}

impl Octets for WebSocket {
    fn write(&mut self, line: Bytes) -> Result<()> {
        Ok(self.socket.send(Message::Binary(line))?)
    }

    fn read(&mut self) -> Result<&[u8]> {
        loop {
            match self.socket.read()? {
                Message::Binary(frame) => {
                    self.frame = frame;
                    return Ok(&self.frame);
                }
                Message::Text(frame) => {
                    self.frame = frame.into();
                    return Ok(&self.frame);
                }
                Message::Close(_) => bail!("the relay closed the WebSocket"),
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }
}
