//! Each limit that is counted is met here: whoever meets it is told so in a sentence, and it is counted.

use std::path::Path;
use std::time::{Duration, Instant};

use futures_util::future::{join_all, try_join_all};
use pop3_console::config::{Config, Limits};
use protocol::access::Roll;
use protocol::remark::Remark;
use protocol::sign_on::NotByOpenId;
use protocol::wire::{CloseCode, FromBrowser};
use serde_json::{Value, json};
use tokio::net::TcpStream;

use super::{guarded, met};
use crate::access::openid::hosted;
use crate::support::accounts::{Accounts, Cookie};
use crate::support::provider::{Key as Signing, Provider};
use crate::support::{Bridge, Browser, Key, Mail, PATIENCE, eventually, journal_file, limited, plain};

/// Each limit, and of what whoever meets it is told.
const LIMITS: &[(&str, &str)] = &[
    ("connections", "As many connections stand as this console takes."),
    (
        "sessions",
        "There are as many live sessions as this console takes.",
    ),
    (
        "sessions_of_account",
        "You have as many live sessions as this console takes of one account.",
    ),
    (
        "windows",
        "As many browser windows are in this session as it takes.",
    ),
    ("link", "As many people came through this link as it lets in."),
    ("people", "As many people have come to this session as it takes."),
    ("transcript", "this session's transcript is full"),
    (
        "transcripts",
        "what all sessions hold takes all the memory that this console has for them",
    ),
    (
        "reading",
        "The ended sessions that are being read leave no memory for this one.",
    ),
    (
        "exports",
        "As many exports of this session are being made as there may be at once.",
    ),
    (
        "messages",
        "This window sends more in a second than the console reads of one.",
    ),
    (
        "target_rate",
        "this console has connected to that server, or for you to any, as often in the last minute as it may",
    ),
    (
        "idle",
        "The connection was closed without QUIT: nobody had typed for",
    ),
    (
        "sign_in_rate",
        "so many sign-ins to this mailbox were refused in the last minute",
    ),
    ("passwords", "Too many wrong passwords have come for this name"),
    ("sign_ons", "Too many sign-ins have been begun or have failed"),
];

/// As many as `WINDOWS_OF_LINK_MAX`, and as `PEOPLE_OF_LINK_MAX`.
const OF_LINK: usize = 128;

/// As many as `PARTICIPANTS_MAX`, the owner among them.
const PEOPLE: usize = 1024;

/// Limits of which that one is soon met.
fn limits(limit: &str) -> Limits {
    let mut limits = Limits::default();
    match limit {
        "connections" => limits.connections = 4,
        "sessions" => limits.sessions = 1,
        "sessions_of_account" => limits.sessions_of_account = 1,
        "windows" => limits.participants = 1,
        "people" => {
            // Those who have gone have their places for a moment still.
            limits.participants = 4 * PEOPLE;
            limits.connections = 4 * PEOPLE as u32;
        }
        "transcript" => limits.transcript = 64 * 1024,
        "transcripts" => limits.transcripts = 64 * 1024,
        "reading" => limits.past = 64,
        "exports" => limits.exports_of_session = 0,
        "messages" => limits.messages = 1,
        "target_rate" => limits.target_rate = 1,
        "idle" => limits.idle = Some(Duration::from_secs(1)),
        "sign_in_rate" => limits.sign_in_rate = 1,
        _ => {}
    }
    limits
}

/// How the end of a connection is told to whoever reads it.
async fn end(browser: &mut Browser) -> String {
    let ended = browser.until_remark(|it| matches!(it, Remark::Ended { .. }));
    ended.await.sentences(&Roll::default()).join(" ")
}

/// What somebody is told who comes to a session that takes nobody more.
async fn kept_out(bridge: &Bridge, key: &Key) -> String {
    let (code, _) = bridge.turned_away(key).await;
    let code = CloseCode::from_number(code.unwrap()).unwrap();
    code.keeps_out().unwrap().to_owned()
}

async fn refused(browser: &mut Browser) -> String {
    browser.until_refused().await.1.sentence().to_owned()
}

/// What one is told of those who are asked to wait.
fn told_to_wait(answers: impl IntoIterator<Item = (u16, Value)>) -> String {
    let found = answers.into_iter().find(|(status, _)| *status == 429);
    found.unwrap().1["error"].as_str().unwrap().to_owned()
}

