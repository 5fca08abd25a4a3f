//! An address at which people reach the console.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use axum::http::Uri;

/// The port that browsers leave out with https, and with http.
const USUAL_PORTS: [u16; 2] = [443, 80];

/// An address at which people reach the console: `https://pop3.company.com`, or `https://company.com/pop3` where it
/// stands below a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicAddress {
    is_https: bool,
    /// As browsers write it: in small letters, an IPv6 address in brackets.
    host: String,
    port: u16,
    /// Empty, or with a slash before and none behind.
    path: String,
}

/// What is no such address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoAddress;

impl PublicAddress {
    /// The one by which this machine's own browsers reach a port.
    pub(crate) fn local(is_https: bool, host: &str, port: u16) -> Self {
        Self {
            is_https,
            host: host.to_owned(),
            port,
            path: String::new(),
        }
    }

    /// Whether it is reached by TLS.
    pub(crate) fn is_https(&self) -> bool {
        self.is_https
    }

    /// The host, as browsers write it: in small letters, an IPv6 address in brackets.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The path below which the console stands there: empty, or with a slash before and none behind.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Whether only this machine's own browsers reach it.
    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }

    /// Whether a request that says it is for that host is for this one.
    pub(crate) fn is_host(&self, named: &str) -> bool {
        let named = named.to_ascii_lowercase();
        named == format!("{}:{}", self.host, self.port) || (self.has_usual_port() && named == self.host)
    }

    /// What browsers call its pages' origin (RFC 6454 §6.2).
    pub(crate) fn origin(&self) -> String {
        let scheme = if self.is_https { "https" } else { "http" };
        if self.has_usual_port() {
            format!("{scheme}://{}", self.host)
        } else {
            format!("{scheme}://{}:{}", self.host, self.port)
        }
    }

    /// What is behind the path, with a slash before; none where it is below another, or is the path itself.
    pub(crate) fn below<'a>(&self, path: &'a str) -> Option<&'a str> {
        path.strip_prefix(&self.path).filter(|rest| rest.starts_with('/'))
    }

    fn has_usual_port(&self) -> bool {
        let [https, http] = USUAL_PORTS;
        self.port == if self.is_https { https } else { http }
    }
}

impl FromStr for PublicAddress {
    type Err = NoAddress;

    fn from_str(text: &str) -> Result<Self, NoAddress> {
        let uri: Uri = text.parse().map_err(|_| NoAddress)?;
        let authority = uri.authority().ok_or(NoAddress)?.as_str();
        if authority.contains('@') || uri.query().is_some() || text.contains('#') {
            return Err(NoAddress);
        }
        let named = uri.host().ok_or(NoAddress)?;
        let host = host(named)?;
        let is_https = match uri.scheme_str() {
            Some("https") => true,
            // What is typed goes by there in clear text, so nobody else may be able to hear it.
            Some("http") if is_loopback(&host) => false,
            _ => return Err(NoAddress),
        };
        let [https, http] = USUAL_PORTS;
        let usual = if is_https { https } else { http };
        let port = match authority.strip_prefix(named) {
            Some("") => usual,
            behind => {
                let port = behind.and_then(|behind| behind.strip_prefix(':'));
                port.and_then(|port| port.parse().ok()).ok_or(NoAddress)?
            }
        };
        Ok(Self {
            is_https,
            host,
            port,
            path: path(uri.path())?,
        })
    }
}

/// A host as browsers write it.
fn host(text: &str) -> Result<String, NoAddress> {
    if let Some(inside) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let address: Ipv6Addr = inside.parse().map_err(|_| NoAddress)?;
        return Ok(format!("[{address}]"));
    }
    let is_name = !text.is_empty()
        && text.split('.').all(|label| {
            !label.is_empty() && label.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-')
        });
    if is_name {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(NoAddress)
    }
}

/// A path without what browsers, proxies and the page would each read in their own way.
fn path(text: &str) -> Result<String, NoAddress> {
    let text = text.trim_end_matches('/');
    let is_plain = |part: &str| {
        let plain = |it: u8| it.is_ascii_alphanumeric() || b"-_~.".contains(&it);
        !part.is_empty() && !part.starts_with('.') && part.bytes().all(plain)
    };
    if text.split('/').skip(1).all(is_plain) {
        Ok(text.to_owned())
    } else {
        Err(NoAddress)
    }
}

/// Whether only this machine is called that, as browsers write it.
pub(super) fn is_loopback(host: &str) -> bool {
    let address = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

impl fmt::Display for PublicAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin(), self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> PublicAddress {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_is_written_as_browsers_write_it() {
        for (text, written) in [
            ("https://pop3.company.com", "https://pop3.company.com"),
            ("https://POP3.Company.com:443/", "https://pop3.company.com"),
            ("https://company.com:8443", "https://company.com:8443"),
            ("https://company.com/pop3", "https://company.com/pop3"),
            (
                "https://company.com/tools/pop3/",
                "https://company.com/tools/pop3",
            ),
            ("https://192.0.2.7", "https://192.0.2.7"),
            ("https://[2001:DB8::0:1]:8443", "https://[2001:db8::1]:8443"),
            ("http://localhost:9000/x", "http://localhost:9000/x"),
            ("http://127.0.0.1:80", "http://127.0.0.1"),
            ("http://[::1]", "http://[::1]"),
        ] {
            assert_eq!(address(text).to_string(), written);
        }
        for text in [
            "",
            "pop3.company.com",
            "https://",
            "ftp://company.com",
            "http://company.com",
            "http://localhost.company.com",
            "https://user@company.com",
            "https://company.com:",
            "https://company.com:65536",
            "https://company..com",
            "https://company.com.",
            "https://*.company.com",
            "https://company.com?x",
            "https://company.com/pop3?x",
            "https://company.com/pop3#x",
            "https://company.com/a//b",
            "https://company.com/../b",
            "https://company.com/a%2Fb",
            "https://company.com/a b",
            "https://[::1",
            "https://[company.com]",
        ] {
            assert_eq!(text.parse::<PublicAddress>(), Err(NoAddress), "{text}");
        }
    }

    #[test]
    fn only_its_own_host_with_its_own_port_is_it() {
        let usual = address("https://pop3.company.com");
        for host in ["pop3.company.com", "POP3.company.com", "pop3.company.com:443"] {
            assert!(usual.is_host(host), "{host}");
        }
        for host in [
            "",
            "pop3.company.com:80",
            "pop3.company.com:4430",
            "pop3.company.com:",
            "pop3.company.com.",
            "pop3.company.com.evil.example",
            "evil-pop3.company.com",
            "company.com",
            "user@pop3.company.com",
        ] {
            assert!(!usual.is_host(host), "{host}");
        }
        let other = address("https://company.com:8443/pop3");
        assert!(other.is_host("company.com:8443"));
        assert!(!other.is_host("company.com"));
        assert!(!other.is_host("company.com:443"));
    }

    #[test]
    fn a_path_ends_where_its_name_ends() {
        let address = address("https://company.com/pop3");
        assert_eq!(address.below("/pop3/"), Some("/"));
        assert_eq!(address.below("/pop3/s/x"), Some("/s/x"));
        for path in ["/pop3", "/pop30/", "/", "/pop", "/x/pop3/", "/POP3/"] {
            assert_eq!(address.below(path), None, "{path}");
        }
    }
}
