//! A session that is to come alive again, or one that ended and is to be read, finds no room: whoever comes is told so, and by
//! what, and it is there once there is room.

use pop3_console::config::{Config, Limits};
use protocol::wire::{CloseCode, FromBrowser};
use serde_json::json;

use crate::limits::met;
use crate::support::accounts::{Accounts, Cookie};
use crate::support::{Bridge, Browser, Key, eventually, limited};

/// What somebody is told who comes to that session, by a WebSocket and by HTTP: a close code, and a status with a sentence.
async fn told(bridge: &Bridge, key: &Key, who: &Cookie) -> (Option<CloseCode>, u16, String) {
    let (code, _) = bridge.turned_away_with(key, who).await;
    let links = format!("{}/links", key.path());
    let (status, _, told) = bridge.send("GET", &links, who, &key.token, None).await;
    let told = told["error"].as_str().unwrap_or_default().to_owned();
    (code.and_then(CloseCode::from_number), status, told)
}

fn assert_told(told: (Option<CloseCode>, u16, String), code: CloseCode, says: &str) {
    assert_eq!((told.0, told.1), (Some(code), 429), "{}", told.2);
    assert!(told.2.contains(says), "{}", told.2);
    assert!(code.keeps_out().is_some());
}

#[tokio::test]
async fn an_interrupted_session_that_finds_no_room_says_so_and_goes_on_when_there_is_some() {
    /// Room for so many sessions, so many of one account, and so many octets of them.
    type Room = (usize, usize, u64);
    let (folder, accounts) = (tempfile::tempdir().unwrap(), Accounts::of(&[("anna", "agent")]));
    let bridge = Bridge::start_with(accounts.journaled(folder.path())).await;
    let anna = bridge.sign_on("anna").await;
    let (one, other) = (
        bridge.open_session_as(&anna).await,
        bridge.open_session_as(&anna).await,
    );
    let body = Some(json!({ "role": "watch" }));
    let links = format!("{}/links", other.path());
    let (status, _, made) = bridge.send("POST", &links, &anna, &other.token, body).await;
    assert_eq!(status, 201, "{made}");
    let link = Key {
        token: made["token"].as_str().unwrap().to_owned(),
        ..other.clone()
    };
    bridge.stop().await;

    let nobody = Cookie::default();
    let of_account = "You have as many live sessions as this console takes of one account.";
    let of_opener = "Whoever opened this session has as many live sessions";
    let of_all = "There are as many live sessions as this console takes.";
    let (sessions, transcripts) = (Limits::default().sessions, Limits::default().transcripts);
    let of_memory = "takes all the memory";
    let rooms: [(Room, &str, &str, &str); 3] = [
        (
            (sessions, 1, transcripts),
            "sessions_of_account",
            of_account,
            of_opener,
        ),
        ((1, 20, transcripts), "sessions", of_all, of_all),
        ((sessions, 20, 64), "transcripts", of_memory, of_memory),
    ];
    for ((sessions, sessions_of_account, transcripts), limit, says, guest) in rooms {
        let bridge = Bridge::start_with(Config {
            limits: Limits {
                sessions,
                sessions_of_account,
                transcripts,
                ..Limits::default()
            },
            metrics: limited(Limits::default()).metrics,
            ..accounts.journaled(folder.path())
        })
        .await;
        let anna = bridge.sign_on("anna").await;
        let lives = match limit {
            "transcripts" => None,
            _ => Some(Browser::join_signed_on(&bridge, &one, &anna).await),
        };
        assert_told(told(&bridge, &other, &anna).await, CloseCode::NoRoom, says);
        assert_told(told(&bridge, &link, &nobody).await, CloseCode::NoRoom, guest);
        bridge.until_counted(&met(limit, 4)).await;
        if let Some(mut lives) = lives.filter(|_| limit == "sessions") {
            lives.ask(FromBrowser::End).await;
            lives.until_closed().await;
            eventually(async || {
                let (code, _) = bridge.turned_away_with(&other, &anna).await;
                code.is_none().then_some(())
            })
            .await;
        }
        bridge.stop().await;
    }
}
