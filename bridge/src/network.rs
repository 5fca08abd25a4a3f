//! Who is counted as one: whoever comes from one address, or, of IPv6, from one network, or from one site.

use std::net::{IpAddr, Ipv6Addr};

/// The upper half of an address of IPv6: whoever has a network of their own has all that begin so (RFC 4291 §2.5.1), and
/// could come from another one each time.
const NETWORK: u128 = !0 << 64;

/// What a site is given of IPv6, out of which it has as many networks as it likes (RFC 6177).
const SITE: u128 = !0 << 80;

/// Whoever comes from an address, as they are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Network(IpAddr);

/// The same where many networks of one site are to be one: where one leaves a share to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Site(IpAddr);

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        Self(of(address, NETWORK))
    }
}

impl From<IpAddr> for Site {
    fn from(address: IpAddr) -> Self {
        Self(of(address, SITE))
    }
}

impl Network {
    /// The address that it is told by: of IPv6, the first of all that it has.
    pub(crate) fn address(self) -> IpAddr {
        self.0
    }
}

fn of(address: IpAddr, mask: u128) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask)),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_a_network_is_one_and_their_neighbours_are_others() {
        let of = |text: &str| {
            Network::from(text.parse::<IpAddr>().unwrap())
                .address()
                .to_string()
        };
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("2001:db8:1:2::"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("192.0.2.1"), "192.0.2.1");
        assert_eq!(of("::ffff:192.0.2.1"), "192.0.2.1");
    }

    #[test]
    fn whoever_has_many_networks_is_one_site() {
        let of = |text: &str| Site::from(text.parse::<IpAddr>().unwrap()).0.to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1::");
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:2:2::1"));
        assert_eq!(of("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
