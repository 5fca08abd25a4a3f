//! Where the octets of a socket go out: frames straight from the memory that all viewers share, and between them the few
//! that tungstenite writes of its own accord, which answer pings and close.

mod below;
mod by_link;
mod framed;

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use below::Below;
pub(super) use by_link::LinkOutlet;
use bytes::Bytes;
use framed::Framed;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::tcp::OwnedReadHalf;

use super::sealed::Sealed;
use crate::session::transcript::{Offered, Outlet};
use crate::web::listener::Stream;

/// A connection, as tungstenite reads it and writes on it.
pub(super) struct Wire {
    /// None where what reads and what writes are one, as they are under TLS.
    read: Option<OwnedReadHalf>,
    outlet: Arc<WireOutlet>,
}

/// The side of it that writes. Frames follow one another whole, whoever writes them.
pub(super) struct WireOutlet(Mutex<Side>);

struct Side {
    below: Below,
    /// What was not taken of a frame that was begun. Nothing else goes out before it.
    rest: Option<Box<Framed>>,
}

impl Wire {
    pub(super) fn new(stream: Stream) -> Self {
        let (read, below) = match stream {
            Stream::Plain(tcp) => {
                let (read, write) = tcp.into_split();
                (Some(read), Below::Tcp(write))
            }
            Stream::Tls(tls) => {
                let (tcp, tls) = tls.into_inner();
                (None, Below::Tls(Box::new(Sealed::new(tcp, tls))))
            }
        };
        let side = Side { below, rest: None };
        Self {
            read,
            outlet: Arc::new(WireOutlet(Mutex::new(side))),
        }
    }

    /// The side that writes.
    pub(super) fn outlet(&self) -> &Arc<WireOutlet> {
        &self.outlet
    }
}

impl WireOutlet {
    /// Writes a frame with those octets, which are taken, or what is left of the one before: ready when the system has
    /// all of it.
    pub(super) fn poll_send(&self, cx: &mut Context<'_>, octets: &mut Option<Bytes>) -> Poll<io::Result<()>> {
        let mut side = self.lock();
        ready!(side.poll_rest(cx))?;
        let Some(mut framed) = octets.take().map(Framed::new) else {
            return Poll::Ready(Ok(()));
        };
        let sent = framed.poll_onto(&mut side.below, cx);
        if sent.is_pending() {
            side.rest = Some(Box::new(framed));
        }
        ready!(sent)?;
        side.below.poll_out(cx)
    }

    fn lock(&self) -> MutexGuard<'_, Side> {
        // A panic leaves a frame that is broken off, as a lost connection does.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outlet for WireOutlet {
    fn offer(&self, octets: &Bytes) -> Offered {
        let mut side = self.lock();
        if side.rest.is_some() {
            return Offered::Declined;
        }
        let mut framed = Framed::new(octets.clone());
        match side.below.try_write(&framed.slices()) {
            // What became of the connection is for whoever waits there to see.
            Err(_) | Ok(0) => return Offered::Declined,
            Ok(written) => framed.written = written,
        }
        if !framed.is_written() {
            side.rest = Some(Box::new(framed));
        } else if side.below.is_out() {
            return Offered::Taken;
        }
        Offered::TakenInPart
    }
}

impl Side {
    fn poll_rest(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(rest) = &mut self.rest {
            ready!(rest.poll_onto(&mut self.below, cx))?;
            self.rest = None;
        }
        self.below.poll_out(cx)
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_rest(cx))?;
        let written = ready!(self.below.poll_write(cx, &[IoSlice::new(octets)]))?;
        // Each time tungstenite hands over all that it has, which ends where a frame ends. The rest of it is kept here:
        // who reads the socket may be waiting for who writes, so that nobody would ask tungstenite to write it.
        let left = octets.get(written..).unwrap_or_default();
        if !left.is_empty() {
            self.rest = Some(Box::new(Framed::begun(Bytes::copy_from_slice(left))));
        }
        Poll::Ready(Ok(octets.len()))
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        read: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(tcp) = &mut self.read {
            return Pin::new(tcp).poll_read(cx, read);
        }
        match &mut self.outlet.lock().below {
            Below::Tls(tls) => tls.poll_read(cx, read),
            Below::Tcp(_) => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        self.outlet.lock().poll_write(cx, octets)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.outlet.lock().poll_rest(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut side = self.outlet.lock();
        ready!(side.poll_rest(cx))?;
        match &mut side.below {
            Below::Tcp(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Below::Tls(tls) => tls.poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests;
