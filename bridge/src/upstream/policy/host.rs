//! How a host is spelled where spellings are compared.

use std::borrow::Cow;
use std::net::IpAddr;

/// The longest part of a name between two dots, in octets (RFC 1035 §2.3.4).
const LABEL_MAX: usize = 63;

/// A host as it is compared: one that was spelled otherwise is the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Host {
    /// An address, whatever its spelling.
    Address(IpAddr),
    /// A name: in ASCII, lower case, without the dot at its end.
    Name(String),
}

impl Host {
    /// Reads a host. None of what is neither: a zone, an address as a single number or in octal, what is no name.
    pub(super) fn read(host: &str) -> Option<Self> {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Some(Host::Address(address.to_canonical()));
        }
        let name = asked(host);
        let name = name.strip_suffix('.').unwrap_or(&name).to_ascii_lowercase();
        is_name(&name).then_some(Host::Name(name))
    }
}

/// A host as it is counted: by one name, however it is spelled, also where it is none.
pub(crate) fn counted(host: &str) -> String {
    match Host::read(host) {
        Some(Host::Address(address)) => address.to_string(),
        Some(Host::Name(name)) => name,
        None => host.to_lowercase(),
    }
}

/// A host as the resolver is asked for it: a name that is not ASCII as DNS has it (RFC 5891). So what is looked up is what
/// was compared, however the resolver would read the other.
pub(crate) fn asked(host: &str) -> Cow<'_, str> {
    if host.is_ascii() {
        return Cow::Borrowed(host);
    }
    match idna::domain_to_ascii(host) {
        Ok(name) => Cow::Owned(name),
        // It is no name, and no resolver knows it.
        Err(_) => Cow::Borrowed(host),
    }
}

/// Whether it is a name in lower case that no resolver takes for an address: those end in a number.
fn is_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=LABEL_MAX).contains(&label.len())
            && label
                .bytes()
                .all(|octet| octet.is_ascii_lowercase() || octet.is_ascii_digit() || b"-_".contains(&octet))
    };
    let last = name.rsplit('.').next().unwrap_or(name);
    let is_number = last.bytes().all(|octet| octet.is_ascii_digit())
        || last
            .strip_prefix("0x")
            .is_some_and(|digits| digits.bytes().all(|octet| octet.is_ascii_hexdigit()));
    name.len() <= protocol::target::HOST_MAX && name.split('.').all(is_label) && !is_number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> Option<Host> {
        Some(Host::Name(name.to_owned()))
    }

    #[test]
    fn a_name_is_the_same_however_it_is_spelled() {
        for spelled in ["mail.company.com", "Mail.Company.COM", "mail.company.com."] {
            assert_eq!(Host::read(spelled), name("mail.company.com"), "{spelled}");
        }
        for spelled in [
            "bücher.example",
            "BÜCHER.example.",
            "xn--bcher-kva.example",
            "bu\u{308}cher.example",
        ] {
            assert_eq!(Host::read(spelled), name("xn--bcher-kva.example"), "{spelled}");
        }
        assert_eq!(Host::read("ｍａｉｌ。company.com"), name("mail.company.com"));
        assert_eq!(asked("bücher.example"), "xn--bcher-kva.example");
        assert_eq!(asked("Mail.company.com."), "Mail.company.com.");
    }

    #[test]
    fn an_address_is_the_same_however_it_is_spelled() {
        let loopback = Some(Host::Address("127.0.0.1".parse().unwrap()));
        for spelled in ["127.0.0.1", "::ffff:127.0.0.1", "::FFFF:7f00:1"] {
            assert_eq!(Host::read(spelled), loopback, "{spelled}");
        }
        assert_eq!(
            Host::read("2001:DB8:0::1"),
            Some(Host::Address("2001:db8::1".parse().unwrap()))
        );
    }

    #[test]
    fn what_a_resolver_might_take_for_an_address_is_no_name() {
        for spelled in [
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0177.0.0.1",
            "127.1",
            "127.0.0.1.",
            "１２７.0.0.1",
            "mail.0x",
            "fe80::1%1",
            "::1%lo.company.com",
            "",
            ".",
            "mail..com",
            ".company.com",
            "a/b",
            "user@mail.company.com",
        ] {
            assert_eq!(Host::read(spelled), None, "{spelled}");
        }
    }
}
