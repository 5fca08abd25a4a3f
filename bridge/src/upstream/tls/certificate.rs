//! What a report says about one certificate.

use std::net::{Ipv4Addr, Ipv6Addr};

use protocol::tls::{Certificate, NAMES_MAX};
use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

use super::distinguished::name_text;
use super::text::visible;

/// The most characters of one host name that a report shows: as long as a name in the DNS can be.
const HOST_MAX: usize = 255;

/// What the certificate says of itself. Of one that cannot be read only the fingerprint is known.
pub(crate) fn described(der: &CertificateDer<'_>) -> Certificate {
    let fingerprint = fingerprint(der);
    let Some(certificate) = read(der) else {
        return Certificate {
            subject: String::new(),
            issuer: String::new(),
            names: Vec::new(),
            not_before: 0,
            not_after: 0,
            fingerprint,
        };
    };
    Certificate {
        subject: name_text(certificate.subject()),
        issuer: name_text(certificate.issuer()),
        names: names(&certificate, NAMES_MAX),
        not_before: certificate.validity().not_before.timestamp(),
        not_after: certificate.validity().not_after.timestamp(),
        fingerprint,
    }
}

/// The certificate's fields, if it is one.
pub(super) fn read<'a>(der: &'a CertificateDer<'_>) -> Option<X509Certificate<'a>> {
    X509Certificate::from_der(der)
        .ok()
        .map(|(_, certificate)| certificate)
}

/// The first `max` host names and addresses that the certificate is for.
pub(super) fn names(certificate: &X509Certificate<'_>, max: usize) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    extension
        .value
        .general_names
        .iter()
        .filter_map(name)
        .take(max)
        .collect()
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(host) => Some(visible(host, HOST_MAX)),
        GeneralName::IPAddress(octets) => {
            if let Ok(octets) = <[u8; 4]>::try_from(*octets) {
                Some(Ipv4Addr::from(octets).to_string())
            } else {
                <[u8; 16]>::try_from(*octets)
                    .ok()
                    .map(|octets| Ipv6Addr::from(octets).to_string())
            }
        }
        _ => None,
    }
}

fn fingerprint(der: &CertificateDer<'_>) -> String {
    let pairs: Vec<String> = Sha256::digest(der)
        .iter()
        .map(|octet| format!("{octet:02X}"))
        .collect();
    pairs.join(":")
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair, SanType};
    use rustls::pki_types::CertificateDer;

    use super::*;

    fn made(change: impl FnOnce(&mut CertificateParams)) -> CertificateDer<'static> {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["mail.company.com".to_owned()]).unwrap();
        change(&mut params);
        params.self_signed(&key).unwrap().der().clone()
    }

    #[test]
    fn a_certificate_is_told_with_its_names_and_dates() {
        let certificate = described(&made(|params| {
            params.distinguished_name.push(DnType::CountryName, "DE");
            params
                .distinguished_name
                .push(DnType::OrganizationName, "Company, Inc.");
            params
                .distinguished_name
                .push(DnType::CommonName, "mail.company.com");
            params
                .subject_alt_names
                .push(SanType::IpAddress([192, 0, 2, 14].into()));
            params
                .subject_alt_names
                .push(SanType::IpAddress("2001:db8::14".parse().unwrap()));
            params.not_before = rcgen::date_time_ymd(2014, 3, 18);
            params.not_after = rcgen::date_time_ymd(2015, 3, 18);
        }));
        // rcgen begins every name with a common name of its own, which the one above replaced in place.
        assert_eq!(certificate.subject, "O=Company\\, Inc.,C=DE,CN=mail.company.com");
        assert_eq!(certificate.issuer, certificate.subject);
        assert_eq!(
            certificate.names,
            ["mail.company.com", "192.0.2.14", "2001:db8::14"]
        );
        assert_eq!(certificate.not_before, 1_395_100_800);
        assert_eq!(certificate.not_after, 1_426_636_800);
    }

    #[test]
    fn control_characters_in_a_name_do_not_survive() {
        let certificate = described(&made(|params| {
            params
                .distinguished_name
                .push(DnType::CommonName, "mail\r\n\u{1b}[2J\u{202e}moc");
        }));
        assert_eq!(certificate.subject, "CN=mail␍␊␛[2J\u{fffd}moc");
    }

    #[test]
    fn a_certificate_with_many_or_long_names_keeps_the_bounds() {
        let certificate = described(&made(|params| {
            params
                .distinguished_name
                .push(DnType::CommonName, "a".repeat(5_000));
            let more =
                (0..200).map(|n| SanType::DnsName(format!("{n}{}", "b".repeat(300)).try_into().unwrap()));
            params.subject_alt_names.extend(more);
        }));
        assert_eq!(certificate.names.len(), NAMES_MAX);
        assert!(
            certificate
                .names
                .iter()
                .all(|name| name.chars().count() <= HOST_MAX)
        );
        assert_eq!(certificate.subject.chars().count(), 512);
        assert!(certificate.subject.ends_with('…'));
    }

    #[test]
    fn of_what_is_no_certificate_the_fingerprint_is_told() {
        let certificate = described(&CertificateDer::from(b"abc".to_vec()));
        // The SHA-256 of "abc", from FIPS 180-4's examples.
        assert_eq!(
            certificate.fingerprint,
            "BA:78:16:BF:8F:01:CF:EA:41:41:40:DE:5D:AE:22:23:B0:03:61:A3:96:17:7A:9C:B4:10:FF:61:F2:00:15:AD"
        );
        assert_eq!(certificate.subject, "");
        assert!(certificate.names.is_empty());
    }
}
