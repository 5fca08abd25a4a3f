//! How values are written. An error says what is wanted.

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use axum::http::header::HeaderName;
use ipnet::{IpNet, Ipv4Net};

/// The longest time that can be set, in seconds: a day.
pub(super) const SECONDS_MAX: u64 = 24 * 60 * 60;

/// A time in whole seconds, a day at most.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    amount(text, "seconds", 1..=SECONDS_MAX).map(Duration::from_secs)
}

/// A whole number within these bounds.
pub(super) fn number<T: Whole>(text: &str, within: RangeInclusive<T>) -> Result<T, String> {
    bounded(text, "a whole number", &within)
}

/// So many of what is counted in that unit.
pub(super) fn amount<T: Whole>(text: &str, unit: &str, within: RangeInclusive<T>) -> Result<T, String> {
    bounded(text, &format!("a whole number of {unit}"), &within)
}

fn bounded<T: Whole>(text: &str, what: &str, within: &RangeInclusive<T>) -> Result<T, String> {
    match text.parse() {
        Ok(number) if within.contains(&number) => Ok(number),
        _ => Err(format!(
            "{what} from {} to {} is wanted",
            within.start(),
            within.end()
        )),
    }
}

/// Whole numbers.
pub(super) trait Whole: FromStr + PartialOrd + std::fmt::Display {}

impl<T: FromStr + PartialOrd + std::fmt::Display> Whole for T {}

/// So many octets, at least one MiB: a number of MiB or GiB.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let wanted = || "a size such as 256 MiB or 4 GiB is wanted, of 1024 GiB at most".to_owned();
    let (number, unit) = text.split_once("iB").map_or(("", ""), |(size, rest)| {
        let size = size.trim_end();
        if rest.is_empty() && size.is_char_boundary(size.len().saturating_sub(1)) {
            size.split_at(size.len().saturating_sub(1))
        } else {
            ("", "")
        }
    });
    let shift = match unit {
        "M" => 20,
        "G" => 30,
        _ => return Err(wanted()),
    };
    let number: u64 = number.trim_end().parse().map_err(|_| wanted())?;
    let octets = number.checked_mul(1 << shift).ok_or_else(wanted)?;
    if (1 << 20..=1 << 40).contains(&octets) {
        Ok(octets)
    } else {
        Err(wanted())
    }
}

/// The same the other way round. What is no such size is a number of octets.
pub(super) fn octets(octets: u64) -> String {
    let whole = |unit: u64| (octets.is_multiple_of(unit) && octets > 0).then(|| octets / unit);
    match (whole(1 << 30), whole(1 << 20)) {
        (Some(number), _) => format!("{number} GiB"),
        (None, Some(number)) => format!("{number} MiB"),
        (None, None) => format!("{octets} octets"),
    }
}

/// Values as they would be said.
pub(super) fn said<T: ToString>(values: impl IntoIterator<Item = T>) -> Vec<String> {
    values.into_iter().map(|it| it.to_string()).collect()
}

/// Yes or no.
pub(super) fn switch(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(true),
        "false" | "no" | "off" | "0" | "" => Ok(false),
        _ => Err("true or false is wanted".to_owned()),
    }
}

/// A network of addresses, or one address.
pub(super) fn network(text: &str) -> Result<IpNet, String> {
    let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    // A connection of IPv4 is known by that, however it came.
    network
        .map(|network| match network {
            IpNet::V6(v6) if v6.prefix_len() >= 96 => match v6.addr().to_ipv4_mapped() {
                Some(v4) => Ipv4Net::new(v4, v6.prefix_len() - 96).map_or(network, IpNet::V4),
                None => network,
            },
            _ => network,
        })
        .map_err(|_| "a network or an address such as 10.0.3.0/24 or 2001:db8::1 is wanted".to_owned())
}

/// The name of a header.
pub(super) fn header(text: &str) -> Result<HeaderName, String> {
    parsed(text, "the name of a header, such as X-Remote-User,")
}

/// The longest name of a group, in octets.
const GROUP_MAX: usize = 256;

/// Names of groups, as they are told apart: letter for letter.
pub(super) fn groups(names: &[String]) -> Result<Vec<String>, String> {
    let is_group = |name: &String| !name.is_empty() && name.trim() == name && name.len() <= GROUP_MAX;
    if names.iter().all(is_group) {
        Ok(names.to_vec())
    } else {
        Err(format!(
            "the name of a group is wanted, of {GROUP_MAX} octets at most and without blanks around it"
        ))
    }
}

