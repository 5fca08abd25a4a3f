//! Which mail servers may be reached, through real sockets: those that may not are not so much as connected to.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use pop3_console::Server;
use pop3_console::config::{Config, Targets};
use pop3_console::upstream::policy::Reach;
use pop3_console::upstream::policy::rule::Preset;
use pop3_console::upstream::resolver::{Lookup, Resolver, Turn};
use protocol::entry::{Entry, Event};
use protocol::remark::{Failure, Step};
use protocol::state::Phase;
use protocol::target::{Security, Target};
use protocol::wire::{FromBrowser, Refusal};
use tokio::io::AsyncReadExt;

use crate::support::accounts::Accounts;
use crate::support::{Bridge, Browser, Mail, config, patient, plain};

/// What is answered to every refusal.
const REFUSED: (Step, Failure) = (Step::Resolve, Failure::NotAllowed);

/// The name that tests give to what a resolver is asked for.
const NAME: &str = "mail.company.com";

fn preset(address: SocketAddr) -> Preset {
    Preset {
        name: "Company mail".to_owned(),
        host: address.ip().to_string(),
        port: address.port(),
        security: Security::Plain,
        verify: true,
    }
}

fn reaching(reach: Reach, networks: &[&str]) -> Targets {
    Targets {
        reach: Some(reach),
        networks: networks.iter().map(|it| it.parse().unwrap()).collect(),
        ..Targets::default()
    }
}

fn with_targets(targets: Targets) -> Config {
    Config { targets, ..config() }
}

fn named(host: &str, port: u16) -> Target {
    Target {
        host: host.to_owned(),
        ..plain(SocketAddr::new([127, 0, 0, 1].into(), port))
    }
}

/// Says of every name what it was told to last, if that is anything.
#[derive(Default)]
struct Told(Mutex<Vec<IpAddr>>);

impl Told {
    fn tell(&self, addresses: &[&str]) {
        *self.0.lock().unwrap() = addresses.iter().map(|it| it.parse().unwrap()).collect();
    }
}

impl Resolver for Told {
    fn lookup<'a>(&'a self, _: &'a str, port: u16, _: Turn) -> Lookup<'a> {
        let found: Vec<_> = self
            .0
            .lock()
            .unwrap()
            .iter()
            .map(|&it| (it, port).into())
            .collect();
        Box::pin(async move {
            match found.is_empty() {
                true => Err(std::io::Error::other("Temporary failure in name resolution")),
                false => Ok(found),
            }
        })
    }
}

/// A server that counts on nobody coming.
fn lonely(address: &str) -> (SocketAddr, TcpListener) {
    let listener = TcpListener::bind(address).unwrap();
    listener.set_nonblocking(true).unwrap();
    (listener.local_addr().unwrap(), listener)
}

/// Whether nobody has come to it so far.
fn nobody_came(listener: &TcpListener) -> bool {
    listener
        .accept()
        .is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}

async fn refused(browser: &mut Browser, target: Target) {
    let told = format!("{target:?}");
    browser.connect(target).await;
    assert_eq!(browser.until_failed().await, REFUSED, "{told}");
}

#[tokio::test]
async fn a_server_that_is_to_be_reached_under_tls_is_never_spoken_to_in_clear() {
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        peer.answer("STLS", "-ERR not here\r\n").await;
        peer.until_gone().await;
    })
    .await;
    let bridge = Bridge::start_with(with_targets(Targets {
        presets: vec![Preset {
            security: Security::Stls,
            ..preset(mail.address)
        }],
        ..reaching(Reach::Presets, &["127.0.0.1/32"])
    }))
    .await;
    let mut browser = bridge.browser().await;
    let target = Target {
        security: Security::Stls,
        ..plain(mail.address)
    };
    browser.connect(target).await;
    browser.until_phase(Phase::TlsRefused).await;
    browser.ask(FromBrowser::ContinueInClear { connection: 1 }).await;
    assert_eq!(browser.until_refused().await, (None, Refusal::OnlyWithTls));
    browser.line("USER anna").await;
    assert_eq!(browser.until_refused().await.1, Refusal::TlsRefused);
    assert_eq!(mail.received(), b"STLS\r\n");
}

