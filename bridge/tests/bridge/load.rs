//! Many at once: those who use the console, and those who only take up its room.

use std::path::Path;
use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt};
use pop3_console::config::{Config, Deadlines, Limits};
use rusqlite::Connection;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::support::accounts::{Accounts, Cookie};
use crate::support::{Bridge, Browser, Mail, PATIENCE, journal_file, limited, patient, plain};

/// How many sessions are opened at a time.
const TOGETHER: usize = 50;

/// Lets this process have as many descriptors as it may, and says how many that are.
fn descriptors() -> u64 {
    let maximum = getrlimit(Resource::Nofile).maximum;
    let all = Rlimit {
        current: maximum,
        maximum,
    };
    setrlimit(Resource::Nofile, all).unwrap();
    maximum.unwrap_or(u64::MAX)
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
    // Two for each session here, where the mail server is, too, and two in the program.
    let (idle, busy) = if descriptors() > 5000 {
        (2000, 200)
    } else {
        (300, 30)
    };
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
    let mut resting = sessions(&bridge, &anna, &mail, idle, Browser::idle).await;
    let mut working = sessions(&bridge, &anna, &mail, busy, |mut browser| async move {
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
    assert_eq!((worked.len(), resting.len()), (busy, idle));
    // Nobody was put out for it.
    assert!(resting.try_join_next().is_none());
    assert_eq!(bridge.probe("/readyz").await.0, 200);
    patient(async {
        while !is_kept(&journal, idle + busy, &worked) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    bridge.kill().await;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_of_connections_sockets_without_a_hello_and_slow_headers_leave_others_served() {
    const PLACES: u32 = 256;
    let burst = if descriptors() > 12_000 { 10_000 } else { 1500 };
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

    let mut mute = Vec::new();
    for _ in 0..50 {
        mute.push(Browser::socket(&bridge).await);
    }
    let mut slow = silent(&bridge, 50).await;
    for stream in &mut slow {
        let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nX-Slow: ").await;
    }
    let begin = Instant::now();
    let crowd = silent(&bridge, burst).await;
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
    drop((crowd, slow, mute));
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
