//! What a person is told when a connection cannot be made, and that nothing typed goes out then.

use std::time::Duration;

use pop3_console::config::Deadlines;
use protocol::access::By;
use protocol::entry::Event;
use protocol::remark::{Failure, Remark, Step};
use protocol::state::{Phase, Protection};
use protocol::target::{Family, Security, Target};
use protocol::tls::{CertificateProblem, Verdict};
use protocol::wire::{FromBrowser, Refusal};
use tokio::net::TcpListener;

use crate::support::{Bridge, Mail, plain, target, with};

const SHORT: Duration = Duration::from_millis(300);

#[tokio::test]
async fn every_step_is_announced_and_the_first_remark_says_from_where_and_to_where() {
    let (bridge, mail) = (Bridge::start().await, Mail::says("+OK hello\r\n").await);
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;

    let phases: Vec<Phase> = browser
        .entries
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::State(state) => Some(state.phase),
            _ => None,
        })
        .collect();
    assert_eq!(
        phases,
        [
            Phase::Resolving,
            Phase::Connecting,
            Phase::Greeting,
            Phase::Authorization
        ]
    );
    let remarks: Vec<&Remark> = browser
        .entries
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::Remark(remark) => Some(remark),
            _ => None,
        })
        .collect();
    let [
        Remark::Connected {
            host,
            resolved,
            from,
            to,
            at,
            by,
            ..
        },
    ] = remarks[..]
    else {
        panic!("{remarks:?}")
    };
    assert_eq!(host, "127.0.0.1");
    assert!(resolved.is_empty());
    assert!(from.starts_with("127.0.0.1:"));
    assert_eq!(to, &mail.address.to_string());
    assert!(*at > 1_700_000_000_000);
    assert_eq!(*by, By::Participant(1));
    assert!(browser.entries.iter().all(|entry| entry.connection == 1));
}

#[tokio::test]
async fn a_name_is_looked_up_and_its_addresses_are_told() {
    let (bridge, mail) = (Bridge::start().await, Mail::says("+OK hello\r\n").await);
    let mut browser = bridge.browser().await;
    browser
        .connected(Target {
            host: "localhost".into(),
            family: Family::V4,
            ..plain(mail.address)
        })
        .await;
    let told = browser.entries.iter().any(|entry| {
        matches!(&entry.event, Event::Remark(Remark::Connected { resolved, .. }) if resolved == &["127.0.0.1"])
    });
    assert!(told);
}

#[tokio::test]
async fn a_host_that_is_not_found() {
    let bridge = Bridge::start().await;
    let mut browser = bridge.browser().await;
    browser
        .connect(Target {
            host: "mail.invalid".into(),
            ..plain("127.0.0.1:110".parse().unwrap())
        })
        .await;
    assert_eq!(browser.until_failed().await, (Step::Resolve, Failure::NoSuchHost));
}

#[tokio::test]
async fn cloud_metadata_is_not_dialled() {
    let bridge = Bridge::start().await;
    let mut browser = bridge.browser().await;
    for host in ["169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254"] {
        browser
            .connect(Target {
                host: host.into(),
                ..plain("127.0.0.1:80".parse().unwrap())
            })
            .await;
        assert_eq!(
            browser.until_failed().await,
            (Step::Resolve, Failure::NotAllowed),
            "{host}"
        );
    }
}

#[tokio::test]
async fn a_port_on_which_nothing_listens() {
    let bridge = Bridge::start().await;
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let mut browser = bridge.browser().await;
    browser.connect(plain(closed)).await;
    assert_eq!(browser.until_failed().await, (Step::Connect, Failure::Refused));
}

#[tokio::test]
async fn a_tls_server_that_never_answers_meets_its_deadline() {
    let deadlines = Deadlines {
        tls: SHORT,
        ..Deadlines::default()
    };
    let (bridge, mail) = (Bridge::start_with(with(deadlines)).await, Mail::says("").await);
    let mut browser = bridge.browser().await;
    browser.connect(target(mail.address, Security::Tls)).await;
    assert_eq!(browser.until_failed().await, (Step::Tls, Failure::TimedOut));
}

