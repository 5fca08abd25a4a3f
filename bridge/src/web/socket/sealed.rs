//! TLS below a WebSocket: what is written goes out at once as far as the system takes it, and nobody has to wait for that.

use std::io::{self, IoSlice, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use rustls::ServerConnection;
use tokio::io::{AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::coop;

/// A TCP connection and the TLS on it. It holds what the system has not taken of what was written, a frame's worth:
/// nothing more is taken before that has gone out.
pub(super) struct Sealed {
    tcp: TcpStream,
    tls: ServerConnection,
}

/// What the system gives and takes now.
struct Now<'a>(&'a TcpStream);

impl Sealed {
    pub(super) fn new(tcp: TcpStream, tls: ServerConnection) -> Self {
        Self { tcp, tls }
    }

    /// Whether the system has all that was written.
    pub(super) fn is_out(&self) -> bool {
        !self.tls.wants_write()
    }

    /// Takes what it can of that, and hands it on as far as the system takes it: how much it took.
    ///
    /// # Errors
    /// `WouldBlock` when it holds something that has to go out before.
    pub(super) fn try_write(&mut self, octets: &[IoSlice<'_>]) -> io::Result<usize> {
        self.hand_on()?;
        let taken = self.tls.writer().write_vectored(octets)?;
        match self.hand_on() {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(taken),
        }
    }

    /// The same, and who asks is woken when it holds nothing any more.
    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        octets: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_out(cx))?;
        Poll::Ready(self.try_write(octets))
    }

    /// Waits until the system has all that was written.
    pub(super) fn poll_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            match self.hand_on() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(self.tcp.poll_write_ready(cx))?;
                }
                done => return Poll::Ready(done),
            }
        }
    }

    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>, read: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        // Reading what is there already costs the runtime's budget nothing by itself: without this, whoever sends pings
        // without end would never let go of the thread, nor meet a deadline.
        let turn = ready!(coop::poll_proceed(cx));
        loop {
            match self.tls.reader().read(read.initialize_unfilled()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                done => {
                    turn.made_progress();
                    read.advance(done?);
                    return Poll::Ready(Ok(()));
                }
            }
            match self.tls.read_tls(&mut Now(&self.tcp)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(self.tcp.poll_read_ready(cx))?;
                    continue;
                }
                done => done?,
            };
            let understood = self.tls.process_new_packets();
            // TLS has its own to say, such as why it ends. What does not go out now goes out when this is woken.
            let _ = self.poll_out(cx)?;
            understood.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        }
    }

    /// Says that nothing more will be written.
    pub(super) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // It says so once, however often it is asked.
        self.tls.send_close_notify();
        ready!(self.poll_out(cx))?;
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }

    fn hand_on(&mut self) -> io::Result<()> {
        while self.tls.wants_write() {
            if self.tls.write_tls(&mut Now(&self.tcp))? == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
        }
        Ok(())
    }
}

impl Read for Now<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(buffer)
    }
}

impl Write for Now<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.try_write(octets)
    }

    fn write_vectored(&mut self, octets: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write_vectored(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
