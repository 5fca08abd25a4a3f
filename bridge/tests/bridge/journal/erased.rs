//! What is hidden, not to be kept or deleted is in no file any more.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use protocol::access::Keep;
use protocol::entry::Event;
use protocol::wire::{CloseCode, FromBrowser};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::time::{Instant, sleep};

use super::all;
use crate::support::{Bridge, Browser, Mail, PATIENCE, contains, journal_file, journaled, patient, plain};

/// In what is typed at the wrong place.
pub(super) const TYPED: &str = "Kanarienvogel#7";

/// In the text of a message.
pub(super) const WRITTEN: &str = "Wellensittich#8";

pub(super) async fn server() -> Mail {
    Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        loop {
            let reply = match peer.line().await.trim_end() {
                "" => return,
                "RETR 1" => format!("+OK\r\nSubject: a\r\n\r\n{WRITTEN}\r\n.\r\n"),
                _ => "-ERR\r\n".to_owned(),
            };
            peer.say(reply).await;
        }
    })
    .await
}

/// Whether any of the journal's files holds that.
pub(super) fn holds(folder: &Path, text: &str) -> bool {
    let files = std::fs::read_dir(folder).unwrap();
    files.into_iter().any(|file| {
        let octets = std::fs::read(file.unwrap().path()).unwrap();
        contains(&octets, text.as_bytes())
    })
}

/// Waits until the journal holds that, or does not any more.
pub(super) async fn until(folder: &Path, text: &str, held: bool) {
    let deadline = Instant::now() + PATIENCE;
    while holds(folder, text) != held {
        assert!(Instant::now() < deadline, "{text} is there: {}", !held);
        sleep(Duration::from_millis(10)).await;
    }
}

/// A session in which both were seen, and which is kept.
pub(super) async fn session(bridge: &Bridge, mail: &Mail, folder: &Path) -> Browser {
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    browser.line(TYPED).await;
    browser.until_status().await;
    browser.line("RETR 1").await;
    browser.until_terminator().await;
    until(folder, TYPED, true).await;
    until(folder, WRITTEN, true).await;
    browser
}

#[tokio::test]
async fn what_is_hidden_is_in_no_file_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let (bridge, mail) = (Bridge::start_with(journaled(folder.path())).await, server().await);
    let mut browser = session(&bridge, &mail, folder.path()).await;
    let typed = |event: &Event| matches!(event, Event::Sent { line, .. } if line.bytes() == TYPED);
    let written =
        |event: &Event| matches!(event, Event::Received { bytes, .. } if contains(bytes, WRITTEN.as_bytes()));
    let place = |wanted: &dyn Fn(&Event) -> bool| {
        let entry = browser.entries.iter().find(|entry| wanted(&entry.event));
        entry.unwrap().seq
    };
    for seq in [place(&typed), place(&written)] {
        browser.ask(FromBrowser::Hide { seq }).await;
        browser
            .until(|event| matches!(event, Event::Hidden { .. }).then_some(()))
            .await;
    }
    until(folder.path(), TYPED, false).await;
    until(folder.path(), WRITTEN, false).await;

    // Nobody who comes later finds a gap.
    bridge.stop().await;
    let bridge = Bridge::start_with(journaled(folder.path())).await;
    let mut back = Browser::join(&bridge, &browser.key).await;
    let kept = all(&mut back).await;
    assert!(kept.iter().zip(1..).all(|(entry, seq)| entry.seq == seq));
    bridge.stop().await;
}

