//! What was negotiated on a TLS connection, in words that reach the transcript.

use serde::{Deserialize, Serialize};

/// What was negotiated, or what was offered when it failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsReport {
    /// Such as `TLS 1.3`; empty when the handshake did not get that far.
    pub version: String,
    /// Such as `TLS_AES_256_GCM_SHA384`; empty when the handshake did not get that far.
    pub cipher: String,
    /// The name that was asked for (SNI) and that the certificate was checked against.
    pub name: String,
    /// What the verification came to.
    pub verdict: Verdict,
    /// The certificates as the server sent them, its own first. At most [`CHAIN_MAX`].
    pub chain: Vec<Certificate>,
    /// How long the handshake took, in microseconds.
    pub took: u64,
}

/// The most certificates that a report holds.
pub const CHAIN_MAX: usize = 10;

/// The most names of one certificate that a report holds.
pub const NAMES_MAX: usize = 50;

/// What the verification of a certificate came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// It is trusted and is for the name.
    Verified,
    /// Somebody chose not to verify; this is what verification would have found wrong, if anything.
    NotVerified(Option<CertificateProblem>),
    /// It was verified and refused.
    Refused(CertificateProblem),
}

/// What is wrong with a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CertificateProblem {
    /// Its validity is over.
    Expired,
    /// Its validity has not begun.
    NotYetValid,
    /// It is not for the name.
    WrongName,
    /// It signed itself and nobody here trusts it.
    SelfSigned,
    /// No trusted authority vouches for it.
    UnknownIssuer,
    /// It was revoked.
    Revoked,
    /// It is of a form that is not accepted any more: X.509 version 1, or a name in the common name only.
    Outdated {
        /// The technical detail.
        detail: String,
    },
    /// Anything else.
    Other {
        /// The technical detail.
        detail: String,
    },
}

/// One certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// The subject as a distinguished name (RFC 4514).
    pub subject: String,
    /// The issuer as a distinguished name.
    pub issuer: String,
    /// The subject alternative names: host names and addresses. At most [`NAMES_MAX`].
    pub names: Vec<String>,
    /// The begin of its validity, in seconds since 1970-01-01T00:00:00Z.
    pub not_before: i64,
    /// The end of its validity, in seconds since 1970-01-01T00:00:00Z.
    pub not_after: i64,
    /// SHA-256 over its DER form: upper-case hexadecimal pairs with colons.
    pub fingerprint: String,
}
