//! The certificate that the demonstration makes for itself, at every start a new one.

use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::{TLS12, TLS13};
use tokio_rustls::TlsAcceptor;

/// The names and addresses that it is for.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// How long before now its validity begins, so that no clock is behind it.
const BEFORE: Duration = Duration::from_secs(24 * 60 * 60);

/// How long after now its validity ends.
const AFTER: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// A self-signed certificate, and what accepts TLS with it.
pub(crate) fn make() -> io::Result<(CertificateDer<'static>, TlsAcceptor)> {
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let names = NAMES.map(str::to_owned).to_vec();
    let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
    params
        .distinguished_name
        .push(DnType::CommonName, "pop3-console demonstration mailbox");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let now = SystemTime::now();
    params.not_before = (now - BEFORE).into();
    params.not_after = (now + AFTER).into();
    let certificate = params.self_signed(&key).map_err(io::Error::other)?.der().clone();

    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(io::Error::other)?;
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .map_err(io::Error::other)?;
    Ok((certificate, TlsAcceptor::from(Arc::new(config))))
}
