//! Where a connection stands.

use serde::{Deserialize, Serialize};

use crate::named::named;
use crate::target::Target;

/// Where a connection stands: enough for the header, the prompt and the questions that are asked first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The session state.
    pub phase: Phase,
    /// How many messages are marked for deletion and not committed.
    pub marked: u32,
    /// What protects the line now.
    pub protection: Protection,
    /// What the next line is taken for.
    pub expects: Expectation,
    /// Whether the server's address is a loopback one.
    pub loopback: bool,
    /// Whether the console sends NOOP by itself when nothing has gone out for
    /// [`KEEP_ALIVE_EVERY`](crate::wire::KEEP_ALIVE_EVERY). Off when a connection begins.
    pub keep_alive: bool,
    /// Whom the connection is to, once one was asked for.
    pub target: Option<Target>,
}

/// The session states of RFC 1939 §3, and those before and after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// No connection was asked for yet.
    #[default]
    NotConnected,
    /// The name is being looked up.
    Resolving,
    /// The TCP connection is being made.
    Connecting,
    /// TLS is being negotiated, from the start or after STLS.
    Securing,
    /// The greeting is awaited.
    Greeting,
    /// The target asks for STLS, and it was sent: nothing typed goes out.
    StartingTls,
    /// The target asks for STLS and the server refused it: nothing typed goes out until somebody decides.
    TlsRefused,
    /// RFC 1939 §4.
    Authorization,
    /// RFC 1939 §5.
    Transaction,
    /// RFC 1939 §6: QUIT was sent in the TRANSACTION state.
    Update,
    /// The connection ended or never came about.
    Closed,
}

named!(Phase {
    NotConnected => "NotConnected",
    Resolving => "Resolving",
    Connecting => "Connecting",
    Securing => "Securing",
    Greeting => "Greeting",
    StartingTls => "StartingTls",
    TlsRefused => "TlsRefused",
    Authorization => "Authorization",
    Transaction => "Transaction",
    Update => "Update",
    Closed => "Closed",
});

impl Phase {
    /// Whether there is, or is about to be, a connection.
    pub fn is_open(self) -> bool {
        !matches!(self, Phase::NotConnected | Phase::Closed)
    }

    /// Whether a typed line would go out now (or as soon as a handshake is over).
    pub fn takes_lines(self) -> bool {
        matches!(
            self,
            Phase::Authorization | Phase::Transaction | Phase::Update | Phase::StartingTls
        )
    }

    /// Whether the connection is still being made.
    pub fn is_opening(self) -> bool {
        matches!(
            self,
            Phase::Resolving | Phase::Connecting | Phase::Securing | Phase::Greeting
        )
    }
}

/// What the next line is taken for, and so what of it is secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Expectation {
    /// A command.
    #[default]
    Command,
    /// AUTH is over and no command that the catalogue knows was sent since: somebody may not have seen that,
    /// so a line that begins with no known verb is taken for a response that comes too late.
    LateResponse,
    /// AUTH waits: a SASL response.
    Response,
}

/// What protects the line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protection {
    /// Nothing: clear text.
    #[default]
    None,
    /// TLS, and the certificate was verified for the name.
    Verified,
    /// TLS, but nobody knows with whom: somebody chose not to verify.
    Unverified,
}

named!(Protection { None => "none", Verified => "verified", Unverified => "unverified" });
