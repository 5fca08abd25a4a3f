//! Whether this user may listen where the settings say.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use socket2::{Domain, Socket, Type};

/// Why people cannot be listened for.
#[derive(Debug, thiserror::Error)]
#[error("{at} cannot be listened on; {}", instead(.source))]
pub struct ListenError {
    /// Where.
    pub at: SocketAddr,
    /// Why.
    pub source: io::Error,
}

fn instead(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::PermissionDenied => {
            "ports below 1024 take a right of their own, CAP_NET_BIND_SERVICE, which deploy/own-certificate.conf gives"
        }
        ErrorKind::AddrNotAvailable => "this machine has no such address: name one of its own with --listen",
        _ => "choose another port with --listen 127.0.0.1:0",
    }
}

/// The error, where this user has no right to listen there. That somebody else does, it says nothing of, and nobody is in
/// anybody's way meanwhile: nothing is listened for.
pub(crate) fn forbidden(at: SocketAddr) -> Option<io::Error> {
    let bound = || {
        let socket = Socket::new(Domain::for_address(at), Type::STREAM, None)?;
        socket.set_reuse_address(true)?;
        socket.bind(&at.into())
    };
    bound()
        .err()
        .filter(|error| error.kind() == ErrorKind::PermissionDenied)
}
