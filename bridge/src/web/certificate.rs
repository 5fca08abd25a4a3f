//! The certificate that browsers are shown where the bridge speaks TLS itself, and how it is renewed.

mod objections;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use sha2::{Digest, Sha256};
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use tracing::{error, info, warn};
use zeroize::Zeroizing;

use objections::{expiring, objections};

/// The largest file of certificates or of a key, in octets.
const FILE_MAX: u64 = 1024 * 1024;

/// The one protocol that is spoken above TLS: WebSockets are made of its connections.
const HTTP: &[u8] = b"http/1.1";

/// Why a certificate and its key cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {what}", .path.display())]
pub struct CertificateError {
    /// The setting that names the file.
    pub(crate) setting: &'static str,
    path: PathBuf,
    what: String,
}

/// The files of a certificate and its key.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    /// The certificate, and behind it those that vouch for it.
    pub(crate) certificate: PathBuf,
    /// Its key.
    pub(crate) key: PathBuf,
    /// The hosts as which people reach whoever shows it, as browsers write them.
    pub(crate) hosts: Vec<String>,
}

/// What the files hold, and by what that is known again. The key's text is not kept.
struct Loaded {
    certified: Arc<CertifiedKey>,
    digest: [u8; 32],
}

/// What was found in the files that is not known yet.
struct Found {
    certified: Result<Arc<CertifiedKey>, CertificateError>,
    digest: [u8; 32],
}

/// The certificate as it is now. What stands keeps the one that it began with.
#[derive(Debug)]
struct Shown(RwLock<Arc<CertifiedKey>>);

/// What makes TLS of connections.
pub(crate) struct Terminator {
    acceptor: TlsAcceptor,
    pair: Pair,
    shown: Arc<Shown>,
    digest: [u8; 32],
    /// What is objected to in the one that is shown, and has been said.
    said: Vec<String>,
    /// One that is in the files, which browsers do not accept while they accept the one that is shown. It may become valid,
    /// and that one expire.
    held_back: Option<Arc<CertifiedKey>>,
}

impl Pair {
    /// Whether it can be used; and what browsers object to in it now, or soon will.
    ///
    /// # Errors
    /// When it cannot; the error says what to do.
    pub(crate) fn check(&self) -> Result<Vec<String>, CertificateError> {
        let loaded = self.load(&provider())?;
        Ok(self.objections(&loaded.certified, UnixTime::now()))
    }

    /// What browsers object to, or soon will.
    fn objections(&self, certified: &CertifiedKey, now: UnixTime) -> Vec<String> {
        let Some(own) = certified.cert.first() else {
            return Vec::new();
        };
        let mut all = objections(own, &self.hosts, now);
        all.extend(expiring(own, now));
        all.into_iter()
            .map(|what| self.of_certificate(what).to_string())
            .collect()
    }

    /// Whether browsers accept it.
    fn is_accepted(&self, certified: &CertifiedKey, now: UnixTime) -> bool {
        let own = certified.cert.first();
        own.is_some_and(|own| objections(own, &self.hosts, now).is_empty())
    }

    fn load(&self, provider: &CryptoProvider) -> Result<Loaded, CertificateError> {
        let (certificates, key) = self.read()?;
        let digest = digest(&certificates, &key);
        let chain = CertificateDer::pem_slice_iter(&certificates)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| self.of_certificate(format!("this is no PEM of certificates ({error})")))?;
        if chain.is_empty() {
            return Err(self.of_certificate(
                "there is no certificate in it; a file of PEM is wanted, with the server's own first and behind it those \
                 that vouch for it"
                    .to_owned(),
            ));
        }
        let key = PrivateKeyDer::from_pem_slice(&key).map_err(|error| match error {
            pem::Error::NoItemsFound => self.of_key(
                "there is no private key in it that can be used; a file of PEM is wanted, with a line -----BEGIN PRIVATE \
                 KEY-----, and without a password"
                    .to_owned(),
            ),
            other => self.of_key(format!("this is no PEM of a private key ({other})")),
        })?;
        let certified = CertifiedKey::from_der(chain, key, provider).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => self.of_key(format!(
                "this key is another certificate's than that in {}; name the two files that were issued together",
                self.certificate.display()
            )),
            rustls::Error::InvalidCertificate(_) => {
                self.of_certificate(format!("this certificate cannot be used ({error})"))
            }
            other => self.of_key(format!("this key cannot be used ({other})")),
        })?;
        Ok(Loaded {
            certified: Arc::new(certified),
            digest,
        })
    }

    fn read(&self) -> Result<(Vec<u8>, Zeroizing<Vec<u8>>), CertificateError> {
        let certificates = read(&self.certificate).map_err(|why| self.of_certificate(why))?;
        let key = read(&self.key).map_err(|why| self.of_key(why))?;
        Ok((certificates, Zeroizing::new(key)))
    }

    fn of_certificate(&self, what: String) -> CertificateError {
        CertificateError {
            setting: "tls.certificate",
            path: self.certificate.clone(),
            what,
        }
    }

    fn of_key(&self, what: String) -> CertificateError {
        CertificateError {
            setting: "tls.key",
            path: self.key.clone(),
            what,
        }
    }
}

