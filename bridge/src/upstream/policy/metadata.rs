//! Where clouds tell a machine its own credentials, which is refused whatever is named, and the IPv4 addresses that IPv6
//! ones may lead to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where clouds tell a machine its own credentials: nothing there is a mail server.
const METADATA_V4: [Ipv4Addr; 7] = [
    // Amazon, Google, Azure, DigitalOcean and most others.
    Ipv4Addr::new(169, 254, 169, 254),
    // Amazon's containers and pods.
    Ipv4Addr::new(169, 254, 170, 2),
    Ipv4Addr::new(169, 254, 170, 23),
    // Azure's agent of every host.
    Ipv4Addr::new(168, 63, 129, 16),
    // Tencent.
    Ipv4Addr::new(169, 254, 0, 23),
    // Alibaba.
    Ipv4Addr::new(100, 100, 100, 200),
    // Oracle.
    Ipv4Addr::new(192, 0, 0, 192),
];

/// The same over IPv6: Amazon's two, Google's and OpenStack's. In what zone one is makes no difference.
const METADATA_V6: [Ipv6Addr; 4] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0xa9fe, 0xa9fe),
];

/// Whether a cloud tells credentials at that address, or at one that it may lead to.
pub(super) fn is_metadata(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => METADATA_V4.contains(&v4),
        IpAddr::V6(v6) => {
            METADATA_V6.contains(&v6)
                || within(v6)
                    .into_iter()
                    .flatten()
                    .any(|v4| METADATA_V4.contains(&v4))
        }
    }
}

/// The IPv4 addresses that an IPv6 address may lead to.
pub(super) fn within(v6: Ipv6Addr) -> [Option<Ipv4Addr>; 2] {
    let o = v6.octets();
    let last = Ipv4Addr::new(o[12], o[13], o[14], o[15]);
    match v6.segments() {
        // Compatible (RFC 4291 §2.5.5.1), mapped (§2.5.5.2), and translated (RFC 2765).
        [0, 0, 0, 0, 0, 0 | 0xffff, ..] | [0, 0, 0, 0, 0xffff, 0, ..] => [Some(last), None],
        // NAT64 (RFC 6052 §2.1, RFC 8215). The local-use prefix may embed at several places (RFC 6052 §2.2).
        [0x64, 0xff9b, 0, 0, 0, 0, ..] => [Some(last), None],
        [0x64, 0xff9b, 1, ..] => [Some(last), Some(Ipv4Addr::new(o[6], o[7], o[9], o[10]))],
        // 6to4 (RFC 3056 §2).
        [0x2002, ..] => [Some(Ipv4Addr::new(o[2], o[3], o[4], o[5])), None],
        // Teredo (RFC 4380 §4): the server, and the client with every bit turned over.
        [0x2001, 0, ..] => [
            Some(Ipv4Addr::new(o[4], o[5], o[6], o[7])),
            Some(Ipv4Addr::new(!o[12], !o[13], !o[14], !o[15])),
        ],
        // ISATAP (RFC 5214 §6.1).
        [.., 0 | 0x200, 0x5efe, _, _] => [Some(last), None],
        _ => [None, None],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cloud_metadata_is_known_in_every_spelling() {
        for address in [
            "169.254.169.254",
            "169.254.170.2",
            "100.100.100.200",
            "168.63.129.16",
            "169.254.0.23",
            "192.0.0.192",
            "fe80::a9fe:a9fe",
            "::ffff:168.63.129.16",
            "64:ff9b::a9fe:17",
            "fd00:ec2::254",
            "fd20:ce::254",
            "::ffff:169.254.169.254",
            "::169.254.169.254",
            "::ffff:0:169.254.169.254",
            "64:ff9b::169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::169.254.169.254",
            "64:ff9b:1:a9fe:a9:fe00::",
            "2002:a9fe:a9fe::1",
            "2002:6464:64c8::",
            "2001:0:a9fe:a9fe::1",
            "2001:0:1:2:3:4:5601:5601",
            "fe80::5efe:a9fe:a9fe",
        ] {
            assert!(is_metadata(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn any_other_address_is_none() {
        for address in [
            "127.0.0.1",
            "0.0.0.0",
            "10.0.0.1",
            "169.254.1.1",
            "168.63.129.17",
            "fe80::a9fe:a9fd",
            "192.168.0.1",
            "192.0.2.1",
            "::1",
            "::ffff:127.0.0.1",
            "fe80::1",
            "2001:db8::1",
            "2002:c000:201::1",
            "64:ff9b::192.0.2.1",
        ] {
            assert!(!is_metadata(address.parse().unwrap()), "{address}");
        }
    }
}
