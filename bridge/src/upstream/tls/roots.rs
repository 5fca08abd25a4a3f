//! Whom to trust: the platform's authorities, and those in files that the operator names.

use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};

/// A file of certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// It cannot be read.
    #[error("the CA file {} cannot be read: {source}", .path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It holds no certificate.
    #[error("the CA file {} holds no certificate (it must be PEM, with a line -----BEGIN CERTIFICATE-----)", .path.display())]
    Empty {
        /// Which file.
        path: PathBuf,
    },
    /// What it holds is no certificate.
    #[error("the CA file {} is broken at certificate {number}: {detail}", .path.display())]
    Broken {
        /// Which file.
        path: PathBuf,
        /// Which of its certificates, counted from 1.
        number: usize,
        /// The technical detail.
        detail: String,
    },
}

/// The platform's authorities. Without any, servers can still be reached unverified or by a CA file, so what
/// is missing is a warning in the log.
pub(super) fn platform() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "some of the platform's certificate authorities cannot be read");
    }
    let (taken, left) = roots.add_parsable_certificates(found.certs);
    if taken == 0 {
        tracing::warn!("the platform has no certificate authorities: only those of --ca-file are trusted");
    } else {
        tracing::debug!(taken, left, "read the platform's certificate authorities");
    }
    roots
}

/// Adds what a PEM file holds, and gives it back. Other things in it, such as a key, are passed over.
///
/// # Errors
/// When it cannot be read, or holds none, or holds a broken one: all of it is meant to be trusted.
pub(super) fn add_file(
    roots: &mut RootCertStore,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let pem_error = |error, number| match error {
        pem::Error::Io(source) => TlsError::Unreadable {
            path: path.to_owned(),
            source,
        },
        pem::Error::NoItemsFound => TlsError::Empty {
            path: path.to_owned(),
        },
        other => TlsError::Broken {
            path: path.to_owned(),
            number,
            detail: other.to_string(),
        },
    };
    let mut certificates = Vec::new();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| pem_error(error, 1))? {
        let number = certificates.len().saturating_add(1);
        let certificate = certificate.map_err(|error| pem_error(error, number))?;
        roots.add(certificate.clone()).map_err(|error| TlsError::Broken {
            path: path.to_owned(),
            number,
            detail: error.to_string(),
        })?;
        certificates.push(certificate);
    }
    if certificates.is_empty() {
        return Err(TlsError::Empty {
            path: path.to_owned(),
        });
    }
    Ok(certificates)
}
