//! Where the octets of a socket go out: frames straight from the memory that all viewers share, and between them the few
//! that tungstenite writes of its own accord, which answer pings and close.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use protocol::access::LinkNo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::session::link::Links;
use crate::session::transcript::{Offered, Outlet};

/// The longest head of a frame that is not masked, in octets (RFC 6455 §5.2).
const HEAD_MAX: usize = 10;

/// A TCP connection, as tungstenite reads it and writes on it.
pub(super) struct Tcp {
    read: OwnedReadHalf,
    outlet: Arc<TcpOutlet>,
}

/// The side of it that writes. Frames follow one another whole, whoever writes them.
pub(super) struct TcpOutlet(Mutex<Side>);

struct Side {
    stream: OwnedWriteHalf,
    /// What the system has not taken of a frame that was begun. Nothing else goes out before it.
    rest: Option<Box<Framed>>,
}

/// The same for somebody else who writes there: as long as a link lets in.
pub(super) struct LinkOutlet {
    outlet: Arc<TcpOutlet>,
    links: Arc<Links>,
    /// None of the owner.
    link: Option<LinkNo>,
}

/// A frame: its head and its octets, and how many of both were written.
struct Framed {
    head: [u8; HEAD_MAX],
    head_length: usize,
    octets: Bytes,
    written: usize,
}

impl Tcp {
    pub(super) fn new(stream: TcpStream) -> Self {
        let (read, stream) = stream.into_split();
        let side = Side { stream, rest: None };
        Self {
            read,
            outlet: Arc::new(TcpOutlet(Mutex::new(side))),
        }
    }

    /// The side that writes.
    pub(super) fn outlet(&self) -> &Arc<TcpOutlet> {
        &self.outlet
    }
}

impl TcpOutlet {
    /// Writes a frame with those octets, which are taken, or what is left of the one before: ready when the system has
    /// all of it.
    pub(super) fn poll_send(&self, cx: &mut Context<'_>, octets: &mut Option<Bytes>) -> Poll<io::Result<()>> {
        let mut side = self.lock();
        ready!(side.poll_rest(cx))?;
        let Some(mut framed) = octets.take().map(Framed::new) else {
            return Poll::Ready(Ok(()));
        };
        let sent = framed.poll_onto(&mut side.stream, cx);
        if sent.is_pending() {
            side.rest = Some(Box::new(framed));
        }
        sent
    }

    fn lock(&self) -> MutexGuard<'_, Side> {
        // A panic leaves a frame that is broken off, as a lost connection does.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outlet for TcpOutlet {
    fn offer(&self, octets: &Bytes) -> Offered {
        let mut side = self.lock();
        if side.rest.is_some() {
            return Offered::Declined;
        }
        let mut framed = Framed::new(octets.clone());
        match side.stream.try_write_vectored(&framed.slices()) {
            // What became of the connection is for whoever waits there to see.
            Err(_) | Ok(0) => return Offered::Declined,
            Ok(written) => framed.written = written,
        }
        if framed.is_written() {
            return Offered::Taken;
        }
        side.rest = Some(Box::new(framed));
        Offered::TakenInPart
    }
}

impl LinkOutlet {
    pub(super) fn new(outlet: Arc<TcpOutlet>, links: Arc<Links>, link: Option<LinkNo>) -> Self {
        Self { outlet, links, link }
    }
}

impl Outlet for LinkOutlet {
    /// As it is when the frame has been read: whatever stands in it came while the link let in.
    fn offer(&self, octets: &Bytes) -> Offered {
        if self.links.lets_in(self.link) {
            self.outlet.offer(octets)
        } else {
            // Their own task puts them out.
            Offered::Declined
        }
    }
}

impl Side {
    fn poll_rest(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(rest) = &mut self.rest {
            ready!(rest.poll_onto(&mut self.stream, cx))?;
            self.rest = None;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_rest(cx))?;
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, octets))?;
        // Each time tungstenite hands over all that it has, which ends where a frame ends. The rest of it is kept here:
        // who reads the socket may be waiting for who writes, so that nobody would ask tungstenite to write it.
        let left = octets.get(written..).unwrap_or_default();
        if !left.is_empty() {
            self.rest = Some(Box::new(Framed::begun(Bytes::copy_from_slice(left))));
        }
        Poll::Ready(Ok(octets.len()))
    }
}

impl Framed {
    fn new(octets: Bytes) -> Self {
        let header = FrameHeader {
            opcode: OpCode::Data(Data::Binary),
            ..FrameHeader::default()
        };
        let mut head = [0; HEAD_MAX];
        // There is room for any head, so that this cannot fail.
        let _ = header.format(octets.len() as u64, &mut head.as_mut_slice());
        Self {
            head_length: header.len(octets.len() as u64),
            head,
            octets,
            written: 0,
        }
    }

    /// What is left of frames whose beginning was written.
    fn begun(octets: Bytes) -> Self {
        Self {
            head: [0; HEAD_MAX],
            head_length: 0,
            octets,
            written: 0,
        }
    }

    /// What is left to be written.
    fn slices(&self) -> [IoSlice<'_>; 2] {
        let head = self.head.get(self.written..self.head_length).unwrap_or_default();
        let octets = self.octets.get(self.written.saturating_sub(self.head_length)..);
        [head, octets.unwrap_or_default()].map(IoSlice::new)
    }

    fn is_written(&self) -> bool {
        self.written >= self.head_length + self.octets.len()
    }