#[tokio::test]
async fn making_a_connection_can_be_cancelled() {
    let (bridge, mail) = (Bridge::start().await, Mail::says("").await);
    let mut browser = bridge.browser().await;
    for (security, phase, step) in [
        (Security::Plain, Phase::Greeting, Step::Greeting),
        (Security::Tls, Phase::Securing, Step::Tls),
    ] {
        browser.connect(target(mail.address, security)).await;
        browser.until_phase(phase).await;
        browser.disconnect().await;
        let by = By::Participant(1);
        assert_eq!(browser.until_failed().await, (step, Failure::Cancelled { by }));
    }
}

#[tokio::test]
async fn plain_text_on_a_tls_port_is_called_so() {
    let (bridge, mail) = (Bridge::start().await, Mail::says("+OK plain speaking\r\n").await);
    let mut browser = bridge.browser().await;
    browser.connect(target(mail.address, Security::Tls)).await;
    let (step, why) = browser.until_failed().await;
    assert_eq!(step, Step::Tls);
    assert_eq!(
        why,
        Failure::PlainText {
            said: "+OK plain speaking".into()
        }
    );
}

#[tokio::test]
async fn a_refused_certificate_is_reported_and_going_on_without_verifying_is_recorded() {
    use crate::support::tls;
    let bridge = Bridge::start().await;
    let mail = tls::self_signed("+OK under TLS\r\n").await;
    let mut browser = bridge.browser().await;
    browser.connect(target(mail.address, Security::Tls)).await;
    let (step, why) = browser.until_failed().await;
    assert_eq!(step, Step::Tls);
    let Failure::Certificate(report) = why else {
        panic!("{why:?}")
    };
    assert_eq!(report.verdict, Verdict::Refused(CertificateProblem::SelfSigned));
    assert_eq!(report.chain.len(), 1);

    browser
        .connect(Target {
            verify: false,
            ..target(mail.address, Security::Tls)
        })
        .await;
    let secured = browser
        .until_remark(|remark| matches!(remark, Remark::Secured(_)))
        .await;
    let Remark::Secured(unverified) = secured else {
        panic!("{secured:?}")
    };
    assert_eq!(
        unverified.verdict,
        Verdict::NotVerified(Some(CertificateProblem::SelfSigned))
    );
    assert_eq!(unverified.chain[0].fingerprint, report.chain[0].fingerprint);
    let state = browser.until_phase(Phase::Authorization).await;
    assert_eq!(state.protection, Protection::Unverified);
    assert!(state.loopback);
    assert_eq!(browser.connection(), 2);
}

#[tokio::test]
async fn what_is_no_target_is_refused() {
    let bridge = Bridge::start().await;
    let mut browser = bridge.browser().await;
    let some = plain("127.0.0.1:110".parse().unwrap());
    for target in [
        Target {
            host: String::new(),
            ..some.clone()
        },
        Target {
            host: "a".repeat(1000),
            ..some.clone()
        },
        Target {
            host: "two words".into(),
            ..some.clone()
        },
        Target { port: 0, ..some },
    ] {
        browser.connect(target).await;
        assert_eq!(browser.until_refused().await, (None, Refusal::BadTarget));
    }
    assert!(browser.entries.is_empty());
}

#[tokio::test]
async fn there_is_one_connection_at_a_time() {
    let (bridge, mail) = (Bridge::start().await, Mail::says("+OK hello\r\n").await);
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    browser.connect(plain(mail.address)).await;
    assert_eq!(browser.until_refused().await, (None, Refusal::AlreadyConnected));
    browser.ask(FromBrowser::ContinueInClear { connection: 1 }).await;
    browser.until_refused().await;
}