#[tokio::test]
async fn a_session_is_kept_without_content_or_not_at_all_when_its_owner_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (bridge, mail) = (Bridge::start_with(journaled(folder.path())).await, server().await);
    let mut browser = session(&bridge, &mail, folder.path()).await;
    browser.ask(FromBrowser::Keep(Keep::NoContent)).await;
    until(folder.path(), WRITTEN, false).await;
    assert!(holds(folder.path(), TYPED));
    browser.line("RETR 1").await;
    browser.until_terminator().await;
    browser.line("SOMETHING-NEW").await;
    until(folder.path(), "SOMETHING-NEW", true).await;
    assert!(!holds(folder.path(), WRITTEN));

    browser.ask(FromBrowser::Keep(Keep::Nothing)).await;
    until(folder.path(), TYPED, false).await;
    until(folder.path(), &browser.key.session, false).await;
    browser.ask(FromBrowser::Keep(Keep::Everything)).await;
    until(folder.path(), WRITTEN, true).await;
    browser.ask(FromBrowser::Keep(Keep::NoContent)).await;
    until(folder.path(), WRITTEN, false).await;
    browser.ask(FromBrowser::End).await;
    assert_eq!(browser.until_closed().await, Some(CloseCode::SessionEnded as u16));
    let mut reader = Browser::join(&bridge, &browser.key).await;
    assert_eq!(reader.welcome.keep, Keep::NoContent);
    let kept = all(&mut reader).await;
    let withheld = |event: &Event| matches!(event, Event::Withheld { .. });
    assert!(kept.iter().any(|entry| withheld(&entry.event)));
    drop(reader);
    bridge.stop().await;
}

#[tokio::test]
async fn a_session_that_is_deleted_is_gone_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (bridge, mail) = (Bridge::start_with(journaled(folder.path())).await, server().await);
    let living = session(&bridge, &mail, folder.path()).await.key;
    let mut ended = session(&bridge, &mail, folder.path()).await;
    ended.ask(FromBrowser::End).await;
    ended.until_closed().await;
    let mut reader = Browser::join(&bridge, &ended.key).await;
    assert!(reader.welcome.ended);
    let mut watcher = Browser::join(&bridge, &living).await;
    for key in [&living, &ended.key] {
        assert_eq!(bridge.delete(key).await, 204);
        assert!(!holds(folder.path(), &key.session));
    }
    // Whoever has it open is told that it is not only over.
    for browser in [&mut watcher, &mut reader] {
        assert_eq!(browser.until_closed().await, Some(CloseCode::Deleted as u16));
    }
    assert!(!holds(folder.path(), TYPED) && !holds(folder.path(), WRITTEN));
    assert_eq!(bridge.delete(&ended.key).await, 404);
    bridge.stop().await;
}

#[tokio::test]
async fn what_cannot_be_deleted_now_is_said_to_be_there_and_deleted_later() {
    let folder = tempfile::tempdir().unwrap();
    let (bridge, mail) = (Bridge::start_with(journaled(folder.path())).await, server().await);
    let key = session(&bridge, &mail, folder.path()).await.key;
    let other = rusqlite::Connection::open(journal_file(folder.path())).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(bridge.delete(&key).await, 503);
    assert!(holds(folder.path(), &key.session));
    other.execute_batch("ROLLBACK").unwrap();
    drop(other);
    until(folder.path(), &key.session, false).await;
    assert_eq!(bridge.delete(&key).await, 404);
    bridge.stop().await;
}

#[tokio::test]
async fn a_session_of_which_traces_are_left_is_not_said_to_be_gone() {
    let folder = tempfile::tempdir().unwrap();
    let (bridge, mail) = (Bridge::start_with(journaled(folder.path())).await, server().await);
    let key = session(&bridge, &mail, folder.path()).await.key;
    // Whoever reads what was before keeps it from being overwritten.
    let reader = rusqlite::Connection::open(journal_file(folder.path())).unwrap();
    reader.execute_batch("BEGIN; SELECT * FROM session").unwrap();
    let (status, told) = bridge.ask("DELETE", &key.path(), &key.token, None).await;
    assert_eq!(status, 503);
    assert!(
        told["error"]
            .as_str()
            .unwrap()
            .contains("could not be overwritten"),
        "{told}"
    );
    assert!(holds(folder.path(), WRITTEN));
    assert_eq!(bridge.delete(&key).await, 404);
    reader.execute_batch("COMMIT").unwrap();
    until(folder.path(), WRITTEN, false).await;
    until(folder.path(), &key.session, false).await;
    bridge.stop().await;
}

