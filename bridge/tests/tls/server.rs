//! Servers that do one thing.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::identity::Identity;

/// A server on loopback; it ends when dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    asked_for: Arc<Mutex<Vec<Option<String>>>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Speaks TLS of either version: greets and closes.
    pub(crate) async fn tls(identity: Identity) -> Self {
        Self::tls_of(identity, &[&TLS13, &TLS12]).await
    }

    /// Speaks TLS of these versions: greets and closes.
    pub(crate) async fn tls_of(
        identity: Identity,
        versions: &[&'static rustls::SupportedProtocolVersion],
    ) -> Self {
        let asked_for = Arc::new(Mutex::new(Vec::new()));
        let key = ring::sign::any_supported_type(&identity.key).unwrap();
        let resolver = Presents {
            key: Arc::new(CertifiedKey::new(identity.chain, key)),
            asked_for: Arc::clone(&asked_for),
        };
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(resolver));
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let mut server = Self::on_loopback(move |stream| {
            let accepting = acceptor.accept(stream);
            async move {
                // A client that refuses the certificate or closes at once is no error of the server's.
                if let Ok(mut stream) = accepting.await
                    && stream.write_all(b"+OK ready\r\n").await.is_ok()
                {
                    let _closed = stream.shutdown().await;
                }
            }
        })
        .await;
        server.asked_for = asked_for;
        server
    }

    /// Sends these octets without having been asked, and waits for the client to close.
    pub(crate) async fn says(octets: &'static [u8]) -> Self {
        Self::on_loopback(move |mut stream| async move {
            stream.write_all(octets).await.unwrap();
            while matches!(stream.read(&mut [0; 512]).await, Ok(1..)) {}
        })
        .await
    }

    /// Sends these octets after the client's first, and waits for the client to close.
    pub(crate) async fn answers(octets: &'static [u8]) -> Self {
        Self::on_loopback(move |mut stream| async move {
            let _hello = stream.read(&mut [0; 4096]).await.unwrap();
            stream.write_all(octets).await.unwrap();
            while matches!(stream.read(&mut [0; 512]).await, Ok(1..)) {}
        })
        .await
    }

    /// Reads what the client begins with, and closes.
    pub(crate) async fn closes() -> Self {
        Self::on_loopback(|mut stream| async move {
            let _hello = stream.read(&mut [0; 4096]).await.unwrap();
        })
        .await
    }

    /// The names that clients asked for (SNI), in their order.
    pub(crate) fn asked_for(&self) -> Vec<Option<String>> {
        self.asked_for.lock().unwrap().clone()
    }

    async fn on_loopback<F, Serving>(serve: F) -> Self
    where
        F: Fn(TcpStream) -> Serving + Send + 'static,
        Serving: Future<Output = ()> + Send,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                serve(stream).await;
            }
        });
        Self {
            address,
            asked_for: Arc::default(),
            task,
        }
    }
}

#[derive(Debug)]
struct Presents {
    key: Arc<CertifiedKey>,
    asked_for: Arc<Mutex<Vec<Option<String>>>>,
}

impl ResolvesServerCert for Presents {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.asked_for
            .lock()
            .unwrap()
            .push(hello.server_name().map(str::to_owned));
        Some(Arc::clone(&self.key))
    }
}
