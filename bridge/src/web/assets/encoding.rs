//! Which encoding of a file a request prefers (RFC 9110 §12.5.3).

use axum::http::header::{self, HeaderMap};

/// How a file can be encoded, the smallest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

/// The weight of what is not mentioned and not refused, in thousandths: any that is mentioned goes before it.
const UNMENTIONED: u16 = 0;

impl Encoding {
    /// Its name in a header; none for what needs none.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Encoding::Brotli => Some("br"),
            Encoding::Gzip => Some("gzip"),
            Encoding::Identity => None,
        }
    }

    /// What tells it from the others in a tag.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Encoding::Brotli => "-br",
            Encoding::Gzip => "-gz",
            Encoding::Identity => "",
        }
    }

    fn is_named(self, name: &str) -> bool {
        let names: &[&str] = match self {
            Encoding::Brotli => &["br"],
            Encoding::Gzip => &["gzip", "x-gzip"],
            Encoding::Identity => &["identity"],
        };
        names.iter().any(|known| known.eq_ignore_ascii_case(name))
    }
}

/// The one that the request likes best of those, which are named in the order of ours; none if it refuses all.
pub(super) fn choose(headers: &HeaderMap, available: impl Iterator<Item = Encoding>) -> Option<Encoding> {
    let wishes: Vec<(&str, u16)> = headers
        .get_all(header::ACCEPT_ENCODING)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(wish)
        .collect();
    let mut best: Option<(Encoding, u16)> = None;
    for encoding in available {
        if let Some(weight) = weight(encoding, &wishes)
            && best.is_none_or(|(_, most)| weight > most)
        {
            best = Some((encoding, weight));
        }
    }
    best.map(|(encoding, _)| encoding)
}

/// How much an encoding is wanted, in thousandths; none if it is refused.
fn weight(encoding: Encoding, wishes: &[(&str, u16)]) -> Option<u16> {
    let named = wishes.iter().find(|(name, _)| encoding.is_named(name));
    match named.or_else(|| wishes.iter().find(|(name, _)| *name == "*")) {
        Some(&(_, weight)) => (weight > 0).then_some(weight),
        // Only what needs no decoding may be sent to who did not ask for it.
        None => (encoding == Encoding::Identity).then_some(UNMENTIONED),
    }
}

/// One element of the list: a name, and its weight in thousandths.
fn wish(element: &str) -> Option<(&str, u16)> {
    let mut parts = element.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?;
    let weight = parts.find_map(|part| part.strip_prefix(['q', 'Q'])?.trim_start().strip_prefix('='));
    Some((name, weight.map_or(1000, |weight| thousandths(weight.trim()))))
}

/// `0.5` is 500. What is no weight is taken for none at all: whoever writes that does not want it badly.
fn thousandths(weight: &str) -> u16 {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    let is_right = fraction.len() <= 3 && fraction.bytes().all(|digit| digit.is_ascii_digit());
    match whole {
        "1" => 1000,
        "0" if is_right => format!("{fraction:0<3}").parse().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Encoding::{Brotli, Gzip, Identity};

    fn chosen(accept: &[&str], available: &[Encoding]) -> Option<Encoding> {
        let mut headers = HeaderMap::new();
        for value in accept {
            headers.append(header::ACCEPT_ENCODING, value.parse().unwrap());
        }
        choose(&headers, available.iter().copied())
    }

    #[test]
    fn the_smallest_that_is_wanted_most_is_chosen() {
        let all = [Brotli, Gzip, Identity];
        for (accept, expected) in [
            ("gzip, deflate, br, zstd", Some(Brotli)),
            ("gzip, deflate", Some(Gzip)),
            ("x-gzip", Some(Gzip)),
            ("GZIP;Q=0.5, bR;q=0.4", Some(Gzip)),
            ("br;q=0.001", Some(Brotli)),
            ("br;q=0, gzip;q=0.0", Some(Identity)),
            ("br ; q=1.000 , gzip", Some(Brotli)),
            ("identity, gzip;q=0.9", Some(Identity)),
            ("identity;q=0.5, gzip;q=0.5", Some(Gzip)),
            ("*", Some(Brotli)),
            ("*;q=0.2, gzip", Some(Gzip)),
            ("br;q=0, *", Some(Gzip)),
            ("deflate", Some(Identity)),
            ("", Some(Identity)),
            ("identity;q=0", None),
            ("identity;q=0, gzip", Some(Gzip)),
            ("*;q=0", None),
            ("*;q=0, identity", Some(Identity)),
            ("br;q=2, gzip;q=x, zstd;q=-1", Some(Identity)),
            ("br;q=0.0001", Some(Identity)),
            (",, ;q=1, gzip", Some(Gzip)),
        ] {
            assert_eq!(chosen(&[accept], &all), expected, "{accept:?}");
        }
    }

    #[test]
    fn what_there_is_not_is_not_chosen_and_nothing_is_presumed() {
        assert_eq!(chosen(&["br, gzip"], &[Identity]), Some(Identity));
        assert_eq!(chosen(&["br, gzip"], &[Gzip, Identity]), Some(Gzip));
        assert_eq!(chosen(&[], &[Brotli, Gzip, Identity]), Some(Identity));
        assert_eq!(
            chosen(&["deflate", "gzip"], &[Brotli, Gzip, Identity]),
            Some(Gzip)
        );
    }
}
