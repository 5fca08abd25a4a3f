//! Certificates of every kind, verified and not.

use std::path::PathBuf;

use pop3_console::upstream::tls::{Tls, TlsError};
use protocol::tls::{CHAIN_MAX, CertificateProblem, Verdict};
use rcgen::{BasicConstraints, IsCa};
use rustls::version::TLS12;

use crate::authority::Authority;
use crate::identity::{Identity, expired, file, not_yet_valid, pem, self_signed, self_signed_v1};
use crate::server::Server;
use crate::{HOST, all, negotiate, refused, unverified, verified};

#[tokio::test]
async fn a_certificate_of_an_authority_in_a_ca_file_is_verified_and_reported() {
    let authority = Authority::new();
    let identity = authority.certify(&[HOST, "192.0.2.14"], |_| ());
    let leaf = identity.chain[0].clone();
    let server = Server::tls(identity).await;
    let tls = Tls::new(&[authority.file()]).unwrap();
    let (mut stream, report) = negotiate(&tls, &server, HOST, None, true).await.unwrap();

    assert_eq!(all(&mut stream).await, "+OK ready\r\n");
    assert_eq!(report.verdict, Verdict::Verified);
    assert_eq!(report.version, "TLS 1.3");
    assert!(
        ["TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"].contains(&&*report.cipher),
        "{}",
        report.cipher
    );
    assert_eq!(report.name, HOST);
    assert!(report.took > 0);
    let [server, issuer] = &report.chain[..] else {
        panic!("{:?}", report.chain)
    };
    assert_eq!(server.subject, "CN=mail.company.com");
    assert_eq!(server.issuer, "CN=Test authority");
    assert_eq!(server.names, [HOST, "192.0.2.14"]);
    assert_eq!(issuer.subject, issuer.issuer);
    assert_eq!(server.fingerprint, independent_fingerprint(&leaf));
}

/// SHA-256 by the library that TLS itself uses, not by the one under test.
fn independent_fingerprint(der: &[u8]) -> String {
    let suite = rustls::crypto::ring::cipher_suite::TLS13_AES_128_GCM_SHA256;
    let digest = suite.tls13().unwrap().common.hash_provider.hash(der);
    digest
        .as_ref()
        .iter()
        .map(|octet| format!("{octet:02X}"))
        .collect::<Vec<_>>()
        .join(":")
}

#[tokio::test]
async fn tls_1_2_is_spoken_and_named_as_the_registry_does() {
    let authority = Authority::new();
    let server = Server::tls_of(authority.certify(&[HOST], |_| ()), &[&TLS12]).await;
    let tls = Tls::new(&[authority.file()]).unwrap();
    let (_, report) = negotiate(&tls, &server, HOST, None, true).await.unwrap();
    assert_eq!(report.version, "TLS 1.2");
    assert!(
        report.cipher.starts_with("TLS_ECDHE_ECDSA_WITH_"),
        "{}",
        report.cipher
    );
}

#[tokio::test]
async fn an_expired_certificate_is_refused_with_its_dates() {
    let authority = Authority::new();
    let negotiated = verified(&[authority.file()], authority.certify(&[HOST], expired), HOST).await;
    let (report, problem) = refused(negotiated);
    assert_eq!(problem, CertificateProblem::Expired);
    assert_eq!(report.chain.len(), 2);
    assert_eq!(report.chain[0].not_after, 1_426_636_800);
    assert_eq!(report.name, HOST);
}

#[tokio::test]
async fn a_certificate_that_is_not_valid_yet_is_refused() {
    let authority = Authority::new();
    let negotiated = verified(
        &[authority.file()],
        authority.certify(&[HOST], not_yet_valid),
        HOST,
    )
    .await;
    assert_eq!(refused(negotiated).1, CertificateProblem::NotYetValid);
}

#[tokio::test]
async fn a_certificate_of_an_authority_that_nobody_trusts_is_refused() {
    let negotiated = verified(&[], Authority::new().certify(&[HOST], |_| ()), HOST).await;
    assert_eq!(refused(negotiated).1, CertificateProblem::UnknownIssuer);
}

