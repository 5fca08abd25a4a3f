//! A mail server under TLS from the first octet, with a certificate that nobody knows.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

use super::{Mail, Peer};

/// Says this under TLS, and then listens until the other side goes.
pub(crate) async fn self_signed(text: &'static str) -> Mail {
    let acceptor = acceptor();
    Mail::play(move |peer| {
        let acceptor = acceptor.clone();
        async move {
            let Some(mut stream) = accept(&acceptor, peer).await else {
                return;
            };
            stream.write_all(text.as_bytes()).await.unwrap();
            stream.flush().await.unwrap();
            let mut octets = [0; 1024];
            while matches!(stream.read(&mut octets).await, Ok(1..)) {}
        }
    })
    .await
}

/// Takes the client's handshake; none when the client breaks it off.
pub(crate) async fn accept(
    acceptor: &TlsAcceptor,
    peer: Peer,
) -> Option<tokio_rustls::server::TlsStream<tokio::net::TcpStream>> {
    acceptor.accept(peer.stream).await.ok()
}

/// With a new self-signed certificate for 127.0.0.1 and localhost.
pub(crate) fn acceptor() -> TlsAcceptor {
    acceptor_and_certificate().0
}

/// The same, and the certificate as PEM.
pub(crate) fn acceptor_and_certificate() -> (TlsAcceptor, String) {
    let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let pem = made.cert.pem();
    let chain = vec![CertificateDer::from(made.cert)];
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), pem)
}
