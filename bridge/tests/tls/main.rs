//! What the bridge makes of a mail server's TLS.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

#[path = "../shared/authority.rs"]
mod authority;
mod certificates;
mod failures;
mod identity;
mod names;
mod server;

use std::path::PathBuf;
use std::time::Duration;

use identity::Identity;
use pop3_console::upstream::tls::{MailTls, Tls};
use protocol::remark::Failure;
use protocol::tls::{CertificateProblem, TlsReport, Verdict};
use server::Server;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

const HOST: &str = "mail.company.com";

type Negotiated = Result<(MailTls, TlsReport), Failure>;

async fn negotiate(tls: &Tls, server: &Server, host: &str, name: Option<&str>, verify: bool) -> Negotiated {
    let stream = TcpStream::connect(server.address).await.unwrap();
    let negotiating = tls.negotiate(stream, server.address, host, name, verify);
    tokio::time::timeout(Duration::from_secs(20), negotiating)
        .await
        .expect("the handshake ends")
}

/// Connects to a server with that identity, as `host`, and verifies.
async fn verified(trusting: &[PathBuf], identity: Identity, host: &str) -> Negotiated {
    negotiate(
        &Tls::new(trusting).unwrap(),
        &Server::tls(identity).await,
        host,
        None,
        true,
    )
    .await
}

/// Connects to a server with that identity without verifying, and gives what would have been found wrong.
async fn unverified(trusting: &[PathBuf], identity: Identity, host: &str) -> Option<CertificateProblem> {
    let server = Server::tls(identity).await;
    let negotiated = negotiate(&Tls::new(trusting).unwrap(), &server, host, None, false).await;
    let (mut stream, report) = negotiated.expect("it connects all the same");
    assert_eq!(all(&mut stream).await, "+OK ready\r\n");
    let Verdict::NotVerified(problem) = report.verdict else {
        panic!("{:?}", report.verdict)
    };
    problem
}

/// Everything up to the orderly end.
async fn all(stream: &mut MailTls) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

/// The report of a certificate that was refused, and why it was.
fn refused(negotiated: Negotiated) -> (TlsReport, CertificateProblem) {
    match negotiated {
        Err(Failure::Certificate(report)) => match report.verdict.clone() {
            Verdict::Refused(problem) => (report, problem),
            verdict => panic!("{verdict:?}"),
        },
        Err(failure) => panic!("{failure:?}"),
        Ok((_, report)) => panic!("it was accepted: {report:?}"),
    }
}
