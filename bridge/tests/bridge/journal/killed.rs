//! The program is killed while a session is busy, and started again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use protocol::entry::{Entry, Event};
use protocol::remark::{End, Marks, Remark};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::frozen::{Frozen, held_up};
use super::{all, mark};
use crate::support::busy::talk;
use crate::support::{Bridge, Browser, Mail, journal_file, patient};

/// What is older than this when the program is killed is kept.
const MOMENT: Duration = Duration::from_millis(50);

/// How long after it was busy the program is killed, in milliseconds.
const KILLED_AFTER: [u64; 4] = [61, 127, 303, 11];

/// How many octets of a message have come when it is.
const KILLED_AT: [usize; 4] = [1, 300_000, 2_000_000, 8_000_000];

/// How many sessions are busy at a time where many are.
const SESSIONS: usize = 50;

/// What a session's browser saw, and when.
struct Seen {
    process: u32,
    /// For each entry when it was there, and for how long the journal's thread had been held up till then.
    entries: Vec<(Instant, Duration)>,
}

impl Seen {
    /// What is there was there before now.
    fn new(bridge: &Bridge, browser: &Browser) -> Self {
        let process = bridge.process();
        let now = (Instant::now(), held_up(process));
        Self {
            process,
            entries: vec![now; browser.entries.len()],
        }
    }

    /// So many entries are there.
    fn see(&mut self, entries: usize) {
        self.entries
            .resize(entries, (Instant::now(), held_up(self.process)));
    }

    /// How many entries were older than a moment when the program was frozen. While others had the core that the journal's
    /// thread was to run on, no time went by for it.
    fn old(&self, frozen: &Frozen) -> usize {
        let is_old = |&&(at, held): &&(Instant, Duration)| frozen.at - at >= MOMENT + (frozen.held_up - held);
        self.entries.iter().take_while(is_old).count()
    }
}

/// Marks a message, and waits until that is kept: what is made afterwards is said to be recorded.
async fn marked(bridge: &Bridge, browser: &mut Browser, mail: &Mail) {
    mark(browser, mail).await;
    bridge.link(&browser.key, json!({ "role": "watch" })).await;
}

/// Kills the program and starts it again; what is kept then, without what was added of it, and that.
async fn killed(bridge: Bridge, flags: &[&str], browser: &Browser, seen: &Seen) -> (Vec<Entry>, Remark) {
    let frozen = Frozen::freeze(seen.process).await;
    bridge.kill().await;
    let bridge = Bridge::start_program_with(flags).await;
    let kept = kept(&bridge, &frozen, browser, seen).await;
    bridge.kill().await;
    kept
}

/// What is kept of a session whose program was frozen and killed.
async fn kept(bridge: &Bridge, frozen: &Frozen, browser: &Browser, seen: &Seen) -> (Vec<Entry>, Remark) {
    let last = browser.entries.last().unwrap().seq;
    // A page that has seen entries which are lost begins anew, and mixes nothing.
    let epoch = browser.welcome.epoch;
    let mut back = Browser::join_after(bridge, &browser.key, Some(epoch), last).await;
    assert_ne!(back.welcome.epoch, epoch);
    assert_eq!(back.welcome.after, 0);
    let mut kept = all(&mut back).await;
    assert!(kept.iter().zip(1..).all(|(entry, seq)| entry.seq == seq));
    // Behind what was kept stands how the connection ended, and that it is closed.
    assert!(matches!(kept.pop().unwrap().event, Event::State(_)));
    let Event::Remark(ended) = kept.pop().unwrap().event else {
        panic!("it is not said how the connection ended")
    };
    let both = kept.len().min(browser.entries.len());
    assert!(kept[..both] == browser.entries[..both]);
    let old = seen.old(frozen);
    assert!(kept.len() >= old, "{} of {old} are kept", kept.len());
    (kept, ended)
}

