//! What browsers object to in a certificate that can be used.

use protocol::calendar::to_the_second;
use rustls::CertificateError;
use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;

use crate::upstream::tls::{described, in_time};

/// How long before a certificate expires that is told at most, in seconds.
const SOON: i64 = 14 * 24 * 60 * 60;

/// The most of its names that are told.
const NAMES_TOLD: usize = 8;

/// At that time, where it is shown as one of these hosts, which are written as browsers write them.
pub(super) fn objections(certificate: &CertificateDer<'_>, hosts: &[String], now: UnixTime) -> Vec<String> {
    let time = match in_time(certificate, now) {
        Err(rustls::Error::InvalidCertificate(CertificateError::Expired)) => Some(format!(
            "this certificate expired, it was valid to {}, and browsers do not accept it: renew it",
            to_the_second(described(certificate).not_after)
        )),
        Err(rustls::Error::InvalidCertificate(CertificateError::NotValidYet)) => Some(format!(
            "this certificate is valid only from {}, and browsers do not accept it before: name one that is valid now, or \
             put this machine's clock right",
            to_the_second(described(certificate).not_before)
        )),
        // What cannot be read here, browsers may read.
        _ => None,
    };
    let names = hosts.iter().filter(|host| !is_for(certificate, host));
    let names = names.map(|host| {
        format!(
            "this certificate is for {}, not for {host}, where people reach the console, and browsers do not accept it there: \
             have one issued for that name as well",
            told(&described(certificate).names)
        )
    });
    time.into_iter().chain(names).collect()
}

/// That it expires soon, where whatever renews it should have done so: a fortnight before, or when a sixth of its time is left
/// if that is less.
pub(super) fn expiring(certificate: &CertificateDer<'_>, now: UnixTime) -> Option<String> {
    in_time(certificate, now).ok()?;
    let described = described(certificate);
    let left = described.not_after.checked_sub_unsigned(now.as_secs())?;
    let lasts = described.not_after.checked_sub(described.not_before)?;
    (left < SOON.min(lasts / 6)).then(|| {
        format!(
            "this certificate expires on {}: renew it, and see why that has not been done by itself, if it should",
            to_the_second(described.not_after)
        )
    })
}

fn is_for(certificate: &CertificateDer<'_>, host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let (Ok(certificate), Ok(host)) = (
        ParsedCertificate::try_from(certificate),
        ServerName::try_from(host),
    ) else {
        return true;
    };
    verify_server_name(&certificate, &host).is_ok()
}

fn told(names: &[String]) -> String {
    if names.is_empty() {
        return "no name that browsers look at".to_owned();
    }
    let mut told = names
        .iter()
        .take(NAMES_TOLD)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > NAMES_TOLD {
        told.push_str(" and others");
    }
    told
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    /// One for those names, from the 18th of March of 2026 on for a year.
    fn issued(names: &[&str]) -> CertificateDer<'static> {
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_before = date_time_ymd(2026, 3, 18);
        params.not_after = date_time_ymd(2027, 3, 18);
        params.self_signed(&key).unwrap().der().clone()
    }

    fn on(year: i32, month: u8, day: u8) -> UnixTime {
        let seconds = date_time_ymd(year, month, day).unix_timestamp();
        UnixTime::since_unix_epoch(Duration::from_secs(seconds.try_into().unwrap()))
    }

    fn objected(names: &[&str], hosts: &[&str], now: UnixTime) -> Vec<String> {
        let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        objections(&issued(names), &hosts, now)
    }

    #[test]
    fn a_certificate_is_objected_to_before_and_after_it_is_valid() {
        let names = ["pop3.company.com"];
        assert_eq!(objected(&names, &names, on(2026, 11, 29)), [""; 0]);
        let early = objected(&names, &names, on(2026, 3, 17));
        assert!(
            early.len() == 1
                && early[0].starts_with("this certificate is valid only from 2026-03-18 00:00:00 UTC,"),
            "{early:?}"
        );
        let late = objected(&names, &names, on(2027, 3, 19));
        assert!(
            late.len() == 1
                && late[0].starts_with("this certificate expired, it was valid to 2027-03-18 00:00:00 UTC,"),
            "{late:?}"
        );
    }

    #[test]
    fn that_a_certificate_expires_soon_is_told_while_there_is_time() {
        let certificate = issued(&["pop3.company.com"]);
        let told = |now| expiring(&certificate, now);
        assert_eq!(told(on(2027, 3, 3)), None);
        let soon = told(on(2027, 3, 5)).unwrap();
        assert!(
            soon.starts_with("this certificate expires on 2027-03-18 00:00:00 UTC: renew it"),
            "{soon}"
        );
        // It has, or is not valid yet: that is objected to.
        assert_eq!(told(on(2027, 3, 19)), None);
        assert_eq!(told(on(2026, 3, 17)), None);
    }

    #[test]
    fn a_certificate_is_objected_to_at_each_host_that_it_is_not_for() {
        let names = [
            "pop3.company.com",
            "*.desk.company.com",
            "192.0.2.7",
            "2001:db8::1",
        ];
        let now = on(2026, 11, 29);
        let right = [
            "pop3.company.com",
            "a.desk.company.com",
            "192.0.2.7",
            "[2001:db8::1]",
        ];
        assert_eq!(objected(&names, &right, now), [""; 0]);
        for wrong in [
            "company.com",
            "a.b.desk.company.com",
            "192.0.2.8",
            "[2001:db8::2]",
        ] {
            let objected = objected(&names, &[wrong, right[0]], now);
            let begin = format!(
                "this certificate is for pop3.company.com, *.desk.company.com, 192.0.2.7, 2001:db8::1, not for {wrong}, where"
            );
            assert!(
                objected.len() == 1 && objected[0].starts_with(&begin),
                "{objected:?}"
            );
        }
        let nameless = objected(&[], &["pop3.company.com"], now);
        assert!(
            nameless[0].contains("is for no name that browsers look at"),
            "{nameless:?}"
        );
    }
}
