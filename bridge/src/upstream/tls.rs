//! TLS with the mail server: negotiates, verifies, and reports what was found, also when it fails.

mod certificate;
mod distinguished;
mod failure;
mod overheard;
mod problem;
mod roots;
mod text;
mod verifier;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use protocol::remark::Failure;
use protocol::tls::{TlsReport, Verdict};
use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ProtocolVersion, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub(crate) use certificate::described;
pub use overheard::Overheard;
pub use roots::TlsError;
use verifier::Verifier;
pub(crate) use verifier::in_time;

/// Whether a file of authorities can be used.
///
/// # Errors
/// When it cannot.
pub(crate) fn check_file(path: &Path) -> Result<(), TlsError> {
    roots::add_file(&mut RootCertStore::empty(), path).map(drop)
}

/// A TLS connection with a mail server. `stream.get_ref().0.tcp()` is the TCP connection below.
///
/// Reading gives `UnexpectedEof` when the server's end came without close_notify: it may have been cut off.
/// What is written must be flushed.
pub type MailTls = TlsStream<Overheard>;

/// What TLS with mail servers needs: whom to trust. Made once, shared by every session.
#[derive(Debug)]
pub struct Tls {
    provider: Arc<CryptoProvider>,
    roots: Arc<RootCertStore>,
    /// The certificates of the CA files, in case one of them is a server's own.
    named: Vec<CertificateDer<'static>>,
    demonstration: Option<(Vec<SocketAddr>, CertificateDer<'static>)>,
}

impl Tls {
    /// Trusts the platform's certificate authorities and what is in `ca_files` (PEM): authorities, or servers'
    /// own certificates. Reads files, so call it at the start.
    ///
    /// # Errors
    /// When one of `ca_files` cannot be used. Missing authorities of the platform are a warning in the log.
    pub fn new(ca_files: &[PathBuf]) -> Result<Self, TlsError> {
        let mut roots = roots::platform();
        let mut named = Vec::new();
        for path in ca_files {
            named.extend(roots::add_file(&mut roots, path)?);
        }
        Ok(Self {
            provider: Arc::new(rustls::crypto::ring::default_provider()),
            roots: Arc::new(roots),
            named,
            demonstration: None,
        })
    }

    /// Trusts `certificate`, the demonstration mailbox's own, for servers at exactly these addresses, for the
    /// names in it. Nothing that it might have signed is trusted, nor is it anywhere else.
    pub fn trust_demonstration(&mut self, at: Vec<SocketAddr>, certificate: CertificateDer<'static>) {
        self.demonstration = Some((at, certificate));
    }

    /// Negotiates TLS 1.2 or 1.3 on a connection to `peer`. The certificate must be for `name`, or for `host`
    /// if there is none; that is also what SNI asks for, unless it is an address. Without `verify` anything
    /// wrong with the certificate is only reported, as [`Verdict::NotVerified`].
    ///
    /// Waits as long as the server lets it: the deadline is the caller's. Dropping it closes the connection.
    ///
    /// # Errors
    /// [`Failure::Certificate`] with the chain when the certificate was refused; [`Failure::PlainText`] when the
    /// server does not speak TLS; [`Failure::Closed`]; [`Failure::Tls`] for the rest, also for a name that no
    /// certificate can be for.
    pub async fn negotiate(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        host: &str,
        name: Option<&str>,
        verify: bool,
    ) -> Result<(MailTls, TlsReport), Failure> {
        let began = Instant::now();
        let name = name.unwrap_or(host);
        let server_name = server_name(name).map_err(|detail| Failure::Tls { detail })?;
        let verifier = Arc::new(self.verifier(peer, verify));
        let config = self.config(Arc::clone(&verifier)).map_err(|error| Failure::Tls {
            detail: error.to_string(),
        })?;
        let report = |version, cipher| {
            let seen = verifier.seen();
            TlsReport {
                version,
                cipher,
                name: text::visible(name, NAME_MAX),
                verdict: seen
                    .as_ref()
                    .map_or(Verdict::NotVerified(None), |seen| seen.verdict.clone()),
                chain: seen.map(|seen| seen.chain).unwrap_or_default(),
                took: u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX),
            }
        };

        let connecting = TlsConnector::from(Arc::new(config)).connect(server_name, Overheard::new(stream));
        match connecting.into_fallible().await {
            Ok(stream) => {
                let (_, connection) = stream.get_ref();
                let report = report(version(connection.protocol_version()), cipher(&stream));
                Ok((stream, report))
            }
            Err((error, stream)) => {
                if matches!(verifier.seen(), Some(seen) if matches!(seen.verdict, Verdict::Refused(_))) {
                    return Err(Failure::Certificate(report(String::new(), String::new())));
                }
                match stream.plain_line().await {
                    Some(line) => Err(failure::plain_text(&line)),
                    None => Err(failure::failure(&error)),
                }
            }
        }
    }

    /// Settings for those who are no mail servers and are trusted by the same authorities.
    ///
    /// # Errors
    /// When they cannot be made.
    pub(crate) fn client(&self) -> Result<ClientConfig, rustls::Error> {
        let config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(&[&TLS13, &TLS12])?
            .with_root_certificates(Arc::clone(&self.roots))
            .with_no_client_auth();
        Ok(config)
    }

    fn verifier(&self, peer: SocketAddr, verify: bool) -> Verifier {
        let mut named = self.named.clone();
        if let Some((addresses, certificate)) = &self.demonstration
            && addresses.contains(&peer)
        {
            named.push(certificate.clone());
        }
        Verifier {
            roots: Arc::clone(&self.roots),
            named,
            algorithms: self.provider.signature_verification_algorithms,
            verify,
            seen: Mutex::new(None),
        }
    }

    /// One connection's settings. Nothing is resumed, so that every report has its chain.
    fn config(&self, verifier: Arc<Verifier>) -> Result<ClientConfig, rustls::Error> {
        let mut config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(&[&TLS13, &TLS12])?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        config.resumption = Resumption::disabled();
        Ok(config)
    }
}

/// The most characters of the name asked for that a report or a detail shows.
const NAME_MAX: usize = 255;

/// The name to ask for, or why it cannot be. An address' zone, as in `fe80::1%eth0`, is nothing that a
/// certificate knows.
fn server_name(name: &str) -> Result<ServerName<'static>, String> {
    if let Ok(address) = name.split('%').next().unwrap_or(name).parse::<IpAddr>() {
        return Ok(ServerName::from(address));
    }
    ServerName::try_from(name.to_owned()).map_err(|_| {
        format!(
            "\"{}\" is no host name that TLS can ask for: it takes letters, digits, hyphens and dots",
            text::visible(name, NAME_MAX)
        )
    })
}

fn version(version: Option<ProtocolVersion>) -> String {
    match version {
        Some(ProtocolVersion::TLSv1_3) => "TLS 1.3".to_owned(),
        Some(ProtocolVersion::TLSv1_2) => "TLS 1.2".to_owned(),
        Some(other) => format!("{other:?}"),
        None => String::new(),
    }
}

/// The cipher suite as IANA's registry has it; rustls calls those of TLS 1.3 `TLS13_`.
fn cipher(stream: &MailTls) -> String {
    let suite = stream.get_ref().1.negotiated_cipher_suite();
    suite
        .map(|suite| format!("{:?}", suite.suite()).replacen("TLS13_", "TLS_", 1))
        .unwrap_or_default()
}
