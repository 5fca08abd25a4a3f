//! How the program stops that was told to wait for connections to mail servers to end.

use std::time::{Duration, Instant};

use protocol::entry::{Entry, Event};
use protocol::remark::{End, Marks, Remark};
use protocol::wire::Refusal;
use rustix::process::Signal;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::journal::{all, are_kept};
use crate::support::busy::Busy;
use crate::support::{Bridge, Browser, Mail, contains, journal_file, patient, plain};

/// A session with a message marked, and another without a connection.
async fn two(bridge: &Bridge, mail: &Mail) -> (Browser, Browser) {
    let mut busy = bridge.browser().await;
    busy.connected(plain(mail.address)).await;
    for line in ["USER u", "PASS p", "DELE 1"] {
        busy.line(line).await;
        busy.until_status().await;
    }
    (busy, bridge.browser().await)
}

async fn until_told(browser: &mut Browser) -> u64 {
    let told = browser
        .until_remark(|remark| matches!(remark, Remark::Stopping { .. }))
        .await;
    match told {
        Remark::Stopping { within, .. } => within,
        _ => unreachable!(),
    }
}

#[tokio::test]
async fn it_takes_nothing_new_tells_people_and_ends_when_the_last_connection_has() {
    let bridge = Bridge::start_program_with(&["--no-journal", "--drain", "600"]).await;
    let (mail, _gone) = Mail::until_gone().await;
    let (mut busy, mut idle) = two(&bridge, &mail).await;
    assert_eq!(bridge.probe("/readyz").await.0, 200);
    assert_eq!(
        bridge.ask("GET", "/api/console", "", None).await.1["stopping"],
        false
    );
    bridge.signal(Signal::TERM);
    assert_eq!(until_told(&mut busy).await, 600);
    assert_eq!(until_told(&mut idle).await, 600);
    assert_eq!(bridge.probe("/readyz").await.0, 503);
    assert_eq!(bridge.probe("/healthz").await.0, 200);
    // Pages say so before anybody tries.
    assert_eq!(
        bridge.ask("GET", "/api/console", "", None).await.1["stopping"],
        true
    );
    let (status, why) = bridge.post("/api/sessions").await;
    assert_eq!(status, 503);
    assert!(why.contains("The console is stopping"), "{why}");
    idle.connect(plain(mail.address)).await;
    assert_eq!(idle.until_refused().await, (None, Refusal::Stopping));
    // Who is in the middle of something finishes it, and may come back for that.
    let mut back = Browser::join(&bridge, &busy.key).await;
    back.line_for(1, "QUIT").await;
    busy.until_status().await;
    // Sessions without a connection keep nobody waiting.
    assert!(bridge.exited().await.success());
}

#[tokio::test]
async fn what_has_not_ended_in_time_is_dropped_without_quit_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal_file(folder.path());
    let journal = ["--journal", journal.to_str().unwrap()];
    let bridge = Bridge::start_program_with(&[journal[0], journal[1], "--drain", "1"]).await;
    let (mail, mut gone) = Mail::until_gone().await;
    let (mut busy, _idle) = two(&bridge, &mail).await;
    bridge.signal(Signal::TERM);
    until_told(&mut busy).await;
    let (how, marks, _) = busy.until_ended().await;
    assert_eq!((how, marks), (End::Shutdown, Marks::NotCommitted(1)));
    assert!(bridge.exited().await.success());
    gone.recv().await.unwrap();
    assert!(!contains(&mail.received(), b"QUIT"));

    let bridge = Bridge::start_program_with(&journal).await;
    let mut back = Browser::join(&bridge, &busy.key).await;
    let kept = all(&mut back).await;
    assert_eq!(kept[..busy.entries.len()], busy.entries);
    bridge.kill().await;
}

#[tokio::test]
async fn what_people_are_shown_while_it_drains_and_is_dropped_is_all_kept() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal_file(folder.path());
    let journal = ["--journal", journal.to_str().unwrap()];
    let bridge = Bridge::start_program_with(&[journal[0], journal[1], "--drain", "2"]).await;
    let (mail, _gone) = Mail::until_gone().await;
    let mut busy = Busy::open(&bridge, &mail, 50).await;
    busy.go_on(5).await;
    bridge.signal(Signal::TERM);
    // They go on while it waits for them.
    busy.go_on(2).await;
    let browsers = busy.until_closed().await;
    assert!(bridge.exited().await.success());
    for browser in &browsers {
        let ends = |entry: &Entry| match &entry.event {
            Event::Remark(Remark::Ended { how, .. }) => Some(how.clone()),
            _ => None,
        };
        assert_eq!(browser.entries.iter().find_map(ends), Some(End::Shutdown));
    }
    let bridge = Bridge::start_program_with(&journal).await;
    are_kept(&bridge, &browsers).await;
    bridge.kill().await;
}

#[tokio::test]
async fn what_tells_services_to_read_their_files_again_stops_nothing() {
    let (bridge, log) = Bridge::start_logging_with(&["--no-journal"]).await;
    let (mail, _gone) = Mail::until_gone().await;
    let (mut busy, _idle) = two(&bridge, &mail).await;
    bridge.signal(Signal::HUP);
    let mut log = BufReader::new(log).lines();
    patient(async {
        while !log
            .next_line()
            .await
            .unwrap()
            .unwrap()
            .contains("SIGHUP changes nothing")
        {}
    })
    .await;
    busy.line("NOOP").await;
    busy.until_status().await;
    assert_eq!(bridge.probe("/readyz").await.0, 200);
    bridge.kill().await;
}

#[tokio::test]
async fn a_second_signal_stops_it_at_once() {
    for signal in [Signal::TERM, Signal::INT] {
        let bridge = Bridge::start_program_with(&["--no-journal", "--drain", "600"]).await;
        let (mail, _gone) = Mail::until_gone().await;
        let (mut busy, _idle) = two(&bridge, &mail).await;
        bridge.signal(Signal::TERM);
        until_told(&mut busy).await;
        let begin = Instant::now();
        bridge.signal(signal);
        let (how, _, _) = busy.until_ended().await;
        assert_eq!(how, End::Shutdown);
        assert!(bridge.exited().await.success());
        assert!(begin.elapsed() < Duration::from_secs(10));
    }
}
