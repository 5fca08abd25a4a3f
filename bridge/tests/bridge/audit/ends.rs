//! How connections and sessions end is recorded, also where that is nobody's deed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use pop3_console::config::{Config, Limits};
use protocol::access::Keep;
use protocol::alias::Alias;
use protocol::remark::Remark;
use protocol::wire::FromBrowser;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

use super::{lines, printed, records};
use crate::support::accounts::{Accounts, PASSWORD};
use crate::support::{Bridge, Browser, Mail, eventually, journal_file, journaled, patient, plain};

/// Opens a mailbox and marks a message.
async fn mark(browser: &mut Browser, mail: &Mail) {
    browser.connected(plain(mail.address)).await;
    for line in ["USER anna", "PASS Kanarienvogel#7", "DELE 1"] {
        browser.line(line).await;
    }
    browser.until_state(|state| state.marked == 1).await;
}

/// Of the records about that session those of ends, each with what it says: what, who did it, how or why, and how many marks
/// were not committed.
fn ends(file: &Path, session: &str) -> Vec<(String, String, String, u64)> {
    let alias = Alias::of(session).to_string();
    let records = lines(file).into_iter().filter(|it| it["alias"] == alias);
    let text = |record: &Value, name: &str| record[name].as_str().unwrap_or_default().to_owned();
    let ends = records.filter(|it| {
        let what = it["what"].as_str().unwrap();
        ["disconnected", "interrupted", "ended"].contains(&what)
    });
    ends.map(|it| {
        let how = text(&it, "how") + &text(&it, "why");
        let uncommitted = it["uncommitted"].as_u64().unwrap_or(0);
        (text(&it, "what"), text(&it, "by"), how, uncommitted)
    })
    .collect()
}

fn told(what: &str, by: &str, how: &str, uncommitted: u64) -> (String, String, String, u64) {
    (what.to_owned(), by.to_owned(), how.to_owned(), uncommitted)
}

#[tokio::test]
async fn what_ends_without_anybody_is_recorded_with_why() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let bridge = Bridge::start_with(Config {
        audit_file: Some(file.clone()),
        grace: Duration::from_millis(50),
        limits: Limits {
            idle: Some(Duration::from_secs(1)),
            ..Limits::default()
        },
        ..journaled(folder.path())
    })
    .await;
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        loop {
            let line = peer.line().await;
            peer.say("+OK\r\n").await;
            if line.is_empty() || line.starts_with("QUIT") {
                return;
            }
        }
    })
    .await;
    let closing = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        for _ in 0..3 {
            peer.line().await;
            peer.say("+OK\r\n").await;
        }
    })
    .await;
    // The server closes it, and somebody the next; then it is deserted.
    let mut browser = bridge.browser().await;
    mark(&mut browser, &closing).await;
    browser.until_ended().await;
    mark(&mut browser, &mail).await;
    browser.line("QUIT").await;
    browser.until_ended().await;
    mark(&mut browser, &mail).await;
    browser.disconnect().await;
    browser.until_ended().await;
    // Nobody types.
    mark(&mut browser, &mail).await;
    browser.until_ended().await;
    let deserted = browser.key.session.clone();
    drop(browser);
    let ended = told("ended", "console", "deserted", 0);
    patient(async {
        while !ends(&file, &deserted).contains(&ended) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    bridge.stop().await;

    assert_eq!(
        ends(&file, &deserted),
        [
            told("disconnected", "", "by-server", 1),
            told("disconnected", "owner", "quit", 0),
            told("disconnected", "owner", "asked", 1),
            told("disconnected", "console", "idle", 1),
            ended,
        ]
    );
    let servers = lines(&file).into_iter().filter(|it| it["what"] == "disconnected");
    let server = mail.address.to_string();
    let servers: Vec<_> = servers.filter(|it| it["server"] == server).collect();
    let deleted = servers
        .iter()
        .map(|it| it["deleted"].as_u64())
        .collect::<Vec<_>>();
    assert_eq!(deleted, [Some(1), None, None]);
}

/// One with a journal in a folder, and the file there in which it tells who did what.
async fn told_in(folder: &Path) -> (Bridge, PathBuf) {
    let file = folder.join("audit.jsonl");
    let bridge = Bridge::start_with(Config {
        audit_file: Some(file.clone()),
        ..journaled(folder)
    })
    .await;
    (bridge, file)
}

#[tokio::test]
async fn what_the_console_leaves_behind_when_it_stops_is_interrupted_and_the_rest_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let (bridge, file) = told_in(folder.path()).await;
    let (mail, _gone) = Mail::until_gone().await;
    let (mut kept, mut unkept) = (bridge.browser().await, bridge.browser().await);
    unkept.ask(FromBrowser::Keep(Keep::Nothing)).await;
    for browser in [&mut kept, &mut unkept] {
        mark(browser, &mail).await;
    }
    bridge.stop().await;
    let dropped = told("disconnected", "console", "stopped", 1);
    let interrupted = told("interrupted", "console", "", 0);
    assert_eq!(ends(&file, &kept.key.session), [dropped.clone(), interrupted]);
    let ended = told("ended", "console", "stopped", 0);
    assert_eq!(ends(&file, &unkept.key.session), [dropped, ended]);
}

