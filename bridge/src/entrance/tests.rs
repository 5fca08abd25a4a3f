use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use protocol::access::{By, Keep, OWNER};
use protocol::alias::Alias;
use protocol::wire::CloseCode;
use rusqlite::Connection;

use super::*;
use crate::Server;
use crate::access::Identity;
use crate::config::Config;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Milliseconds of a day.
const DAY: i64 = 24 * 60 * 60 * 1000;

#[tokio::test]
async fn whoever_reads_what_is_kept_no_longer_is_let_go() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal.sqlite");
    let audit = folder.path().join("audit.jsonl");
    let config = Config {
        no_demonstration: true,
        journal: Some(file.clone()),
        audit_file: Some(audit.clone()),
        keep_days: 2,
        ..Config::default()
    };
    let bridge = Server::new(config).await.unwrap().bridge;
    let kept = bridge.kept.as_ref().unwrap();
    let [old, young] = [(), ()].map(|()| bridge.open_session(Some(Keep::Everything), None, HERE).unwrap());
    for (id, _) in [&old, &young] {
        let by = By::Participant(OWNER);
        bridge.registry.get(id).unwrap().end_by(by.into());
    }
    bridge.registry.emptied().await;
    for (id, _) in [&old, &young] {
        assert!(kept.recorder.settled(id).await);
    }
    // Behind what is deleted at the start.
    assert!(kept.recorder.is_clean().await);
    Connection::open(&file)
        .unwrap()
        .execute(
            "UPDATE session SET ended = ended - ?2 WHERE id = ?1",
            (&old.0, 3 * DAY),
        )
        .unwrap();
    let read = async |(id, token): &(String, String)| {
        bridge
            .admit(id, &Visitor::with_token(token))
            .await
            .ok()
            .unwrap()
            .session
    };
    let [reads_old, reads_young] = [read(&old).await, read(&young).await];

    bridge.shut_expired_now().await;
    let ended = Some(CloseCode::NoSession);
    assert_eq!(reads_old.transcript.sealed(), ended);
    assert_eq!(reads_young.transcript.sealed(), None);
    assert_eq!(
        bridge.admit(&old.0, &Visitor::with_token(&old.1)).await.err(),
        Some(Denied::Unknown)
    );
    assert!(kept.past.head(&old.0).await.unwrap().is_none());
    assert!(
        bridge
            .admit(&young.0, &Visitor::with_token(&young.1))
            .await
            .is_ok()
    );
    let closing = bridge.clone();
    let close = move || {
        closing.audit.close();
        closing.kept.as_ref().map(|kept| kept.recorder.close())
    };
    tokio::task::spawn_blocking(close).await.unwrap();
    let told = std::fs::read_to_string(&audit).unwrap();
    let deleted: Vec<_> = told.lines().filter(|it| it.contains("deleted")).collect();
    let by_console = format!(
        r#""what":"deleted","alias":"{}","by":"console""#,
        Alias::of(&old.0)
    );
    assert!(deleted.len() == 1 && deleted[0].contains(&by_console), "{told}");
}

#[tokio::test]
async fn whoever_has_much_loaded_keeps_others_neither_from_loading_nor_from_another_session() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        no_demonstration: true,
        journal: Some(folder.path().join("journal.sqlite")),
        ..Config::default()
    };
    let bridge = Server::new(config).await.unwrap().bridge;
    let kept = bridge.kept.as_ref().unwrap();
    let [annas, hers, bens] = ["anna", "anna", "ben"].map(|name| {
        let account = Identity {
            id: name.into(),
            name: name.into(),
        };
        bridge
            .open_session(Some(Keep::Everything), Some(account), HERE)
            .unwrap()
    });
    for (id, _) in [&annas, &hers, &bens] {
        let by = By::Participant(OWNER);
        bridge.registry.get(id).unwrap().end_by(by.into());
    }
    bridge.registry.emptied().await;
    let is_let_in = async |(id, token): &(String, String)| {
        let visitor = Visitor::with_token(token);
        let admitted = tokio::time::timeout(Duration::from_secs(20), bridge.admit(id, &visitor));
        admitted.await.unwrap().is_ok()
    };
    // One of hers takes long.
    let place = kept.past.place(Some("anna")).await.unwrap();
    let loading = kept.past.loading(&annas.0).await;
    assert!(is_let_in(&bens).await);
    drop(place);
    assert!(is_let_in(&hers).await);
    drop(loading);
    assert!(is_let_in(&annas).await);
    let closing = bridge.clone();
    let close = move || closing.kept.as_ref().map(|kept| kept.recorder.close());
    tokio::task::spawn_blocking(close).await.unwrap();
}
