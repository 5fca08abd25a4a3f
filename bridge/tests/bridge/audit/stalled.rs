//! A place where the audit is kept takes nothing: whoever runs the console can see that, the other place has everything, and
//! the console stops all the same.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use pop3_console::config::{Config, Limits};
use protocol::alias::Alias;
use rustix::fs::OFlags;
use rustix::process::Signal;
use tokio::io::AsyncReadExt;

use super::{printed, records};
use crate::support::{Bridge, eventually, journal_file, journaled, limited, patient};

/// How long the end may take of a console one of whose places takes nothing.
const ENDS_WITHIN: Duration = Duration::from_secs(15);

/// A pipe in which there is no room left, and that nobody reads.
fn full_pipe(at: &Path) -> File {
    assert!(Command::new("mkfifo").arg(at).status().unwrap().success());
    let mut pipe = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
        .open(at)
        .unwrap();
    for octets in [&[b'\n'; 4096][..], b"\n"] {
        while match pipe.write(octets) {
            Ok(_) => true,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock);
                false
            }
        } {}
    }
    pipe
}

/// Whether the journal in that folder has a record of that kind about that session.
fn is_in_journal(folder: &Path, what: &str, session: &str) -> bool {
    let alias = Alias::of(session).to_string();
    let told = records(&printed(folder, &["--json"]));
    told.iter().any(|it| it["what"] == what && it["alias"] == alias)
}

#[tokio::test]
async fn a_pipe_that_nobody_reads_keeps_no_record_from_the_journal_and_is_written_to_once_somebody_does() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("pipe");
    let mut pipe = full_pipe(&at);
    let bridge = Bridge::start_with(Config {
        audit_file: Some(at),
        metrics: limited(Limits::default()).metrics,
        ..journaled(folder.path())
    })
    .await;
    let key = bridge.open_session().await;
    assert_eq!(bridge.delete(&key).await, 204);
    for line in [
        "pop3_console_audit_waiting_records{to=\"journal\"} 0",
        "pop3_console_audit_failing{to=\"journal\"} 0",
        "pop3_console_audit_lost_records_total{to=\"file\"} 0",
        // It may be slow.
        "pop3_console_audit_failing{to=\"file\"} 0",
    ] {
        bridge.until_counted(line).await;
    }
    eventually(async || is_in_journal(folder.path(), "deleted", &key.session).then_some(())).await;
    assert!(
        !bridge
            .counted()
            .await
            .contains("waiting_records{to=\"file\"} 0\n")
    );
    // Long enough for it to be said.
    bridge
        .until_counted("pop3_console_audit_failing{to=\"file\"} 1")
        .await;

    let mut told = Vec::new();
    eventually(async || {
        let mut some = [0; 4096];
        let read = pipe.read(&mut some).unwrap_or(0);
        told.extend_from_slice(&some[..read]);
        let alias = Alias::of(&key.session).to_string();
        let whole = String::from_utf8_lossy(&told).into_owned();
        (whole.contains("\"what\":\"deleted\"") && whole.contains(&alias)).then_some(())
    })
    .await;
    for line in [
        "pop3_console_audit_waiting_records{to=\"file\"} 0",
        "pop3_console_audit_failing{to=\"file\"} 0",
    ] {
        bridge.until_counted(line).await;
    }
    bridge.stop().await;
}

#[tokio::test]
async fn a_console_stops_whose_audit_goes_into_a_pipe_that_nobody_reads_and_says_what_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("pipe");
    let _pipe = full_pipe(&at);
    let journal = journal_file(folder.path());
    let flags = [
        "--audit-file",
        at.to_str().unwrap(),
        "--journal",
        journal.to_str().unwrap(),
    ];
    let (bridge, mut log) = Bridge::start_logging_with(&flags).await;
    let key = bridge.open_session().await;
    let begun = Instant::now();
    bridge.signal(Signal::TERM);
    let mut said = String::new();
    patient(log.read_to_string(&mut said)).await.unwrap();
    assert!(patient(bridge.exited()).await.success());
    assert!(begun.elapsed() < ENDS_WITHIN, "{:?}", begun.elapsed());
    let lost = "the end of the audit was not written to its file, and is lost";
    let line = said
        .lines()
        .find(|it| it.contains(lost))
        .unwrap_or_else(|| panic!("{said}"));
    assert!(line.contains("WARN") && !line.contains("records=0"), "{line}");
    assert!(is_in_journal(folder.path(), "opened", &key.session));
}

#[tokio::test]
async fn a_file_that_cannot_be_written_to_is_counted_and_has_all_once_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("inside");
    let file = inside.join("audit.jsonl");
    std::fs::create_dir(&inside).unwrap();
    let bridge = Bridge::start_with(Config {
        audit_file: Some(file.clone()),
        ..limited(Limits::default())
    })
    .await;
    std::fs::remove_dir_all(&inside).unwrap();
    bridge.open_session().await;
    for line in [
        "pop3_console_audit_failing{to=\"file\"} 1",
        "pop3_console_audit_waiting_records{to=\"file\"} 1",
    ] {
        bridge.until_counted(line).await;
    }
    std::fs::create_dir(&inside).unwrap();
    for line in [
        "pop3_console_audit_failing{to=\"file\"} 0",
        "pop3_console_audit_waiting_records{to=\"file\"} 0",
    ] {
        bridge.until_counted(line).await;
    }
    let opened = super::lines(&file);
    assert_eq!((opened.len(), &opened[0]["what"]), (1, &"opened".into()));
    bridge.stop().await;
}