/// Meets a limit of a console that asks nobody who they are. What is told then.
async fn meet(bridge: &Bridge, limit: &str) -> String {
    let mut owner = bridge.browser().await;
    let key = owner.key.clone();
    let watching = async || bridge.link(&key, json!({ "role": "watch" })).await.1;
    match limit {
        "connections" => {
            let mut silent = Vec::new();
            loop {
                let (status, _, told) = bridge.probe("/healthz").await;
                if status == 503 {
                    return told;
                }
                silent.push(TcpStream::connect(bridge.address).await.unwrap());
                assert!(silent.len() < 100);
            }
        }
        "sessions" => bridge.post("/api/sessions").await.1,
        "windows" => kept_out(bridge, &key).await,
        "link" => {
            let link = watching().await;
            let windows = (0..OF_LINK).map(|_| Browser::join(bridge, &link));
            let _windows = join_all(windows).await;
            kept_out(bridge, &link).await
        }
        "people" => {
            let mut link = watching().await;
            for number in 1..PEOPLE {
                if number % OF_LINK == 0 {
                    link = watching().await;
                }
                let hello = link.hello(&format!("browser of number {number}"), "");
                Browser::say(bridge, &link, &hello).await;
            }
            kept_out(bridge, &watching().await).await
        }
        "transcript" | "transcripts" => {
            let mail = Mail::play(|mut peer| async move {
                peer.say("+OK\r\n").await;
                peer.line().await;
                let line = "x".repeat(70) + "\r\n";
                peer.say(format!("+OK\r\n{}.\r\n", line.repeat(8000))).await;
                peer.until_gone().await;
            })
            .await;
            owner.connected(plain(mail.address)).await;
            owner.line("RETR 1").await;
            end(&mut owner).await
        }
        "reading" => {
            let (mail, _gone) = Mail::until_gone().await;
            owner.connected(plain(mail.address)).await;
            owner.ask(FromBrowser::End).await;
            owner.until_closed().await;
            kept_out(bridge, &key).await
        }
        "exports" => {
            let (status, _, told) = bridge.export(&key, "text").await;
            assert_eq!(status, 429);
            told
        }
        "messages" => {
            for _ in 0..3 {
                owner.ask(FromBrowser::Beat).await;
            }
            refused(&mut owner).await
        }
        "target_rate" => {
            let (mail, _gone) = Mail::until_gone().await;
            owner.connected(plain(mail.address)).await;
            owner.disconnect().await;
            owner.until_ended().await;
            owner.connect(plain(mail.address)).await;
            refused(&mut owner).await
        }
        "idle" => {
            let (mail, _gone) = Mail::until_gone().await;
            owner.connected(plain(mail.address)).await;
            end(&mut owner).await
        }
        "sign_in_rate" => {
            let mail = guarded().await;
            owner.connected(plain(mail.address)).await;
            owner.line("USER anna").await;
            for guess in ["PASS guess-1", "PASS guess-2"] {
                owner.until_status().await;
                owner.line(guess).await;
            }
            refused(&mut owner).await
        }
        _ => panic!("how is {limit} met?"),
    }
}

/// The same of one that is hosted for those who have accounts.
async fn meet_with_accounts(bridge: &Bridge, limit: &str) -> String {
    if limit == "passwords" {
        let guesses = (0..30).map(|_| bridge.try_to_sign_on("anna", "a guess of somebody"));
        let answers = join_all(guesses).await.into_iter();
        return told_to_wait(answers.map(|(status, told, _)| (status, told)));
    }
    let anna = bridge.sign_on("anna").await;
    bridge.open_session_as(&anna).await;
    let (status, _, told) = bridge.send("POST", "/api/sessions", &anna, "", None).await;
    told_to_wait([(status, told)])
}

/// The same of one whose people sign in at a provider, as the page says it to whoever comes back with that word.
async fn meet_at_a_provider(bridge: &Bridge) -> String {
    for _ in 0..64 {
        let (path, nobody) = ("/api/sign-on/openid?page=/", Cookie::default());
        let (status, head, _) = bridge.send("GET", path, &nobody, "", None).await;
        assert_eq!(status, 303, "{head}");
        if let Some((_, word)) = head.split_once("?sign-on=") {
            let word: Result<NotByOpenId, _> = word.lines().next().unwrap().parse();
            return word.ok().unwrap().sentence().to_owned();
        }
    }
    panic!("nobody was turned away");
}

