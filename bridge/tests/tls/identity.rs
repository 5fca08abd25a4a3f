//! Certificates of every kind, made for one test.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{CertificateParams, DnType, KeyPair, SigningKey, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::authority::Authority;

/// What a server presents: its chain and its key.
pub(crate) struct Identity {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
}

impl Authority {
    /// Its certificate in a file, as `--ca-file` takes it.
    pub(crate) fn file(&self) -> PathBuf {
        file("authority.pem", &self.certificate().pem())
    }

    /// A server's certificate for these names, with the authority's own sent behind it.
    pub(crate) fn certify(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Identity {
        let (params, key) = server(names, change);
        Identity {
            chain: vec![
                self.sign(&params, &key).der().clone(),
                self.certificate().der().clone(),
            ],
            key: private(&key),
        }
    }
}

/// A certificate that signed itself.
pub(crate) fn self_signed(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Identity {
    let (params, key) = server(names, change);
    Identity {
        chain: vec![params.self_signed(&key).unwrap().der().clone()],
        key: private(&key),
    }
}

/// A certificate of X.509 version 1 that signed itself: one of version 3 without its version and extensions.
pub(crate) fn self_signed_v1(name: &str) -> Identity {
    let (params, key) = server(&[name], |_| ());
    let modern = params.self_signed(&key).unwrap();
    let [body, algorithm, _signature] = elements(inside(modern.der()))[..] else {
        panic!("no certificate")
    };
    let kept = elements(inside(body))
        .into_iter()
        .filter(|element| !matches!(element[0], 0xa0 | 0xa3));
    let body = element(0x30, &kept.collect::<Vec<_>>().concat());
    let signature = [vec![0], key.sign(&body).unwrap()].concat();
    let old = element(0x30, &[&body[..], algorithm, &element(0x03, &signature)].concat());
    Identity {
        chain: vec![CertificateDer::from(old)],
        key: private(&key),
    }
}

/// Sets a validity that is over.
pub(crate) fn expired(params: &mut CertificateParams) {
    params.not_before = date_time_ymd(2014, 3, 18);
    params.not_after = date_time_ymd(2015, 3, 18);
}

/// Sets a validity that has not begun.
pub(crate) fn not_yet_valid(params: &mut CertificateParams) {
    params.not_before = date_time_ymd(2200, 1, 1);
    params.not_after = date_time_ymd(2201, 1, 1);
}

/// A file of this test's own with that content.
pub(crate) fn file(name: &str, content: &str) -> PathBuf {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let path =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{number}-{name}", std::process::id()));
    std::fs::write(&path, content).unwrap();
    path
}

/// A certificate as PEM.
pub(crate) fn pem(certificate: &CertificateDer<'_>) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(certificate);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    )
}

fn server(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> (CertificateParams, KeyPair) {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params
        .distinguished_name
        .push(DnType::CommonName, "mail.company.com");
    change(&mut params);
    (params, KeyPair::generate().unwrap())
}

fn private(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivateKeyDer::try_from(key.serialize_der()).unwrap()
}

/// The octets inside a DER element.
fn inside(der: &[u8]) -> &[u8] {
    &der[header(der).0..]
}

/// The DER elements that stand one after another.
fn elements(mut der: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    while !der.is_empty() {
        let (header, length) = header(der);
        let (element, rest) = der.split_at(header + length);
        found.push(element);
        der = rest;
    }
    found
}

/// The lengths of a DER element's header and of what is inside it.
fn header(der: &[u8]) -> (usize, usize) {
    match der[1] {
        short @ 0..=0x7f => (2, usize::from(short)),
        0x81 => (3, usize::from(der[2])),
        0x82 => (4, usize::from(der[2]) << 8 | usize::from(der[3])),
        _ => panic!("longer than a test certificate"),
    }
}

fn element(tag: u8, inside: &[u8]) -> Vec<u8> {
    let length = u16::try_from(inside.len()).unwrap().to_be_bytes();
    [&[tag, 0x82, length[0], length[1]], inside].concat()
}
