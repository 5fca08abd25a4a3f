//! A file that is not this console's to write to is refused when the bridge starts, and left as it is.

use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use crate::support::{Bridge, journal_file, journaled, patient};

/// What the program says when it does not start with that journal, and with what it ends.
async fn refusal(journal: &Path) -> (String, Option<i32>) {
    let program = Command::new(env!("CARGO_BIN_EXE_pop3-console"))
        .args(["--listen", "127.0.0.1:0", "--no-demonstration", "--journal"])
        .arg(journal)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = patient(program).await.unwrap();
    assert!(output.stdout.is_empty());
    (String::from_utf8(output.stderr).unwrap(), output.status.code())
}

/// A journal with a session in it.
async fn journal(folder: &Path) -> Vec<u8> {
    let bridge = Bridge::start_with(journaled(folder)).await;
    let browser = bridge.browser().await;
    drop(browser);
    bridge.stop().await;
    std::fs::read(journal_file(folder)).unwrap()
}

#[tokio::test]
async fn a_file_that_is_damaged_newer_or_something_else_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let whole = journal(folder.path()).await;
    let changed = |at: usize, octets: &[u8]| {
        let mut file = whole.clone();
        file[at..at + octets.len()].copy_from_slice(octets);
        file
    };
    let cases = [
        (
            changed(60, &99_u32.to_be_bytes()),
            "written by a newer pop3-console",
            // Its begin tells that it is none for this console, which is looked at with the settings.
            2,
        ),
        (changed(68, b"mail"), "no journal of pop3-console", 2),
        (
            b"From anna Tue Nov 24 22:00:00 2026\n".to_vec(),
            "no journal of pop3-console",
            2,
        ),
        (changed(8192, &[0xff; 4096]), "is damaged", 1),
        (whole[..8192 + 100].to_vec(), "is damaged", 1),
    ];
    for (octets, sentence, code) in cases {
        std::fs::write(journal_file(folder.path()), &octets).unwrap();
        let (said, ended) = refusal(&journal_file(folder.path())).await;
        assert!(said.contains(sentence), "{said}");
        assert_eq!(ended, Some(code), "{said}");
        assert!(
            std::fs::read(journal_file(folder.path())).unwrap() == octets,
            "{sentence}"
        );
    }
    std::fs::write(journal_file(folder.path()), &whole).unwrap();
    Bridge::start_with(journaled(folder.path())).await.stop().await;
}

#[tokio::test]
async fn two_bridges_do_not_write_to_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let bridge = Bridge::start_with(journaled(folder.path())).await;
    let (said, ended) = refusal(&journal_file(folder.path())).await;
    assert_eq!(ended, Some(1));
    assert!(said.contains("in use by another pop3-console"), "{said}");
    bridge.stop().await;
}
