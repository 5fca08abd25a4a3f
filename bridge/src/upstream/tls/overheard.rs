//! A stream that remembers how the other side began, so that plain text in place of TLS can be quoted, and how
//! much that side took.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How many octets are remembered.
const HEARD_MAX: usize = 256;

/// How long the rest of a first line is awaited after the handshake failed.
const LINE_WAIT: Duration = Duration::from_millis(250);

/// A TCP stream that remembers the first octets read from it, up to a bound.
#[derive(Debug)]
pub struct Overheard {
    stream: TcpStream,
    heard: Vec<u8>,
    written: u64,
}

impl Overheard {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            heard: Vec::new(),
            written: 0,
        }
    }

    /// The stream itself, for its addresses and options.
    pub fn tcp(&self) -> &TcpStream {
        &self.stream
    }

    /// How many octets the system has taken: the only sign that what TLS holds back goes on.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    fn count(&mut self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(octets)) = written {
            self.written += octets as u64;
        }
        written
    }

    /// The first line that the other side said, if what it said is no TLS: every TLS record begins with one
    /// of the content types 20 to 24 (RFC 8446 §5.1). What is missing of the line is awaited for a moment.
    pub(super) async fn plain_line(mut self) -> Option<Vec<u8>> {
        if self.heard.first().is_none_or(|octet| (20..=24).contains(octet)) {
            return None;
        }
        let _late = timeout(LINE_WAIT, async {
            let mut more = [0; HEARD_MAX];
            while self.heard.len() < HEARD_MAX && !self.heard.contains(&b'\n') {
                if !matches!(self.read(&mut more).await, Ok(1..)) {
                    break;
                }
            }
        })
        .await;
        let line = self
            .heard
            .split(|&octet| octet == b'\n')
            .next()
            .unwrap_or_default();
        Some(line.strip_suffix(b"\r").unwrap_or(line).to_vec())
    }
}

impl AsyncRead for Overheard {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if self.heard.len() < HEARD_MAX {
            let read = &buffer.filled()[before..];
            let room = HEARD_MAX - self.heard.len();
            self.heard.extend_from_slice(&read[..read.len().min(room)]);
        }
        polled
    }
}

impl AsyncWrite for Overheard {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, octets);
        self.count(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.count(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
