//! Encoded words in header fields (RFC 2047), as far as they can be decoded without tables: UTF-8, US-ASCII and
//! ISO-8859-1. Who knows other charsets decodes those; everything else stays as it is written.

use crate::base64;

/// What the text says when its encoded words are decoded. White space between two of them is none of the text
/// (RFC 2047 §6.2); a character that is cut in two between them comes together again.
pub fn decode(text: &[u8]) -> String {
    decode_with(text, |_, _| None)
}

/// The same, with somebody who may know how to decode octets in other charsets, which are named in lower case.
pub fn decode_with(text: &[u8], other: impl Fn(&str, &[u8]) -> Option<String>) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    let mut is_behind_word = false;
    while let Some(start) = memchr::memmem::find(rest, b"=?") {
        let (before, word) = rest.split_at(start);
        let found = encoded_word(word, &other);
        if !(found.is_some() && is_behind_word && before.iter().all(u8::is_ascii_whitespace)) {
            decoded.extend_from_slice(before);
        }
        is_behind_word = found.is_some();
        let (octets, length) = found.unwrap_or_else(|| (word[..2].to_vec(), 2));
        decoded.extend_from_slice(&octets);
        rest = &word[length..];
    }
    decoded.extend_from_slice(rest);
    String::from_utf8_lossy(&decoded).into_owned()
}

/// The encoded word that a text begins with, as UTF-8, and how long it is.
fn encoded_word(text: &[u8], other: &impl Fn(&str, &[u8]) -> Option<String>) -> Option<(Vec<u8>, usize)> {
    let end_of = |from: usize| memchr::memchr(b'?', &text[from..]).map(|at| from + at);
    let charset_end = end_of(2)?;
    let encoding_end = end_of(charset_end + 1)?;
    let text_end = end_of(encoding_end + 1)?;
    if text.get(text_end + 1) != Some(&b'=') || !text[2..text_end].iter().all(u8::is_ascii_graphic) {
        return None;
    }
    let encoded = &text[encoding_end + 1..text_end];
    let octets = match &text[charset_end + 1..encoding_end] {
        b"B" | b"b" => base64::decode(encoded)?,
        b"Q" | b"q" => q_decoded(encoded)?,
        _ => return None,
    };
    // RFC 2231 §5: a language may follow the charset.
    let charset = text[2..charset_end].split(|&octet| octet == b'*').next()?;
    let octets = match charset.to_ascii_lowercase().as_slice() {
        b"utf-8" | b"utf8" | b"us-ascii" => octets,
        b"iso-8859-1" | b"latin1" => octets
            .iter()
            .map(|&octet| char::from(octet))
            .collect::<String>()
            .into_bytes(),
        charset => other(std::str::from_utf8(charset).ok()?, &octets)?.into_bytes(),
    };
    Some((octets, text_end + 2))
}

/// RFC 2047 §4.2.
fn q_decoded(encoded: &[u8]) -> Option<Vec<u8>> {
    let digit = |octet: &u8| char::from(*octet).to_digit(16);
    let mut decoded = Vec::with_capacity(encoded.len());
    let mut octets = encoded.iter();
    while let Some(&octet) = octets.next() {
        decoded.push(match octet {
            b'_' => b' ',
            b'=' => (digit(octets.next()?)? * 16 + digit(octets.next()?)?) as u8,
            _ => octet,
        });
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words_say_what_they_mean() {
        for (written, said) in [
            ("Test", "Test"),
            (
                "=?utf-8?B?R3LDvMOfZQ==?= from =?ISO-8859-1?Q?M=FCnchen_?=x",
                "Grüße from München x",
            ),
            ("=?UTF-8?q?a?= \t =?UTF-8?q?b?=", "ab"),
            ("=?utf-8*en?B?R3LD?==?utf-8?B?vMOfZQ?=", "Grüße"),
            ("a =?x?= b", "a =?x?= b"),
            ("=?koi8-r?B?8NLJ18XU?=", "=?koi8-r?B?8NLJ18XU?="),
            ("=?utf-8?Q?=4?=", "=?utf-8?Q?=4?="),
            ("=?utf-8?Q?a b?=", "=?utf-8?Q?a b?="),
            ("=?=?=?=?=?", "=?=?=?=?=?"),
            ("", ""),
        ] {
            assert_eq!(decode(written.as_bytes()), said);
        }
        assert_eq!(decode(b"=?utf-8?Q?=FF?= \xfc"), "\u{fffd} \u{fffd}");
        let koi8 = |charset: &str, octets: &[u8]| {
            (charset == "koi8-r" && octets.len() == 6).then(|| "Привет".to_owned())
        };
        assert_eq!(
            decode_with(b"=?KOI8-R?B?8NLJ18XU?= =?x?Q?a?=", koi8),
            "Привет =?x?Q?a?="
        );
    }
}
