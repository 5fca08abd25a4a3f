use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;

use super::*;
use crate::access::Identity;
use crate::config::{Deadlines, Limits, Targets};
use crate::drain::Shutdown;
use crate::metrics::Metrics;
use crate::upstream::Hashing;
use crate::upstream::policy::{Policy, Reach};
use crate::upstream::rates::Rates;
use crate::upstream::resolver::{LOOKING_MAX, Lookup, Resolver, System, Turn, Turns};
use crate::upstream::tls::Tls;
use protocol::target::Security;
use socket2::{Domain, Socket, Type};
use tokio::net::TcpListener;

fn target(host: &str, family: Family) -> Target {
    Target {
        host: host.to_owned(),
        port: 110,
        security: Security::Plain,
        verify: true,
        name: None,
        family,
    }
}

/// Says of each name what it was told to, one answer after the other, and writes down who was asked for.
#[derive(Default)]
struct Told {
    answers: Mutex<BTreeMap<&'static str, Vec<Answer>>>,
    asked: Mutex<Vec<String>>,
}

/// Addresses, or no answer.
type Answer = Option<&'static [&'static str]>;

impl Told {
    fn of(name: &'static str, answers: &[Answer]) -> Arc<Self> {
        let mut answers = answers.to_vec();
        answers.reverse();
        Arc::new(Self {
            answers: Mutex::new(BTreeMap::from([(name, answers)])),
            ..Self::default()
        })
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Resolver for Told {
    fn lookup<'a>(&'a self, host: &'a str, port: u16, _: Turn) -> Lookup<'a> {
        self.asked.lock().unwrap().push(host.to_owned());
        let answer = self.answers.lock().unwrap().get_mut(host).and_then(Vec::pop);
        Box::pin(async move {
            match answer {
                Some(Some(addresses)) => Ok(addresses
                    .iter()
                    .map(|address| SocketAddr::new(address.parse().unwrap(), port))
                    .collect()),
                Some(None) => Err(io::Error::other("Temporary failure in name resolution")),
                None => Err(io::Error::other("Name or service not known")),
            }
        })
    }
}

fn ways(resolver: Arc<dyn Resolver>, targets: Targets) -> Ways {
    Ways {
        maildrops: Arc::default(),
        standing: Arc::default(),
        metrics: Metrics::new(),
        rates: Rates::new(&Limits::default()),
        shutdown: Shutdown::new(),
        idle: None,
        policy: Policy::new(targets.reach.unwrap_or_default(), targets),
        resolver,
        turns: Turns::default(),
        hashing: Hashing::default(),
        tls: Tls::new(&[]).unwrap(),
        deadlines: Deadlines::default(),
    }
}

fn somebody() -> Whose {
    Whose::of(None, 1)
}

fn public() -> Targets {
    Targets {
        reach: Some(Reach::Public),
        ..Targets::default()
    }
}

fn named(rule: &str) -> Targets {
    Targets {
        reach: Some(Reach::Named),
        allow: vec![rule.parse().unwrap()],
        ..Targets::default()
    }
}

/// What the system's resolver and the settings that hold locally make of a target.
async fn resolved(target: &Target) -> Result<Vec<SocketAddr>, Failure> {
    let ways = ways(Arc::new(System), Targets::default());
    let checked = resolve(target, &ways, somebody()).await?;
    Ok(checked.addresses().to_vec())
}

/// Addresses as they come out of where anything is allowed.
fn checked(addresses: &[SocketAddr]) -> Checked {
    let policy = Policy::default();
    let admission = policy.admit(&target("mail.company.com", Family::Any)).unwrap();
    admission.check(addresses.to_vec()).unwrap()
}

#[tokio::test]
async fn an_address_needs_no_looking_up() {
    let resolver = Told::of("", &[]);
    let ways = ways(resolver.clone(), Targets::default());
    for (host, family, leads_to) in [
        ("127.0.0.1", Family::Any, "127.0.0.1:110"),
        ("::1", Family::V6, "[::1]:110"),
    ] {
        let checked = resolve(&target(host, family), &ways, somebody()).await.unwrap();
        assert_eq!(checked.addresses(), [leads_to.parse().unwrap()]);
    }
    assert!(resolver.asked().is_empty());
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_the_next_time_is_refused_then() {
    let name = "mail.company.com";
    for targets in [public(), named(name)] {
        for then in ["127.0.0.1", "10.0.0.1", "::ffff:127.0.0.1", "169.254.169.254"] {
            let answers: &[Answer] = &[
                Some(&["8.8.8.8"]),
                Some(Box::leak(Box::new([then]))),
                None,
                Some(&["fd00::1"]),
                Some(&["8.8.8.8"]),
            ];
            let ways = ways(Told::of(name, answers), targets.clone());
            let target = target(name, Family::Any);
            assert!(resolve(&target, &ways, somebody()).await.is_ok());
            assert_eq!(
                resolve(&target, &ways, somebody()).await,
                Err(Failure::NotAllowed),
                "{then}"
            );
            let failed = resolve(&target, &ways, somebody()).await;
            assert!(
                matches!(failed, Err(Failure::ResolverFailed { .. })),
                "{failed:?}"
            );
            assert_eq!(
                resolve(&target, &ways, somebody()).await,
                Err(Failure::NotAllowed)
            );
            assert!(resolve(&target, &ways, somebody()).await.is_ok());
        }
    }
}

#[tokio::test]
async fn one_forbidden_address_refuses_them_all_whichever_family_is_asked_for() {
    let name = "mail.company.com";
    for mixed in [
        ["8.8.8.8", "::1"],
        ["fd00::1", "8.8.8.8"],
        ["127.0.0.1", "2a00:1450::1"],
    ] {
        for family in [Family::Any, Family::V4, Family::V6] {
            let mixed: &[&str] = Box::leak(Box::new(mixed));
            let ways = ways(Told::of(name, &[Some(mixed)]), public());
            let refused = resolve(&target(name, family), &ways, somebody()).await;
            assert_eq!(refused, Err(Failure::NotAllowed), "{mixed:?} {family:?}");
        }
    }
    for (family, addresses) in [
        (Family::Any, vec!["8.8.8.8:110", "[2a00:1450::1]:110"]),
        (Family::V4, vec!["8.8.8.8:110"]),
        (Family::V6, vec!["[2a00:1450::1]:110"]),
    ] {
        let ways = ways(Told::of(name, &[Some(&["8.8.8.8", "2a00:1450::1"])]), public());
        let checked = resolve(&target(name, family), &ways, somebody()).await.unwrap();
        let told: Vec<String> = checked.addresses().iter().map(ToString::to_string).collect();
        assert_eq!(told, addresses);
    }
}

#[tokio::test]
async fn names_that_are_not_allowed_are_answered_alike_and_never_looked_up() {
    let resolver = Told::of("intranet.company.com", &[Some(&["10.0.0.1"])]);
    let ways = ways(resolver.clone(), named("*.bücher.example"));
    for host in [
        "intranet.company.com",
        "no.such.example",
        "mail.invalid",
        "10.0.0.1",
        "fe80::1%1",
    ] {
        let refused = resolve(&target(host, Family::Any), &ways, somebody()).await;
        assert_eq!(refused, Err(Failure::NotAllowed), "{host}");
    }
    assert!(resolver.asked().is_empty());
    let missing = resolve(&target("pop.Bücher.example", Family::Any), &ways, somebody()).await;
    assert_eq!(missing, Err(Failure::NoSuchHost));
    // What was asked for is what was compared.
    assert_eq!(resolver.asked(), ["pop.xn--bcher-kva.example"]);
}

/// Answers nobody, as a resolver does whose own servers are away, and counts who is being looked up.
#[derive(Default)]
struct Silent(Mutex<Vec<Turn>>);

impl Resolver for Silent {
    fn lookup<'a>(&'a self, _: &'a str, _: u16, turn: Turn) -> Lookup<'a> {
        self.0.lock().unwrap().push(turn);
        Box::pin(std::future::pending())
    }
}

#[test]
fn whoever_has_many_names_looked_up_leaves_turns_to_others() {
    let silent = Arc::new(Silent::default());
    let ways = ways(silent.clone(), public());
    let mail = target("mail.company.com", Family::Any);
    // How many of theirs are looked up in the end, of which nobody waits for any then.
    let look = |whose| {
        for _ in 0..LOOKING_MAX {
            assert!(resolve(&mail, &ways, whose).now_or_never().is_none());
        }
        silent.0.lock().unwrap().len()
    };
    let of = |id: &str| {
        let account = Identity {
            id: id.to_owned(),
            name: "anna".to_owned(),
        };
        // Whichever of their sessions it is.
        Whose::of(Some(&account), silent.0.lock().unwrap().len() as u64)
    };
    assert_eq!(look(of("anna")), LOOKING_MAX / 2);
    assert_eq!(look(of("anna")), LOOKING_MAX / 2);
    assert_eq!(look(of("ben")), LOOKING_MAX);
    silent.0.lock().unwrap().drain(..LOOKING_MAX / 2);
    assert_eq!(look(Whose::of(None, 1)), LOOKING_MAX);
}

#[tokio::test]
async fn a_host_without_an_address_of_the_family_does_not_exist() {
    assert_eq!(
        resolved(&target("127.0.0.1", Family::V6)).await,
        Err(Failure::NoSuchHost)
    );
    assert_eq!(
        resolved(&target("::1", Family::V4)).await,
        Err(Failure::NoSuchHost)
    );
    assert_eq!(
        resolved(&target("mail.invalid", Family::Any)).await,
        Err(Failure::NoSuchHost)
    );
    assert_eq!(
        resolved(&target("mail.Invalid.", Family::Any)).await,
        Err(Failure::NoSuchHost)
    );
}

#[tokio::test]
async fn spellings_that_the_resolver_understands_are_checked_after_it() {
    for host in [
        "169.254.169.254",
        "0xa9fea9fe",
        "2852039166",
        "0251.0376.0251.0376",
        "169.254.43518",
    ] {
        let failure = resolved(&target(host, Family::Any)).await.unwrap_err();
        // A resolver that does not know such a spelling is fine, too: nothing is dialled.
        assert!(!matches!(failure, Failure::TimedOut), "{host}: {failure:?}");
    }
    assert_eq!(
        resolved(&target("169.254.169.254", Family::Any)).await,
        Err(Failure::NotAllowed)
    );
    // With a zone it is the system's resolver that reads it; zone 1 is the loopback interface.
    for host in [
        "::ffff:a9fe:a9fe",
        "fe80::a9fe:a9fe",
        "fe80::a9fe:a9fe%1",
        "FE80:0::A9FE:A9FE%1",
    ] {
        assert_eq!(
            resolved(&target(host, Family::Any)).await,
            Err(Failure::NotAllowed),
            "{host}"
        );
    }
}

#[tokio::test]
async fn the_next_address_is_tried_when_one_refuses() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let open = listener.local_addr().unwrap();
    let within = Duration::from_secs(5);
    let stream = connect(&checked(&[closed, open]), within).await.unwrap();
    assert_eq!(stream.peer_addr().unwrap(), open);
    assert!(stream.nodelay().unwrap());
    assert_eq!(
        connect(&checked(&[closed]), within).await.unwrap_err(),
        Failure::Refused
    );
}

/// A loopback address that takes no connections in time, and what keeps it so: its queue is full.
async fn silent() -> (SocketAddr, (Socket, Vec<TcpStream>)) {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    listener.bind(&any.into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap().as_socket().unwrap();
    let mut queued = Vec::new();
    while let Ok(stream) = timeout(Duration::from_millis(500), TcpStream::connect(address)).await {
        queued.push(stream.unwrap());
    }
    (address, (listener, queued))
}

#[tokio::test]
async fn the_failure_that_tells_most_is_told_whatever_the_order() {
    let refusing = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let (silent, _queue) = silent().await;
    let within = Duration::from_millis(500);
    for (addresses, failure) in [
        (vec![silent], Failure::TimedOut),
        (vec![refusing, silent], Failure::Refused),
        (vec![silent, refusing], Failure::Refused),
    ] {
        assert_eq!(connect(&checked(&addresses), within).await.unwrap_err(), failure);
    }
}

#[test]
fn no_route_hides_nothing_that_another_address_said() {
    let detail = || "no route".to_owned();
    let unreachable = || Failure::Unreachable { detail: detail() };
    let closed = || Failure::Closed { detail: None };
    for said in [Failure::Refused, Failure::TimedOut, closed()] {
        assert_eq!(more_telling(unreachable(), said.clone()), said);
        assert_eq!(more_telling(said.clone(), unreachable()), said);
    }
    assert_eq!(more_telling(Failure::NoSuchHost, unreachable()), unreachable());
    assert_eq!(more_telling(Failure::Refused, closed()), closed());
}