#[tokio::test]
async fn only_presets_are_reached_whatever_a_page_asks_for() {
    let mail = Mail::says("+OK hello\r\n").await;
    let (other, lonely) = lonely("127.0.0.1:0");
    let bridge = Bridge::start_with(with_targets(Targets {
        presets: vec![preset(mail.address)],
        ..reaching(Reach::Presets, &["127.0.0.1/32"])
    }))
    .await;
    let mut browser = bridge.browser().await;
    let offered = plain(mail.address);
    for target in [
        plain(other),
        named("localhost", other.port()),
        named("localhost", offered.port),
        named("::ffff:127.0.0.1", other.port()),
        named("2130706433", offered.port),
        named("0177.0.0.1", offered.port),
        named("::1%1", other.port()),
        named("mail.invalid", 110),
        Target {
            security: Security::Stls,
            ..offered.clone()
        },
        Target {
            verify: false,
            ..offered.clone()
        },
    ] {
        refused(&mut browser, target).await;
    }
    browser.connected(offered.clone()).await;
    browser.disconnect().await;
    browser.until_ended().await;
    // And again, in the same session.
    refused(&mut browser, plain(other)).await;
    browser.connected(offered).await;
    assert!(nobody_came(&lonely));
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_later_is_refused_when_connecting_again() {
    let mail = Mail::says("+OK hello\r\n").await;
    // The same port at an address that nobody named.
    let (_, lonely) = lonely(&format!("127.0.0.2:{}", mail.address.port()));
    let resolver = Arc::new(Told::default());
    let targets = Targets {
        allow: vec![format!("{NAME}:{}", mail.address.port()).parse().unwrap()],
        ..reaching(Reach::Named, &["127.0.0.1/32"])
    };
    let bridge = Bridge::start_asking(with_targets(targets), resolver.clone()).await;
    let mut browser = bridge.browser().await;
    let target = named(NAME, mail.address.port());
    for elsewhere in [
        &["127.0.0.2"][..],
        &["127.0.0.1", "127.0.0.2"],
        &["::ffff:127.0.0.2"],
        &["127.0.0.1", "::1"],
        &["0.0.0.0"],
        &["127.0.0.1", "169.254.169.254"],
    ] {
        resolver.tell(&["127.0.0.1"]);
        browser.connected(target.clone()).await;
        browser.disconnect().await;
        browser.until_ended().await;
        resolver.tell(&[]);
        browser.connect(target.clone()).await;
        let failed = browser.until_failed().await;
        assert!(
            matches!(failed, (Step::Resolve, Failure::ResolverFailed { .. })),
            "{failed:?}"
        );
        resolver.tell(elsewhere);
        refused(&mut browser, target.clone()).await;
    }
    assert!(nobody_came(&lonely));
}

#[tokio::test]
async fn where_public_servers_are_reached_others_are_not() {
    let (address, lonely) = lonely("127.0.0.1:0");
    let resolver = Arc::new(Told::default());
    let bridge = Bridge::start_asking(
        with_targets(reaching(Reach::Public, &["127.0.0.1/32"])),
        resolver.clone(),
    )
    .await;
    let mut browser = bridge.browser().await;
    resolver.tell(&["127.0.0.1"]);
    for port in [110, 995, address.port()] {
        refused(&mut browser, named(NAME, port)).await;
        refused(&mut browser, named("127.0.0.1", port)).await;
    }
    assert!(nobody_came(&lonely));
}

#[tokio::test]
async fn the_demonstration_mailbox_is_reached_where_only_presets_are() {
    let bridge = Bridge::start_with(Config {
        no_demonstration: false,
        ..with_targets(reaching(Reach::Presets, &[]))
    })
    .await;
    let head = format!("GET /api/console HTTP/1.1\r\nHost: {}", bridge.address);
    let (_, _, body) = bridge.http(&head).await;
    let told: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (&told["reach"], &told["presets"]),
        (&"presets".into(), &serde_json::json!([]))
    );
    let port = u16::try_from(told["demonstration"]["port"].as_u64().unwrap()).unwrap();
    let mut browser = bridge.browser().await;
    browser.connected(named("127.0.0.1", port)).await;
}