/// Where a browser can be led: an address with https, or a path of the same site.
pub(super) fn leaving(text: &str) -> Result<String, String> {
    let is_path = text.starts_with('/') && !text.starts_with("//");
    let is_plain = text.chars().all(|it| it.is_ascii_graphic() && it != '\\');
    if is_plain && (is_path || text.starts_with("https://")) {
        Ok(text.to_owned())
    } else {
        Err("an address such as https://login.company.com/logout or a path such as /oauth2/sign_out is wanted".to_owned())
    }
}

/// The longest name of a client or a claim, in octets.
const WORD_MAX: usize = 256;

/// What something is called at a provider of OpenID Connect.
pub(super) fn word(text: &str) -> Result<String, String> {
    let is_plain = text.chars().all(|it| it.is_ascii_graphic());
    if is_plain && (1..=WORD_MAX).contains(&text.len()) {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "a name of 1 to {WORD_MAX} letters, digits and signs is wanted, without blanks"
        ))
    }
}

/// Scopes (RFC 6749 §3.3), of which one says that it is OpenID Connect.
pub(super) fn scopes(text: &str) -> Result<String, String> {
    let is_plain = |it: char| it == ' ' || it.is_ascii_graphic() && !matches!(it, '"' | '\\');
    if text.len() <= WORD_MAX && text.chars().all(is_plain) && text.split(' ').any(|it| it == "openid") {
        Ok(text.to_owned())
    } else {
        Err(
            "words separated by spaces are wanted, openid among them, such as openid profile groups"
                .to_owned(),
        )
    }
}

/// What is read by its own rules.
pub(super) fn parsed<T: FromStr>(text: &str, wanted: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{wanted} is wanted"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_from_a_second_to_a_day() {
        assert_eq!(seconds("300"), Ok(Duration::from_secs(300)));
        for text in ["0", "86401", "-1", "1.5", "", "5s"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_have_a_unit() {
        assert_eq!(size("256 MiB"), Ok(256 << 20));
        assert_eq!(size("1GiB"), Ok(1 << 30));
        for text in ["1 MiB", "1023 MiB", "1 GiB", "1024 GiB"] {
            assert_eq!(size(text).map(octets).as_deref(), Ok(text));
        }
        assert_eq!(octets(20_000), "20000 octets");
        for text in [
            "",
            "256",
            "0 MiB",
            "1 KiB",
            "2 TiB",
            "1025 GiB",
            "MiB",
            "iB",
            "é iB",
            "éiB",
            "1 MiB 2",
            "99999999999999999 GiB",
        ] {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_network_may_be_one_address() {
        for (text, written) in [
            ("10.0.3.0/24", "10.0.3.0/24"),
            ("10.0.3.7", "10.0.3.7/32"),
            ("::1", "::1/128"),
            ("2001:db8::/32", "2001:db8::/32"),
            ("::ffff:10.0.3.0/120", "10.0.3.0/24"),
        ] {
            assert_eq!(network(text).unwrap().to_string(), written);
        }
        for text in ["", "proxy", "10.0.3.0/33", "10.0.3", "*"] {
            assert!(network(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_way_out_is_on_the_same_site_or_by_https() {
        for text in ["https://login.company.com/logout?rd=1", "/oauth2/sign_out"] {
            assert_eq!(leaving(text).as_deref(), Ok(text));
        }
        for text in [
            "",
            "logout",
            "//evil.example/",
            "/\\evil.example",
            "http://login.company.com",
            "javascript:alert(1)",
            "/a b",
        ] {
            assert!(leaving(text).is_err(), "{text}");
        }
    }

    #[test]
    fn scopes_are_those_of_openid_connect() {
        assert_eq!(
            scopes("openid profile groups").as_deref(),
            Ok("openid profile groups")
        );
        for text in ["", "profile", "openid\tprofile", "openid \"x\"", "openidprofile"] {
            assert!(scopes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_switch_is_not_guessed() {
        assert_eq!(switch("Yes"), Ok(true));
        assert_eq!(switch("0"), Ok(false));
        assert!(switch("nope").is_err());
    }
}
