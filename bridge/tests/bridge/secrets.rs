//! A canary goes through every path that a password can take, and is looked for everywhere else.

use std::io::Write;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use protocol::entry::Event;
use protocol::remark::{Failure, Step};
use protocol::secret::TypedLine;
use protocol::wire::FromBrowser;
use serde_json::Value;
use tokio::io::AsyncReadExt;

use crate::support::{Bridge, Browser, Mail, patient, plain};

const CANARY: &str = "Kanarienvogel#7";

/// Takes down all that is logged in this process.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A server that asks for SASL responses and repeats whatever it is sent, in capitals, too.
async fn parrot() -> Mail {
    Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        loop {
            let line = peer.line().await;
            let text = line.trim_end();
            if line.is_empty() {
                return;
            }
            let reply = match text {
                "AUTH PLAIN" | "AUTH LOGIN" => "+ \r\n".to_owned(),
                "STAT" => "+OK 0 0\r\n".to_owned(),
                _ => format!("-ERR Unknown command: {text} {}\r\n", text.to_uppercase()),
            };
            peer.say(reply).await;
        }
    })
    .await
}

#[tokio::test]
async fn an_echo_in_place_of_a_handshake_is_not_quoted() {
    let bridge = Bridge::start().await;
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        let password = peer.line().await;
        peer.say("-ERR\r\n").await;
        peer.answer("STLS", "+OK\r\n").await;
        let mut hello = [0; 1];
        peer.stream.read_exact(&mut hello).await.unwrap();
        peer.say(format!("-ERR Unknown command: {password}")).await;
        peer.until_gone().await;
    })
    .await;
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    browser.line(format!("PASS {CANARY}")).await;
    browser.until_status().await;
    browser.line("STLS").await;
    let said = String::new();
    assert_eq!(
        browser.until_failed().await,
        (Step::Tls, Failure::PlainText { said })
    );
    for frame in &browser.frames {
        assert!(!String::from_utf8_lossy(frame).contains(CANARY));
    }
}

#[tokio::test]
async fn a_response_that_comes_when_auth_is_over_is_in_no_frame() {
    let bridge = Bridge::start().await;
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        peer.answer("AUTH PLAIN AGEAYg==", "+OK\r\n").await;
        let line = peer.line().await;
        peer.say(format!("-ERR Unknown command: {line}")).await;
        peer.until_gone().await;
    })
    .await;
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    browser.line("AUTH PLAIN AGEAYg==").await;
    browser.until_status().await;
    let (id, connection) = (99, browser.connection());
    let line = TypedLine::new(CANARY.as_bytes().to_vec());
    browser.ask(FromBrowser::Response { id, connection, line }).await;
    browser.until_status().await;
    for frame in &browser.frames {
        assert!(!String::from_utf8_lossy(frame).contains(CANARY));
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_log_is_lines_of_json_where_it_is_to_be_and_holds_no_password() {
    let (bridge, mut log) = Bridge::start_logging_with(&["--no-journal", "--log-format=json"]).await;
    let logged = tokio::spawn(async move {
        let mut logged = String::new();
        log.read_to_string(&mut logged).await.map(|_| logged)
    });
    let mail = parrot().await;
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    let response = BASE64_STANDARD.encode(format!("\0user01\0{CANARY}"));
    for line in [
        "USER user01",
        &format!("PASS {CANARY}"),
        &format!("AUTH PLAIN {response}"),
    ] {
        browser.line(line).await;
        browser.until_status().await;
    }
    // Somebody whom nothing is opened for, with what would be no JSON as it is.
    let host = "GET / HTTP/1.1\r\nHost: \"{evil}\\";
    assert_eq!(bridge.http(host).await.0, 403);
    bridge.signal(rustix::process::Signal::TERM);
    assert!(bridge.exited().await.success());
    let logged = patient(logged).await.unwrap().unwrap();
    let mut said = Vec::new();
    for line in logged.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(
            line["timestamp"].is_string() && line["level"].is_string(),
            "{line}"
        );
        said.push(line["fields"]["message"].as_str().unwrap_or_default().to_owned());
    }
    for message in ["serving", "a browser came", "session begins"] {
        assert!(
            said.iter().any(|it| it == message),
            "{message} is missing: {said:?}"
        );
    }
    for secret in [
        CANARY,
        &BASE64_STANDARD.encode(CANARY),
        &response,
        &browser.key.token,
    ] {
        assert!(!logged.contains(secret), "{secret} in {logged}");
    }
}

#[tokio::test]
async fn no_frame_and_no_log_ever_holds_the_password() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter("trace")
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let (bridge, mail) = (Bridge::start().await, parrot().await);
    let mut browser = bridge.browser().await;
    let mut watcher = Browser::join(&bridge, &browser.key.clone()).await;
    browser.connected(plain(mail.address)).await;
    let plain_response = BASE64_STANDARD.encode(format!("\0user01\0{CANARY}"));
    let encoded = BASE64_STANDARD.encode(CANARY);
    let lines = [
        "USER user01".to_owned(),
        format!("PASS {CANARY}"),
        format!("pass {CANARY}"),
        format!("  PaSs   {CANARY} "),
        format!("PASS\t{CANARY}"),
        format!("APOP user01 {CANARY}"),
        format!("AUTH PLAIN {plain_response}"),
        "AUTH PLAIN".to_owned(),
        plain_response.clone(),
        "AUTH PLAIN".to_owned(),
        // Typed at the wrong moment: the server asks for base64.
        CANARY.to_owned(),
        "AUTH LOGIN".to_owned(),
        encoded.clone(),
    ];
    for line in &lines {
        browser.line(line).await;
        browser
            .until(|event| matches!(event, Event::Answered { .. }).then_some(()))
            .await;
        mail.until_received(line.as_str()).await;
    }
    browser.line("STAT").await;
    assert_eq!(browser.until_status().await, "+OK 0 0\r\n");
    watcher.until_seq(browser.entries.last().unwrap().seq).await;
    let mut late = Browser::join(&bridge, &browser.key).await;
    late.until_seq(watcher.entries.last().unwrap().seq).await;
    bridge.stop().await;

    let logged = log.0.lock().unwrap().clone();
    assert!(!logged.is_empty());
    let key = &browser.key;
    let everywhere = browser
        .frames
        .iter()
        .chain(&watcher.frames)
        .chain(&late.frames)
        .chain([&logged]);
    for octets in everywhere {
        let text = String::from_utf8_lossy(octets).to_lowercase();
        for secret in [CANARY, &encoded, &plain_response] {
            assert!(!text.contains(&secret.to_lowercase()), "{secret} in {text}");
        }
    }
    let logged = String::from_utf8_lossy(&logged);
    assert!(
        !logged.contains(&key.token) && !logged.contains(&key.session),
        "{logged}"
    );
}
