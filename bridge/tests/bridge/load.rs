//! Many at once: those who use the console, and those who only take up its room.

#[cfg(target_os = "linux")]
use std::net::Ipv4Addr;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
#[cfg(target_os = "linux")]
use std::sync::atomic::AtomicBool;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt};
use pop3_console::config::{Config, Deadlines, Limits};
use rusqlite::Connection;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

#[cfg(target_os = "linux")]
use crate::memory::{held, peak};
use crate::support::accounts::{Accounts, Cookie};
use crate::support::{Bridge, Browser, Mail, PATIENCE, Socket, journal_file, limited, patient, plain};

/// How many sessions are opened at a time.
const TOGETHER: usize = 50;

/// Sessions in which nothing happens, of which the first are there before it is looked what each of the others takes; and
/// sessions in which something does.
const IDLE: usize = 2000;
const IDLE_FIRST: usize = 500;
const BUSY: usize = 200;

/// What one in which nothing happens may take beside what is recorded of it, in octets. The aim is two thirds of that, which
/// `cargo xtask bench -- idle-hosted` holds it to.
#[cfg(target_os = "linux")]
const IDLE_TAKES: u64 = 24 * 1024;

/// Connections that say nothing.
#[cfg(target_os = "linux")]
const BURST: usize = 10_000;

/// What they may take of the program's memory, in octets, with what looking at two passwords meanwhile does, some 20 MB each.
/// Were each of them given a place, that would be twice as much.
#[cfg(target_os = "linux")]
const BURST_TAKES: u64 = 80 * 1024 * 1024;

/// The descriptors that all of this takes at a time, with what other tests have. Each session has two in this process, which
/// is the mail server, too, and each connection one.
const DESCRIPTORS: u64 = 16_000;

/// Lets this process have as many descriptors as it may, which must be enough.
fn allow_descriptors() {
    let maximum = getrlimit(Resource::Nofile).maximum;
    let all = Rlimit {
        current: maximum,
        maximum,
    };
    setrlimit(Resource::Nofile, all).unwrap();
    let given = maximum.unwrap_or(u64::MAX);
    assert!(
        given >= DESCRIPTORS,
        "the tests of many at once take {DESCRIPTORS} descriptors, and this system gives a program {given} at most: let it \
         have more, such as with `ulimit -Hn {DESCRIPTORS}`, which only root may"
    );
}

