//! What is done to accounts on the console's machine is recorded, whether a console runs by then or not.

use std::path::Path;
use std::process::Command;

use pop3_console::config::Config;
use serde_json::{Value, json};

use super::records;
use crate::support::accounts::{Accounts, PASSWORD};
use crate::support::{Bridge, contains, eventually, journal_file};

const NEW: &str = "another long password";

/// Does one of everything to an account, and nothing of which anything is another way.
fn do_everything(accounts: &Accounts) {
    for (arguments, given) in [
        (&["add", "eve"][..], PASSWORD),
        (&["role", "Eve", "supervisor"], ""),
        (&["disable", "eve"], ""),
        (&["disable", "eve"], ""),
        (&["enable", "eve"], ""),
        (&["password", "eve"], NEW),
        (&["remove", "eve"], ""),
    ] {
        let done = accounts.does(arguments, given);
        assert!(done.status.success(), "{arguments:?}: {done:?}");
    }
    assert!(!accounts.does(&["disable", "eve"], "").status.success());
}

/// That of what was recorded about accounts: what, whose, which role, and by whom.
fn expected() -> Vec<Value> {
    [
        ("account-added", json!("agent")),
        ("role-changed", json!("supervisor")),
        ("account-disabled", Value::Null),
        ("account-enabled", Value::Null),
        ("password-changed", Value::Null),
        ("account-removed", Value::Null),
    ]
    .map(|(what, role)| json!([what, "eve", role, "command-line"]))
    .into()
}

fn told(text: &str) -> Vec<Value> {
    let records = records(text).into_iter().filter(|it| it["whose"] == "eve");
    records
        .map(|it| json!([it["what"], it["whose"], it["role"], it["by"]]))
        .collect()
}

/// What `pop3-console audit` prints for those accounts, and a journal in that folder.
fn printed(accounts: &Accounts, folder: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_pop3-console"))
        .args(["audit", "--json", "--access-accounts"])
        .arg(&accounts.file)
        .arg("--journal")
        .arg(journal_file(folder))
        .env_clear()
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

async fn until_told(mut read: impl FnMut() -> String) -> String {
    eventually(async || {
        let text = read();
        (text.ends_with('\n') && told(&text).len() >= expected().len()).then_some(text)
    })
    .await
}

#[tokio::test]
async fn a_console_that_runs_records_what_is_done_on_the_command_line() {
    let accounts = Accounts::of(&[("anna", "agent")]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let config = Config {
        audit_file: Some(file.clone()),
        ..accounts.journaled(folder.path())
    };
    let bridge = Bridge::start_with(config).await;
    do_everything(&accounts);
    let text = until_told(|| std::fs::read_to_string(&file).unwrap_or_default()).await;
    assert_eq!(told(&text), expected());
    // Each is written for itself.
    let text = until_told(|| printed(&accounts, folder.path())).await;
    assert_eq!(told(&text), expected());
    bridge.stop().await;
    let text = std::fs::read(&file).unwrap();
    for secret in [PASSWORD, NEW, "argon2id"] {
        assert!(!contains(&text, secret.as_bytes()), "{secret}");
    }
}

#[tokio::test]
async fn what_is_done_while_none_runs_is_shown_and_recorded_once_by_the_next() {
    let accounts = Accounts::of(&[("anna", "agent")]);
    let folder = tempfile::tempdir().unwrap();
    let config = || accounts.journaled(folder.path());
    let bridge = Bridge::start_with(config()).await;
    bridge.open_session_as(&bridge.sign_on("anna").await).await;
    bridge.stop().await;
    do_everything(&accounts);
    let waiting = printed(&accounts, folder.path());
    assert_eq!(told(&waiting), expected());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let notes = accounts.notes();
        let mode = std::fs::metadata(&notes).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let notes = std::fs::read(&notes).unwrap();
        for secret in [PASSWORD, NEW, "argon2id"] {
            assert!(!contains(&notes, secret.as_bytes()), "{secret}");
        }
    }
    // Twice, so that what was taken once would show that it is taken again.
    for _ in 0..2 {
        let bridge = Bridge::start_with(config()).await;
        let is_taken = || std::fs::read(accounts.notes()).unwrap().is_empty();
        eventually(async || is_taken().then_some(())).await;
        bridge.stop().await;
        let recorded = printed(&accounts, folder.path());
        assert_eq!(told(&recorded), expected());
        // When it was done, and not when it was recorded.
        let of_eve = |text: &str| {
            let records = records(text).into_iter().filter(|it| it["whose"] == "eve");
            records.map(|it| it["at"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(of_eve(&recorded), of_eve(&waiting));
    }
}
