//! The name that the server is asked for, and that its certificate must be for.

use pop3_console::upstream::tls::Tls;
use protocol::remark::Failure;
use protocol::tls::{CertificateProblem, Verdict};

use crate::authority::Authority;
use crate::server::Server;
use crate::{HOST, negotiate, refused, verified};

#[tokio::test]
async fn a_certificate_for_another_name_is_refused_with_its_names() {
    let authority = Authority::new();
    let negotiated = verified(
        &[authority.file()],
        authority.certify(&["pop.company.com"], |_| ()),
        HOST,
    )
    .await;
    let (report, problem) = refused(negotiated);
    assert_eq!(problem, CertificateProblem::WrongName);
    assert_eq!(report.chain[0].names, ["pop.company.com"]);
}

#[tokio::test]
async fn the_server_is_asked_for_the_name_and_an_address_is_not_asked_for() {
    let authority = Authority::new();
    let server = Server::tls(authority.certify(&[HOST, "127.0.0.1", "::1"], |_| ())).await;
    let tls = Tls::new(&[authority.file()]).unwrap();
    for (host, name) in [
        (HOST, None),
        ("127.0.0.1", Some(HOST)),
        ("127.0.0.1", None),
        ("::1", None),
        ("MAIL.company.com.", None),
    ] {
        let (_, report) = negotiate(&tls, &server, host, name, true).await.unwrap();
        assert_eq!(report.verdict, Verdict::Verified, "{host} as {name:?}");
        assert_eq!(report.name, name.unwrap_or(host));
    }
    let asked: Vec<Option<String>> = server
        .asked_for()
        .into_iter()
        .map(|name| name.map(|name| name.to_lowercase()))
        .collect();
    let host = || Some(HOST.to_owned());
    assert_eq!(asked, [host(), host(), None, None, host()]);
}

#[tokio::test]
async fn an_address_that_the_certificate_is_not_for_is_refused() {
    let authority = Authority::new();
    let negotiated = verified(
        &[authority.file()],
        authority.certify(&[HOST], |_| ()),
        "127.0.0.1",
    )
    .await;
    assert_eq!(refused(negotiated).1, CertificateProblem::WrongName);
}

#[tokio::test]
async fn a_host_that_tls_cannot_ask_for_is_named() {
    let tls = Tls::new(&[]).unwrap();
    let server = Server::closes().await;
    for host in [
        "mail server",
        "-mail.company.com",
        "mäil.company.com",
        "mail..company.com",
        "a\r\nb",
        "",
    ] {
        let Err(Failure::Tls { detail }) = negotiate(&tls, &server, host, None, false).await else {
            panic!("{host:?} was taken")
        };
        assert!(
            detail.contains("is no host name that TLS can ask for"),
            "{detail}"
        );
        assert!(!detail.contains('\r'));
    }
}
