//! Where a request comes from, and what it is for: as its connection and its header say, or as a trusted proxy says.

use std::net::{IpAddr, SocketAddr};

use axum::http::header::{self, HeaderMap, HeaderName};
use ipnet::IpNet;

/// Whoever asked the proxy, and the proxies before them, the nearest last.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Whether they asked by `https` or `http`.
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// For which host they asked.
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// The proxies that are believed what they say of a request. Nobody else is.
pub(super) struct Proxies(Vec<IpNet>);

/// How a request came.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Came<'a> {
    /// Who asked.
    pub(super) from: IpAddr,
    /// For which host; none where that is not said, or said twice.
    pub(super) host: Option<&'a str>,
    /// Whether by TLS, on the way to the first that is trusted.
    pub(super) is_https: bool,
    /// Whether a trusted proxy passed it on.
    pub(super) is_forwarded: bool,
}

impl Proxies {
    pub(super) fn new(trusted: Vec<IpNet>) -> Self {
        Self(trusted)
    }

    /// How a request came on a connection of that peer, under TLS of the bridge's own or without.
    pub(super) fn came<'a>(&self, peer: IpAddr, is_sealed: bool, headers: &'a HeaderMap) -> Came<'a> {
        let named = exactly_one(headers, &header::HOST);
        if !self.trust(peer) {
            return Came {
                from: peer,
                host: named,
                is_https: is_sealed,
                is_forwarded: false,
            };
        }
        let host = if headers.contains_key(FORWARDED_HOST) {
            exactly_one(headers, &FORWARDED_HOST)
        } else {
            named
        };
        let is_https = if headers.contains_key(FORWARDED_PROTO) {
            exactly_one(headers, &FORWARDED_PROTO).is_some_and(|proto| proto.eq_ignore_ascii_case("https"))
        } else {
            is_sealed
        };
        Came {
            from: self.client(peer, headers),
            host,
            is_https,
            is_forwarded: true,
        }
    }

    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Of those whom each passed it on for, the nearest that is no trusted proxy itself: what is said beyond is hearsay.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer;
        for said in headers.get_all(FORWARDED_FOR).into_iter().rev() {
            // What is no text is nobody's address.
            for one in said.to_str().unwrap_or("?").rsplit(',') {
                let Some(address) = address(one.trim()) else {
                    return client;
                };
                client = address;
                if !self.trust(client) {
                    return client;
                }
            }
        }
        client
    }
}

/// The one value of a header; none where there is none, or more.
pub(super) fn exactly_one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

/// An address, with a port or without.
fn address(text: &str) -> Option<IpAddr> {
    let inside = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let address = match text.parse::<SocketAddr>() {
        Ok(address) => address.ip(),
        Err(_) => inside.unwrap_or(text).parse().ok()?,
    };
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: &str = "10.0.0.1";

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    fn trusting() -> Proxies {
        Proxies::new(vec![
            "10.0.0.0/8".parse().unwrap(),
            "2001:db8::/32".parse().unwrap(),
        ])
    }

    fn from(lines: &[&str]) -> String {
        let lines: Vec<_> = lines.iter().map(|line| ("x-forwarded-for", *line)).collect();
        let headers = headers(&lines);
        let came = trusting().came(PEER.parse().unwrap(), false, &headers);
        assert!(came.is_forwarded);
        came.from.to_string()
    }

    #[test]
    fn the_nearest_who_is_no_trusted_proxy_is_who_asked() {
        for (lines, expected) in [
            (&[][..], PEER),
            (&["192.0.2.7"], "192.0.2.7"),
            (&["192.0.2.7:5150"], "192.0.2.7"),
            (&["198.51.100.1, 192.0.2.7"], "192.0.2.7"),
            (&["198.51.100.1", "192.0.2.7"], "192.0.2.7"),
            (&["192.0.2.7, 10.9.9.9,10.0.0.2"], "192.0.2.7"),
            (&["198.51.100.1, 192.0.2.7", "2001:db8::5"], "192.0.2.7"),
            (&["10.3.3.3, 10.2.2.2"], "10.3.3.3"),
            (&["::ffff:192.0.2.7"], "192.0.2.7"),
            (&["[2001:db9::1]:443"], "2001:db9::1"),
            (&["[2001:db9::1]"], "2001:db9::1"),
            // What is no address ends what is known.
            (&["192.0.2.7, unknown, 10.0.0.2"], "10.0.0.2"),
            (&["192.0.2.7, "], PEER),
            (&["192.0.2.7 10.0.0.2"], PEER),
        ] {
            assert_eq!(from(lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn whoever_is_not_trusted_is_not_believed() {
        let said = headers(&[
            ("host", "console.example"),
            ("x-forwarded-for", "192.0.2.7"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "pop3.company.com"),
        ]);
        for (proxies, peer) in [(trusting(), "198.51.100.9"), (Proxies::new(Vec::new()), PEER)] {
            let peer = peer.parse().unwrap();
            let expected = Came {
                from: peer,
                host: Some("console.example"),
                is_https: false,
                is_forwarded: false,
            };
            assert_eq!(proxies.came(peer, false, &said), expected);
        }
        let expected = Came {
            from: "192.0.2.7".parse().unwrap(),
            host: Some("pop3.company.com"),
            is_https: true,
            is_forwarded: true,
        };
        assert_eq!(trusting().came(PEER.parse().unwrap(), false, &said), expected);
    }

    #[test]
    fn what_a_proxy_says_twice_it_does_not_say() {
        let peer = PEER.parse().unwrap();
        let twice = headers(&[
            ("host", "a.example"),
            ("x-forwarded-host", "a.example"),
            ("x-forwarded-host", "b.example"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-proto", "https"),
        ]);
        let proxies = trusting();
        let came = proxies.came(peer, true, &twice);
        assert_eq!((came.host, came.is_https), (None, false));
        let lists = headers(&[
            ("x-forwarded-proto", "https, http"),
            ("x-forwarded-host", "a.example, b.example"),
        ]);
        let came = proxies.came(peer, true, &lists);
        assert_eq!((came.host, came.is_https), (Some("a.example, b.example"), false));
        // What it does not say is as the connection with it says.
        let silent = headers(&[("host", "a.example")]);
        let came = proxies.came(peer, true, &silent);
        assert_eq!((came.host, came.is_https), (Some("a.example"), true));
    }
}
