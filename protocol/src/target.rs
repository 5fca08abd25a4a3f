//! Whom a session speaks to.

mod input;
mod pasted;

pub use self::input::{Input, InputError};
use serde::{Deserialize, Serialize};

/// The server that a session speaks to, and how.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Target {
    /// A host name or an address; an IPv6 address without brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// What protects the line.
    pub security: Security,
    /// Whether the certificate is verified.
    pub verify: bool,
    /// The name for SNI and verification, if it is not `host`.
    pub name: Option<String>,
    /// Which addresses of the host are tried.
    pub family: Family,
}

/// How the line to the server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Security {
    /// Not at all, unless the person types STLS.
    #[default]
    Plain,
    /// The console sends STLS after the greeting (RFC 2595 §4).
    Stls,
    /// TLS from the first octet (RFC 8314 §3.3).
    Tls,
}

impl Security {
    /// The registered port: 110, or 995 for TLS from the start.
    pub fn port(self) -> u16 {
        match self {
            Security::Plain | Security::Stls => 110,
            Security::Tls => 995,
        }
    }
}

/// Which addresses of a host are tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Family {
    /// All, in the resolver's order.
    #[default]
    Any,
    /// IPv4 only.
    V4,
    /// IPv6 only.
    V6,
}

/// What the demonstration mailbox is called: its port is another each time that a console starts.
pub const DEMONSTRATION: &str = "Demonstration mailbox";

/// The longest host name, in octets (RFC 1035 §2.3.4).
pub const HOST_MAX: usize = 253;

impl Target {
    /// Whether it can be a target at all: a host of 1 to [`HOST_MAX`] octets without blanks, controls and
    /// what is invisible, a name for SNI of the same kind, a port from 1.
    ///
    /// # Errors
    /// When it cannot.
    pub fn check(&self) -> Result<(), InputError> {
        if self.host.is_empty() {
            return Err(InputError::Empty);
        }
        if !is_name(&self.host) || self.name.as_deref().is_some_and(|name| !is_name(name)) {
            return Err(InputError::Host);
        }
        if self.port == 0 {
            Err(InputError::Port)
        } else {
            Ok(())
        }
    }

    /// Host and port as people write them: `mail.company.com:110`, `[::1]:995`.
    pub fn display(&self) -> String {
        endpoint(&self.host, self.port)
    }
}

/// A host and a port as people write them: an IPv6 address stands in brackets.
pub fn endpoint(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

fn is_name(name: &str) -> bool {
    (1..=HOST_MAX).contains(&name.len())
        && !name.contains(|c: char| c.is_control() || c.is_whitespace() || is_unseen(c))
}

/// Whether a character is invisible or turns the direction of text: a link could make one name look like another.
fn is_unseen(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e01ef}'
    )
}
