//! Signing in for somebody else's session: what whoever came to do it is shown, and what they send.

use serde::{Deserialize, Serialize};

use crate::entry::ConnectionNo;
use crate::sasl::Mechanism;
use crate::secret::TypedLine;
use crate::state::Protection;
use crate::tls::TlsReport;

/// What whoever came to sign in is shown. Nothing of the transcript is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desk {
    /// The server's host as the owner entered it; empty while nobody has asked for a connection.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The connection that a sign-in is meant for.
    pub connection: ConnectionNo,
    /// What the owner is called; empty if they have not said.
    pub asker: String,
    /// What protects the line.
    pub protection: Protection,
    /// Whether the server is this machine, by its address and by the name that the owner entered.
    pub loopback: bool,
    /// What TLS came to on it.
    pub certificate: Option<TlsReport>,
    /// What the server offers, the preferred one first.
    pub mechanisms: Vec<Mechanism>,
    /// Why nobody can sign in now.
    pub bar: Option<Bar>,
    /// What became of signing in.
    pub outcome: Outcome,
    /// How many more refusals the link outlives; of none it lives no more.
    pub tries: u32,
}

/// How many sign-ins through one link may be refused. With the last of them it is used up. Every `-ERR` counts that ends a
/// sign-in, at whichever of its lines it comes; where the sign-in was taken back with `*`, if anything secret had gone out.
/// What no reply ended does not count: to a connection that broke no guest makes another.
pub const TRIES_MAX: u32 = 5;

/// The longest user name, in octets of UTF-8.
pub const USER_MAX: usize = 1024;

/// The longest password, in octets.
pub const PASSWORD_MAX: usize = 1024;

/// The longest access token, in octets.
pub const ACCESS_TOKEN_MAX: usize = 8192;

/// The most octets of what a server says to a sign-in that are told.
pub const SAID_MAX: usize = 512;

/// Why nobody can sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bar {
    /// There is no connection, or the server has not greeted.
    NotConnected,
    /// The line is in clear text, and goes beyond this machine.
    ClearText,
    /// Nobody knows whose certificate it is.
    NotVerified,
    /// Somebody is signed in already.
    SignedIn,
    /// Somebody else is signing in, or a reply is still due.
    Busy,
    /// The certificate was verified for another name than the host.
    OtherName,
}

impl Bar {
    /// Why, in a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Bar::NotConnected => "The console is not connected to the server now.",
            Bar::ClearText => {
                "The connection to the server is not encrypted: everyone on the way could read your password. Nothing can be sent."
            }
            Bar::NotVerified => {
                "Nobody verified the server's certificate: somebody else could be answering. Nothing can be sent."
            }
            Bar::SignedIn => "Somebody is signed in on this connection already.",
            Bar::Busy => "The connection is in use just now. This takes a moment, mostly.",
            Bar::OtherName => {
                "The certificate was verified for another name than this server's: it does not show that this is the server. Nothing can be sent."
            }
        }
    }
}

/// What became of signing in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Nobody has sent a password yet.
    #[default]
    Waiting,
    /// The server has not answered yet.
    Underway,
    /// The server took it: the link is used up.
    Done,
    /// The same, and it did not prove that it knows the password, as the mechanism asks of it: it may not be the server that it
    /// says it is.
    Unproven,
    /// The server refused it.
    Refused {
        /// What it said, without secrets: at most [`SAID_MAX`] octets.
        said: String,
    },
    /// It was not sent, or not answered, or given up.
    Failed {
        /// Why, in a sentence.
        why: String,
    },
}

impl Outcome {
    /// Whether the server took it.
    pub fn is_done(&self) -> bool {
        matches!(self, Outcome::Done | Outcome::Unproven)
    }
}

/// A name and a password, on their way to the server and nowhere else.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GuestSignIn {
    /// The connection that it is meant for.
    pub connection: ConnectionNo,
    /// How; none for the one that is preferred of [`Desk::mechanisms`].
    pub mechanism: Option<Mechanism>,
    /// The user name: at most [`USER_MAX`] octets.
    pub user: String,
    /// The password, of at most [`PASSWORD_MAX`] octets; or the access token, of at most [`ACCESS_TOKEN_MAX`].
    pub password: TypedLine,
}
