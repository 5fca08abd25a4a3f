//! What programs ask that watch over the console.

use std::time::{Duration, Instant};

use pop3_console::PROBES;
use pop3_console::config::{Config, Limits};
use protocol::remark::End;

use crate::support::{Bridge, Mail, PATIENCE, journaled, limited, plain};

#[tokio::test]
async fn what_happens_is_counted() {
    let bridge = Bridge::start_with(limited(Limits::default())).await;
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK hello\r\n").await;
        peer.line().await;
        peer.say("+OK\r\n").await;
        peer.until_gone().await;
    })
    .await;
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    browser.line("NOOP").await;
    browser.until_status().await;
    for line in [
        "pop3_console_sessions{standing=\"live\"} 1",
        "pop3_console_sessions{standing=\"interrupted\"} 0",
        "pop3_console_sessions_opened_total 1",
        "pop3_console_windows 1",
        "pop3_console_connections 1",
        "pop3_console_mail_connections 1",
        "pop3_console_lines_sent_total 1",
        "pop3_console_octets_sent_total 6",
        "pop3_console_lines_received_total 2",
        "pop3_console_octets_received_total 16",
    ] {
        bridge.until_counted(line).await;
    }
    browser.disconnect().await;
    let ended = browser.until_ended().await;
    assert!(matches!(ended.0, End::Disconnected { .. }));
    bridge
        .until_counted("pop3_console_mail_connections_ended_total{how=\"disconnected\"} 1")
        .await;
    bridge.until_counted("pop3_console_mail_connections 0").await;
    // Who and what it was is nobody's business who counts.
    let text = bridge.counted().await;
    for word in ["127.0.0.1", "NOOP", &browser.key.session, &browser.key.token] {
        assert!(!text.contains(word), "{word} in {text}");
    }
    bridge.stop().await;
}

#[tokio::test]
async fn it_is_alive_and_ready_under_any_name_and_counts_are_told_on_their_own_address_only() {
    let bridge = Bridge::start_with(limited(Limits::default())).await;
    for (_, path) in PROBES {
        assert_eq!(bridge.probe(path).await.0, 200, "{path}");
        assert_eq!(bridge.probe_beside(path).await.0, 200, "{path}");
    }
    // The console's page answers there, to its own name alone.
    assert_eq!(bridge.probe("/metrics").await.0, 403);
    for path in ["/", "/api/health", "/api/console"] {
        assert_eq!(bridge.probe_beside(path).await.0, 404, "{path}");
    }
    bridge.stop().await;
}

#[tokio::test]
async fn its_own_program_asks_whether_it_is_alive() {
    let bridge = Bridge::start_with(limited(Limits {
        connections: 1,
        ..Limits::default()
    }))
    .await;
    let (listen, metrics) = (bridge.address.to_string(), bridge.metrics.unwrap().to_string());
    let everywhere = format!("0.0.0.0:{}", bridge.address.port());
    let hosted = [
        "--access-mode=accounts",
        "--public=https://pop3.company.com",
        "--proxy-trusted=192.0.2.1",
        "--listen",
        &everywhere,
    ];
    assert_eq!(health(&["--listen", &listen]).await, Ok(()));
    bridge.until_counted("pop3_console_connections 0").await;
    assert_eq!(health(&hosted).await, Ok(()));
    bridge.until_counted("pop3_console_connections 0").await;
    // Where people take all places there is still one for who asks where counts are told.
    let key = bridge.open_session().await;
    bridge.until_counted("pop3_console_connections 0").await;
    let window = crate::support::Browser::join(&bridge, &key).await;
    let full = health(&["--listen", &listen]).await.unwrap_err();
    assert!(full.contains("does not say that it is alive"), "{full}");
    let both = ["--listen", &listen, "--metrics-listen", &metrics];
    assert_eq!(health(&both).await, Ok(()));
    drop(window);
    bridge.stop().await;
    let gone = health(&both).await.unwrap_err();
    assert!(gone.contains(&format!("does not answer at {metrics}")), "{gone}");
}

#[tokio::test]
async fn a_console_that_speaks_tls_is_asked_where_counts_are_told() {
    let bridge = Bridge::start_sealed(limited(Limits::default())).await;
    let issuer = bridge.issuer.as_ref().unwrap();
    let (certificate, key) = (issuer.certificate(), issuer.key());
    let (listen, metrics) = (bridge.address.to_string(), bridge.metrics.unwrap().to_string());
    let sealed = [
        "--listen",
        &listen,
        "--tls-certificate",
        certificate.to_str().unwrap(),
        "--tls-key",
        key.to_str().unwrap(),
    ];
    let refused = health(&sealed).await.unwrap_err();
    assert!(refused.contains("metrics.listen"), "{refused}");
    let both = [&sealed[..], &["--metrics-listen", &metrics]].concat();
    assert_eq!(health(&both).await, Ok(()));
    bridge.stop().await;
}

/// What the program says that is to ask; an error where it fails.
async fn health(flags: &[&str]) -> Result<(), String> {
    let mut program = tokio::process::Command::new(env!("CARGO_BIN_EXE_pop3-console"));
    let output = program
        .arg("health")
        .args(flags)
        .env_clear()
        .output()
        .await
        .unwrap();
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}

#[tokio::test]
async fn it_is_not_ready_while_the_journal_takes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    // No folder can be made where a file is.
    let inside = folder.path().join("data");
    std::fs::write(&inside, "").unwrap();
    let config = Config {
        metrics: limited(Limits::default()).metrics,
        ..journaled(&inside)
    };
    let bridge = Bridge::start_with(config).await;
    until_ready(&bridge, 503).await;
    let (_, _, why) = bridge.probe("/readyz").await;
    assert!(why.contains("journal"), "{why}");
    bridge.until_counted("pop3_console_journal_failing 1").await;
    assert!(
        !bridge
            .counted()
            .await
            .contains("journal_refused_writes_total 0\n")
    );
    assert_eq!(bridge.probe("/healthz").await.0, 200);
    // Nobody has to come for it to find out.
    std::fs::remove_file(&inside).unwrap();
    until_ready(&bridge, 200).await;
    bridge.until_counted("pop3_console_journal_failing 0").await;
    bridge.stop().await;
}

async fn until_ready(bridge: &Bridge, wanted: u16) {
    let deadline = Instant::now() + PATIENCE;
    while bridge.probe("/readyz").await.0 != wanted {
        assert!(Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn whoever_finds_no_place_is_told_and_those_who_have_one_are_served() {
    let bridge = Bridge::start_with(limited(Limits {
        connections: 2,
        ..Limits::default()
    }))
    .await;
    let key = bridge.open_session().await;
    let one = crate::support::Browser::join(&bridge, &key).await;
    let two = crate::support::Browser::join(&bridge, &key).await;
    let (status, head, why) = bridge.probe("/healthz").await;
    assert_eq!(status, 503);
    assert!(why.contains("As many connections stand"), "{why}");
    assert!(head.contains("Retry-After"), "{head}");
    bridge
        .until_counted("pop3_console_limit_met_total{limit=\"connections\"} 1")
        .await;
    drop(two);
    let deadline = Instant::now() + PATIENCE;
    while bridge.probe("/healthz").await.0 != 200 {
        assert!(Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    drop(one);
    bridge.stop().await;
}
