//! What is kept of sessions, and what can be done with it afterwards.

mod at_most;
#[cfg(unix)]
mod backup;
mod deleted;
mod durable;
mod erased;
mod frozen;
mod kept;
mod killed;
mod lessened;
mod links;
mod mailbox;
mod no_room;
mod refused;
mod unreadable;
mod unwritable;

use protocol::entry::Entry;
use protocol::remark::{End, Marks};
use protocol::state::Phase;
use protocol::wire::{CloseCode, FromBrowser, Refusal};

use crate::support::{Bridge, Browser, Key, Mail, contains, journaled, patient, plain};

/// Signs in and marks a message.
async fn mark(browser: &mut Browser, mail: &Mail) {
    browser.connected(plain(mail.address)).await;
    for line in ["USER user01", "PASS Kanarienvogel#7", "DELE 2"] {
        browser.line(line).await;
    }
    browser.until_state(|state| state.marked == 1).await;
}

/// All entries that there were when a browser came.
pub(crate) async fn all(browser: &mut Browser) -> Vec<Entry> {
    browser.until_seq(browser.welcome.last).await;
    browser.entries.clone()
}

/// Everything that these browsers were shown is in the journal, in its place.
pub(crate) async fn are_kept(bridge: &Bridge, browsers: &[Browser]) {
    for browser in browsers {
        let mut back = Browser::join(bridge, &browser.key).await;
        let kept = all(&mut back).await;
        assert!(kept.len() >= browser.entries.len());
        assert!(kept[..browser.entries.len()] == browser.entries);
    }
}

/// What is told of how a session stands.
async fn stands(bridge: &Bridge, key: &Key) -> serde_json::Value {
    let (status, stands) = bridge.ask("GET", &key.path(), &key.token, None).await;
    assert_eq!(status, 200);
    stands
}

#[tokio::test]
async fn a_session_that_ended_can_be_read_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let bridge = Bridge::start_with(journaled(folder.path())).await;
    let (mail, _gone) = Mail::until_gone().await;
    let mut browser = bridge.browser().await;
    mark(&mut browser, &mail).await;
    browser.ask(FromBrowser::End).await;
    browser.until_ended().await;
    assert_eq!(browser.until_closed().await, Some(CloseCode::SessionEnded as u16));
    let (key, lived) = (browser.key.clone(), browser.entries.clone());

    let mut reader = Browser::join(&bridge, &key).await;
    assert!(reader.welcome.ended);
    assert_eq!(all(&mut reader).await, lived);
    reader.line_for(1, "NOOP").await;
    assert_eq!(reader.until_refused().await.1, Refusal::Ended);
    reader.connect(plain(mail.address)).await;
    assert_eq!(reader.until_refused().await.1, Refusal::Ended);
    let stopping = tokio::spawn(bridge.stop());
    assert_eq!(reader.until_closed().await, Some(CloseCode::GoingAway as u16));
    patient(stopping).await.unwrap();

    // After the bridge began anew it is the same, under another epoch.
    let bridge = Bridge::start_with(journaled(folder.path())).await;
    let stands = stands(&bridge, &key).await;
    assert_eq!(
        (&stands["state"], &stands["marked"]),
        (&"ended".into(), &0.into())
    );
    assert!(stands["ended"].as_u64() >= stands["opened"].as_u64());
    let mut reader = Browser::join_after(&bridge, &key, Some(browser.welcome.epoch), 3).await;
    assert!(reader.welcome.ended);
    assert_ne!(reader.welcome.epoch, browser.welcome.epoch);
    assert_eq!(reader.welcome.after, 0);
    assert_eq!(all(&mut reader).await, lived);
    drop(reader);
    bridge.stop().await;
    for name in ["journal.sqlite", "journal.sqlite-wal"] {
        let octets = std::fs::read(folder.path().join(name)).unwrap_or_default();
        assert!(!contains(&octets, b"Kanarienvogel#7"), "{name}");
    }
}

#[tokio::test]
async fn a_session_that_the_stop_interrupted_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let bridge = Bridge::start_with(journaled(folder.path())).await;
    let (mail, _gone) = Mail::until_gone().await;
    let mut browser = bridge.browser().await;
    mark(&mut browser, &mail).await;
    let stopping = tokio::spawn(bridge.stop());
    let (how, marks, _) = browser.until_ended().await;
    assert_eq!((how, marks), (End::Shutdown, Marks::NotCommitted(1)));
    browser.until_closed().await;
    patient(stopping).await.unwrap();

    let bridge = Bridge::start_with(journaled(folder.path())).await;
    // Asking how it stands brings nothing to life.
    for _ in 0..2 {
        let stands = stands(&bridge, &browser.key).await;
        assert_eq!(stands["state"], "interrupted");
        assert_eq!(stands["entries"], browser.entries.last().unwrap().seq);
        assert_eq!(stands["phase"], "Closed");
    }
    let mut back = Browser::join(&bridge, &browser.key).await;
    assert_eq!(stands(&bridge, &browser.key).await["state"], "live");
    assert!(!back.welcome.ended);
    assert_eq!(all(&mut back).await, browser.entries);
    back.connect(plain(mail.address)).await;
    back.until_phase(Phase::Closed).await;
    back.until_phase(Phase::Authorization).await;
    assert_eq!(back.connection(), 2);
    assert_eq!(back.entries.len() as u64, back.entries.last().unwrap().seq);
    bridge.stop().await;
}
