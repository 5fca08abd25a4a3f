//! A connection that is given up where its other side takes nothing, or where what is sent must not look whole.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};
use tracing::debug;

use super::{Slot, Stream};

/// A connection. Writing fails when the other side has taken nothing for a while: nobody else notices that of
/// somebody who asks for much and does not read it.
pub(in crate::web) struct Connection {
    /// Gone when somebody else has it.
    stream: Option<Stream>,
    /// How long the other side may take nothing.
    within: Duration,
    /// Runs while it takes nothing. Boxed: most never need it.
    stuck: Option<Pin<Box<Sleep>>>,
    slot: Arc<Slot>,
}

impl Connection {
    pub(super) fn new(stream: Stream, within: Duration, slot: Arc<Slot>) -> Self {
        Self {
            stream: Some(stream),
            within,
            stuck: None,
            slot,
        }
    }

    /// The connection itself, without that.
    pub(in crate::web) fn into_stream(mut self) -> Option<Stream> {
        self.stream.take()
    }

    fn stream(&mut self) -> io::Result<Pin<&mut Stream>> {
        let stream = self.stream.as_mut().map(Pin::new);
        stream.ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// What came of writing, unless nothing was taken for too long.
    fn taken<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stuck = None;
            return written;
        }
        let within = self.within;
        let stuck = self.stuck.get_or_insert_with(|| Box::pin(sleep(within)));
        ready!(stuck.as_mut().poll(cx));
        // What it has not taken is not sent any more, and takes no memory of the system's.
        self.slot.break_off();
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let Some(stream) = self.stream.as_ref().filter(|_| self.slot.is_broken()) else {
            return;
        };
        // It is reset and not closed: a close would be the end of what has no length of its own.
        if let Err(error) = socket2::SockRef::from(stream.tcp()).set_linger(Some(Duration::ZERO)) {
            debug!(%error, "a connection is closed where it should be reset");
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.stream()?.poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        let written = self.stream()?.poll_write(cx, octets);
        self.taken(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = self.stream()?.poll_write_vectored(cx, octets);
        self.taken(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.as_ref().is_some_and(Stream::is_write_vectored)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.stream()?.poll_flush(cx);
        self.taken(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = self.stream()?.poll_shutdown(cx);
        self.taken(cx, shut)
    }
}
