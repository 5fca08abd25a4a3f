//! Where the octets of a socket go out: frames straight from the memory that all viewers share, and between them the few
//! that tungstenite writes of its own accord, which answer pings and close.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use protocol::access::LinkNo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::sealed::Sealed;
use crate::session::link::Links;
use crate::session::transcript::{Offered, Outlet};
use crate::web::listener::Stream;

/// The longest head of a frame that is not masked, in octets (RFC 6455 §5.2).
const HEAD_MAX: usize = 10;

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

/// What takes the octets.
enum Below {
    Tcp(OwnedWriteHalf),
    /// Boxed: most bridges never need it.
    Tls(Box<Sealed>),
}

/// The same for somebody else who writes there: as long as a link lets in.
pub(super) struct LinkOutlet {
    outlet: Arc<WireOutlet>,
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

impl Below {
    /// Takes what it can of that now.
    fn try_write(&mut self, octets: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Tcp(tcp) => tcp.try_write_vectored(octets),
            Self::Tls(tls) => tls.try_write(octets),
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, octets: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        match self {
            Self::Tcp(tcp) => Pin::new(tcp).poll_write_vectored(cx, octets),
            Self::Tls(tls) => tls.poll_write(cx, octets),
        }
    }

    /// Whether the system has all that was taken.
    fn is_out(&self) -> bool {
        match self {
            Self::Tcp(_) => true,
            Self::Tls(tls) => tls.is_out(),
        }
    }

    /// Waits until it has.
    fn poll_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(_) => Poll::Ready(Ok(())),
            Self::Tls(tls) => tls.poll_out(cx),
        }
    }
}

impl LinkOutlet {
    pub(super) fn new(outlet: Arc<WireOutlet>, links: Arc<Links>, link: Option<LinkNo>) -> Self {
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

    fn poll_onto(&mut self, below: &mut Below, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.is_written() {
            match ready!(below.poll_write(cx, &self.slices()))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.written += written,
            }
        }
        Poll::Ready(Ok(()))
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
mod tests {
    use std::future::poll_fn;

    use futures_util::StreamExt;
    use protocol::access::{Role as Part, Sight};
    use rustls::pki_types::{PrivateKeyDer, ServerName};
    use rustls::{ClientConfig, RootCertStore, ServerConfig};
    use socket2::SockRef;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio_rustls::client::TlsStream;
    use tokio_rustls::{TlsAcceptor, TlsConnector};
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

    async fn connected() -> (Wire, TcpStream) {
        let (stream, browser) = tcp().await;
        (Wire::new(Stream::Plain(stream)), browser)
    }

    /// The same under TLS.
    async fn sealed() -> (Wire, TlsStream<TcpStream>) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let bridges = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone()).unwrap();
        let browsers = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let (bridges, browsers) = (
            TlsAcceptor::from(Arc::new(bridges)),
            TlsConnector::from(Arc::new(browsers)),
        );
        let (stream, browser) = tcp().await;
        let (stream, browser) = tokio::join!(
            bridges.accept(stream),
            browsers.connect(ServerName::try_from("localhost").unwrap(), browser)
        );
        (
            Wire::new(Stream::Tls(Box::new(stream.unwrap()))),
            browser.unwrap(),
        )
    }