/// Opens so many sessions of somebody who is signed in, and begins in each, as soon as it is there, what its browser does.
async fn sessions<Work>(
    bridge: &Bridge,
    somebody: &Cookie,
    mail: &Mail,
    number: usize,
    work: impl Fn(Browser) -> Work,
) -> JoinSet<Work::Output>
where
    Work: Future<Output: Send + 'static> + Send + 'static,
{
    let one = |_| async {
        let key = bridge.open_session_as(somebody).await;
        let mut browser = Browser::join_signed_on(bridge, &key, somebody).await;
        browser.connected(plain(mail.address)).await;
        browser
    };
    let mut opened = pin!(stream::iter(0..number).map(one).buffer_unordered(TOGETHER));
    let mut working = JoinSet::new();
    while let Some(browser) = opened.next().await {
        working.spawn(work(browser));
    }
    working
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_idle_sessions_and_two_hundred_busy_ones_are_served_and_recorded() {
    allow_descriptors();
    let (folder, accounts) = (tempfile::tempdir().unwrap(), Accounts::of(&[("anna", "agent")]));
    let journal = journal_file(folder.path());
    let bridge = Bridge::start_program_with(&[
        "--journal",
        journal.to_str().unwrap(),
        "--access-mode=accounts",
        "--access-accounts",
        accounts.file.to_str().unwrap(),
        "--limits-sessions=4000",
        "--limits-sessions-of-account=4000",
        // Of which one address has half.
        "--limits-connections=6000",
        "--limits-target-rate=100000",
    ])
    .await;
    let anna = bridge.sign_on("anna").await;
    let (mail, _gone) = Mail::until_gone().await;
    let mut resting = sessions(&bridge, &anna, &mail, IDLE_FIRST, Browser::idle).await;
    let before = Held::by(&bridge);
    let recorded = Arc::new(AtomicU64::new(0));
    let rest = |browser: Browser| {
        let octets: usize = browser.frames.iter().map(Vec::len).sum();
        recorded.fetch_add(octets as u64, Ordering::Relaxed);
        browser.idle()
    };
    let mut others = sessions(&bridge, &anna, &mail, IDLE - IDLE_FIRST, rest).await;
    before.check(&bridge, IDLE - IDLE_FIRST, recorded.load(Ordering::Relaxed));
    let mut working = sessions(&bridge, &anna, &mail, BUSY, |mut browser| async move {
        for _ in 0..50 {
            browser.line("NOOP").await;
            assert!(browser.until_status().await.starts_with("+OK"));
        }
        assert_eq!(browser.refused, []);
        browser
    })
    .await;
    let mut worked = Vec::new();
    while let Some(browser) = working.join_next().await {
        worked.push(browser.unwrap());
    }
    assert_eq!((worked.len(), resting.len() + others.len()), (BUSY, IDLE));
    // Nobody was put out for it.
    assert!(resting.try_join_next().is_none() && others.try_join_next().is_none());
    assert_eq!(bridge.probe("/readyz").await.0, 200);
    patient(async {
        while !is_kept(&journal, IDLE + BUSY, &worked) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    bridge.kill().await;
}

/// The memory that the program held.
#[cfg(target_os = "linux")]
struct Held(u64);

#[cfg(target_os = "linux")]
impl Held {
    fn by(bridge: &Bridge) -> Self {
        Self(held(bridge.process()))
    }

    /// Since then each of so many sessions took no more than it may, beside what was recorded of them.
    fn check(self, bridge: &Bridge, sessions: usize, recorded: u64) {
        let took = held(bridge.process()).saturating_sub(self.0 + recorded) / sessions as u64;
        assert!(took <= IDLE_TAKES, "{took} octets for each idle session");
    }
}

/// Elsewhere nobody says what that is.
#[cfg(not(target_os = "linux"))]
struct Held;

#[cfg(not(target_os = "linux"))]
impl Held {
    fn by(_: &Bridge) -> Self {
        Self
    }

    fn check(self, _: &Bridge, _: usize, _: u64) {}
}

/// Whether so many sessions are kept, and of these everything that was seen.
fn is_kept(journal: &Path, sessions: usize, browsers: &[Browser]) -> bool {
    let journal = Connection::open(journal).unwrap();
    let kept = journal.query_row("SELECT count(*) FROM session", (), |row| row.get::<_, i64>(0));
    let last = "SELECT max(last) FROM entries JOIN session ON session = number WHERE id = ?1";
    let mut last = journal.prepare(last).unwrap();
    let is_whole = |browser: &Browser| {
        let last = last.query_row([&browser.key.session], |row| row.get::<_, Option<i64>>(0));
        last.unwrap().map(i64::unsigned_abs) >= browser.entries.last().map(|entry| entry.seq)
    };
    kept.unwrap().unsigned_abs() == sessions as u64 && browsers.iter().all(is_whole)
}

/// As many connections to the bridge as that, on which nothing is said.
async fn silent(bridge: &Bridge, number: usize) -> Vec<TcpStream> {
    stream::iter(0..number)
        .map(|_| TcpStream::connect(bridge.address))
        .buffer_unordered(500)
        .filter_map(|stream| async { stream.ok() })
        .collect()
        .await
}

/// Says nothing on WebSockets, and not all of a header on other connections.
async fn slow(bridge: &Bridge) -> (Vec<Socket>, Vec<TcpStream>) {
    let mut mute = Vec::new();
    for _ in 0..50 {
        mute.push(Browser::socket(bridge).await);
    }
    let mut slow = silent(bridge, 50).await;
    for stream in &mut slow {
        let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nX-Slow: ").await;
    }
    (mute, slow)
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_connections_of_one_address_leave_room_for_others_who_come_meanwhile() {
    allow_descriptors();
    let accounts = Accounts::of(&[("anna", "agent")]);
    let mut bridge = Bridge::start_program_with(&[
        "--no-journal",
        "--access-mode=accounts",
        "--access-accounts",
        accounts.file.to_str().unwrap(),
        "--limits-connections=256",
    ])
    .await;
    let (mail, _gone) = Mail::until_gone().await;
    // Looking at a password takes memory, too.
    bridge.sign_on("anna").await;
    let before = peak(bridge.process());
    let slow = slow(&bridge).await;
    bridge.asked_from = Ipv4Addr::new(127, 0, 0, 2);
    let comes = async || {
        let anna = bridge.sign_on("anna").await;
        let key = bridge.open_session_as(&anna).await;
        let mut browser = Browser::join_signed_on(&bridge, &key, &anna).await;
        browser.connected(plain(mail.address)).await;
        browser.line("NOOP").await;
        assert!(browser.until_status().await.starts_with("+OK"));
        browser
    };
    let is_over = AtomicBool::new(false);
    let burst = async {
        let crowd = silent(&bridge, BURST).await;
        is_over.store(true, Ordering::Relaxed);
        crowd
    };
    let meanwhile = async {
        let mut browser = comes().await;
        while !is_over.load(Ordering::Relaxed) {
            browser.line("NOOP").await;
            assert!(browser.until_status().await.starts_with("+OK"));
        }
    };
    let (crowd, ()) = tokio::join!(burst, meanwhile);
    assert_eq!(crowd.len(), BURST);
    // And while nobody of them goes.
    comes().await;
    let taken = peak(bridge.process()) - before;
    assert!(taken < BURST_TAKES, "{} KiB for {BURST}", taken >> 10);
    drop((crowd, slow));
    bridge.kill().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_of_connections_sockets_without_a_hello_and_slow_headers_leave_others_served() {
    const PLACES: u32 = 256;
    allow_descriptors();
    let config = Config {
        deadlines: Deadlines {
            header: Duration::from_secs(1),
            hello: Duration::from_secs(1),
            ..Deadlines::default()
        },
        ..limited(Limits {
            connections: PLACES,
            ..Limits::default()
        })
    };
    let bridge = Bridge::start_with(config).await;
    let (mail, _gone) = Mail::until_gone().await;
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;

    let slow = slow(&bridge).await;
    let begin = Instant::now();
    let crowd = silent(&bridge, 1500).await;
    // Who is in has their lines answered while that goes on.
    for _ in 0..20 {
        browser.line("NOOP").await;
        browser.until_status().await;
    }
    let counted = bridge.counted().await;
    let taken = counted
        .lines()
        .find_map(|line| line.strip_prefix("pop3_console_connections "));
    let taken: u32 = taken.unwrap().parse().unwrap();
    assert!(taken <= PLACES, "{taken}");
    assert!(!counted.contains("limit_met_total{limit=\"connections\"} 0\n"));

    // Places come free by themselves: nobody of those has gone.
    loop {
        if let Some(200) = status(&bridge).await {
            break;
        }
        assert!(begin.elapsed() < PATIENCE, "nobody else is served");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    browser.line("NOOP").await;
    browser.until_status().await;
    drop((crowd, slow));
    bridge.stop().await;
}

/// With what somebody is answered who comes now, if at all.
async fn status(bridge: &Bridge) -> Option<u16> {
    let mut stream = TcpStream::connect(bridge.address).await.ok()?;
    let request = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    stream.write_all(request).await.ok()?;
    let mut answer = Vec::new();
    patient(stream.read_to_end(&mut answer)).await.ok()?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    answer.split(' ').nth(1)?.parse().ok()
}
