//! From a target to a TCP connection: resolve, check every answer, connect to that very address.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use protocol::remark::Failure;
use protocol::target::{Family, Target};
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout};

use super::address;

/// The most addresses of one name that are tried.
const ADDRESSES_MAX: usize = 16;

/// How long a mail connection is silent before the system asks whether the other side is still there.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(60);

/// How often it asks then.
const KEEPALIVE_EVERY: Duration = Duration::from_secs(15);

/// The addresses of a target, in the order of trying.
pub(crate) async fn resolve(target: &Target) -> Result<Vec<SocketAddr>, Failure> {
    choose(lookup(target).await?, target.family).map_err(|why| *why)
}

/// What may be dialled of what was looked up. One forbidden address among them refuses them all: whoever
/// answers so is not to be trusted with the others.
fn choose(mut addresses: Vec<SocketAddr>, family: Family) -> Result<Vec<SocketAddr>, Box<Failure>> {
    if !addresses.iter().all(|address| address::allowed(address.ip())) {
        return Err(Box::new(Failure::NotAllowed));
    }
    addresses.retain(|address| match family {
        Family::Any => true,
        Family::V4 => address.ip().to_canonical().is_ipv4(),
        Family::V6 => address.ip().to_canonical().is_ipv6(),
    });
    addresses.truncate(ADDRESSES_MAX);
    if addresses.is_empty() {
        Err(Box::new(Failure::NoSuchHost))
    } else {
        Ok(addresses)
    }
}

/// Connects to the first of the addresses that answers. Each gets an equal share of the time that is left,
/// so that one that never answers does not hide the next. When none answers, the most telling failure is given.
pub(crate) async fn connect(addresses: &[SocketAddr], within: Duration) -> Result<TcpStream, Failure> {
    let deadline = Instant::now() + within;
    let mut told = Failure::NoSuchHost;
    for (tried, &address) in addresses.iter().enumerate() {
        let left = deadline.saturating_duration_since(Instant::now());
        let others = u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
        let failure = match timeout(left / others, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                prepare(&stream).map_err(|error| Failure::Closed {
                    detail: Some(error.to_string()),
                })?;
                return Ok(stream);
            }
            Ok(Err(error)) => not_connected(&error),
            Err(_) => Failure::TimedOut,
        };
        told = more_telling(told, failure);
    }
    Err(told)
}

/// The failure that tells more about the server. One that answers and does not want to talk is there, and its
/// port is what to look at; silence may be a firewall on the way; and no route is mostly the console's own want
/// of IPv6, which must not hide what the server's other address said. Of two alike the first counts.
fn more_telling(told: Failure, failure: Failure) -> Failure {
    let weight = |failure: &Failure| match failure {
        Failure::Closed { .. } => 4,
        Failure::Refused => 3,
        Failure::TimedOut => 2,
        Failure::Unreachable { .. } => 1,
        _ => 0,
    };
    if weight(&failure) > weight(&told) {
        failure
    } else {
        told
    }
}

/// Whether the host is given as an address, and nothing is to be looked up.
pub(crate) fn literal(host: &str) -> Option<IpAddr> {
    host.parse().ok()
}

async fn lookup(target: &Target) -> Result<Vec<SocketAddr>, Failure> {
    if let Some(address) = literal(&target.host) {
        return Ok(vec![SocketAddr::new(address, target.port)]);
    }
    if is_invalid(&target.host) {
        return Err(Failure::NoSuchHost);
    }
    match lookup_host((target.host.as_str(), target.port)).await {
        Ok(addresses) => {
            let mut seen: Vec<SocketAddr> = Vec::new();
            for address in addresses {
                if !seen.contains(&address) {
                    seen.push(address);
                }
            }
            Ok(seen)
        }
        Err(error) => Err(not_resolved(&error)),
    }
}

/// Names under `.invalid` never exist, and no resolver has to be asked (RFC 6761 §6.4).
fn is_invalid(host: &str) -> bool {
    let last = host.trim_end_matches('.').rsplit('.').next();
    last.is_some_and(|label| label.eq_ignore_ascii_case("invalid"))
}

