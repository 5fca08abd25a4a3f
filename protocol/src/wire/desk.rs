//! Signing in for somebody else's session: what whoever came to do it is shown, and what they send.

use serde::{Deserialize, Serialize};

use super::Refusal;
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
    /// Whether the server's address is a loopback one.
    pub loopback: bool,
    /// What TLS came to on it.
    pub certificate: Option<TlsReport>,
    /// What the server offers, the preferred one first.
    pub mechanisms: Vec<Mechanism>,
    /// Why nobody can sign in now.
    pub bar: Option<Bar>,
    /// What became of signing in.
    pub outcome: Outcome,
}

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
    /// The server refused it.
    Refused {
        /// What it said, without secrets.
        said: String,
    },
    /// It was not sent, or not answered.
    Failed {
        /// Why.
        why: Refusal,
    },
}

/// A name and a password, on their way to the server and nowhere else.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GuestSignIn {
    /// The connection that it is meant for.
    pub connection: ConnectionNo,
    /// How; none for PLAIN under TLS where the server offers it, else USER and PASS.
    pub mechanism: Option<Mechanism>,
    /// The user name, of at most 1,024 octets.
    pub user: String,
    /// The password, of at most 1,024 octets; or the access token, of at most 8,192.
    pub password: TypedLine,
}
