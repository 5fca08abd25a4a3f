//! Many viewers, slow ones and late ones: everybody ends with the same octets, and the owner notices nothing.

use std::time::{Duration, Instant};

use protocol::access::Sight;
use protocol::wire::Hello;
use socket2::SockRef;

use crate::support::crowd::{Crowd, Seen, Viewer, never_reads, watch};
use crate::support::{Bridge, Browser, Key, Mail, plain};

/// How many look on.
const VIEWERS: usize = 200;

/// By how much they may slow the owner down, in percent of a round trip without them.
const SLOWER_MAX: u32 = 150;

/// How often that is measured before it is believed to be more: the machine may have something else to do.
const TRIES: usize = 8;

/// Round trips in one turn, and turns for each session in one try.
const ROUND_TRIPS: usize = 40;
const TURNS: usize = 8;

/// How large the large message is, in octets.
const SIZE: usize = 50 * 1024 * 1024;

/// Answers NOOP, and RETR of so many octets.
async fn mail(size: usize) -> Mail {
    Mail::play(move |mut peer| async move {
        peer.say("+OK\r\n").await;
        loop {
            match peer.line().await.trim_end() {
                "" => return,
                "RETR 1" => {
                    peer.say("+OK\r\nSubject: large\r\n\r\n").await;
                    let lines = "all work and no play makes Jack a dull boy\r\n".repeat(1000);
                    for _ in 0..size.div_ceil(lines.len()) {
                        peer.say(&lines).await;
                    }
                    peer.say(".\r\n").await;
                }
                _ => peer.say("+OK\r\n").await,
            }
        }
    })
    .await
}

async fn owner(bridge: &Bridge, mail: &Mail) -> Browser {
    let mut owner = bridge.browser().await;
    owner.connected(plain(mail.address)).await;
    owner
}

/// One turn of round trips, each added to what was measured.
async fn round_trips(owner: &mut Browser, took: &mut Vec<Duration>) {
    for _ in 0..ROUND_TRIPS {
        let begin = Instant::now();
        owner.line("NOOP").await;
        owner.until_status().await;
        took.push(begin.elapsed());
    }
}

fn median(took: &mut [Duration]) -> Duration {
    took.sort_unstable();
    took[took.len() / 2]
}

/// Checks that a session's round trip takes about as long as one's that nobody looks at, in turns. In each somebody may
/// come, who is waited for until they have seen so many octets.
async fn is_not_slowed(
    alone: &mut Browser,
    watched: &mut Browser,
    by: &str,
    mut comes: impl AsyncFnMut() -> Option<(Viewer, u64)>,
) {
    let mut least = u32::MAX;
    for _ in 0..TRIES {
        let (mut without, mut with) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            round_trips(alone, &mut without).await;
            let comer = comes().await;
            round_trips(watched, &mut with).await;
            if let Some((viewer, octets)) = comer {
                viewer.until(octets).await;
            }
        }
        let (without, with) = (median(&mut without), median(&mut with));
        let slower = u32::try_from(with.as_nanos() * 100 / without.as_nanos().max(1)).unwrap();
        println!("with {by} a round trip takes {with:?}, alone {without:?}: {slower} %");
        least = least.min(slower);
        if least <= SLOWER_MAX {
            return;
        }
    }
    panic!("with {by} a round trip takes {least} % of what it takes alone");
}

/// What somebody who comes late is shown: all of it.
async fn late(bridge: &Bridge, key: &Key, last: u64) -> Seen {
    let mut late = Browser::join_as(bridge, key, "late").await;
    late.until_seq(last).await;
    Seen::of(&late.frames)
}

/// What a process holds of the system's memory, in octets.
fn held(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_ascii_whitespace()
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap()
        * 1024
}