    async fn tcp() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let browser = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        SockRef::from(&stream).set_send_buffer_size(SYSTEM).unwrap();
        (stream, browser)
    }

    async fn send(outlet: &WireOutlet, octets: Option<Vec<u8>>) {
        let mut octets = octets.map(Bytes::from);
        poll_fn(|cx| outlet.poll_send(cx, &mut octets)).await.unwrap();
    }

    #[tokio::test]
    async fn frames_follow_one_another_whole_whoever_writes_them() {
        let (wire, browser) = connected().await;
        follow_one_another(wire, browser).await;
    }

    #[tokio::test]
    async fn frames_follow_one_another_whole_under_tls() {
        let (wire, browser) = sealed().await;
        follow_one_another(wire, browser).await;
    }

    async fn follow_one_another(mut wire: Wire, browser: impl AsyncRead + AsyncWrite + Unpin) {
        let outlet = wire.outlet().clone();
        let ours = async {
            for _ in 0..FRAMES {
                send(&outlet, Some(vec![b'o'; FRAME])).await;
            }
        };
        let tungstenites = async {
            for _ in 0..FRAMES {
                let framed = Framed::new(vec![b't'; FRAME].into());
                wire.write_all(&framed.slices().map(|slice| slice.to_vec()).concat())
                    .await
                    .unwrap();
            }
            wire.flush().await.unwrap();
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
        let (wire, _browser) = connected().await;
        let frame = Bytes::from(vec![b'v'; 4 * 1024 * 1024]);
        assert_eq!(wire.outlet().offer(&frame), Offered::TakenInPart);
        assert_eq!(
            wire.outlet().offer(&Bytes::from_static(b"another")),
            Offered::Declined
        );
    }

    #[tokio::test]
    async fn nothing_is_taken_before_the_system_has_all_of_what_was_sealed() {
        let (wire, mut browser) = sealed().await;
        let outlet = wire.outlet().clone();
        // TLS takes a frame at once, the system does not.
        let (frame, mut taken) = (Bytes::from(vec![b'v'; FRAME]), 0);
        let last = loop {
            match outlet.offer(&frame) {
                Offered::Taken => taken += frame.len(),
                last => break last,
            }
        };
        assert_eq!(last, Offered::TakenInPart);
        assert_eq!(outlet.offer(&Bytes::from_static(b"another")), Offered::Declined);
        let head = Framed::new(frame.clone()).head_length;
        let frames = taken / frame.len() + 1;
        let mut came = vec![0; frames * (head + frame.len())];
        let (_, read) = tokio::join!(send(&outlet, None), browser.read_exact(&mut came));
        read.unwrap();
        assert_eq!(outlet.offer(&Bytes::from_static(b"another")), Offered::Taken);
    }

    #[tokio::test]
    async fn what_tungstenite_began_goes_out_whoever_writes_next() {
        let (mut wire, mut browser) = connected().await;
        let outlet = wire.outlet().clone();
        let frame = Framed::new(vec![b't'; 4 * 1024 * 1024].into());
        let frame = frame.slices().map(|slice| slice.to_vec()).concat();
        // Nobody reads yet, so that it can only be begun.
        assert_eq!(wire.write(&frame).await.unwrap(), frame.len());
        assert_eq!(outlet.offer(&Bytes::from_static(b"another")), Offered::Declined);
        let mut came = vec![0; frame.len()];
        let (_, read) = tokio::join!(send(&outlet, None), browser.read_exact(&mut came));
        read.unwrap();
        assert!(came == frame);
    }

    #[tokio::test]
    async fn nothing_is_written_for_whoever_came_through_a_link_that_is_over() {
        let (wire, _browser) = connected().await;
        let links = Arc::new(Links::new(Token::new().unwrap().hash(), Vec::new()));
        let wanted = Wanted {
            name: String::new(),
            role: Part::Watch,
            sight: Sight::Everything,
            lasts: None,
        };
        let (link, _) = links.make(wanted).unwrap();
        let guests = LinkOutlet::new(wire.outlet().clone(), links.clone(), Some(link.no));
        let owners = LinkOutlet::new(wire.outlet().clone(), links.clone(), None);
        let frame = Bytes::from_static(b"frame");
        assert_eq!(guests.offer(&frame), Offered::Taken);
        links.revoke(link.no);
        assert_eq!(guests.offer(&frame), Offered::Declined);
        assert_eq!(owners.offer(&frame), Offered::Taken);
        links.shut();
        assert_eq!(owners.offer(&frame), Offered::Declined);
    }
}
