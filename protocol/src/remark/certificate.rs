//! What was negotiated, and the certificates, in plain sentences.

use super::CERTIFICATE;
use crate::calendar::{duration, to_the_second};
use crate::tls::{Certificate, CertificateProblem, TlsReport, Verdict};

/// The remark about TLS that stands.
pub(super) fn report(report: &TlsReport) -> Vec<String> {
    let mut sentences = vec![format!(
        "{} with {} in {}: {}.",
        report.version,
        report.cipher,
        duration(report.took),
        match &report.verdict {
            Verdict::Verified => format!("the certificate is trusted and is for {}", report.name),
            Verdict::NotVerified(_) => "the certificate was not verified, as somebody chose".to_owned(),
            Verdict::Refused(problem) => format!("the certificate was refused: {}", because(problem, report)),
        }
    )];
    if let Verdict::NotVerified(found) = &report.verdict {
        sentences.push(match found {
            Some(problem) => format!("Verifying would have found: {}.", because(problem, report)),
            None => "Verifying would have found nothing wrong.".to_owned(),
        });
        sentences.push("Nobody knows who is at the other end of this connection.".to_owned());
    }
    sentences.extend(lines(report));
    sentences
}

/// Why a certificate was refused, within a sentence.
pub(super) fn refusal(report: &TlsReport) -> String {
    match &report.verdict {
        Verdict::Refused(problem) | Verdict::NotVerified(Some(problem)) => {
            format!("the certificate was not accepted: {}", because(problem, report))
        }
        Verdict::Verified | Verdict::NotVerified(None) => "the certificate was not accepted".to_owned(),
    }
}

/// The certificates, a few lines for each.
pub(super) fn lines(report: &TlsReport) -> Vec<String> {
    report
        .chain
        .iter()
        .enumerate()
        .flat_map(|(index, certificate)| describe(index, certificate))
        .collect()
}

fn describe(index: usize, certificate: &Certificate) -> Vec<String> {
    let which = if index == 0 {
        CERTIFICATE.to_owned()
    } else {
        format!("Certificate {} of the chain:", index + 1)
    };
    let names = if certificate.names.is_empty() {
        "none".to_owned()
    } else {
        certificate.names.join(", ")
    };
    vec![
        format!(
            "{which} subject {}, issuer {}.",
            certificate.subject, certificate.issuer
        ),
        format!("Names: {names}."),
        format!(
            "Valid from {} to {}.",
            to_the_second(certificate.not_before),
            to_the_second(certificate.not_after)
        ),
        format!("SHA-256 fingerprint: {}.", certificate.fingerprint),
    ]
}

fn because(problem: &CertificateProblem, report: &TlsReport) -> String {
    let leaf = report.chain.first();
    match problem {
        CertificateProblem::Expired => match leaf {
            Some(leaf) => format!("it expired; it was valid to {}", to_the_second(leaf.not_after)),
            None => "it expired".to_owned(),
        },
        CertificateProblem::NotYetValid => match leaf {
            Some(leaf) => format!("it is valid only from {}", to_the_second(leaf.not_before)),
            None => "it is not valid yet".to_owned(),
        },
        CertificateProblem::WrongName => match leaf {
            Some(leaf) if !leaf.names.is_empty() => {
                format!("it is for {}, not for {}", leaf.names.join(", "), report.name)
            }
            _ => format!("it is not for {}", report.name),
        },
        CertificateProblem::SelfSigned => "it signed itself, and nobody here trusts it".to_owned(),
        CertificateProblem::UnknownIssuer => "no trusted authority vouches for it".to_owned(),
        CertificateProblem::Revoked => "it was revoked".to_owned(),
        CertificateProblem::Outdated { detail } => {
            format!(
                "it is of a form that is not accepted any more: {}",
                detail.trim_end_matches('.')
            )
        }
        CertificateProblem::Other { detail } => detail.trim_end_matches('.').to_owned(),
    }
}
