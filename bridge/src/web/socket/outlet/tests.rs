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
use crate::session::link::{Links, Wanted};
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
