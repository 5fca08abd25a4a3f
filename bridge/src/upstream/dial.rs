//! From a target to a TCP connection: resolve, check every answer, connect to that very address.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use protocol::remark::Failure;
use protocol::target::{Family, Target};
use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tracing::warn;

use super::policy::{Checked, Forbidden, host};
use super::{Ways, Whose};

/// The most addresses of one name that are tried.
const ADDRESSES_MAX: usize = 16;

/// How long a mail connection is silent before the system asks whether the other side is still there.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(60);

/// How often it asks then.
const KEEPALIVE_EVERY: Duration = Duration::from_secs(15);

/// The addresses of a target that may be dialled, in the order of trying. The log alone says why a target may not be reached.
pub(crate) async fn resolve(target: &Target, ways: &Ways, whose: Whose) -> Result<Checked, Failure> {
    let forbidden = |why: Forbidden| {
        let (server, session) = (target.display(), whose.session);
        warn!(session, ?server, %why, "a mail server may not be reached");
        Failure::NotAllowed
    };
    let admission = ways.policy.admit(target).map_err(forbidden)?;
    let found = lookup(target, ways, whose).await?;
    let mut checked = admission.check(found).map_err(forbidden)?;
    checked.keep(ADDRESSES_MAX, |address| match target.family {
        Family::Any => true,
        Family::V4 => address.ip().to_canonical().is_ipv4(),
        Family::V6 => address.ip().to_canonical().is_ipv6(),
    });
    if checked.addresses().is_empty() {
        Err(Failure::NoSuchHost)
    } else {
        Ok(checked)
    }
}

/// Connects to the first of the addresses that answers. Each gets an equal share of the time that is left,
/// so that one that never answers does not hide the next. When none answers, the most telling failure is given.
pub(crate) async fn connect(checked: &Checked, within: Duration) -> Result<TcpStream, Failure> {
    let addresses = checked.addresses();
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

async fn lookup(target: &Target, ways: &Ways, whose: Whose) -> Result<Vec<SocketAddr>, Failure> {
    if let Some(address) = literal(&target.host) {
        return Ok(vec![SocketAddr::new(address, target.port)]);
    }
    if is_invalid(&target.host) {
        return Err(Failure::NoSuchHost);
    }
    let turn = ways.turns.turn(whose.key).await;
    let turn = turn.map_err(|error| not_resolved(&error))?;
    let host = host::asked(&target.host);
    match ways.resolver.lookup(&host, target.port, turn).await {
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
mod tests;
