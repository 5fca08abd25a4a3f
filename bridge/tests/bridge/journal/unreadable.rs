//! What is kept cannot be read: whoever has a right token is told to try again, and nobody else learns of it.

use std::path::Path;
use std::time::{Duration, Instant};

use protocol::wire::{CloseCode, FromBrowser};
use rusqlite::Connection;

use super::{all, mark};
use crate::audit::Told;
use crate::support::{Bridge, Browser, Key, Mail, journal_file, journaled, patient};

/// Makes a session's last row unreadable, and gives what it held.
fn damage(folder: &Path, key: &Key) -> Vec<u8> {
    let journal = Connection::open(journal_file(folder)).unwrap();
    let held = journal
        .query_row(
            "SELECT octets FROM entries WHERE session = (SELECT number FROM session WHERE id = ?1)
             ORDER BY first DESC LIMIT 1",
            [&key.session],
            |row| row.get(0),
        )
        .unwrap();
    put(&journal, key, &[0xff]);
    held
}

fn mend(folder: &Path, key: &Key, octets: &[u8]) {
    put(&Connection::open(journal_file(folder)).unwrap(), key, octets);
}

fn put(journal: &Connection, key: &Key, octets: &[u8]) {
    let of = "session = (SELECT number FROM session WHERE id = ?1)";
    let statement = format!(
        "UPDATE entries SET octets = ?2 WHERE {of} AND first = (SELECT max(first) FROM entries WHERE {of})"
    );
    let changed = journal.execute(&statement, (&key.session, octets)).unwrap();
    assert_eq!(changed, 1);
}

fn with_a_wrong_token(key: &Key) -> Key {
    Key {
        session: key.session.clone(),
        token: "wrong".to_owned(),
    }
}

#[tokio::test]
async fn a_session_that_cannot_be_read_now_is_not_said_to_be_gone() {
    let folder = tempfile::tempdir().unwrap();
    let bridge = Bridge::start_with(journaled(folder.path())).await;
    let (mail, _gone) = Mail::until_gone().await;
    let mut browser = bridge.browser().await;
    mark(&mut browser, &mail).await;
    browser.ask(FromBrowser::End).await;
    browser.until_closed().await;
    bridge.stop().await;

    let (key, wrong) = (&browser.key, with_a_wrong_token(&browser.key));
    let bridge = Bridge::start_with(journaled(folder.path())).await;
    let held = damage(folder.path(), key);
    assert_eq!(bridge.turned_away(key).await.0, Some(CloseCode::GoingAway as u16));
    assert_eq!(bridge.export(key, "text").await.0, 503);
    assert_eq!(
        bridge.turned_away(&wrong).await.0,
        Some(CloseCode::NoSession as u16)
    );
    assert_eq!(bridge.export(&wrong, "text").await.0, 404);
    mend(folder.path(), key, &held);
    let mut back = Browser::join(&bridge, key).await;
    assert_eq!(all(&mut back).await, browser.entries);
    bridge.stop().await;
}

#[tokio::test]
async fn an_interrupted_session_that_cannot_be_read_now_goes_on_later_and_others_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let bridge = Bridge::start_with(journaled(folder.path())).await;
    let (mail, _gone) = Mail::until_gone().await;
    let mut one = bridge.browser().await;
    let mut other = bridge.browser().await;
    mark(&mut one, &mail).await;
    let stopping = tokio::spawn(bridge.stop());
    one.until_closed().await;
    other.until_closed().await;
    patient(stopping).await.unwrap();

    let held = damage(folder.path(), &one.key);
    let bridge = Bridge::start_with(journaled(folder.path())).await;
    for _ in 0..2 {
        let code = bridge.turned_away(&one.key).await.0;
        assert_eq!(code, Some(CloseCode::GoingAway as u16));
    }
    assert!(!Browser::join(&bridge, &other.key).await.welcome.ended);
    mend(folder.path(), &one.key, &held);
    let mut back = Browser::join(&bridge, &one.key).await;
    assert!(!back.welcome.ended);
    assert_eq!(all(&mut back).await, one.entries);
    bridge.stop().await;
}

#[tokio::test]
async fn where_nobody_can_tell_a_right_token_a_wrong_one_is_answered_no_sooner_than_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let bridge = Bridge::start_with(journaled(folder.path())).await;
    let mut browser = bridge.browser().await;
    browser.ask(FromBrowser::End).await;
    browser.until_closed().await;
    bridge.stop().await;

    let key = &browser.key;
    let wrong = with_a_wrong_token(key);
    let nowhere = Key {
        session: "AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        token: key.token.clone(),
    };
    let told = Told::new();
    let bridge = Bridge::start_with(told.by(journaled(folder.path()))).await;
    let journal = Connection::open(journal_file(folder.path())).unwrap();
    journal
        .execute_batch("ALTER TABLE session RENAME TO gone")
        .unwrap();
    for key in [key, &wrong, &nowhere] {
        let asked = Instant::now();
        assert_eq!(bridge.turned_away(key).await.0, Some(CloseCode::GoingAway as u16));
        assert!(
            asked.elapsed() >= Duration::from_millis(400),
            "{:?}",
            asked.elapsed()
        );
        let asked = Instant::now();
        assert_eq!(bridge.export(key, "text").await.0, 503);
        assert!(
            asked.elapsed() >= Duration::from_millis(400),
            "{:?}",
            asked.elapsed()
        );
    }
    journal
        .execute_batch("ALTER TABLE gone RENAME TO session")
        .unwrap();
    drop(journal);
    assert!(Browser::join(&bridge, key).await.welcome.ended);
    assert_eq!(bridge.status(&wrong).await, 404);
    bridge.stop().await;
    // Meanwhile nobody could be said to have come with a wrong one.
    let wrong: Vec<_> = told
        .of("wrong-token")
        .iter()
        .map(|it| it["times"].clone())
        .collect();
    assert_eq!(wrong, [1]);
}
