//! An authority of the tests' own, and certificates of every kind.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

/// An authority.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate and its key, both PEM.
pub struct Pair {
    /// The certificate.
    pub certificate: String,
    /// Its key.
    pub key: String,
}

impl Authority {
    /// A new one.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn new() -> Result<Self> {
        let mut about = CertificateParams::new(Vec::new())?;
        about.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        about
            .distinguished_name
            .push(DnType::CommonName, "Authority of the tests");
        Ok(Self {
            issuer: CertifiedIssuer::self_signed(about, KeyPair::generate()?)?,
        })
    }

    /// Writes its own certificate into a directory and gives the path.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, directory: &Path) -> Result<PathBuf> {
        let path = directory.join("authority.pem");
        std::fs::write(&path, self.issuer.pem())?;
        Ok(path)
    }

    /// Whoever trusts it, and nobody else.
    ///
    /// # Errors
    /// When its own certificate is none.
    pub fn trusting(&self) -> Result<TlsConnector> {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone())?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(TlsConnector::from(Arc::new(config)))
    }

    /// A certificate for names and addresses.
    ///
    /// # Errors
    /// When a name is none.
    pub fn vouch_for(&self, names: &[&str]) -> Result<Pair> {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let mut about = CertificateParams::new(names)?;
        about.not_before = date_time_ymd(2020, 1, 1);
        about.not_after = date_time_ymd(2120, 1, 1);
        about
            .distinguished_name
            .push(DnType::CommonName, "mail server of the tests");
        let key = KeyPair::generate()?;
        Ok(Pair {
            certificate: about.signed_by(&key, &self.issuer)?.pem(),
            key: key.serialize_pem(),
        })
    }
}