#[tokio::test]
async fn a_self_signed_certificate_is_refused_also_when_it_is_an_authoritys() {
    let negotiated = verified(&[], self_signed(&[HOST], |_| ()), HOST).await;
    assert_eq!(refused(negotiated).1, CertificateProblem::SelfSigned);

    let as_openssl_makes_it = self_signed(&[HOST], |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    });
    let negotiated = verified(&[], as_openssl_makes_it, HOST).await;
    assert_eq!(refused(negotiated).1, CertificateProblem::SelfSigned);
}

#[tokio::test]
async fn a_self_signed_certificate_in_a_ca_file_is_trusted_for_its_name_in_its_time() {
    let authoritys = |params: &mut rcgen::CertificateParams| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    };
    let identity = self_signed(&[HOST], authoritys);
    let given = [file("server.pem", &pem(&identity.chain[0]))];
    let (_, report) = verified(&given, identity, HOST).await.unwrap();
    assert_eq!(report.verdict, Verdict::Verified);

    let identity = self_signed(&["pop.company.com"], authoritys);
    let given = [file("server.pem", &pem(&identity.chain[0]))];
    assert_eq!(
        refused(verified(&given, identity, HOST).await).1,
        CertificateProblem::WrongName
    );

    let identity = self_signed(&[HOST], |params| {
        authoritys(params);
        expired(params);
    });
    let given = [file("server.pem", &pem(&identity.chain[0]))];
    assert_eq!(
        refused(verified(&given, identity, HOST).await).1,
        CertificateProblem::Expired
    );
}

#[tokio::test]
async fn a_name_in_the_common_name_only_is_outdated() {
    let authority = Authority::new();
    let negotiated = verified(&[authority.file()], authority.certify(&[], |_| ()), HOST).await;
    let CertificateProblem::Outdated { detail } = refused(negotiated).1 else {
        panic!("not outdated")
    };
    assert!(detail.contains("CN=mail.company.com"), "{detail}");
    let found = unverified(&[authority.file()], authority.certify(&[], |_| ()), HOST).await;
    assert_eq!(found, Some(CertificateProblem::Outdated { detail }));
}

#[tokio::test]
async fn a_certificate_of_x509_version_1_is_outdated_and_can_be_reached_unverified() {
    let negotiated = verified(&[], self_signed_v1(HOST), HOST).await;
    let (report, problem) = refused(negotiated);
    let CertificateProblem::Outdated { detail } = &problem else {
        panic!("{problem:?}")
    };
    assert!(detail.contains("version 1"), "{detail}");
    assert_eq!(report.chain[0].subject, "CN=mail.company.com");

    assert_eq!(unverified(&[], self_signed_v1(HOST), HOST).await, Some(problem));
    let server = Server::tls_of(self_signed_v1(HOST), &[&TLS12]).await;
    let negotiated = negotiate(&Tls::new(&[]).unwrap(), &server, HOST, None, false).await;
    assert_eq!(negotiated.unwrap().1.version, "TLS 1.2");
}

#[tokio::test]
async fn without_verifying_what_is_wrong_is_still_found() {
    let authority = Authority::new();
    let given = [authority.file()];
    let problem = unverified(&given, authority.certify(&[HOST], |_| ()), HOST).await;
    assert_eq!(problem, None);
    let problem = unverified(&given, authority.certify(&[HOST], expired), HOST).await;
    assert_eq!(problem, Some(CertificateProblem::Expired));
    let problem = unverified(&given, authority.certify(&["pop.company.com"], |_| ()), HOST).await;
    assert_eq!(problem, Some(CertificateProblem::WrongName));
    let problem = unverified(&[], authority.certify(&[HOST], |_| ()), HOST).await;
    assert_eq!(problem, Some(CertificateProblem::UnknownIssuer));
    let problem = unverified(&[], self_signed(&[HOST], |_| ()), HOST).await;
    assert_eq!(problem, Some(CertificateProblem::SelfSigned));
}

