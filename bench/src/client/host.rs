//! Our bridge as a browser reaches it: by TCP, or by TLS on it; with a sign-on, where it is hosted.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use anyhow::{Context, Result};
use protocol::wire::SUBPROTOCOL;
use rustls::client::Resumption;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::json;
use tokio_tungstenite::tungstenite::WebSocket;
use tokio_tungstenite::tungstenite::client::{IntoClientRequest, client_with_config};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::connected;

/// The most octets that one read takes.
const READ_MAX: usize = 64 * 1024;

/// Where the bridge is, and as whom it is asked.
#[derive(Clone)]
pub(crate) struct Host {
    pub(super) address: SocketAddr,
    /// Whom the browser trusts; none where the bridge speaks no TLS.
    tls: Option<Arc<ClientConfig>>,
    /// What the browser sends with every request, once somebody is signed in.
    cookie: Option<String>,
}

/// A connection with it.
pub(super) enum Stream {
    Plain(TcpStream),
    Sealed(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Host {
    /// One that speaks no TLS, where nobody is signed in.
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self {
            address,
            tls: None,
            cookie: None,
        }
    }

    /// The same with that certificate.
    ///
    /// # Errors
    /// When it is none.
    pub(crate) fn with_certificate(self, certificate: CertificateDer<'static>) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(certificate)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        // Each client is somebody else's browser.
        config.resumption = Resumption::disabled();
        Ok(Self {
            tls: Some(Arc::new(config)),
            ..self
        })
    }

    /// The same for somebody who signs in with an account.
    ///
    /// # Errors
    /// When they are not let in.
    pub(crate) fn signed_on(self, name: &str, password: &str) -> Result<Self> {
        let credentials = json!({ "name": name, "password": password }).to_string();
        let (head, body) = self.ask("/api/sign-on", "", &credentials)?;
        let set = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("set-cookie").then_some(value)
        });
        let set = set.with_context(|| format!("the bridge signs nobody on: {body}"))?;
        Ok(Self {
            cookie: set.split(';').next().map(str::to_owned),
            ..self
        })
    }

    /// Posts something, with further lines of the head, and gives the answer's body.
    pub(super) fn post(&self, path: &str, lines: &str, body: &str) -> Result<String> {
        Ok(self.ask(path, lines, body)?.1)
    }

    /// The same with the answer's head.
    fn ask(&self, path: &str, lines: &str, body: &str) -> Result<(String, String)> {
        let mut stream = self.connect()?;
        let cookie = self.cookie.as_ref();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\n{}{lines}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.address,
            self.origin(),
            cookie.map_or_else(String::new, |cookie| format!("Cookie: {cookie}\r\n")),
            body.len()
        );
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer
            .split_once("\r\n\r\n")
            .context("the bridge does not answer")?;
        Ok((head.to_owned(), body.to_owned()))
    }

    /// Opens a WebSocket on which nothing was said.
    pub(super) fn socket(&self) -> Result<WebSocket<Stream>> {
        let mut request = format!("ws://{}/api/socket", self.address).into_client_request()?;
        let headers = request.headers_mut();
        headers.insert("Sec-WebSocket-Protocol", SUBPROTOCOL.parse()?);
        headers.insert("Origin", self.origin().parse()?);
        if let Some(cookie) = &self.cookie {
            headers.insert("Cookie", cookie.parse()?);
        }
        let config = WebSocketConfig::default().read_buffer_size(READ_MAX);
        let opened = client_with_config(request, self.connect()?, Some(config));
        let (socket, _) = opened.context("the bridge opens no WebSocket")?;
        Ok(socket)
    }

    fn origin(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    fn connect(&self) -> Result<Stream> {
        let tcp = connected(self.address)?;
        let Some(config) = &self.tls else {
            return Ok(Stream::Plain(tcp));
        };
        let name = ServerName::from(self.address.ip());
        let tls = ClientConnection::new(config.clone(), name)?;
        Ok(Stream::Sealed(Box::new(StreamOwned::new(tls, tcp))))
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(stream) => stream.read(buffer),
            Stream::Sealed(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(stream) => stream.write(octets),
            Stream::Sealed(stream) => stream.write(octets),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Plain(stream) => stream.flush(),
            Stream::Sealed(stream) => stream.flush(),
        }
    }
}