#[tokio::test]
async fn a_kill_leaves_everything_but_the_last_moment_and_says_what_was_lost() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal_file(folder.path());
    let flags = ["--journal", journal.to_str().unwrap()];
    for after in KILLED_AFTER {
        let bridge = Bridge::start_program_with(&flags).await;
        let (mail, _gone) = Mail::until_gone().await;
        let mut browser = bridge.browser().await;
        marked(&bridge, &mut browser, &mail).await;
        let mut seen = Seen::new(&bridge, &browser);
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_millis(after) {
            browser.line("NOOP").await;
            browser.until_status().await;
            seen.see(browser.entries.len());
        }
        let (_, ended) = killed(bridge, &flags, &browser, &seen).await;
        let Remark::Ended { how, marks, .. } = ended else {
            panic!("{ended:?}")
        };
        assert_eq!((how, marks), (End::BridgeLost, Marks::NotCommitted(1)));
    }
}

#[tokio::test]
async fn a_kill_leaves_everything_but_the_last_moment_of_each_of_many_sessions() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal_file(folder.path());
    let flags = ["--journal", journal.to_str().unwrap()];
    let bridge = Bridge::start_program_with(&flags).await;
    let (mail, _gone) = Mail::until_gone().await;
    let (answered, mut lines) = unbounded_channel();
    let is_over = Arc::new(AtomicBool::new(false));
    let mut talking = JoinSet::new();
    for mut browser in join_all((0..SESSIONS).map(|_| bridge.browser())).await {
        marked(&bridge, &mut browser, &mail).await;
        let mut seen = Seen::new(&bridge, &browser);
        let (answered, is_over) = (answered.clone(), is_over.clone());
        talking.spawn(async move {
            talk(&mut browser, |browser| {
                // What comes behind that is not old, and whom it came from can be asked no more.
                if !is_over.load(Ordering::Relaxed) {
                    seen.see(browser.entries.len());
                }
                answered.send(()).is_ok()
            })
            .await;
            (browser, seen)
        });
    }
    for _ in 0..SESSIONS * 20 {
        patient(lines.recv()).await.unwrap();
    }
    is_over.store(true, Ordering::Relaxed);
    let frozen = Frozen::freeze(bridge.process()).await;
    bridge.kill().await;
    let sessions = patient(talking.join_all()).await;
    let bridge = Bridge::start_program_with(&flags).await;
    for (browser, seen) in &sessions {
        kept(&bridge, &frozen, browser, seen).await;
    }
    bridge.kill().await;
}

#[tokio::test]
async fn a_kill_in_the_middle_of_a_message_leaves_what_came_of_it_and_says_that_it_was_cut_short() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal_file(folder.path());
    let flags = ["--journal", journal.to_str().unwrap()];
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        while !peer.line().await.starts_with("RETR") {
            peer.say("+OK\r\n").await;
        }
        peer.say("+OK\r\n").await;
        // It goes on until the other side is gone.
        let lines = ("x".repeat(70) + "\r\n").repeat(500);
        while peer.stream.write_all(lines.as_bytes()).await.is_ok() {}
    })
    .await;
    let mut told = 0;
    for octets in KILLED_AT {
        let bridge = Bridge::start_program_with(&flags).await;
        let mut browser = bridge.browser().await;
        marked(&bridge, &mut browser, &mail).await;
        let mut seen = Seen::new(&bridge, &browser);
        browser.line("RETR 1").await;
        let mut came = 0;
        while came < octets {
            let piece = |event: &Event| match event {
                Event::Received { bytes, .. } => Some(bytes.len()),
                _ => None,
            };
            came += browser.until(piece).await;
            seen.see(browser.entries.len());
        }
        let (kept, ended) = killed(bridge, &flags, &browser, &seen).await;
        let Remark::Ended {
            how,
            marks,
            cut_short,
        } = ended
        else {
            panic!("{ended:?}")
        };
        assert_eq!((how, marks), (End::BridgeLost, Marks::NotCommitted(1)));
        if matches!(kept.last().unwrap().event, Event::Received { .. }) {
            assert!(cut_short);
            told += 1;
        }
    }
    assert!(told > 0);
}
