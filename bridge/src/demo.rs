//! The built-in demonstration mailbox: a real POP3 server on loopback, with four messages.
//!
//! It speaks RFC 1939 with APOP, TOP and UIDL, RFC 2449 (CAPA, response codes, pipelining), RFC 2595 (STLS),
//! RFC 3206 and RFC 5034 (AUTH PLAIN). The account is `user01` with the password `password01`. What QUIT deletes
//! is deleted as long as it runs; every start has the four messages again. Nothing is kept on disk.

mod account;
mod answer;
mod connection;
mod conversation;
pub(crate) mod identity;
mod lines;
mod maildrop;
mod messages;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tracing::{debug, warn};

use maildrop::Maildrop;

/// How many connections are served at a time, on both ports together.
const CONNECTIONS_MAX: usize = 64;

/// How long accepting rests after it failed, such as for want of file descriptors.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// A demonstration mailbox that runs. It ends, with every connection to it, when dropped.
#[derive(Debug)]
pub struct Demonstration {
    address: SocketAddr,
    tls_address: SocketAddr,
    certificate: CertificateDer<'static>,
    /// Aborts what accepts, and that in turn what serves, when dropped.
    _accepting: JoinSet<()>,
}

/// What its connections share.
struct Site {
    maildrop: Maildrop,
    acceptor: TlsAcceptor,
    places: Semaphore,
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Site")
            .field("maildrop", &self.maildrop)
            .finish_non_exhaustive()
    }
}

impl Demonstration {
    /// Starts one on two free ports of 127.0.0.1. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When no port can be had or no certificate can be made.
    pub async fn start() -> io::Result<Self> {
        let (certificate, acceptor) = identity::make()?;
        let site = Arc::new(Site {
            maildrop: Maildrop::new(),
            acceptor,
            places: Semaphore::new(CONNECTIONS_MAX),
        });
        let plain = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let tls = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let (address, tls_address) = (plain.local_addr()?, tls.local_addr()?);
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(plain, Arc::clone(&site), false));
        accepting.spawn(accept(tls, site, true));
        Ok(Self {
            address,
            tls_address,
            certificate,
            _accepting: accepting,
        })
    }

    /// Where it speaks plain, and TLS after STLS.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it speaks TLS from the start.
    pub fn tls_address(&self) -> SocketAddr {
        self.tls_address
    }

    /// The certificate of both, self-signed for `localhost`, `127.0.0.1` and `::1`: what must be trusted.
    pub fn certificate(&self) -> CertificateDer<'static> {
        self.certificate.clone()
    }
}

/// Serves whoever comes. Ends with its task.
async fn accept(listener: TcpListener, site: Arc<Site>, tls: bool) {
    let mut serving = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    serving.spawn(connection::serve(stream, Arc::clone(&site), tls));
                }
                Err(error) => {
                    warn!(%error, "the demonstration mailbox cannot accept a connection");
                    tokio::time::sleep(ACCEPT_REST).await;
                }
            },
            Some(served) = serving.join_next() => match served {
                Ok(Ok(())) => {}
                Ok(Err(error)) => debug!(%error, "a connection to the demonstration mailbox broke"),
                Err(error) => warn!(%error, "a connection to the demonstration mailbox failed"),
            },
        }
    }
}
