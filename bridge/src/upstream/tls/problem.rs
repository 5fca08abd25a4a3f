//! What is wrong with a certificate, in the words that the transcript knows.

use protocol::tls::CertificateProblem;
use rustls::CertificateError;
use rustls::pki_types::CertificateDer;
use x509_parser::x509::X509Version;

use super::certificate::{names, read};
use super::distinguished::name_text;
use super::text::visible;

/// The most characters of a technical detail.
const DETAIL_MAX: usize = 300;

/// What `error`, which verifying `leaf` came to, means.
pub(super) fn problem(error: &rustls::Error, leaf: &CertificateDer<'_>) -> CertificateProblem {
    use CertificateError::*;
    use CertificateProblem as Problem;

    let certificate = read(leaf);
    // webpki reads version 3 alone and calls anything else badly encoded or unsupported.
    if let Some(certificate) = certificate
        .as_ref()
        .filter(|certificate| certificate.version() != X509Version::V3)
    {
        let version = certificate.version().0.saturating_add(1);
        return Problem::Outdated {
            detail: format!("the certificate is of X.509 version {version}"),
        };
    }
    let other = || Problem::Other {
        detail: visible(&error.to_string(), DETAIL_MAX),
    };
    let rustls::Error::InvalidCertificate(reason) = error else {
        return other();
    };
    match reason {
        Expired | ExpiredContext { .. } => Problem::Expired,
        NotValidYet | NotValidYetContext { .. } => Problem::NotYetValid,
        Revoked => Problem::Revoked,
        NotValidForName | NotValidForNameContext { .. } => match &certificate {
            Some(certificate) if names(certificate, 1).is_empty() => Problem::Outdated {
                detail: visible(
                    &format!(
                        "the certificate names no host or address but in its subject ({})",
                        name_text(certificate.subject())
                    ),
                    DETAIL_MAX,
                ),
            },
            _ => Problem::WrongName,
        },
        // A certificate that openssl's `req -x509` makes is a CA's: webpki objects to that first.
        _ if certificate
            .as_ref()
            .is_some_and(|certificate| certificate.subject().as_raw() == certificate.issuer().as_raw()) =>
        {
            Problem::SelfSigned
        }
        UnknownIssuer => Problem::UnknownIssuer,
        _ => other(),
    }
}