/// The last entry there is, behind all that is said of who comes and goes.
async fn settle(owner: &mut Browser) -> u64 {
    owner.line("NOOP").await;
    owner.until_status().await;
    owner.entries.last().unwrap().seq
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_viewers_slow_nobody_down_and_see_the_same() {
    let ((bridge, process), mail, crowd) = (Bridge::start_program().await, mail(1000).await, Crowd::new());
    let (mut alone, mut watched) = (owner(&bridge, &mail).await, owner(&bridge, &mail).await);
    let mut keys = Vec::new();
    for sight in Sight::ALL {
        keys.push(watch(&bridge, &watched.key, sight).await);
    }
    watched.line("RETR 1").await;
    watched.until_terminator().await;
    let before = held(process);
    let mut viewers: Vec<(usize, Viewer)> = Vec::new();
    for number in 0..VIEWERS {
        let which = number % keys.len();
        viewers.push((
            which,
            crowd
                .join(&bridge, &keys[which], &format!("viewer {number}"))
                .await,
        ));
    }
    is_not_slowed(&mut alone, &mut watched, "200 viewers", async || None).await;
    let last = settle(&mut watched).await;
    for (which, key) in keys.iter().enumerate() {
        let expected = late(&bridge, key, last).await;
        for (_, viewer) in viewers.iter().filter(|(its, _)| *its == which) {
            viewer.until(expected.octets).await;
        }
        // Whoever came last is one entry more for everybody, and the same.
        let last = settle(&mut watched).await;
        let expected = late(&bridge, key, last).await;
        for (_, viewer) in viewers.iter().filter(|(its, _)| *its == which) {
            viewer.until(expected.octets).await;
            assert_eq!(viewer.seen(), expected);
        }
    }
    let taken = held(process).saturating_sub(before);
    println!("{} KiB for {VIEWERS} viewers", taken >> 10);
    assert!(taken < VIEWERS as u64 * 256 * 1024, "{} KiB", taken >> 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_viewer_that_never_reads_slows_nobody_down() {
    let (bridge, process) = Bridge::start_program().await;
    let mail = mail(16 * 1024 * 1024).await;
    let (mut alone, mut watched) = (owner(&bridge, &mail).await, owner(&bridge, &mail).await);
    // Both hold the same: what is measured is the viewer.
    for owner in [&mut alone, &mut watched] {
        owner.line("RETR 1").await;
        owner.until_terminator().await;
    }
    let key = watch(&bridge, &watched.key, Sight::Everything).await;
    let before = held(process);
    let stalled = never_reads(&bridge, &key).await;
    SockRef::from(&stalled).set_recv_buffer_size(4096).unwrap();
    is_not_slowed(&mut alone, &mut watched, "one that never reads", async || None).await;
    let taken = held(process).saturating_sub(before);
    println!("{} KiB for one that never reads", taken >> 10);
    assert!(taken < 2 * 1024 * 1024, "{} KiB", taken >> 10);
    // It is there, and was sent no more than fits.
    assert!(watched.people.last().unwrap().people.len() == 2);
    let _ = stalled;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_joins_in_the_middle_of_a_large_message_slows_nobody_down_and_ends_with_the_same() {
    let ((bridge, process), mail, crowd) = (Bridge::start_program().await, mail(SIZE).await, Crowd::new());
    let (mut alone, mut watched) = (owner(&bridge, &mail).await, owner(&bridge, &mail).await);
    let everything = watch(&bridge, &watched.key, Sight::Everything).await;
    let headers = watch(&bridge, &watched.key, Sight::Headers).await;
    let first = crowd.join(&bridge, &everything, "first").await;
    let before = held(process);
    let half = SIZE as u64 / 2;
    // One goes in the middle, and comes back.
    let mut leaver = Browser::join_as(&bridge, &everything, "leaver").await;
    watched.line("RETR 1").await;
    leaver.until_seq(40).await;
    let (epoch, after) = (leaver.welcome.epoch, leaver.entries.last().unwrap().seq);
    let mut frames = std::mem::take(&mut leaver.frames);
    drop(leaver);
    first.until(half).await;
    let middle = crowd.join(&bridge, &everything, "middle").await;
    let lower = crowd.join(&bridge, &headers, "lower").await;
    round_trips(&mut alone, &mut Vec::new()).await;
    watched.until_terminator().await;
    let mut comers = 0;
    let comes = async || {
        comers += 1;
        let viewer = crowd.join(&bridge, &everything, &format!("comer {comers}")).await;
        Some((viewer, SIZE as u64))
    };
    is_not_slowed(&mut alone, &mut watched, "one who catches up", comes).await;
    let hello = Hello {
        epoch: Some(epoch),
        after,
        ..everything.hello("leaver's browser", "leaver")
    };
    let mut back = Browser::say(&bridge, &everything, &hello).await;
    assert_eq!(back.welcome.after, after);
    let last = settle(&mut watched).await;
    back.until_seq(last).await;
    frames.append(&mut back.frames);
    let expected = Seen::of(&frames);
    assert!(expected.octets > SIZE as u64);
    for viewer in [&first, &middle] {
        viewer.until(expected.octets).await;
        assert_eq!(viewer.seen(), expected);
    }
    let withheld = late(&bridge, &headers, last).await;
    lower.until(withheld.octets).await;
    assert!(lower.seen().octets < SIZE as u64 / 10);
    let taken = held(process).saturating_sub(before);
    println!("{} MiB for {} MiB and its viewers", taken >> 20, SIZE >> 20);
    assert!(
        taken < SIZE as u64 * 5 / 4 + (TRIES * TURNS) as u64 * 256 * 1024,
        "{} MiB",
        taken >> 20
    );
}