fn not_resolved(error: &io::Error) -> Failure {
    let detail = error.to_string();
    // The system's resolver tells its errors apart by text only, once they are an io::Error.
    let absent = [
        "Name or service not known",
        "No address associated with hostname",
        "Name does not resolve",
        "nodename nor servname provided",
        "No such host is known",
    ];
    if absent.iter().any(|text| detail.contains(text)) {
        Failure::NoSuchHost
    } else {
        Failure::ResolverFailed { detail }
    }
}

fn not_connected(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Failure::Refused,
        io::ErrorKind::TimedOut => Failure::TimedOut,
        io::ErrorKind::ConnectionReset => Failure::Closed {
            detail: Some(error.to_string()),
        },
        _ => Failure::Unreachable {
            detail: error.to_string(),
        },
    }
}

fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let keepalive = TcpKeepalive::new()
        .with_time(KEEPALIVE_AFTER)
        .with_interval(KEEPALIVE_EVERY);
    SockRef::from(stream).set_tcp_keepalive(&keepalive)
}

#[cfg(test)]
mod tests {
    use super::*;
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

    #[tokio::test]
    async fn an_address_needs_no_looking_up() {
        let addresses = resolve(&target("127.0.0.1", Family::Any)).await;
        assert_eq!(addresses, Ok(vec!["127.0.0.1:110".parse().unwrap()]));
        let addresses = resolve(&target("::1", Family::V6)).await;
        assert_eq!(addresses, Ok(vec!["[::1]:110".parse().unwrap()]));
    }

    #[tokio::test]
    async fn a_host_without_an_address_of_the_family_does_not_exist() {
        assert_eq!(
            resolve(&target("127.0.0.1", Family::V6)).await,
            Err(Failure::NoSuchHost)
        );
        assert_eq!(
            resolve(&target("::1", Family::V4)).await,
            Err(Failure::NoSuchHost)
        );
        assert_eq!(
            resolve(&target("mail.invalid", Family::Any)).await,
            Err(Failure::NoSuchHost)
        );
        assert_eq!(
            resolve(&target("mail.Invalid.", Family::Any)).await,
            Err(Failure::NoSuchHost)
        );
    }

    #[test]
    fn one_forbidden_address_refuses_them_all() {
        let mixed = |addresses: &[&str]| addresses.iter().map(|a| a.parse().unwrap()).collect::<Vec<_>>();
        let forbidden = mixed(&["192.0.2.1:110", "[fd00:ec2::254]:110"]);
        for family in [Family::Any, Family::V4, Family::V6] {
            assert_eq!(
                choose(forbidden.clone(), family),
                Err(Failure::NotAllowed.into()),
                "{family:?}"
            );
        }
        let allowed = mixed(&["192.0.2.1:110", "[2001:db8::1]:110"]);
        assert_eq!(choose(allowed.clone(), Family::Any), Ok(allowed.clone()));
        assert_eq!(choose(allowed.clone(), Family::V4), Ok(allowed[..1].to_vec()));
        assert_eq!(choose(allowed.clone(), Family::V6), Ok(allowed[1..].to_vec()));
        assert_eq!(choose(Vec::new(), Family::Any), Err(Failure::NoSuchHost.into()));
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
            let failure = resolve(&target(host, Family::Any)).await.unwrap_err();
            // A resolver that does not know such a spelling is fine, too: nothing is dialled.
            assert!(!matches!(failure, Failure::TimedOut), "{host}: {failure:?}");
        }
        assert_eq!(
            resolve(&target("169.254.169.254", Family::Any)).await,
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
                resolve(&target(host, Family::Any)).await,
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
        let stream = connect(&[closed, open], within).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), open);
        assert!(stream.nodelay().unwrap());
        assert_eq!(connect(&[closed], within).await.unwrap_err(), Failure::Refused);
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
            assert_eq!(connect(&addresses, within).await.unwrap_err(), failure);
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
}
