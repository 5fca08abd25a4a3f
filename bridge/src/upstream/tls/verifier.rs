//! Verification of a server's certificate that remembers what it saw, also when it refuses.

use std::sync::{Arc, Mutex, PoisonError};

use protocol::tls::{CHAIN_MAX, Certificate, CertificateProblem, Verdict};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, RootCertStore, SignatureScheme};
use x509_parser::x509::X509Version;

use super::certificate::{described, read};
use super::problem::problem;

/// One connection's verifier.
#[derive(Debug)]
pub(super) struct Verifier {
    /// Who may vouch for a certificate.
    pub(super) roots: Arc<RootCertStore>,
    /// Server certificates that somebody named themselves: trusted as they are, for their names and in their
    /// time, whoever issued them.
    pub(super) named: Vec<CertificateDer<'static>>,
    /// What signatures are checked with.
    pub(super) algorithms: WebPkiSupportedAlgorithms,
    /// Whether a certificate that is found wrong is refused.
    pub(super) verify: bool,
    /// What was seen.
    pub(super) seen: Mutex<Option<Seen>>,
}

/// What a verifier saw.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// The certificates as they were sent.
    pub(super) chain: Vec<Certificate>,
    /// What verification came to.
    pub(super) verdict: Verdict,
}

impl Verifier {
    /// What was seen so far: none before the server sent its certificate.
    pub(super) fn seen(&self) -> Option<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn examine(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), rustls::Error> {
        let parsed = ParsedCertificate::try_from(leaf)?;
        verify_server_cert_signed_by_trust_anchor(
            &parsed,
            &self.roots,
            intermediates,
            now,
            self.algorithms.all,
        )
        .or_else(|error| {
            if self.named.contains(leaf) {
                in_time(leaf, now)
            } else {
                Err(error)
            }
        })?;
        verify_server_name(&parsed, name)
    }

    /// The signature was not good: `error` replaces the verdict, as nothing is known about who signed.
    fn refuse(&self, error: rustls::Error, leaf: &CertificateDer<'_>) -> rustls::Error {
        if let Some(seen) = self.seen.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            seen.verdict = Verdict::Refused(match &error {
                rustls::Error::InvalidCertificate(CertificateError::BadSignature) => {
                    CertificateProblem::Other {
                        detail: "the server does not hold the certificate's private key".to_owned(),
                    }
                }
                error => problem(error, leaf),
            });
        }
        error
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let examined = self.examine(leaf, intermediates, name, now);
        let found = examined.as_ref().err().map(|error| problem(error, leaf));
        let verdict = match (self.verify, found) {
            (true, None) => Verdict::Verified,
            (true, Some(problem)) => Verdict::Refused(problem),
            (false, found) => Verdict::NotVerified(found),
        };
        let chain = std::iter::once(leaf)
            .chain(intermediates)
            .take(CHAIN_MAX)
            .map(described)
            .collect();
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(Seen { chain, verdict });
        if self.verify {
            examined?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let checked = verify_tls12_signature(message, leaf, signed, &self.algorithms);
        self.signature(checked, message, leaf, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let checked = verify_tls13_signature(message, leaf, signed, &self.algorithms);
        self.signature(checked, message, leaf, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl Verifier {
    /// What the check of a signature comes to.
    fn signature(
        &self,
        checked: Result<HandshakeSignatureValid, rustls::Error>,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        checked
            .or_else(|error| {
                if self.verify {
                    Err(error)
                } else {
                    self.signed_by_old(message, leaf, signed, error)
                }
            })
            .map_err(|error| self.refuse(error, leaf))
    }

    /// webpki cannot read a certificate older than version 3, and so not check what its key signed. Who chose
    /// not to verify shall reach such a server, and still speak with the holder of that key.
    fn signed_by_old(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
        error: rustls::Error,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let Some(certificate) = read(leaf).filter(|certificate| certificate.version() != X509Version::V3)
        else {
            return Err(error);
        };
        let key = &certificate.public_key().subject_public_key.data;
        let good = self
            .algorithms
            .mapping
            .iter()
            .filter(|(scheme, _)| *scheme == signed.scheme)
            .flat_map(|(_, algorithms)| algorithms.iter())
            .any(|algorithm| {
                algorithm
                    .verify_signature(key, message, signed.signature())
                    .is_ok()
            });
        if good {
            Ok(HandshakeSignatureValid::assertion())
        } else {
            Err(CertificateError::BadSignature.into())
        }
    }
}

/// Whether `now` is within the certificate's validity.
///
/// # Errors
/// When it is before or after it, or the certificate cannot be read.
pub(crate) fn in_time(leaf: &CertificateDer<'_>, now: UnixTime) -> Result<(), rustls::Error> {
    let certificate = read(leaf).ok_or(CertificateError::BadEncoding)?;
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    if now < certificate.validity().not_before.timestamp() {
        Err(CertificateError::NotValidYet.into())
    } else if now > certificate.validity().not_after.timestamp() {
        Err(CertificateError::Expired.into())
    } else {
        Ok(())
    }
}