#[tokio::test]
async fn that_mail_is_gone_is_by_whoever_sent_quit_whoever_ends_the_connection() {
    let folder = tempfile::tempdir().unwrap();
    let (bridge, file) = told_in(folder.path()).await;
    // It answers QUIT, and does not hang up.
    let (mail, _gone) = Mail::until_gone().await;
    let mut browser = bridge.browser().await;
    mark(&mut browser, &mail).await;
    browser.line("QUIT").await;
    browser
        .until_remark(|remark| matches!(remark, Remark::Committed { count: 1, .. }))
        .await;
    bridge.stop().await;
    let records = lines(&file);
    let gone = records.iter().find(|it| it["what"] == "disconnected").unwrap();
    assert_eq!(
        (&gone["by"], &gone["deleted"]),
        (&json!("owner"), &json!(1)),
        "{gone}"
    );
}

#[tokio::test]
async fn a_connection_that_was_lost_when_the_console_was_killed_is_recorded_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let journal = journal_file(folder.path());
    let flags = [
        "--journal",
        journal.to_str().unwrap(),
        "--audit-file",
        file.to_str().unwrap(),
        "--grace",
        "1",
    ];
    let bridge = Bridge::start_program_with(&flags).await;
    let (mail, _gone) = Mail::until_gone().await;
    let mut browser = bridge.browser().await;
    mark(&mut browser, &mail).await;
    // What is made afterwards is said to be recorded.
    bridge.link(&browser.key, json!({ "role": "watch" })).await;
    bridge.kill().await;
    let session = &browser.key.session;
    assert_eq!(ends(&file, session), []);

    let bridge = Bridge::start_program_with(&flags).await;
    let expected = [
        told("disconnected", "console", "console-lost", 1),
        told("ended", "console", "deserted", 0),
    ];
    patient(async {
        while ends(&file, session) != expected {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let alias = Alias::of(session).to_string();
    // The journal has it later than the file.
    patient(async {
        while !printed(folder.path(), &["--session", &alias]).contains(" ended ") {
            tokio::task::yield_now().await;
        }
    })
    .await;
    bridge.kill().await;
    let shown = printed(folder.path(), &["--session", &alias]);
    for what in [
        "disconnected alias=",
        " how=console-lost ",
        " uncommitted=1",
        " ended alias=",
        " why=deserted",
    ] {
        assert!(shown.contains(what), "{what} is not in {shown}");
    }
}

#[tokio::test]
async fn who_ends_a_session_from_the_list_of_all_is_recorded_with_their_account() {
    let accounts = Accounts::of(&[("anna", "agent"), ("sue", "supervisor")]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let bridge = Bridge::start_with(Config {
        audit_file: Some(file.clone()),
        ..accounts.config()
    })
    .await;
    let (anna, sue) = (bridge.sign_on("anna").await, bridge.sign_on("sue").await);
    let key = bridge.open_session_as(&anna).await;
    let path = format!("{}/end", key.path());
    assert_eq!(bridge.send("POST", &path, &sue, "", None).await.0, 204);
    let ended = patient(async {
        loop {
            let records = lines(&file);
            if let Some(ended) = records.into_iter().find(|it| it["what"] == "ended") {
                return ended;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(
        (&ended["why"], &ended["by"], &ended["account"], &ended["address"]),
        (
            &json!("asked"),
            &json!("supervisor"),
            &json!("sue"),
            &json!("127.0.0.1")
        )
    );
}

#[tokio::test]
async fn whoever_is_signed_out_of_the_console_without_asking_is_recorded_with_why() {
    let accounts = Accounts::of(&[("anna", "agent"), ("ben", "agent"), ("sue", "agent")]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let signed_off = async |expected: &[(&str, &str)]| {
        patient(async {
            loop {
                let records = lines(&file).into_iter().filter(|it| it["what"] == "signed-off");
                let told: Vec<_> = records
                    .map(|it| (it["account"].clone(), it["why"].clone()))
                    .collect();
                let expected = expected.iter().map(|(who, why)| (json!(who), json!(why)));
                if told == expected.collect::<Vec<_>>() {
                    return;
                }
                tokio::task::yield_now().await;
            }
        })
        .await;
    };
    let mut config = Config {
        audit_file: Some(file.clone()),
        ..accounts.config()
    };
    let bridge = Bridge::start_with(config.clone()).await;
    let (anna, _) = (bridge.sign_on("anna").await, bridge.sign_on("ben").await);
    let body = json!({ "name": "sue", "password": PASSWORD });
    let (status, ..) = bridge.send("POST", "/api/sign-on", &anna, "", Some(body)).await;
    assert_eq!(status, 200);
    // It is over already: nobody is signed out by that.
    bridge.sign_off(&anna).await;
    assert!(accounts.does(&["disable", "ben"], "").status.success());
    let before = [("anna", "signed-on-anew"), ("ben", "account-changed")];
    signed_off(&before).await;
    bridge.stop().await;

    config.access.lasts = Duration::from_millis(10);
    let bridge = Bridge::start_with(config).await;
    bridge.sign_on("anna").await;
    signed_off(&[before[0], before[1], ("anna", "expired")]).await;
    bridge.stop().await;
}

#[tokio::test]
async fn what_somebody_asks_for_while_the_console_ends_is_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let accounts = Accounts::of(&[("anna", "agent")]);
    let file = folder.path().join("audit.jsonl");
    let bridge = Bridge::start_with(Config {
        audit_file: Some(file.clone()),
        ..accounts.journaled(folder.path())
    })
    .await;
    let key = bridge.open_session_as(&bridge.sign_on("anna").await).await;
    let (body, origin) = (
        json!({ "name": "anna", "password": "a guess" }).to_string(),
        bridge.origin(),
    );
    let head = format!(
        "POST /api/sign-on HTTP/1.1\r\nHost: {}\r\nOrigin: {origin}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        bridge.address,
        body.len()
    );
    let mut asks = BufReader::new(bridge.wire().await);
    asks.write_all(head.as_bytes()).await.unwrap();
    let mut line = String::new();
    patient(asks.read_line(&mut line)).await.unwrap();
    // What it says is waited for.
    assert!(line.contains("100 Continue"), "{line}");

    let stopping = tokio::spawn(bridge.stop());
    eventually(async || (!ends(&file, &key.session).is_empty()).then_some(())).await;
    asks.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    patient(asks.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.contains(" 403 ") || answer.contains(" 401 "), "{answer}");
    patient(stopping).await.unwrap();
    for records in [lines(&file), records(&printed(folder.path(), &["--json"]))] {
        let wrong = records.iter().filter(|it| it["what"] == "wrong-password");
        assert_eq!(wrong.count(), 1, "{records:?}");
    }
}
