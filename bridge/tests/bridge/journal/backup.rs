//! A copy of the journal that is made while the console writes to it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use protocol::wire::FromBrowser;
use serde_json::json;
use tokio::process::Command;

use super::all;
use crate::support::{Bridge, Browser, Mail, journal_file, patient, plain, read_close};

async fn back_up(journal: &Path, to: &Path) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_pop3-console"));
    program.arg("backup").arg(to).arg("--journal").arg(journal);
    patient(program.output()).await.unwrap()
}

#[tokio::test]
async fn a_copy_that_is_made_while_sessions_go_on_can_be_used_in_the_place_of_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal_file(folder.path());
    let bridge = Bridge::start_program_with(&["--journal", journal.to_str().unwrap()]).await;
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        while !peer.line().await.is_empty() {
            let line = "x".repeat(70) + "\r\n";
            peer.say(format!("+OK\r\n{}.\r\n", line.repeat(20_000))).await;
        }
    })
    .await;
    let mut ended = bridge.browser().await;
    ended.connected(plain(mail.address)).await;
    ended.line("RETR 1").await;
    ended.until_terminator().await;
    ended.ask(FromBrowser::End).await;
    read_close(&mut ended.socket).await;
    // It is answered once the end is written.
    super::stands(&bridge, &ended.key).await;
    let mut lives = bridge.browser().await;
    lives.connected(plain(mail.address)).await;
    // A link is made once it is in the journal, and what was there before it.
    bridge.link(&lives.key, json!({ "role": "watch" })).await;

    // Both are written to while it is made.
    let copy = folder.path().join("copy.sqlite");
    let typing = async {
        for number in 1..20 {
            lives.line(format!("RETR {number}")).await;
            lives.until_terminator().await;
        }
    };
    let (copied, ()) = tokio::join!(back_up(&journal, &copy), typing);
    assert!(copied.status.success(), "{copied:?}");
    assert_eq!(
        std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777,
        0o600
    );
    // What is there is not written over.
    let again = back_up(&journal, &copy).await;
    assert!(!again.status.success());
    let told = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(told.contains("there is a file of that name"), "{told}");
    bridge.kill().await;

    let bridge = Bridge::start_program_with(&["--journal", copy.to_str().unwrap()]).await;
    let mut back = Browser::join(&bridge, &ended.key).await;
    assert!(back.welcome.ended);
    let kept = all(&mut back).await;
    assert!(kept[..ended.entries.len()] == ended.entries);
    let mut back = Browser::join(&bridge, &lives.key).await;
    let kept = all(&mut back).await;
    let same = kept
        .iter()
        .zip(&lives.entries)
        .take_while(|(one, other)| one == other);
    // All that was there when it began, and what the console says of its end behind that.
    assert!(same.count() >= 3, "{}", kept.len());
    bridge.kill().await;
}

#[tokio::test]
async fn what_is_no_journal_is_not_copied_and_leaves_no_file_behind() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, copy) = (folder.path().join("other"), folder.path().join("copy"));
    let absent = back_up(&journal, &copy).await;
    assert!(!absent.status.success());
    std::fs::write(&journal, "x".repeat(200)).unwrap();
    let foreign = back_up(&journal, &copy).await;
    let told = String::from_utf8_lossy(&foreign.stderr).into_owned();
    assert!(told.contains("is no journal of pop3-console"), "{told}");
    assert!(!copy.exists());
}
