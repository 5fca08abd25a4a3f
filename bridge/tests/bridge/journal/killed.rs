//! The program is killed while a session is busy, and started again.

use std::time::Duration;

use protocol::entry::{Entry, Event};
use protocol::remark::{End, Marks, Remark};
use tokio::time::{Instant, sleep};

use super::{all, file, mark};
use crate::support::{Bridge, Browser, Mail};

/// What is older than this when the program is killed is kept.
const MOMENT: Duration = Duration::from_millis(50);

/// How long after it was busy the program is killed, in milliseconds.
const KILLED_AFTER: [u64; 4] = [61, 127, 303, 11];

fn ended(entries: &[Entry]) -> Option<(End, Marks)> {
    entries.iter().rev().find_map(|entry| match &entry.event {
        Event::Remark(Remark::Ended { how, marks, .. }) => Some((how.clone(), *marks)),
        _ => None,
    })
}

#[tokio::test]
async fn a_kill_leaves_everything_but_the_last_moment_and_says_what_was_lost() {
    let folder = tempfile::tempdir().unwrap();
    let journal = file(folder.path());
    let flags = ["--journal", journal.to_str().unwrap()];
    let mut in_time = 0;
    for after in KILLED_AFTER {
        let bridge = Bridge::start_program_with(&flags).await;
        let (mail, _gone) = Mail::until_gone().await;
        let mut browser = bridge.browser().await;
        mark(&mut browser, &mail).await;
        sleep(2 * MOMENT).await;
        let begin = Instant::now();
        // When it was there, and how many entries there were.
        let mut seen = vec![(begin, browser.entries.len())];
        while begin.elapsed() < Duration::from_millis(after) {
            browser.line("NOOP").await;
            browser.until_status().await;
            seen.push((Instant::now(), browser.entries.len()));
        }
        let killed = Instant::now();
        bridge.kill().await;
        let old = seen.iter().rev().find(|(at, _)| killed - *at >= MOMENT);
        let old = old.map_or(0, |(_, entries)| *entries);

        let bridge = Bridge::start_program_with(&flags).await;
        let last = browser.entries.last().unwrap().seq;
        // A page that has seen entries which are lost begins anew, and mixes nothing.
        let epoch = browser.welcome.epoch;
        let mut back = Browser::join_after(&bridge, &browser.key, Some(epoch), last).await;
        assert_ne!(back.welcome.epoch, epoch);
        assert_eq!(back.welcome.after, 0);
        let kept = all(&mut back).await;
        assert!(kept.iter().zip(1..).all(|(entry, seq)| entry.seq == seq));
        assert_eq!(ended(&kept), Some((End::BridgeLost, Marks::NotCommitted(1))));
        // Behind what was kept stands how the connection ended, and that it is closed.
        let kept = &kept[..kept.len() - 2];
        let both = kept.len().min(browser.entries.len());
        assert!(kept[..both] == browser.entries[..both]);
        in_time += usize::from(kept.len() >= old);
        bridge.kill().await;
    }
    // A machine that is busy with something else may let a thread wait longer than that, once.
    assert!(in_time + 1 >= KILLED_AFTER.len(), "{in_time}");
}
