//! The line to the mail server: plain, or under TLS.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use protocol::entry::PIECE_MAX;
use tokio::io::{AsyncRead as _, AsyncWrite as _, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use super::outbox::{Outbox, TOGETHER_MAX};
use super::tls::MailTls;

/// The most octets that one read takes.
const READ_MAX: usize = PIECE_MAX;

/// How long the farewell of TLS may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// A connection to a mail server.
pub(crate) struct Line {
    stream: Stream,
    /// Whether something that was written may still be held below, as TLS does.
    unflushed: bool,
    /// Since when the server has taken nothing of what is to go out; none when nothing is, or it was not tried yet.
    blocked: Option<Instant>,
    /// Writing failed, and is not tried again.
    mute: bool,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<MailTls>),
    /// A handshake has it.
    Taken,
}

/// What a turn came to.
#[derive(Debug)]
pub(crate) enum Turn {
    /// So many octets were read, and handed over.
    Received(usize),
    /// Since when the server has taken nothing is another time now, and there is nothing to read.
    Waits,
    /// The server's end.
    Ended,
    /// Reading failed.
    ReadFailed(io::Error),
    /// Writing failed. What the server said before may still be read.
    WriteFailed(io::Error),
}

impl Line {
    /// A plain one.
    pub(crate) fn plain(stream: TcpStream) -> Self {
        Self {
            stream: Stream::Plain(stream),
            unflushed: false,
            blocked: None,
            mute: false,
        }
    }

    /// One under TLS.
    pub(crate) fn tls(stream: MailTls) -> Self {
        Self {
            stream: Stream::Tls(Box::new(stream)),
            unflushed: false,
            blocked: None,
            mute: false,
        }
    }

    /// Since when the server has taken nothing of what is to go out; none when nothing is.
    pub(crate) fn blocked_since(&self) -> Option<Instant> {
        self.blocked
    }

    /// Whether writing failed, so that nothing goes out any more.
    pub(crate) fn is_mute(&self) -> bool {
        self.mute
    }

    /// Takes the socket of a plain line away, for a handshake. Nothing can be read or written here then.
    pub(crate) fn take_plain(&mut self) -> Option<TcpStream> {
        match std::mem::replace(&mut self.stream, Stream::Taken) {
            Stream::Plain(stream) => Some(stream),
            other => {
                self.stream = other;
                None
            }
        }
    }

    /// Writes what waits, as far as the server takes it, and reads what is there. Neither waits for the
    /// other, and nothing is lost when this is dropped before it is ready.
    pub(crate) async fn turn(&mut self, outbox: &mut Outbox, mut receive: impl FnMut(&[u8])) -> Turn {
        poll_fn(|cx| self.poll_turn(cx, outbox, &mut receive)).await
    }

    /// Says goodbye where the protocol below has a word for it: TLS's close_notify.
    pub(crate) async fn farewell(self) {
        if let Stream::Tls(mut stream) = self.stream {
            // The other side may be gone already, which is all the same now.
            let _ = timeout(FAREWELL, stream.shutdown()).await;
        }
    }

    fn poll_turn(
        &mut self,
        cx: &mut Context<'_>,
        outbox: &mut Outbox,
        receive: &mut impl FnMut(&[u8]),
    ) -> Poll<Turn> {
        let before = self.blocked;
        if let Err(error) = self.poll_write(cx, outbox) {
            self.mute = true;
            self.blocked = None;
            return Poll::Ready(Turn::WriteFailed(error));
        }
        // The buffer lives for this call only, so that an idle line holds none.
        let mut space = [const { MaybeUninit::uninit() }; READ_MAX];
        let mut buffer = ReadBuf::uninit(&mut space);
        match self.stream.poll_read(cx, &mut buffer) {
            Poll::Ready(Ok(())) if buffer.filled().is_empty() => Poll::Ready(Turn::Ended),
            Poll::Ready(Ok(())) => {
                receive(buffer.filled());
                Poll::Ready(Turn::Received(buffer.filled().len()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Turn::ReadFailed(error)),
            Poll::Pending if self.blocked != before => Poll::Ready(Turn::Waits),
            Poll::Pending => Poll::Pending,
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, outbox: &mut Outbox) -> io::Result<()> {
        if self.mute || (outbox.is_empty() && !self.unflushed) {
            return Ok(());
        }
        let taken = self.stream.taken();
        let (mut wrote, mut waits) = (false, false);
        while !outbox.is_empty() && !waits {
            let mut slices = [IoSlice::new(&[]); TOGETHER_MAX];
            let count = outbox.slices(&mut slices);
            match self
                .stream
                .poll_write(cx, slices.get(..count).unwrap_or_default())
            {
                Poll::Ready(Ok(0)) => return Err(io::ErrorKind::WriteZero.into()),
                Poll::Ready(Ok(octets)) => {
                    outbox.advance(octets);
                    (wrote, self.unflushed) = (true, true);
                }
                Poll::Ready(Err(error)) => return Err(error),
                Poll::Pending => waits = true,
            }
        }
        if self.unflushed {
            if let Poll::Ready(flushed) = self.stream.poll_flush(cx) {
                flushed?;
                self.unflushed = false;
            } else {
                wrote |= self.stream.taken() != taken;
                waits = true;
            }
        }
        if !waits {
            self.blocked = None;
        } else if wrote || self.blocked.is_none() {
            self.blocked = Some(Instant::now());
        }
        Ok(())
    }
}

impl Stream {
    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self {
            Stream::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Stream::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
            Stream::Taken => Poll::Ready(Ok(())),
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, slices: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        match self {
            Stream::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
            Stream::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
            Stream::Taken => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    /// How many octets the system has taken of what TLS made.
    fn taken(&self) -> u64 {
        match self {
            Stream::Tls(stream) => stream.get_ref().0.written(),
            Stream::Plain(_) | Stream::Taken => 0,
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Taken => Poll::Ready(Ok(())),
        }
    }
}
