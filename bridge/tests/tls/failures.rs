//! Handshakes that do not come to a certificate, and connections that are cut off.

use pop3_console::upstream::tls::Tls;
use protocol::remark::Failure;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::authority::Authority;
use crate::server::Server;
use crate::{HOST, negotiate};

#[tokio::test]
async fn plain_text_in_place_of_tls_is_quoted() {
    let tls = Tls::new(&[]).unwrap();
    for (server, said) in [
        (
            Server::says(b"+OK POP3 ready <1@company>\r\nmore\r\n").await,
            "+OK POP3 ready <1@company>",
        ),
        (
            Server::answers(b"-ERR \x1b[2Jwhat\x00?\n").await,
            "-ERR ␛[2Jwhat␀?",
        ),
        (
            Server::answers(b"HTTP/1.1 400 Bad Request\r\n\r\n").await,
            "HTTP/1.1 400 Bad Request",
        ),
        (Server::says(b"+OK without an end").await, "+OK without an end"),
        (
            Server::says(b"-ERR gr\xfc\xdfe\r\n").await,
            "-ERR gr\u{fffd}\u{fffd}e",
        ),
    ] {
        let failure = negotiate(&tls, &server, HOST, None, true)
            .await
            .expect_err("it is no TLS");
        assert_eq!(
            failure,
            Failure::PlainText {
                said: said.to_owned()
            }
        );
    }
}

#[tokio::test]
async fn a_long_line_of_plain_text_is_cut() {
    static LONG: [u8; 5000] = [b'x'; 5000];
    let server = Server::says(&LONG).await;
    let failure = negotiate(&Tls::new(&[]).unwrap(), &server, HOST, None, true)
        .await
        .expect_err("it is no TLS");
    let Failure::PlainText { said } = failure else {
        panic!("{failure:?}")
    };
    assert_eq!(said.chars().count(), 200);
    assert!(said.ends_with('…'));
}

#[tokio::test]
async fn a_server_that_closes_is_told_as_such() {
    let server = Server::closes().await;
    let failure = negotiate(&Tls::new(&[]).unwrap(), &server, HOST, None, true)
        .await
        .expect_err("it closed");
    assert_eq!(failure, Failure::Closed { detail: None });
}

#[tokio::test]
async fn a_server_of_tls_1_0_is_told_as_such() {
    // A ServerHello of TLS 1.0 with TLS_RSA_WITH_AES_128_CBC_SHA, and the alert protocol_version.
    const HELLO: &[u8; 47] = b"\x16\x03\x01\x00\x2a\x02\x00\x00\x26\x03\x01\
        0123456789abcdef0123456789abcdef\x00\x00\x2f\x00";
    const ALERT: &[u8; 7] = b"\x15\x03\x01\x00\x02\x02\x46";
    for answer in [&HELLO[..], &ALERT[..]] {
        let server = Server::answers(answer).await;
        let failure = negotiate(&Tls::new(&[]).unwrap(), &server, HOST, None, true)
            .await
            .expect_err("too old");
        let Failure::Tls { detail } = failure else {
            panic!("{failure:?}")
        };
        assert!(detail.contains("neither TLS 1.2 nor TLS 1.3"), "{detail}");
    }
}

#[tokio::test]
async fn an_alert_is_told_with_its_name() {
    let server = Server::answers(b"\x15\x03\x03\x00\x02\x02\x28").await;
    let failure = negotiate(&Tls::new(&[]).unwrap(), &server, HOST, None, true)
        .await
        .expect_err("an alert");
    let Failure::Tls { detail } = failure else {
        panic!("{failure:?}")
    };
    assert!(
        detail.contains("HandshakeFailure") && detail.contains("no cipher suite in common"),
        "{detail}"
    );
}

#[tokio::test]
async fn an_end_without_close_notify_is_told_from_an_orderly_one() {
    let authority = Authority::new();
    let server = Server::tls(authority.certify(&[HOST], |_| ())).await;
    let relay = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let between = relay.local_addr().unwrap();
    let upstream = server.address;
    tokio::spawn(async move {
        let (mut near, _) = relay.accept().await.unwrap();
        let mut far = TcpStream::connect(upstream).await.unwrap();
        // The greeting never gets through: the connection is cut right after the client's Finished.
        let mut hello = [0; 4096];
        let read = near.read(&mut hello).await.unwrap();
        far.write_all(&hello[..read]).await.unwrap();
        let read = far.read(&mut hello).await.unwrap();
        near.write_all(&hello[..read]).await.unwrap();
        let _finished = near.read(&mut hello).await.unwrap();
    });
    let tls = Tls::new(&[authority.file()]).unwrap();
    let stream = TcpStream::connect(between).await.unwrap();
    let (mut stream, _) = tls.negotiate(stream, between, HOST, None, true).await.unwrap();
    let error = stream.read(&mut [0; 16]).await.expect_err("it was cut off");
    assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
}
