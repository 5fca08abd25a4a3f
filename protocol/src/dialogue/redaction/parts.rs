//! What a part of a secret looks like, or all of it in other words, where a server cuts, escapes or encodes it.

use memchr::memmem;
use zeroize::Zeroizing;

use super::Written;
use super::forms::{STRIKABLE_MIN, decoded, encoded, fields, trimmed};
use super::reading::{Reading, bare};
use super::runs::{PART_MIN, Runs};
use crate::secret::Secret;

/// What is looked for of secrets. A text that shares [`PART_MIN`] octets in a row with one of the parts, or has all of
/// one that is shorter, must not be shown.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// In a text as it stands, or with its escapes taken for what they stand for.
    literal: Runs,
    /// In what is left of a text without all that servers escape, replace or put in between.
    bare: Runs,
}

impl Parts {
    /// Of a secret.
    pub(super) fn of(secret: &[u8], written: Written) -> Self {
        let parts = Words::of(secret, written);
        Self {
            literal: Runs::of(&parts.literal),
            bare: Runs::of(&parts.bare),
        }
    }

    /// Together with those of another secret.
    pub(super) fn with(&self, more: &Self) -> Self {
        Self {
            literal: self.literal.with(&more.literal),
            bare: self.bare.with(&more.bare),
        }
    }

    /// Without those of a secret that is among them.
    pub(super) fn without(&self, gone: &Self) -> Self {
        Self {
            literal: self.literal.without(&gone.literal),
            bare: self.bare.without(&gone.bare),
        }
    }

    /// Whether one of them is in a text.
    pub(super) fn are_in(&self, reading: &Reading) -> bool {
        let runs = if reading.is_bare() {
            &self.bare
        } else {
            &self.literal
        };
        runs.are_in(reading.text())
    }
}

/// The parts of one secret, in lower case.
#[derive(Default)]
struct Words {
    literal: Vec<Secret>,
    bare: Vec<Secret>,
}

impl Words {
    fn of(secret: &[u8], written: Written) -> Self {
        let mut words = Self::default();
        let (Written::Encoded(_), Some(decoded)) = (written, decoded(secret)) else {
            words.add_all(secret);
            return words;
        };
        // A mailbox's name is no secret, and its host is in what a server says of itself: `mail.example.org` shares
        // more with `anna@example.org` than a part is long. So the name has no parts where it is plain which it is:
        // of LOGIN and CRAM-MD5 only what stands beside it is looked for, of PLAIN and OAuth only the last field and
        // the token, and each as a whole (`Forms`) all the same.
        if let Written::Encoded(Some(naming)) = written
            && let Some(beside) = naming.beside_name(&decoded)
        {
            words.add_all(beside);
            return words;
        }
        words.add_all(secret);
        let last = fields(&decoded).next_back().filter(|last| !is_scram(last));
        let bearer = fields(&decoded).find(|field| field.starts_with(b"auth="));
        last.into_iter()
            .chain(bearer.filter(|bearer| last != Some(bearer)))
            .for_each(|field| words.add_all(field));
        words
    }

    fn add_all(&mut self, secret: &[u8]) {
        let secret = trimmed(secret);
        if secret.len() < STRIKABLE_MIN {
            return;
        }
        self.add(secret);
        for shift in 0..3 {
            self.add(&encoded_within(secret, shift));
        }
        if !secret.is_ascii() {
            self.add(&without_others(secret, |_| true));
            self.add(&without_others(secret, |octet| !is_continued(octet)));
        }
        let hexadecimal = hexadecimal(secret);
        self.add(&hexadecimal);
        let bare = bare(secret);
        // One that is shorter, and the same, is no other than what is struck out.
        let is_other = bare.len() < secret.len() && bare.len() >= STRIKABLE_MIN;
        if is_other || bare.len() >= PART_MIN {
            self.bare.push(Secret::new(bare.to_ascii_lowercase()));
        }
        self.bare.push(Secret::new(hexadecimal.to_vec()));
    }

    fn add(&mut self, part: &[u8]) {
        self.literal.push(Secret::new(part.to_ascii_lowercase()));
    }
}

/// What base64 of a longer text holds of a secret that stands in it, so many octets behind a multiple of three:
/// without the characters to which what stands around it adds.
fn encoded_within(secret: &[u8], shift: usize) -> Zeroizing<Vec<u8>> {
    let mut shifted = Zeroizing::new(vec![0; shift]);
    shifted.reserve_exact(secret.len());
    shifted.extend_from_slice(secret);
    let (from, end) = ((shift * 8).div_ceil(6), shifted.len() * 8 / 6);
    Zeroizing::new(encoded(&shifted).as_bytes()[from..end].to_vec())
}

fn hexadecimal(secret: &[u8]) -> Zeroizing<Vec<u8>> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut digits = Zeroizing::new(Vec::with_capacity(secret.len() * 2));
    for octet in secret {
        digits.push(DIGITS[usize::from(octet >> 4)]);
        digits.push(DIGITS[usize::from(octet & 0xf)]);
    }
    digits
}

/// With a question mark for each octet outside ASCII that `stands`, and none for the others.
fn without_others(secret: &[u8], stands: fn(u8) -> bool) -> Zeroizing<Vec<u8>> {
    let octets = secret
        .iter()
        .filter(|octet| octet.is_ascii() || stands(**octet))
        .map(|&octet| if octet.is_ascii() { octet } else { b'?' });
    Zeroizing::new(octets.collect())
}

/// Whether a character of UTF-8 goes on with that octet.
fn is_continued(octet: u8) -> bool {
    octet & 0xc0 == 0x80
}

/// Whether a response is SCRAM's first (RFC 5802 §7), which holds no secret: a name, and a nonce.
fn is_scram(field: &[u8]) -> bool {
    matches!(field, [b'n' | b'y', b',', ..] | [b'p', b'=', ..]) && memmem::find(field, b",r=").is_some()
}