impl Terminator {
    /// TLS 1.2 and 1.3, with what that pair holds now. What browsers object to in it is for whoever calls to say.
    ///
    /// # Errors
    /// When the pair cannot be used.
    pub(crate) fn new(pair: Pair) -> Result<Self, CertificateError> {
        let provider = provider();
        let Loaded { certified, digest } = pair.load(&provider)?;
        let said = pair.objections(&certified, UnixTime::now());
        let shown = Arc::new(Shown(RwLock::new(certified)));
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|error| pair.of_certificate(error.to_string()))?;
        let mut config = config.with_no_client_auth().with_cert_resolver(shown.clone());
        config.alpn_protocols = vec![HTTP.to_vec()];
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            pair,
            shown,
            digest,
            said,
            held_back: None,
        })
    }

    /// What takes handshakes.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.clone()
    }

    /// Looks at the files that often, and shows what they hold from when they hold something else. What cannot be used, or
    /// what browsers do not accept while they accept the one before, is said once, and the one before is shown on. So is what
    /// they object to in the one that is shown, as soon as they do: it may expire meanwhile.
    pub(crate) async fn renew(mut self, every: Duration) {
        loop {
            sleep(every).await;
            let (pair, known) = (self.pair.clone(), self.digest);
            // A look that panicked is as one that found nothing new.
            if let Ok(Some(found)) = spawn_blocking(move || look(&pair, known)).await {
                self.digest = found.digest;
                self.held_back = None;
                match found.certified {
                    Ok(certified) => {
                        let now = UnixTime::now();
                        self.take(certified, now);
                        if let Some(held_back) = &self.held_back {
                            for objection in self.pair.objections(held_back, now) {
                                error!("{objection}");
                            }
                            error!("the new certificate is not shown, while browsers accept the one before");
                        }
                    }
                    Err(error) => {
                        error!(%error, "the new certificate cannot be used, and the one before is shown on");
                    }
                }
            }
            if let Some(certified) = self.held_back.take() {
                self.take(certified, UnixTime::now());
            }
            for objection in self.unsaid(UnixTime::now()) {
                warn!("{objection}");
            }
        }
    }

    /// Shows one that is in the files, unless browsers would not accept that and accept the one before.
    fn take(&mut self, certified: Arc<CertifiedKey>, now: UnixTime) {
        if self.pair.is_accepted(&certified, now) || !self.pair.is_accepted(&self.shown.now(), now) {
            self.show(certified);
            return;
        }
        self.held_back = Some(certified);
    }

    fn show(&mut self, certified: Arc<CertifiedKey>) {
        *self.shown.0.write().unwrap_or_else(PoisonError::into_inner) = certified;
        info!("new connections are shown the certificate that is in the files now");
        self.said.clear();
    }

    /// What is objected to now and has not been said. It counts as said from then on.
    fn unsaid(&mut self, now: UnixTime) -> Vec<String> {
        let shown = self.shown.now();
        let all = self.pair.objections(&shown, now);
        let said = std::mem::replace(&mut self.said, all.clone());
        all.into_iter().filter(|it| !said.contains(it)).collect()
    }
}

impl Shown {
    fn now(&self) -> Arc<CertifiedKey> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What the files hold, unless that is known.
fn look(pair: &Pair, known: [u8; 32]) -> Option<Found> {
    let digest = match pair.read() {
        Ok((certificates, key)) => digest(&certificates, &key),
        // Known again by what is wrong, so that it is said once.
        Err(error) => Sha256::digest(error.to_string()).into(),
    };
    if digest == known {
        return None;
    }
    Some(match pair.load(&provider()) {
        Ok(Loaded { certified, digest }) => Found {
            certified: Ok(certified),
            digest,
        },
        Err(error) => Found {
            certified: Err(error),
            digest,
        },
    })
}

fn digest(certificates: &[u8], key: &[u8]) -> [u8; 32] {
    let mut digest = Sha256::new();
    // What ends one file must not begin the other.
    digest.update(certificates.len().to_be_bytes());
    digest.update(certificates);
    digest.update(key);
    digest.finalize().into()
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let unreadable = |error: std::io::Error| format!("the file cannot be read: {error}");
    let mut octets = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    let read = file.take(FILE_MAX + 1).read_to_end(&mut octets);
    if read.map_err(unreadable)? as u64 > FILE_MAX {
        return Err(format!("the file has more than {FILE_MAX} octets"));
    }
    Ok(octets)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.now())
    }
}

#[cfg(test)]
mod tests;
