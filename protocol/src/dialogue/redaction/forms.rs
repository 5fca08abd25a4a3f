//! The forms in which a server may echo a secret.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use crate::command::is_blank;
use crate::secret::Secret;

/// A secret shorter than this many octets cannot be struck out: the text would show it by what is missing.
/// Words of a longer secret that are shorter are no secrets of their own.
pub(super) const STRIKABLE_MIN: usize = 4;

/// How many forms of one secret are looked for. With more of them all text is withheld.
const FORMS_MAX: usize = 64;

/// With or without padding, whatever the trailing bits.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The forms of one secret, in lower case.
#[derive(Debug, Default)]
pub(super) struct Forms {
    forms: Vec<Secret>,
    withhold_all: bool,
    /// Whether there were too many.
    is_full: bool,
}

impl Forms {
    /// The forms of a secret; `encoded` tells that it is in base64, as SASL responses are.
    pub(super) fn of(secret: &[u8], encoded: bool) -> Self {
        let mut forms = Self::default();
        // RFC 5034 §4: `=` alone is an initial response that is empty.
        if secret.is_empty() || (encoded && secret == b"=") {
            return forms;
        }
        forms.add_with_variants(secret);
        if encoded && let Some(decoded) = decoded(secret) {
            fields(&decoded).for_each(|field| forms.add_with_variants(field));
        }
        forms
    }

    /// Whether there is nothing to look for.
    pub(super) fn is_empty(&self) -> bool {
        self.forms.is_empty() && !self.withhold_all
    }

    /// Whether no text may be shown at all.
    pub(super) fn withhold_all(&self) -> bool {
        self.withhold_all
    }

    /// How many there are to strike out.
    pub(super) fn count(&self) -> usize {
        self.forms.len()
    }

    /// The forms to strike out.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.forms.iter().map(Secret::reveal)
    }

    fn add_with_variants(&mut self, secret: &[u8]) {
        let bare = trimmed(secret);
        if bare.len() < STRIKABLE_MIN {
            self.withhold_all = true;
            return;
        }
        self.add(bare);
        // How many of the blanks in front a server takes for separators is unknown, and changes all of base64.
        let leading = secret.len() - trimmed_start(secret).len();
        for start in 0..=leading {
            if self.is_full {
                return;
            }
            self.add_encoded(&secret[start..]);
            self.add_encoded(&secret[start..leading + bare.len()]);
        }
        let words = || {
            bare.split(|&octet| is_blank(octet))
                .filter(|word| !word.is_empty())
        };
        if words().nth(1).is_some() {
            let mut folded = Zeroizing::new(Vec::with_capacity(bare.len()));
            for word in words() {
                if !folded.is_empty() {
                    folded.push(b' ');
                }
                folded.extend_from_slice(word);
            }
            self.add(&folded);
            self.add_encoded(&folded);
            words()
                .filter(|word| word.len() >= STRIKABLE_MIN)
                .for_each(|word| self.add(word));
        }
    }

    fn add_encoded(&mut self, plain: &[u8]) {
        self.add(encoded(plain).as_bytes());
    }

    fn add(&mut self, form: &[u8]) {
        if self.is_full || self.iter().any(|known| known.eq_ignore_ascii_case(form)) {
            return;
        }
        if self.forms.len() == FORMS_MAX {
            self.forms.clear();
            (self.withhold_all, self.is_full) = (true, true);
            return;
        }
        self.forms.push(Secret::new(form.to_ascii_lowercase()));
    }
}

/// What a SASL response says; none where it is not in base64.
pub(super) fn decoded(secret: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    BASE64.decode(trimmed(secret)).ok().map(Zeroizing::new)
}

/// Its fields: PLAIN separates them by NUL (RFC 4616), XOAUTH2 and OAUTHBEARER by 0x01 (RFC 7628).
pub(super) fn fields(decoded: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    decoded
        .split(|&octet| octet <= 1)
        .filter(|field| !field.is_empty())
}

pub(super) fn encoded(plain: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(BASE64.encode(plain))
}

/// Without the blanks around it.
pub(super) fn trimmed(secret: &[u8]) -> &[u8] {
    let text = trimmed_start(secret);
    let end = text
        .iter()
        .rposition(|&octet| !is_blank(octet))
        .map_or(0, |last| last + 1);
    &text[..end]
}

fn trimmed_start(secret: &[u8]) -> &[u8] {
    let start = secret
        .iter()
        .position(|&octet| !is_blank(octet))
        .unwrap_or(secret.len());
    &secret[start..]
}
