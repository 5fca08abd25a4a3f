//! Addresses that are not public: IANA's registries of special-purpose addresses (RFC 6890), and what IPv6 addresses lead to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::metadata::within;

/// Networks of IPv4 that are not public, and what they are.
const V4: [(Ipv4Net, &str); 16] = [
    (v4([0, 0, 0, 0], 8), "this host"),
    (v4([10, 0, 0, 0], 8), "private"),
    (v4([100, 64, 0, 0], 10), "shared behind a provider's NAT"),
    (v4([127, 0, 0, 0], 8), "loopback"),
    (v4([169, 254, 0, 0], 16), "link-local"),
    (v4([172, 16, 0, 0], 12), "private"),
    (v4([192, 0, 0, 0], 24), "reserved for protocols"),
    (v4([192, 0, 2, 0], 24), "for documentation"),
    (v4([192, 88, 99, 0], 24), "a relay of 6to4"),
    (v4([192, 168, 0, 0], 16), "private"),
    (v4([198, 18, 0, 0], 15), "for benchmarks"),
    (v4([198, 51, 100, 0], 24), "for documentation"),
    (v4([203, 0, 113, 0], 24), "for documentation"),
    (v4([224, 0, 0, 0], 4), "multicast"),
    (v4([255, 255, 255, 255], 32), "broadcast"),
    (v4([240, 0, 0, 0], 4), "reserved"),
];

/// The same of IPv6. Teredo and other tunnels are in 2001::/23, where no mail server is. What is outside of [`GLOBAL`] and
/// not in here is reserved.
const V6: [(Ipv6Net, &str); 15] = [
    (v6([0, 0, 0, 0, 0, 0, 0, 0], 128), "unspecified"),
    (v6([0, 0, 0, 0, 0, 0, 0, 1], 128), "loopback"),
    (v6([0, 0, 0, 0, 0, 0, 0, 0], 96), "IPv4-compatible"),
    (v6([0, 0, 0, 0, 0xffff, 0, 0, 0], 96), "IPv4-translated"),
    (v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48), "a network's own NAT64"),
    (v6([0x100, 0, 0, 0, 0, 0, 0, 0], 64), "discarded"),
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32), "Teredo"),
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), "reserved for protocols"),
    (v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), "for documentation"),
    (v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), "for documentation"),
    (v6([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16), "for segment routing"),
    (v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7), "unique-local"),
    (v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10), "link-local"),
    (v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10), "site-local"),
    (v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8), "multicast"),
];

/// What is given out to the public (RFC 4291 §2.4).
const GLOBAL: Ipv6Net = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);

/// The prefix by which networks without IPv4 reach it (RFC 6052 §2.1): as public as what it leads to.
const NAT64: Ipv6Net = v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96);

/// What an address is that is not public, and that none of these networks names. None of one that is public or named.
pub(super) fn unnamed(address: IpAddr, named: &[IpNet]) -> Option<&'static str> {
    let address = address.to_canonical();
    let is_named = named.iter().any(|network| network.contains(&address));
    match address {
        IpAddr::V4(v4) => of_v4(v4).filter(|_| !is_named),
        IpAddr::V6(v6) => match of_v6(v6) {
            Some(kind) => (!is_named).then_some(kind),
            // It is public in itself; so must be what it leads to.
            None => within(v6)
                .into_iter()
                .flatten()
                .find_map(|v4| unnamed(v4.into(), named)),
        },
    }
}

/// What a network takes in that is not public and narrower than it, and ought to be named by itself.
pub(super) fn taken_in(network: &IpNet) -> Option<(IpNet, &'static str)> {
    if all().any(|(special, _)| special.contains(network)) {
        return None;
    }
    all().find(|(special, _)| network.contains(special))
}

fn all() -> impl Iterator<Item = (IpNet, &'static str)> {
    let v4 = V4.iter().map(|&(network, kind)| (IpNet::V4(network), kind));
    v4.chain(V6.iter().map(|&(network, kind)| (IpNet::V6(network), kind)))
}

fn of_v4(address: Ipv4Addr) -> Option<&'static str> {
    let found = V4.iter().find(|(network, _)| network.contains(&address));
    found.map(|(_, kind)| *kind)
}

fn of_v6(address: Ipv6Addr) -> Option<&'static str> {
    match V6.iter().find(|(network, _)| network.contains(&address)) {
        Some((_, kind)) => Some(kind),
        None if GLOBAL.contains(&address) || NAT64.contains(&address) => None,
        None => Some("reserved"),
    }
}

const fn v4([a, b, c, d]: [u8; 4], bits: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), bits)
}

const fn v6([a, b, c, d, e, f, g, h]: [u16; 8], bits: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), bits)
}
