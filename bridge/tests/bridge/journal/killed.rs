//! The program is killed while sessions are busy, and started again.

use std::time::Duration;

use protocol::entry::Event;
use protocol::remark::{End, Marks, Remark};
use tokio::time::sleep;

use super::{all, file, mark};
use crate::support::{Bridge, Browser, Mail};

#[tokio::test]
async fn what_is_older_than_a_moment_outlives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let journal = file(folder.path());
    let flags = ["--journal", journal.to_str().unwrap()];
    let bridge = Bridge::start_program_with(&flags).await;
    let (mail, _gone) = Mail::until_gone().await;
    let mut browser = bridge.browser().await;
    mark(&mut browser, &mail).await;
    sleep(Duration::from_millis(50)).await;
    let lived = browser.entries.clone();
    bridge.kill().await;

    let bridge = Bridge::start_program_with(&flags).await;
    let mut back = Browser::join(&bridge, &browser.key).await;
    assert_ne!(back.welcome.epoch, browser.welcome.epoch);
    let kept = all(&mut back).await;
    assert_eq!(kept[..lived.len()], lived);
    let ended = kept.iter().rev().find_map(|entry| match &entry.event {
        Event::Remark(Remark::Ended { how, marks, .. }) => Some((how.clone(), *marks)),
        _ => None,
    });
    assert_eq!(ended, Some((End::BridgeLost, Marks::NotCommitted(1))));
    bridge.kill().await;
}