/// Meets that limit: of a console that keeps sessions there, and what whoever met it was told.
async fn somebody_meets(limit: &str, folder: &Path) -> (Bridge, String) {
    let accounts = Accounts::of(&[("anna", "agent")]);
    let provider = Provider::start(&[&Signing::new("one")]).await;
    let is_of_accounts = ["passwords", "sessions_of_account"].contains(&limit);
    let access = match limit {
        "sign_ons" => hosted(&provider.issuer).access,
        _ if is_of_accounts => accounts.config().access,
        _ => Config::default().access,
    };
    let config = Config {
        access,
        no_journal: false,
        journal: Some(journal_file(folder)),
        ..limited(limits(limit))
    };
    let bridge = Bridge::start_with(config).await;
    let told = match limit {
        "sign_ons" => meet_at_a_provider(&bridge).await,
        _ if is_of_accounts => meet_with_accounts(&bridge, limit).await,
        _ => meet(&bridge, limit).await,
    };
    (bridge, told)
}

/// How often each limit was met.
async fn counted(bridge: &Bridge) -> Vec<(String, u64)> {
    let text = bridge.counted().await;
    let limits = text
        .lines()
        .filter_map(|line| line.strip_prefix("pop3_console_limit_met_total{limit=\""));
    let counted = limits.filter_map(|it| it.split_once("\"} "));
    counted
        .map(|(limit, times)| (limit.to_owned(), times.parse().unwrap()))
        .collect()
}

#[tokio::test]
async fn whoever_meets_a_limit_is_told_so_and_it_is_counted() {
    let bridge = Bridge::start_with(limited(Limits::default())).await;
    let mut all: Vec<String> = counted(&bridge).await.into_iter().map(|it| it.0).collect();
    let mut known: Vec<&str> = LIMITS.iter().map(|it| it.0).collect();
    all.sort_unstable();
    known.sort_unstable();
    assert_eq!(all, known, "each limit is met here, and no other");
    for (limit, says) in LIMITS {
        let folder = tempfile::tempdir().unwrap();
        let (bridge, told) = somebody_meets(limit, folder.path()).await;
        assert!(told.contains(says), "{limit}: {told}");
        let deadline = Instant::now() + PATIENCE;
        loop {
            let met = counted(&bridge).await.into_iter().filter(|it| it.1 > 0);
            let met: Vec<String> = met.map(|it| it.0).collect();
            if met == [*limit] {
                break;
            }
            assert!(met.is_empty() && Instant::now() < deadline, "{limit}: {met:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        bridge.stop().await;
    }
}

#[tokio::test]
async fn behind_a_proxy_one_address_has_not_all_and_whoever_wants_it_is_told() {
    let accounts = Accounts::of(&[("anna", "agent")]);
    let config = Config {
        access: accounts.config().access,
        ..limited(Limits {
            connections: 6,
            ..Limits::default()
        })
    };
    let bridge = Bridge::start_behind("127.0.0.0/8", config).await;
    let from = |address: &str| Cookie(String::new(), vec![("X-Forwarded-For", address.to_owned())]);
    let (one, other) = (from("192.0.2.1"), from("192.0.2.2"));
    let origin = bridge.origin();
    let windows = (0..3).map(|_| Browser::try_socket_with(&bridge, Some(&origin), &one));
    let windows = try_join_all(windows).await.unwrap();
    let ask = async |who: &Cookie| {
        let request = format!(
            "GET /api/console HTTP/1.1\r\nHost: {}\r\nX-Forwarded-For: {}\r\nConnection: close\r\n\r\n",
            bridge.address, who.1[0].1
        );
        bridge.exchange(&request).await
    };
    let (status, _, told) = ask(&one).await;
    assert_eq!(status, 503);
    let says = "As many requests of yours stand as this console takes of one address.";
    assert!(told.starts_with(says), "{told}");
    bridge.until_counted(&met("connections", 1)).await;
    assert_eq!(ask(&other).await.0, 200);
    drop(windows);
    eventually(async || (ask(&one).await.0 == 200).then_some(())).await;
}
