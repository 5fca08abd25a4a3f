//! The ways in which a text may be read, to look in it for a part of a secret.

use zeroize::Zeroizing;

use super::parts::PART_MIN;
use super::phrases;

/// How many marks there are for what a text holds; a power of two, many times what a text has.
const MARKS: usize = 1 << 14;

/// A text in one way of reading it, in lower case.
pub(super) struct Reading {
    text: Zeroizing<Vec<u8>>,
    is_bare: bool,
    /// Its runs of [`PART_MIN`] octets, ascending, without those that servers say anyway.
    runs: Zeroizing<Vec<u64>>,
    /// A mark for each of them, by which most of those that it does not hold are told at once: what is looked for
    /// may be far longer than the text.
    marks: Zeroizing<Vec<u64>>,
}

impl Reading {
    fn of(text: &[u8], is_bare: bool) -> Self {
        let text = Zeroizing::new(text.to_ascii_lowercase());
        let mut runs: Zeroizing<Vec<u64>> = Zeroizing::new(
            runs(&text)
                .filter(|run| !phrases::have_run(run))
                .map(u64::from_le_bytes)
                .collect(),
        );
        runs.sort_unstable();
        let mut marks = Zeroizing::new(vec![0; MARKS / 64]);
        for &run in runs.iter() {
            let (word, bit) = mark(run);
            marks[word] |= bit;
        }
        Self {
            text,
            is_bare,
            runs,
            marks,
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

    /// Whether it has those octets in a row, and they tell something.
    pub(super) fn has(&self, run: [u8; PART_MIN]) -> bool {
        let run = u64::from_le_bytes(run);
        let (word, bit) = mark(run);
        self.marks[word] & bit != 0 && self.runs.binary_search(&run).is_ok()
    }
}

/// All runs of [`PART_MIN`] octets.
pub(super) fn runs(octets: &[u8]) -> impl Iterator<Item = [u8; PART_MIN]> {
    octets
        .windows(PART_MIN)
        .filter_map(|run| run.first_chunk().copied())
}

fn mark(run: u64) -> (usize, u64) {
    // Fibonacci hashing: the upper bits depend on all of the run.
    let hash = run.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - MARKS.trailing_zeros());
    let at = usize::try_from(hash).unwrap_or(0);
    (at / 64, 1 << (at % 64))
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
