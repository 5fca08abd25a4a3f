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
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};

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

/// How often somebody who is busy sends a line, alone or not: more often than anybody types. And how many it is looked at.
const LINE_EVERY: Duration = Duration::from_millis(250);
const LINES_ALONE: usize = 30;
const LINES_TOGETHER: usize = 12;

/// Those who do so with the mail server itself meanwhile: what their lines take is what the machine takes.
const DIRECT: usize = 20;

/// How much longer lines may take of those who are busy together, beside those who are not, than those of one who is alone: 99 of a
/// hundred of either.
const SLOWER: u32 = 3;

/// What is shorter than that is as good as nothing to who types.
const NOISE: Duration = Duration::from_millis(5);

/// What the machine takes when it has little else to do. Where it takes longer, nothing can be told of the bridge. Where each line
/// keeps all sessions waiting for two milliseconds, lines of so many take 400, which is far more than three times this.
const CALM: Duration = Duration::from_millis(20);

/// How often either is looked at until the machine was calm, which it is within a minute or two unless others use it up.
const TURNS: usize = 40;

/// What one in which nothing happens may take beside what is recorded of it, in octets. The aim is 16 KiB, which
/// `cargo xtask bench -- idle-hosted` holds a release build to. This is a debug build, which takes some 15: the rest is for what the
/// allocator happens to keep of the program's memory, all of which is counted here.
#[cfg(target_os = "linux")]
const IDLE_TAKES: u64 = 18 * 1024;

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

/// Opens a session of somebody who is signed in, with a mail connection.
async fn join_one(bridge: &Bridge, somebody: &Cookie, mail: &Mail) -> Browser {
    let key = bridge.open_session_as(somebody).await;
    let mut browser = Browser::join_signed_on(bridge, &key, somebody).await;
    browser.connected(plain(mail.address)).await;
    browser
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
    let one = |_| join_one(bridge, somebody, mail);
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
    // Before there is anybody else.
    let (mut lonely, mut alone) = (vec![join_one(&bridge, &anna, &mail).await], Duration::MAX);
    for _ in 0..TURNS {
        let took;
        (lonely, took) = typing(lonely, &mail, LINES_ALONE).await;
        alone = alone.min(took.lines.max(NOISE));
        if took.machine <= CALM {
            break;
        }
    }
    let mut resting = sessions(&bridge, &anna, &mail, IDLE_FIRST - 1, Browser::idle).await;
    lonely
        .into_iter()
        .for_each(|browser| drop(resting.spawn(browser.idle())));
    let before = Held::by(&bridge);
    let recorded = Arc::new(AtomicU64::new(0));
    let rest = |browser: Browser| {
        let octets: usize = browser.frames.iter().map(Vec::len).sum();
        recorded.fetch_add(octets as u64, Ordering::Relaxed);
        browser.idle()
    };
    let mut others = sessions(&bridge, &anna, &mail, IDLE - IDLE_FIRST, rest).await;
    before.check(&bridge, IDLE - IDLE_FIRST, recorded.load(Ordering::Relaxed));
    let busy = sessions(&bridge, &anna, &mail, BUSY, std::future::ready).await;
    let (mut worked, mut took) = (busy.join_all().await, Vec::new());
    for _ in 0..TURNS {
        let turn;
        (worked, turn) = typing(worked, &mail, LINES_TOGETHER).await;
        took.push(turn);
        if turn.machine <= CALM && turn.is_within(alone) {
            break;
        }
    }
    // Turns in which the machine is busy with something else say nothing of the bridge.
    let mut calm = took.iter().filter(|turn| turn.machine <= CALM);
    assert!(
        calm.any(|turn| turn.is_within(alone)),
        "one alone took {alone:?}, and those who are busy {took:?}, where {CALM:?} for the machine are calm"
    );
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

/// Somebody who sends lines and is answered.
trait Types: Send + 'static {
    fn line(&mut self) -> impl Future<Output = ()> + Send;
}

impl Types for Browser {
    async fn line(&mut self) {
        Browser::line(self, "NOOP").await;
        assert!(self.until_status().await.starts_with("+OK"));
        assert_eq!(self.refused, []);
    }
}

/// A connection to a mail server that nothing is in between of.
struct Direct(BufReader<TcpStream>);

impl Direct {
    async fn reply(&mut self) {
        let mut reply = String::new();
        patient(self.0.read_line(&mut reply)).await.unwrap();
        assert!(reply.starts_with("+OK"), "{reply}");
    }
}

impl Types for Direct {
    async fn line(&mut self) {
        self.0.write_all(b"NOOP\r\n").await.unwrap();
        self.reply().await;
    }
}

/// How long lines took, 99 of a hundred.
#[derive(Clone, Copy, Debug)]
struct Took {
    /// Those of sessions.
    lines: Duration,
    /// Meanwhile, those that nothing is in between of.
    machine: Duration,
}

impl Took {
    fn is_within(self, alone: Duration) -> bool {
        self.lines <= SLOWER * alone.max(self.machine.min(CALM))
    }
}

/// Lets all of them send so many lines at once, and some who have no session beside them.
async fn typing(browsers: Vec<Browser>, mail: &Mail, number: usize) -> (Vec<Browser>, Took) {
    let direct = directly(mail, DIRECT).await;
    let (sessions, machine) = tokio::join!(in_turn(browsers, number), in_turn(direct, number));
    let took = Took {
        lines: p99(sessions.1),
        machine: p99(machine.1),
    };
    (sessions.0, took)
}

/// So many connections to the mail server.
async fn directly(mail: &Mail, number: usize) -> Vec<Direct> {
    let mut all = Vec::new();
    for _ in 0..number {
        let stream = TcpStream::connect(mail.address).await.unwrap();
        let mut direct = Direct(BufReader::new(stream));
        direct.reply().await;
        all.push(direct);
    }
    all
}

/// How long each of so many lines of somebody's took until it was answered, of which one goes out each time.
async fn lines(somebody: &mut impl Types, number: usize) -> Vec<Duration> {
    let (mut times, mut ticks) = (Vec::new(), interval(LINE_EVERY));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for _ in 0..number {
        ticks.tick().await;
        let sent = Instant::now();
        somebody.line().await;
        times.push(sent.elapsed());
    }
    times
}

/// The same of all of them at once, who do not type in step.
async fn in_turn<Who: Types>(all: Vec<Who>, number: usize) -> (Vec<Who>, Vec<Duration>) {
    let mut working = JoinSet::new();
    let between = LINE_EVERY / u32::try_from(all.len()).unwrap();
    for (place, mut who) in (0..).zip(all) {
        working.spawn(async move {
            sleep(between * place).await;
            let times = lines(&mut who, number).await;
            (who, times)
        });
    }
    let (all, times): (_, Vec<_>) = working.join_all().await.into_iter().unzip();
    (all, times.concat())
}

/// The time within which 99 of a hundred were.
fn p99(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[(times.len() * 99).div_ceil(100) - 1]
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
