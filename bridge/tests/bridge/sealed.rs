//! A bridge that speaks TLS itself.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::SinkExt;
use pop3_console::config::{Config, Deadlines};
use rcgen::CertificateParams;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use crate::journal::are_kept;
use crate::support::busy::Busy;
use crate::support::{Bridge, Browser, Issuer, Mail, config, journaled, patient, plain, with};

/// A line of the message that the mail server sends, and how often it is in there: 8 MiB in all.
const LINE: &str = "all work and no play makes Jack a dull boy, says he\r\n";
const LINES: usize = 8 * 1024 * 1024 / LINE.len();

async fn talkative() -> Mail {
    Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        while !peer.line().await.is_empty() {
            peer.say("+OK\r\n\r\n").await;
            peer.say(LINE.repeat(LINES)).await;
            peer.say(".\r\n").await;
        }
    })
    .await
}

/// One that looks at its certificate all the time.
fn renewing() -> Config {
    with(Deadlines {
        renewal: Duration::from_millis(20),
        ..Deadlines::default()
    })
}

#[tokio::test]
async fn who_types_who_watches_and_who_comes_late_see_the_same_by_tls() {
    let (bridge, mail) = (Bridge::start_sealed(config()).await, talkative().await);
    assert!(bridge.origin().starts_with("https://"));
    let mut types = bridge.browser().await;
    let mut watches = Browser::join(&bridge, &types.key.clone()).await;
    types.connected(plain(mail.address)).await;
    types.line("RETR 1").await;
    let (_, ()) = tokio::join!(types.until_terminator(), watches.until_terminator());
    let mut late = Browser::join(&bridge, &types.key.clone()).await;
    late.until_terminator().await;
    let expected = format!("+OK\r\n+OK\r\n\r\n{}.\r\n", LINE.repeat(LINES)).into_bytes();
    assert!(types.shown() == expected);
    assert!(watches.shown() == expected);
    assert!(late.shown() == expected);
}

#[tokio::test]
async fn what_came_without_tls_is_no_origin() {
    let bridge = Bridge::start_sealed(config()).await;
    let plain = format!("http://{}", bridge.address);
    assert!(Browser::try_socket(&bridge, Some(&plain)).await.is_err());
    assert!(Browser::try_socket(&bridge, Some(&bridge.origin())).await.is_ok());
}

