//! Asks the console that runs with these settings whether it lives, for where no other program can: a container has none.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use crate::config::Config;

/// How long reaching it may take, and then each octet of its answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// The question. Any name will do.
const QUESTION: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// What the answer begins with.
const ANSWER: &[u8; 12] = b"HTTP/1.1 200";

/// Why nobody knows that a console lives.
#[derive(Debug, thiserror::Error)]
pub enum HealthError {
    /// It cannot be asked.
    #[error(
        "where the console speaks TLS itself it can be asked at metrics.listen alone; name an address there, such as 127.0.0.1:9110"
    )]
    Sealed,
    /// It is not there, or says nothing.
    #[error("the console does not answer at {0}: {1}")]
    Unreached(SocketAddr, io::Error),
    /// It says something else.
    #[error("the console at {0} does not say that it is alive")]
    Ailing(SocketAddr),
}

/// Asks it.
///
/// # Errors
/// When it does not say that it is alive.
pub fn health(config: &Config) -> Result<(), HealthError> {
    let at = asked_at(config)?;
    match answer(at) {
        Ok(answer) if answer == *ANSWER => Ok(()),
        Ok(_) => Err(HealthError::Ailing(at)),
        Err(error) => Err(HealthError::Unreached(at, error)),
    }
}

/// Where counts are told whoever asks finds a place, however many people have the console's others.
fn asked_at(config: &Config) -> Result<SocketAddr, HealthError> {
    let mut at = match (config.metrics, config.pair()) {
        (Some(at), _) => at,
        (None, None) => config.listen,
        (None, Some(_)) => return Err(HealthError::Sealed),
    };
    // Listening on all addresses is listening on loopback, too.
    if at.ip().is_unspecified() {
        at.set_ip(match at.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    Ok(at)
}

fn answer(at: SocketAddr) -> io::Result<[u8; ANSWER.len()]> {
    let mut console = TcpStream::connect_timeout(&at, ANSWER_WITHIN)?;
    console.set_write_timeout(Some(ANSWER_WITHIN))?;
    console.set_read_timeout(Some(ANSWER_WITHIN))?;
    console.write_all(QUESTION)?;
    let mut answer = [0; ANSWER.len()];
    console.read_exact(&mut answer)?;
    Ok(answer)
}
