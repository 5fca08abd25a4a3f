//! What takes the octets of a socket: the system at once, or TLS, which holds some of them back until the system takes more.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;
use tokio::net::tcp::OwnedWriteHalf;

use crate::web::socket::sealed::Sealed;

/// What takes the octets.
pub(super) enum Below {
    Tcp(OwnedWriteHalf),
    /// Boxed: most bridges never need it.
    Tls(Box<Sealed>),
}

impl Below {
    /// Takes what it can of that now.
    pub(super) fn try_write(&mut self, octets: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Tcp(tcp) => tcp.try_write_vectored(octets),
            Self::Tls(tls) => tls.try_write(octets),
        }
    }

    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        octets: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Tcp(tcp) => Pin::new(tcp).poll_write_vectored(cx, octets),
            Self::Tls(tls) => tls.poll_write(cx, octets),
        }
    }

    /// Whether the system has all that was taken.
    pub(super) fn is_out(&self) -> bool {
        match self {
            Self::Tcp(_) => true,
            Self::Tls(tls) => tls.is_out(),
        }
    }

    /// Waits until it has.
    pub(super) fn poll_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(_) => Poll::Ready(Ok(())),
            Self::Tls(tls) => tls.poll_out(cx),
        }
    }
}