#[tokio::test]
async fn whoever_leaves_a_look_at_the_audit_open_keeps_no_session_from_being_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let file = journal_file(folder.path());
    Bridge::start_with(journaled(folder.path())).await.stop().await;
    // More than a pipe takes.
    let many = 5000;
    let record = format!(
        "{{\"at\":\"2026-11-28T14:02:00.125Z\",\"what\":\"{}\"}}",
        "x".repeat(200)
    );
    {
        let mut journal = rusqlite::Connection::open(&file).unwrap();
        let at = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
        let all = journal.transaction().unwrap();
        for _ in 0..many {
            all.execute("INSERT INTO audit (at, record) VALUES (?1, ?2)", (at, &record))
                .unwrap();
        }
        all.commit().unwrap();
    }
    let (bridge, mail) = (Bridge::start_with(journaled(folder.path())).await, server().await);
    let key = session(&bridge, &mail, folder.path()).await.key;
    let mut reads = tokio::process::Command::new(env!("CARGO_BIN_EXE_pop3-console"))
        .args(["audit", "--json", "--journal"])
        .arg(&file)
        .env_clear()
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(reads.stdout.take().unwrap()).lines();
    assert_eq!(patient(lines.next_line()).await.unwrap(), Some(record.clone()));

    assert_eq!(bridge.delete(&key).await, 204);
    assert!(!holds(folder.path(), WRITTEN) && !holds(folder.path(), &key.session));
    let other = session(&bridge, &mail, folder.path()).await.key;
    assert_eq!(bridge.delete(&other).await, 204);

    let mut shown = 1;
    while let Some(line) = patient(lines.next_line()).await.unwrap() {
        shown += u32::from(line == record);
    }
    assert_eq!(shown, many);
    assert!(patient(reads.wait()).await.unwrap().success());
    bridge.stop().await;
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_what_is_kept() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("data");
    let bridge = Bridge::start_with(journaled(&inside)).await;
    let mail = server().await;
    let browser = session(&bridge, &mail, &inside).await;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&inside), 0o700);
    let names: Vec<_> = std::fs::read_dir(&inside)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    assert!(names.contains(&journal_file(&inside)));
    assert!(names.len() >= 3, "{names:?}");
    for name in names {
        assert_eq!(mode(&name), 0o600, "{}", name.display());
    }
    drop(browser);
    bridge.stop().await;
}

#[tokio::test]
async fn of_a_session_that_has_ended_less_can_be_kept_and_never_more() {
    let folder = tempfile::tempdir().unwrap();
    let (bridge, mail) = (Bridge::start_with(journaled(folder.path())).await, server().await);
    let mut browser = session(&bridge, &mail, folder.path()).await;
    browser.ask(FromBrowser::End).await;
    browser.until_closed().await;
    let key = browser.key.clone();
    let path = key.path();
    let keep = async |keep: &str| {
        let body = Some(serde_json::json!({ "keep": keep }));
        bridge.ask("PATCH", &path, &key.token, body).await.0
    };
    let mut reader = Browser::join(&bridge, &key).await;
    assert_eq!(keep("no content").await, 400);
    assert_eq!(keep("everything").await, 204);
    assert!(holds(folder.path(), WRITTEN));
    // It is gone by the time that this is answered, and whoever reads it is let go.
    assert_eq!(keep("no-content").await, 204);
    assert!(!holds(folder.path(), WRITTEN) && holds(folder.path(), TYPED));
    assert_eq!(reader.until_closed().await, Some(CloseCode::KeptLess as u16));
    assert_eq!(keep("everything").await, 409);
    let mut again = Browser::join(&bridge, &key).await;
    assert_eq!((again.welcome.keep, again.welcome.ended), (Keep::NoContent, true));
    let kept = all(&mut again).await;
    assert!(
        kept.iter()
            .any(|entry| matches!(entry.event, Event::Withheld { .. }))
    );
    let (_, told) = bridge.ask("GET", &path, &key.token, None).await;
    assert_eq!(
        (&told["keep"], &told["ending"]),
        (
            &"no-content".into(),
            &serde_json::json!({ "how": "dropped", "deleted": 0 })
        )
    );
    assert_eq!(keep("nothing").await, 204);
    assert!(!holds(folder.path(), TYPED) && !holds(folder.path(), &key.session));
    assert_eq!(bridge.status(&key).await, 404);
    bridge.stop().await;
}
