//! A client that knows nothing of POP3 but lines.

use std::time::Duration;

use pop3_console::demo::Demonstration;
use pop3_console::upstream::tls::Tls;
use protocol::tls::{TlsReport, Verdict};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

pub(crate) struct Client<S = TcpStream> {
    stream: BufReader<S>,
}

/// Connects to the plain port.
pub(crate) async fn connect(demonstration: &Demonstration) -> Client {
    Client {
        stream: BufReader::new(TcpStream::connect(demonstration.address()).await.unwrap()),
    }
}

/// Connects to the TLS port with the bridge's own TLS, verifying.
pub(crate) async fn connect_tls(demonstration: &Demonstration) -> Client<Box<dyn Stream>> {
    let stream = TcpStream::connect(demonstration.tls_address()).await.unwrap();
    secure(demonstration, stream).await
}

async fn secure(demonstration: &Demonstration, stream: TcpStream) -> Client<Box<dyn Stream>> {
    let mut tls = Tls::new(&[]).unwrap();
    let at = vec![demonstration.address(), demonstration.tls_address()];
    tls.trust_demonstration(at, demonstration.certificate());
    let peer = stream.peer_addr().unwrap();
    let (stream, TlsReport { verdict, .. }) = tls
        .negotiate(stream, peer, "127.0.0.1", None, true)
        .await
        .unwrap();
    assert_eq!(verdict, Verdict::Verified);
    Client {
        stream: BufReader::new(Box::new(stream)),
    }
}

impl Client {
    /// Connects to the plain port, and logs in.
    pub(crate) async fn logged_in(demonstration: &Demonstration) -> Self {
        let mut client = connect(demonstration).await;
        client.greeting().await;
        client
            .dialogue(
                "C: USER user01
                 S: +OK Send your password
                 C: PASS password01
                 S: +OK Mailbox locked and ready",
            )
            .await;
        client
    }

    /// Negotiates TLS, after STLS was answered with `+OK`.
    pub(crate) async fn secured(self, demonstration: &Demonstration) -> Client<Box<dyn Stream>> {
        assert_eq!(
            self.stream.buffer(),
            b"",
            "nothing comes between the +OK and the handshake"
        );
        secure(demonstration, self.stream.into_inner()).await
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// Sends the `C:` lines and expects the `S:` lines, each exactly.
    pub(crate) async fn dialogue(&mut self, dialogue: &str) {
        for line in dialogue.lines().map(str::trim_start) {
            match line.split_at_checked(3) {
                Some(("C: ", said)) => self.send(format!("{said}\r\n").as_bytes()).await,
                Some(("S: ", expected)) => assert_eq!(self.line().await, expected),
                _ => panic!("neither C: nor S: {line:?}"),
            }
        }
    }

    /// The timestamp of the greeting.
    pub(crate) async fn greeting(&mut self) -> String {
        let greeting = self.line().await;
        let timestamp = greeting
            .strip_prefix("+OK POP3 server ready ")
            .expect("a greeting");
        assert!(
            timestamp.starts_with('<') && timestamp.ends_with("@localhost>"),
            "{timestamp}"
        );
        timestamp.to_owned()
    }

    pub(crate) async fn send(&mut self, octets: &[u8]) {
        self.stream.write_all(octets).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// The next line, whose CRLF is there.
    pub(crate) async fn line(&mut self) -> String {
        let mut line = String::new();
        let reading = self.stream.read_line(&mut line);
        tokio::time::timeout(Duration::from_secs(20), reading)
            .await
            .expect("an answer")
            .unwrap();
        line.strip_suffix("\r\n")
            .unwrap_or_else(|| panic!("{line:?} has no CRLF"))
            .to_owned()
    }

    /// A message as RETR gives it, its byte-stuffing undone.
    pub(crate) async fn retrieve(&mut self, number: usize) -> String {
        self.send(format!("RETR {number}\r\n").as_bytes()).await;
        let status = self.line().await;
        let mut message = String::new();
        loop {
            let line = self.line().await;
            if line == "." {
                break;
            }
            message.push_str(line.strip_prefix('.').unwrap_or(&line));
            message.push_str("\r\n");
        }
        assert_eq!(status, format!("+OK {} octets", message.len()));
        message
    }

    /// Nothing more comes, and the end is an orderly one.
    pub(crate) async fn ends(&mut self) {
        let mut rest = Vec::new();
        self.stream.read_to_end(&mut rest).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&rest), "");
    }
}