#[tokio::test]
async fn a_server_without_its_certificates_key_is_refused_also_when_not_verifying() {
    for old in [false, true] {
        let mut identity = if old {
            self_signed_v1(HOST)
        } else {
            self_signed(&[HOST], |_| ())
        };
        identity.key = self_signed(&[HOST], |_| ()).key;
        let server = Server::tls(identity).await;
        let negotiated = negotiate(&Tls::new(&[]).unwrap(), &server, HOST, None, false).await;
        let (report, problem) = refused(negotiated);
        assert_eq!(report.chain.len(), 1);
        if !old {
            assert!(
                matches!(problem, CertificateProblem::Other { detail } if detail.contains("private key"))
            );
        }
    }
}

#[tokio::test]
async fn what_is_no_certificate_is_refused_with_its_fingerprint() {
    let mut identity = self_signed(&[HOST], |_| ());
    identity.chain = vec![b"not a certificate".to_vec().into()];
    for verify in [true, false] {
        let broken = Identity {
            chain: identity.chain.clone(),
            key: identity.key.clone_key(),
        };
        let server = Server::tls(broken).await;
        let negotiated = negotiate(&Tls::new(&[]).unwrap(), &server, HOST, None, verify).await;
        let (report, problem) = refused(negotiated);
        assert!(matches!(problem, CertificateProblem::Other { .. }), "{problem:?}");
        assert_eq!(
            report.chain[0].fingerprint,
            independent_fingerprint(b"not a certificate")
        );
    }
}

#[tokio::test]
async fn a_long_chain_is_reported_up_to_the_bound() {
    let authority = Authority::new();
    let mut identity = authority.certify(&[HOST], |_| ());
    let issuer = identity.chain[1].clone();
    identity.chain.resize(3 * CHAIN_MAX, issuer);
    let (_, report) = verified(&[authority.file()], identity, HOST).await.unwrap();
    assert_eq!(report.chain.len(), CHAIN_MAX);
}

#[tokio::test]
async fn the_demonstrations_certificate_is_trusted_at_its_addresses_alone() {
    let identity = self_signed(&["localhost", "127.0.0.1"], |_| ());
    let certificate = identity.chain[0].clone();
    let elsewhere = Server::tls(Identity {
        chain: identity.chain.clone(),
        key: identity.key.clone_key(),
    })
    .await;
    let demonstration = Server::tls(identity).await;
    let mut tls = Tls::new(&[]).unwrap();
    tls.trust_demonstration(vec![demonstration.address], certificate);

    for host in ["localhost", "127.0.0.1"] {
        let (_, report) = negotiate(&tls, &demonstration, host, None, true).await.unwrap();
        assert_eq!(report.verdict, Verdict::Verified);
        let negotiated = negotiate(&tls, &elsewhere, host, None, true).await;
        assert_eq!(refused(negotiated).1, CertificateProblem::SelfSigned);
    }
    let negotiated = negotiate(&tls, &demonstration, HOST, None, true).await;
    assert_eq!(refused(negotiated).1, CertificateProblem::WrongName);
}

#[test]
fn a_ca_file_that_cannot_be_used_is_named() {
    let missing = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("no-such-file.pem");
    let error = Tls::new(std::slice::from_ref(&missing)).expect_err("it is missing");
    assert!(matches!(&error, TlsError::Unreadable { path, .. } if *path == missing));
    assert!(error.to_string().contains("no-such-file.pem"), "{error}");

    let empty = file("empty.pem", "nothing here\n");
    let error = Tls::new(std::slice::from_ref(&empty)).expect_err("it is empty");
    assert!(
        matches!(&error, TlsError::Empty { path } if *path == empty),
        "{error}"
    );

    for broken in [
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n",
    ] {
        let good = pem(&self_signed(&[HOST], |_| ()).chain[0]);
        let path = file("broken.pem", &format!("{good}{broken}"));
        let error = Tls::new(std::slice::from_ref(&path)).expect_err("it is broken");
        assert!(
            error
                .to_string()
                .contains("broken.pem is broken at certificate 2"),
            "{error}"
        );
    }
}
