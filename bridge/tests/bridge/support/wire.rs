//! How a test's browser comes to the bridge: by TCP, or by TLS on it.

use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::Bridge;
use crate::authority::Authority;

/// What octets come and go by.
pub(crate) trait Octets: AsyncRead + AsyncWrite + Debug + Send + Unpin {
    /// The TCP connection, where it is one.
    fn into_tcp(self: Box<Self>) -> TcpStream;
}

impl Octets for TcpStream {
    fn into_tcp(self: Box<Self>) -> TcpStream {
        *self
    }
}

impl Octets for TlsStream<TcpStream> {
    fn into_tcp(self: Box<Self>) -> TcpStream {
        panic!("this is under TLS")
    }
}

/// An authority, and the files of the pair that it issued last.
pub(crate) struct Issuer {
    authority: Authority,
    folder: TempDir,
}

impl Issuer {
    /// With a pair for 127.0.0.1 and localhost.
    pub(crate) fn new() -> Self {
        let issuer = Self {
            authority: Authority::new(),
            folder: tempfile::tempdir().unwrap(),
        };
        issuer.issue();
        issuer
    }

    /// Issues another pair, in the place of the one before.
    pub(crate) fn issue(&self) {
        self.issue_as(&usual());
    }

    /// Issues such a one, in the place of the one before.
    pub(crate) fn issue_as(&self, params: &CertificateParams) {
        let (certificate, key) = self.pair_as(params);
        std::fs::write(self.certificate(), certificate).unwrap();
        std::fs::write(self.key(), key).unwrap();
    }

    /// Another pair, as PEM.
    pub(crate) fn pair(&self) -> (String, String) {
        self.pair_as(&usual())
    }

    fn pair_as(&self, params: &CertificateParams) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        (self.authority.sign(params, &key).pem(), key.serialize_pem())
    }

    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.path().join("console.pem")
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.folder.path().join("console.key")
    }

    /// Whoever trusts this authority, and speaks what a browser does.
    pub(crate) fn trusting(&self) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.certificate().der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        TlsConnector::from(Arc::new(config))
    }
}

/// A certificate for 127.0.0.1 and localhost that is to be.
fn usual() -> CertificateParams {
    CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap()
}

impl Bridge {
    /// A connection with the bridge, as its pages have one.
    pub(crate) async fn wire(&self) -> Box<dyn Octets> {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((self.asked_from, 0).into()).unwrap();
        let tcp = socket.connect(self.address).await.unwrap();
        tcp.set_nodelay(true).unwrap();
        match &self.trusting {
            None => Box::new(tcp),
            Some(trusting) => {
                let name = ServerName::from(self.address.ip());
                Box::new(trusting.connect(name, tcp).await.unwrap())
            }
        }
    }

    /// The certificate that a new connection is shown.
    pub(crate) async fn shown(&self) -> CertificateDer<'static> {
        let tcp = TcpStream::connect(self.address).await.unwrap();
        let name = ServerName::from(self.address.ip());
        // One of its own, or an earlier handshake would be gone on with.
        let trusting = self.issuer.as_ref().unwrap().trusting();
        let tls = trusting.connect(name, tcp).await.unwrap();
        tls.get_ref().1.peer_certificates().unwrap()[0]
            .clone()
            .into_owned()
    }
}
