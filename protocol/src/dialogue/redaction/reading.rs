//! The ways in which a text may be read, to look in it for a part of a secret.

use zeroize::Zeroizing;

/// A text in one way of reading it, in lower case.
pub(super) struct Reading {
    text: Zeroizing<Vec<u8>>,
    is_bare: bool,
}

impl Reading {
    fn of(text: &[u8], is_bare: bool) -> Self {
        Self {
            text: Zeroizing::new(text.to_ascii_lowercase()),
            is_bare,
        }
    }

    /// Whether it is without all that servers escape, replace or put in between.
    pub(super) fn is_bare(&self) -> bool {
        self.is_bare
    }

    /// The text.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }
}

/// As it stands, with its escapes taken for what they stand for where it has some, and bare.
pub(super) fn readings(text: &[u8]) -> Vec<Reading> {
    let mut readings = vec![Reading::of(text, false), Reading::of(&bare(text), true)];
    let unescaped = unescaped(text);
    if unescaped.len() < text.len() {
        readings.push(Reading::of(&unescaped, false));
    }
    readings
}

/// The letters and digits of a text.
pub(super) fn bare(text: &[u8]) -> Zeroizing<Vec<u8>> {
    let octets = text.iter().copied().filter(u8::is_ascii_alphanumeric);
    Zeroizing::new(octets.collect())
}

/// With the octet for each `%41` (RFC 3986 §2.1), `=41` (RFC 2045 §6.7), `\x41`, `\101`, and without the backslash in
/// front of what is no letter or digit.
fn unescaped(text: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut octets = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text;
    while let Some((&first, behind)) = rest.split_first() {
        let escaped = match (first, behind) {
            (b'%' | b'=', [high, low, ..]) => value(&[*high, *low], 16).map(|octet| (octet, 3)),
            (b'\\', [b'x' | b'X', high, low, ..]) => value(&[*high, *low], 16).map(|octet| (octet, 4)),
            (b'\\', [high @ b'0'..=b'7', middle, low, ..]) => {
                value(&[*high, *middle, *low], 8).map(|octet| (octet, 4))
            }
            (b'\\', [octet, ..]) => (!octet.is_ascii_alphanumeric()).then_some((*octet, 2)),
            _ => None,
        };
        let (octet, length) = escaped.unwrap_or((first, 1));
        octets.push(octet);
        rest = &rest[length..];
    }
    octets
}

/// The octet that digits to a base stand for.
fn value(digits: &[u8], base: u32) -> Option<u8> {
    digits
        .iter()
        .try_fold(0, |value: u32, &digit| {
            Some(value * base + char::from(digit).to_digit(base)?)
        })
        .and_then(|value| u8::try_from(value).ok())
}