/// Puts another certificate in the place of the one before, and waits until whoever comes is shown it.
async fn renewed(bridge: &Bridge) {
    let before = bridge.shown().await;
    bridge.issuer.as_ref().unwrap().issue();
    patient(async {
        while bridge.shown().await == before {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_to_who_comes_and_who_is_there_stays() {
    let (bridge, mail) = (
        Bridge::start_sealed(renewing()).await,
        Mail::says("+OK\r\n").await,
    );
    let mut stays = bridge.browser().await;
    stays.connected(plain(mail.address)).await;
    let mut idle = bridge.wire().await;

    renewed(&bridge).await;

    let seen = stays.entries.len();
    stays.line("NOOP").await;
    mail.until_received("NOOP\r\n").await;
    stays.until_seq(seen as u64 + 1).await;
    let request = format!(
        "GET /api/health HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
        bridge.address
    );
    idle.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    patient(idle.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn while_the_certificate_is_renewed_nobody_who_works_loses_a_line_and_all_of_it_is_kept() {
    const LINES: u32 = 5;
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        deadlines: renewing().deadlines,
        ..journaled(folder.path())
    };
    let bridge = Bridge::start_sealed(config).await;
    let (mail, _gone) = Mail::until_gone().await;
    let mut busy = Busy::open(&bridge, &mail, 50).await;
    for _ in 0..3 {
        renewed(&bridge).await;
        busy.go_on(LINES).await;
    }
    let browsers = busy.rest().await;
    for browser in &browsers {
        assert_eq!(browser.refused, []);
    }
    bridge.stop().await;
    let bridge = Bridge::start_with(journaled(folder.path())).await;
    are_kept(&bridge, &browsers).await;
    bridge.stop().await;
}

/// Ends the flood when it is dropped.
struct Served<'a>(&'a AtomicBool);

impl Drop for Served<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn whoever_sends_pings_without_end_keeps_nobody_else_waiting() {
    let bridge = Bridge::start_sealed(config()).await;
    let key = bridge.open_session().await;
    let is_served = AtomicBool::new(false);
    let apart = || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().build().unwrap()
    };
    // In threads of their own: the console has one to itself, and whoever keeps that keeps the console.
    std::thread::scope(|threads| {
        let (flooding, flooded) = std::sync::mpsc::channel();
        threads.spawn(|| {
            apart().block_on(async {
                let flooding = flooding;
                let mut browser = Browser::join(&bridge, &key).await;
                while !is_served.load(Ordering::Relaxed) {
                    for _ in 0..1000 {
                        let ping = Message::Ping(Bytes::new());
                        // It is closed where it may be too much.
                        if browser.socket.feed(ping).await.is_err() {
                            return;
                        }
                    }
                    if browser.socket.flush().await.is_err() {
                        return;
                    }
                    let _ = flooding.send(());
                }
            });
        });
        // Also where something below fails.
        let served = Served(&is_served);
        // So much is on its way that reading goes on and on.
        for _ in 0..20 {
            let _ = flooded.recv();
        }
        let asking = threads.spawn(|| {
            let answers = (0..5).map(|_| apart().block_on(patient(bridge.probe("/healthz"))).0);
            answers.collect::<Vec<_>>()
        });
        let answers = asking.join();
        drop(served);
        assert_eq!(answers.unwrap(), [200; 5]);
    });
}

#[tokio::test]
async fn who_never_finishes_the_handshake_is_not_waited_for() {
    let deadlines = Deadlines {
        header: Duration::from_millis(300),
        ..Deadlines::default()
    };
    let bridge = Bridge::start_sealed(with(deadlines)).await;
    let mut silent = TcpStream::connect(bridge.address).await.unwrap();
    let mut nothing = Vec::new();
    patient(silent.read_to_end(&mut nothing)).await.unwrap();
    assert_eq!(nothing, b"");
    assert_eq!(bridge.post("/api/sessions").await.0, 201);
}

#[tokio::test]
async fn who_speaks_no_tls_is_answered_nothing() {
    let bridge = Bridge::start_sealed(config()).await;
    let mut stream = TcpStream::connect(bridge.address).await.unwrap();
    let request = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", bridge.address);
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // It may be reset, since not all of it was read.
    let _ = patient(stream.read_to_end(&mut answer)).await;
    assert!(!String::from_utf8_lossy(&answer).contains("HTTP"));
}

/// What the check says of a certificate of those names that is valid until then, and what a console says that starts with it.
async fn objected_to(names: &[&str], until: i32, more: &str) -> [Vec<String>; 2] {
    let issuer = Issuer::new();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.not_after = rcgen::date_time_ymd(until, 1, 1);
    issuer.issue_as(&params);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("console.toml");
    let settings = format!(
        "no-journal = true\nlisten = \"127.0.0.1:0\"\npublic = [\"https://pop3.company.com\"]\naccess.mode = \"accounts\"\n\
         access.accounts = {:?}\n{more}[tls]\ncertificate = {:?}\nkey = {:?}\n",
        folder.path().join("accounts.toml"),
        issuer.certificate(),
        issuer.key()
    );
    std::fs::write(&file, settings).unwrap();
    let mut program = tokio::process::Command::new(env!("CARGO_BIN_EXE_pop3-console"));
    program.arg("--config").arg(&file).env_clear().kill_on_drop(true);
    let mut serving = program
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut announced = BufReader::new(serving.stdout.take().unwrap()).lines();
    // Everything has been said by then that is said at the start.
    patient(announced.next_line()).await.unwrap().unwrap();
    patient(serving.kill()).await.unwrap();
    let mut started = String::new();
    patient(serving.stderr.unwrap().read_to_string(&mut started))
        .await
        .unwrap();
    let checked = patient(program.args(["config", "check"]).output()).await.unwrap();
    assert_eq!(checked.status.code(), Some(0), "{checked:?}");
    let checked = String::from_utf8(checked.stderr).unwrap();
    let begin = format!("warning: {}:", file.display());
    [checked, started].map(|said| {
        let about = said.lines().filter_map(|line| line.strip_prefix(&begin));
        let about = about.filter(|line| line.contains("this certificate"));
        about.map(str::to_owned).collect()
    })
}

#[tokio::test]
async fn a_certificate_that_no_browser_accepts_is_warned_of_by_the_check_and_at_the_start() {
    let named = ["localhost", "127.0.0.1"];
    let right = ["pop3.company.com"];
    let proxied = "proxy.trusted = [\"127.0.0.1\"]\n";
    for (names, until, more, wanted) in [
        (&right[..], 2100, "", &[][..]),
        (
            &right,
            2020,
            "",
            &["this certificate expired, it was valid to 2020-01-01"],
        ),
        (
            &named,
            2020,
            "",
            &[
                "this certificate expired",
                "this certificate is for localhost, 127.0.0.1, not for pop3.company.com",
            ],
        ),
        // It is the proxy's that browsers are shown.
        (&named, 2100, proxied, &[]),
    ] {
        let [checked, started] = objected_to(names, until, more).await;
        assert_eq!(checked, started);
        assert_eq!(checked.len(), wanted.len(), "{checked:?}");
        for (said, wanted) in checked.iter().zip(wanted) {
            assert!(said.contains(wanted), "{said}");
        }
    }
}

#[test]
fn a_pair_that_does_not_fit_is_told_with_its_line() {
    let issuer = Issuer::new();
    let (other, _) = issuer.pair();
    std::fs::write(issuer.certificate(), other).unwrap();
    let file = issuer.key().with_file_name("console.toml");
    let settings = format!(
        "[tls]\ncertificate = {:?}\nkey = {:?}\n",
        issuer.certificate(),
        issuer.key()
    );
    std::fs::write(&file, settings).unwrap();
    let program = env!("CARGO_BIN_EXE_pop3-console");
    // As it is served, and not only where it is checked.
    let told = Command::new(program)
        .arg("--config")
        .arg(&file)
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(told.status.code(), Some(2));
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    let expected = format!(
        "{}:3: {}: this key is another certificate's than that in {}; name the two files that were issued together\n",
        file.display(),
        issuer.key().display(),
        issuer.certificate().display()
    );
    assert_eq!(told, expected);
}