#[tokio::test]
async fn the_page_is_told_the_presets() {
    let bridge = Bridge::start_with(with_targets(Targets {
        presets: vec![Preset {
            security: Security::Stls,
            ..preset("192.0.2.7:110".parse().unwrap())
        }],
        ..reaching(Reach::Named, &["192.0.2.0/24"])
    }))
    .await;
    let head = format!("GET /api/console HTTP/1.1\r\nHost: {}", bridge.address);
    let (_, _, body) = bridge.http(&head).await;
    let told: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(told["reach"], "named");
    assert_eq!(
        told["presets"],
        serde_json::json!([{
            "name": "Company mail", "host": "192.0.2.7", "port": 110, "security": "stls", "verify": true,
        }])
    );
}

#[tokio::test]
async fn where_the_console_is_hosted_only_presets_are_reached_unless_more_is_said() {
    let accounts = Accounts::of(&[("anna", "agent")]);
    let (mail, other) = (
        Mail::says("+OK hello\r\n").await,
        Mail::says("+OK hello\r\n").await,
    );
    let hosted = |reach| Config {
        targets: Targets {
            reach,
            presets: vec![preset(mail.address)],
            networks: vec!["127.0.0.1/32".parse().unwrap()],
            ..Targets::default()
        },
        ..accounts.config()
    };
    for (reach, reaches) in [(None, "presets"), (Some(Reach::Public), "public")] {
        let bridge = Bridge::start_with(hosted(reach)).await;
        let anna = bridge.sign_on("anna").await;
        let key = bridge.open_session_as(&anna).await;
        let mut browser = Browser::join_signed_on(&bridge, &key, &anna).await;
        refused(&mut browser, plain(other.address)).await;
        browser.connected(plain(mail.address)).await;
        assert_eq!(hosted(reach).reach().name(), reaches);
    }
    assert_eq!(Config::default().reach(), Reach::Any);
    // Nobody is let into everything by an oversight.
    let refused = Server::new(hosted(Some(Reach::Any)))
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(refused.contains("set targets.reach to \"public\""), "{refused}");
}

#[tokio::test]
async fn the_log_says_why_and_the_transcript_does_not() {
    let flags = [
        "--no-journal",
        "--targets-reach",
        "named",
        "--targets-allow",
        "*.lab.example,192.0.2.0/24",
    ];
    let (bridge, mut log) = Bridge::start_logging_with(&flags).await;
    let mut browser = bridge.browser().await;
    refused(&mut browser, named("mail.example.net", 110)).await;
    bridge.kill().await;
    let mut logged = Vec::new();
    patient(log.read_to_end(&mut logged)).await.unwrap();
    let logged = String::from_utf8_lossy(&logged);
    assert!(
        logged.contains("neither a preset nor targets.allow names it"),
        "{logged}"
    );
    assert!(logged.contains("mail.example.net:110"), "{logged}");
    assert!(!format!("{:?}", browser.entries).contains("targets.allow"));
}

#[tokio::test]
async fn nobody_goes_from_server_to_server_more_often_than_the_bound_not_even_where_none_is_let_in() {
    let targets = Targets {
        presets: vec![preset(SocketAddr::new([192, 0, 2, 1].into(), 110))],
        ..reaching(Reach::Presets, &["192.0.2.1/32"])
    };
    let bridge = Bridge::start_with(with_targets(targets)).await;
    let mut browser = bridge.browser().await;
    let mut tried = 0;
    while browser.refused.is_empty() {
        tried += 1;
        assert!(tried < 1000);
        browser
            .connect(named(&format!("mail{tried}.company.com"), 110))
            .await;
        patient(async {
            let is_over = |entry: &Entry| {
                let closed = matches!(&entry.event, Event::State(state) if state.phase == Phase::Closed);
                closed && entry.connection == tried
            };
            while browser.refused.is_empty() && !browser.entries.last().is_some_and(is_over) {
                browser.read().await.unwrap();
            }
        })
        .await;
    }
    // `CONNECTIONS_OF_ONE`, and those whose turn has come meanwhile.
    assert!(tried > 240);
    assert_eq!(browser.refused, [(None, Refusal::TooManyConnections)]);
    // Whoever has another session has nothing to do with it.
    refused(&mut bridge.browser().await, named("mail.company.com", 110)).await;
}
