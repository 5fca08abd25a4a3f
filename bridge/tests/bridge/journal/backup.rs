//! A copy of the journal that is made while the console writes to it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use protocol::wire::FromBrowser;
use serde_json::json;
use tokio::process::Command;

use super::all;
use crate::support::accounts::{Accounts, PASSWORD, account};
use crate::support::{Bridge, Browser, Mail, journal_file, journaled, patient, plain, read_close};

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
async fn a_console_comes_back_from_a_backup_with_everybody_s_sessions() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let accounts = Accounts::of(&[("anna", "agent"), ("ben", "agent")]);
    let bridge = Bridge::start_with(accounts.journaled(folder.path())).await;
    let anna = bridge.sign_on("anna").await;
    let key = bridge.open_session_as(&anna).await;
    let mail = Mail::until_gone().await.0;
    let mut owner = Browser::join_signed_on(&bridge, &key, &anna).await;
    owner.opened(&mail, "user01").await;
    owner.ask(FromBrowser::End).await;
    read_close(&mut owner.socket).await;
    // It is answered once the end is written.
    let (status, ..) = bridge.send("GET", &key.path(), &anna, "", None).await;
    assert_eq!(status, 200);

    let made = |to: &str| {
        Command::new(env!("CARGO_BIN_EXE_pop3-console"))
            .args(["backup", path(to).to_str().unwrap()])
            .args(["--access-mode", "accounts", "--access-accounts"])
            .arg(&accounts.file)
            .arg("--journal")
            .arg(journal_file(folder.path()))
            .env_clear()
            .output()
    };
    let copied = patient(made("backup")).await.unwrap();
    assert!(copied.status.success(), "{copied:?}");
    let beside = path("backup.accounts.toml");
    let told = String::from_utf8(copied.stdout).unwrap();
    assert!(
        told.contains(&format!("are copied to {}:", beside.display())),
        "{told}"
    );
    assert_eq!(
        std::fs::metadata(&beside).unwrap().permissions().mode() & 0o777,
        0o600
    );
    // Nothing is written over, and half a backup is none.
    std::fs::write(path("other.accounts.toml"), "theirs").unwrap();
    let refused = patient(made("other")).await.unwrap();
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(
        !refused.status.success() && told.contains("name another for the backup"),
        "{told}"
    );
    assert_eq!(std::fs::read(path("other.accounts.toml")).unwrap(), b"theirs");
    assert!(!path("other").exists());
    bridge.stop().await;

    // On another machine, as README says.
    let restored = tempfile::tempdir().unwrap();
    std::fs::copy(path("backup"), journal_file(restored.path())).unwrap();
    std::fs::copy(&beside, restored.path().join("accounts.toml")).unwrap();
    let mut config = accounts.journaled(restored.path());
    config.access.accounts = None;
    let bridge = Bridge::start_with(config).await;
    let (anna, ben) = (bridge.sign_on("anna").await, bridge.sign_on("ben").await);
    let seen = async |who| {
        let (status, _, body) = bridge.send("GET", "/api/sessions", who, "", None).await;
        assert_eq!(status, 200, "{body}");
        body["sessions"].as_array().unwrap().clone()
    };
    let own = seen(&anna).await;
    assert_eq!(own.len(), 1);
    assert_eq!(
        (&own[0]["session"], &own[0]["own"]),
        (&json!(key.session), &json!(true))
    );
    assert!(seen(&ben).await.is_empty());
    bridge.stop().await;
}

#[tokio::test]
async fn accounts_that_stand_beside_the_journal_are_copied_whatever_else_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal_file(folder.path());
    Bridge::start_with(journaled(folder.path())).await.stop().await;
    let to = folder.path().join("before");
    let copied = back_up(&journal, &to).await;
    assert!(copied.status.success(), "{copied:?}");
    assert!(!folder.path().join("before.accounts.toml").exists());
    let file = folder.path().join("accounts.toml");
    assert!(account(&file, &["add", "anna"], PASSWORD).status.success());
    let copied = back_up(&journal, &folder.path().join("after")).await;
    assert!(copied.status.success(), "{copied:?}");
    let beside = folder.path().join("after.accounts.toml");
    assert_eq!(std::fs::read(&beside).unwrap(), std::fs::read(&file).unwrap());
}

#[tokio::test]
async fn accounts_that_cannot_be_used_keep_nobody_from_a_copy_of_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal_file(folder.path());
    Bridge::start_with(journaled(folder.path())).await.stop().await;
    let file = folder.path().join("accounts.toml");
    std::fs::write(&file, "no accounts").unwrap();
    let copied = Command::new(env!("CARGO_BIN_EXE_pop3-console"))
        .arg("backup")
        .arg(folder.path().join("used"))
        .args(["--access-mode", "accounts", "--journal"])
        .arg(&journal)
        .output();
    let copied = patient(copied).await.unwrap();
    assert!(copied.status.success(), "{copied:?}");
    let told = String::from_utf8_lossy(&copied.stderr).into_owned();
    assert!(told.contains("copied as they are, and cannot be used"), "{told}");
    let beside = folder.path().join("used.accounts.toml");
    assert_eq!(std::fs::read(&beside).unwrap(), b"no accounts");

    // Where nobody signs in with them, not even what is no file.
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    let copied = back_up(&journal, &folder.path().join("unused")).await;
    assert!(copied.status.success(), "{copied:?}");
    let told = String::from_utf8_lossy(&copied.stderr).into_owned();
    assert!(told.contains("is not copied"), "{told}");
    assert!(folder.path().join("unused").exists());
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