    fn poll_onto(&mut self, stream: &mut OwnedWriteHalf, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.is_written() {
            match ready!(Pin::new(&mut *stream).poll_write_vectored(cx, &self.slices()))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.written += written,
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Tcp {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        read: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.read).poll_read(cx, read)
    }
}

impl AsyncWrite for Tcp {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        self.outlet.lock().poll_write(cx, octets)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.outlet.lock().poll_rest(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut side = self.outlet.lock();
        ready!(side.poll_rest(cx))?;
        Pin::new(&mut side.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use futures_util::StreamExt;
    use protocol::access::{Role as Part, Sight};
    use socket2::SockRef;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio_tungstenite::WebSocketStream;
    use tokio_tungstenite::tungstenite::protocol::Role;

    use super::*;
    use crate::session::link::Wanted;
    use crate::session::token::Token;

    /// What the system is asked to buffer of what is written: less than a frame.
    const SYSTEM: usize = 16 * 1024;

    const FRAME: usize = 60 * 1024;

    /// Frames from each who writes.
    const FRAMES: usize = 10;

    async fn connected() -> (Tcp, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let browser = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        SockRef::from(&stream).set_send_buffer_size(SYSTEM).unwrap();
        (Tcp::new(stream), browser)
    }

    async fn send(outlet: &TcpOutlet, octets: Option<Vec<u8>>) {
        let mut octets = octets.map(Bytes::from);
        poll_fn(|cx| outlet.poll_send(cx, &mut octets)).await.unwrap();
    }

    #[tokio::test]
    async fn frames_follow_one_another_whole_whoever_writes_them() {
        let (mut tcp, browser) = connected().await;
        let outlet = tcp.outlet().clone();
        let ours = async {
            for _ in 0..FRAMES {
                send(&outlet, Some(vec![b'o'; FRAME])).await;
            }
        };
        let tungstenites = async {
            for _ in 0..FRAMES {
                let framed = Framed::new(vec![b't'; FRAME].into());
                tcp.write_all(&framed.slices().map(|slice| slice.to_vec()).concat())
                    .await
                    .unwrap();
            }
            tcp.flush().await.unwrap();
        };
        let offers = async {
            let (frame, mut taken) = (Bytes::from(vec![b'v'; FRAME]), 0);
            while taken < FRAMES {
                match outlet.offer(&frame) {
                    Offered::Declined => tokio::task::yield_now().await,
                    Offered::Taken | Offered::TakenInPart => taken += 1,
                }
            }
            send(&outlet, None).await;
        };
        let reads = async {
            let mut socket = WebSocketStream::from_raw_socket(browser, Role::Client, None).await;
            let mut came = [0; 3];
            for _ in 0..3 * FRAMES {
                let frame = socket.next().await.unwrap().unwrap().into_data();
                let by = b"otv".iter().position(|by| *by == frame[0]).unwrap();
                assert_eq!(frame.len(), FRAME);
                assert!(frame.iter().all(|octet| *octet == frame[0]));
                came[by] += 1;
            }
            assert_eq!(came, [FRAMES; 3]);
        };
        tokio::join!(ours, tungstenites, offers, reads);
    }

    #[tokio::test]
    async fn nothing_is_taken_behind_a_frame_that_is_not_whole() {
        let (tcp, _browser) = connected().await;
        let frame = Bytes::from(vec![b'v'; 4 * 1024 * 1024]);
        assert_eq!(tcp.outlet().offer(&frame), Offered::TakenInPart);
        assert_eq!(
            tcp.outlet().offer(&Bytes::from_static(b"another")),
            Offered::Declined
        );
    }

    #[tokio::test]
    async fn what_tungstenite_began_goes_out_whoever_writes_next() {
        let (mut tcp, mut browser) = connected().await;
        let outlet = tcp.outlet().clone();
        let frame = Framed::new(vec![b't'; 4 * 1024 * 1024].into());
        let frame = frame.slices().map(|slice| slice.to_vec()).concat();
        // Nobody reads yet, so that it can only be begun.
        assert_eq!(tcp.write(&frame).await.unwrap(), frame.len());
        assert_eq!(outlet.offer(&Bytes::from_static(b"another")), Offered::Declined);
        let mut came = vec![0; frame.len()];
        let (_, read) = tokio::join!(send(&outlet, None), browser.read_exact(&mut came));
        read.unwrap();
        assert!(came == frame);
    }

    #[tokio::test]
    async fn nothing_is_written_for_whoever_came_through_a_link_that_is_over() {
        let (tcp, _browser) = connected().await;
        let links = Arc::new(Links::new(Token::new().unwrap().hash(), Vec::new()));
        let wanted = Wanted {
            name: String::new(),
            role: Part::Watch,
            sight: Sight::Everything,
            lasts: None,
        };
        let (link, _) = links.make(wanted).unwrap();
        let guests = LinkOutlet::new(tcp.outlet().clone(), links.clone(), Some(link.no));
        let owners = LinkOutlet::new(tcp.outlet().clone(), links.clone(), None);
        let frame = Bytes::from_static(b"frame");
        assert_eq!(guests.offer(&frame), Offered::Taken);
        links.revoke(link.no);
        assert_eq!(guests.offer(&frame), Offered::Declined);
        assert_eq!(owners.offer(&frame), Offered::Taken);
        links.shut();
        assert_eq!(owners.offer(&frame), Offered::Declined);
    }
}
