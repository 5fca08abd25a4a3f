//! Reads what somebody typed or pasted as a server.

use std::net::Ipv6Addr;

use super::{Security, is_name, pasted};

/// What somebody typed or pasted as a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// A host name or an address; an IPv6 address without brackets.
    pub host: String,
    /// The port, if one was given.
    pub port: Option<u16>,
    /// The security, if what was given tells it: by the scheme, by the program, by port 995.
    pub security: Option<Security>,
    /// The name for SNI, if one was given.
    pub name: Option<String>,
}

/// Why what was typed names no server. The text is a sentence for the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// Nothing was typed.
    #[error("Enter a server, such as mail.company.com or mail.company.com:995.")]
    Empty,
    /// No host name and no address.
    #[error(
        "This is no host name and no address: at most 253 octets, without blanks. An example is mail.company.com."
    )]
    Host,
    /// No port.
    #[error("A port is a number from 1 to 65535, such as 110 or 995.")]
    Port,
    /// A password stands in the address.
    #[error(
        "Take the password out: an address is kept and shown. The console asks for it when it is connected."
    )]
    Password,
    /// A mail address.
    #[error("This looks like a mail address; enter the server's name, such as mail.company.com.")]
    MailAddress,
    /// An address of some other protocol.
    #[error("This is not a POP3 address; one begins with pop:// or pops://.")]
    Scheme,
    /// More words than a host and a port.
    #[error("Enter one server: a host and a port, an address, or a telnet or openssl s_client line.")]
    Unclear,
}

impl Input {
    /// Reads `host`, `host:port`, `host port`, `[v6]:port`, a bare IPv6 address, `pop://` and `pops://`
    /// addresses (RFC 2384), and pasted `telnet`, `nc`, `openssl s_client` and `gnutls-cli` lines.
    ///
    /// # Errors
    /// When it names no server, or holds a password.
    pub fn read(text: &str) -> Result<Self, InputError> {
        let mut words: Vec<&str> = text.split_whitespace().map(unquoted).collect();
        if words.len() > 1 && matches!(words[0], "$" | "#" | "%" | ">") {
            words.remove(0);
        }
        let input = match words.as_slice() {
            [] | [""] => return Err(InputError::Empty),
            [program, arguments @ ..] if pasted::is_program(program) && !arguments.is_empty() => {
                pasted::read(program, arguments)?
            }
            [one] => Self::address(one)?,
            [host, port] => Self::apart(host, port)?,
            _ => return Err(InputError::Unclear),
        };
        Ok(input.settled())
    }

    /// `host`, `host:port`, `[v6]:port`, a bare IPv6 address, or an address with a scheme.
    pub(super) fn address(word: &str) -> Result<Self, InputError> {
        match word.split_once("://") {
            Some((scheme, rest)) => Self::with_scheme(scheme, rest),
            None => {
                if let Some((user, _)) = word.rsplit_once('@') {
                    return Err(if has_password(user) {
                        InputError::Password
                    } else {
                        InputError::MailAddress
                    });
                }
                Self::authority(word)
            }
        }
    }

    /// A host and a port that stand apart.
    pub(super) fn apart(host: &str, port_word: &str) -> Result<Self, InputError> {
        let input = Self::address(host)?;
        if input.port.is_some() {
            return Err(InputError::Unclear);
        }
        Ok(Self {
            port: Some(port(port_word)?),
            ..input
        })
    }

    /// `pop://[user[;AUTH=type]@]host[:port]` (RFC 2384 §4). Who the user is does not matter here.
    fn with_scheme(scheme: &str, rest: &str) -> Result<Self, InputError> {
        let security = match scheme.to_ascii_lowercase().as_str() {
            "pop" | "pop3" | "telnet" => Security::Plain,
            "pops" | "pop3s" => Security::Tls,
            _ => return Err(InputError::Scheme),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        // A password may hold any of these, so an @ behind them counts as well.
        let authority = match rest.rsplit_once('@') {
            Some((user, _)) if has_password(user) => return Err(InputError::Password),
            Some((user, host)) if user.len() < end => &host[..end - user.len() - 1],
            _ => &rest[..end],
        };
        // RFC 6874 §2: the % of a zone is written %25.
        let input = Self::authority(&authority.replacen("%25", "%", 1))?;
        Ok(Self {
            security: Some(security),
            ..input
        })
    }

    fn authority(text: &str) -> Result<Self, InputError> {
        let (host, port_text) = if let Some(bracketed) = text.strip_prefix('[') {
            let (host, behind) = bracketed.split_once(']').ok_or(InputError::Host)?;
            if !is_v6(host) {
                return Err(InputError::Host);
            }
            match behind.strip_prefix(':') {
                Some(port) => (host, Some(port)),
                None if behind.is_empty() => (host, None),
                None => return Err(InputError::Host),
            }
        } else if is_v6(text) {
            (text, None)
        } else {
            match text.split_once(':') {
                Some((_, port)) if port.contains(':') => return Err(InputError::Host),
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            }
        };
        if !is_v6(host) && !is_host_name(host) {
            return Err(InputError::Host);
        }
        let port = port_text.map(port).transpose()?;
        Ok(Self {
            host: host.to_owned(),
            port,
            security: None,
            name: None,
        })
    }

    /// Port 995 is TLS from the first octet, unless STLS was asked for by name.
    fn settled(self) -> Self {
        let security = match self.security {
            None | Some(Security::Plain) if self.port == Some(Security::Tls.port()) => Some(Security::Tls),
            other => other,
        };
        Self { security, ..self }
    }
}

pub(super) fn port(text: &str) -> Result<u16, InputError> {
    if !text.bytes().all(|octet| octet.is_ascii_digit()) {
        return Err(InputError::Port);
    }
    text.parse()
        .ok()
        .filter(|&port| port != 0)
        .ok_or(InputError::Port)
}

/// Whether the part of an address before its @ holds a password. What follows `;AUTH=` is a mechanism.
fn has_password(user: &str) -> bool {
    user.contains(':')
}

fn is_v6(text: &str) -> bool {
    let (address, zone) = text.split_once('%').unwrap_or((text, "0"));
    let zone_fits = !zone.is_empty()
        && zone
            .bytes()
            .all(|octet| octet.is_ascii_alphanumeric() || b"-._~".contains(&octet));
    address.parse::<Ipv6Addr>().is_ok() && zone_fits && text.len() <= super::HOST_MAX
}

fn is_host_name(host: &str) -> bool {
    const NEVER: &str = "/\\@:[]?#%<>\"'`,;(){}|^=&*!$+~";
    is_name(host) && !host.starts_with(['-', '.']) && !host.contains(|c| NEVER.contains(c))
}

fn unquoted(word: &str) -> &str {
    ['"', '\'']
        .into_iter()
        .find_map(|quote| word.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(word)
}

#[cfg(test)]
mod tests;
