//! The lines of a message.

use std::ops::Range;

use super::TokenKind;
use super::tokens::Tokens;

/// From how many octets on a line that consists of base64's letters is taken for base64. An RFC 2045 encoder
/// fills 76; a shorter last line is known by its padding.
const BASE64_MIN: usize = 40;

/// The longest boundary (RFC 2046 §5.1.1), with the dashes before and behind.
const BOUNDARY_LINE_MAX: usize = 70 + 4;

/// A header field or a continuation of one; an empty line.
pub(super) fn header(tokens: &mut Tokens<'_>) {
    let content = tokens.content();
    let name = content
        .iter()
        .position(|octet| !octet.is_ascii_graphic() || *octet == b':')
        .unwrap_or(content.len());
    if name > 0 && content.get(name) == Some(&b':') {
        tokens.push(name + 1, TokenKind::HeaderName);
    }
    if let Some(parameter) = boundary_parameter(content).filter(|range| range.start >= tokens.at()) {
        value(tokens, &content[..parameter.start]);
        tokens.push(parameter.end, TokenKind::Boundary);
    }
    value(tokens, content);
}

/// What a field says, up to the end of `content`.
fn value(tokens: &mut Tokens<'_>, content: &[u8]) {
    let mut next_word = encoded_word(content, tokens.at());
    let mut next_address = address(content, tokens.at());
    loop {
        let (range, kind) = match (&next_word, &next_address) {
            (Some(word), Some(address)) if address.start < word.start => (address, TokenKind::Address),
            (Some(word), _) => (word, TokenKind::EncodedWord),
            (None, Some(address)) => (address, TokenKind::Address),
            (None, None) => return tokens.push(content.len(), TokenKind::HeaderValue),
        };
        tokens.push(range.start, TokenKind::HeaderValue);
        tokens.push(range.end, kind);
        // Each is looked for again only from behind where it was found, so that the line is read once for each.
        if next_word.as_ref().is_some_and(|word| word.start < tokens.at()) {
            next_word = encoded_word(content, tokens.at());
        }
        if next_address
            .as_ref()
            .is_some_and(|address| address.start < tokens.at())
        {
            next_address = address(content, tokens.at());
        }
    }
}

/// A line of a body: a boundary, base64, or text with addresses.
pub(super) fn body(tokens: &mut Tokens<'_>) {
    let content = tokens.content();
    if is_boundary(content) {
        return tokens.rest(TokenKind::Boundary);
    }
    let long_enough = content.len() >= BASE64_MIN || content.ends_with(b"=");
    if long_enough && content.len().is_multiple_of(4) && is_base64(content) {
        return tokens.rest(TokenKind::Base64);
    }
    while let Some(range) = address(content, tokens.at()) {
        tokens.push(range.start, TokenKind::Text);
        tokens.push(range.end, TokenKind::Address);
    }
}

/// Whether a text consists of base64's letters and its padding alone.
pub(super) fn is_base64(text: &[u8]) -> bool {
    let letters = text
        .strip_suffix(b"==")
        .or_else(|| text.strip_suffix(b"="))
        .unwrap_or(text);
    !letters.is_empty()
        && letters
            .iter()
            .all(|octet| octet.is_ascii_alphanumeric() || b"+/".contains(octet))
}

/// Whether a word is a mail address and nothing else.
pub(super) fn is_address(word: &[u8]) -> bool {
    address(word, 0) == Some(0..word.len())
}

/// The next mail address: local part, @, domain. Octets beyond ASCII belong to both (RFC 6531).
fn address(text: &[u8], from: usize) -> Option<Range<usize>> {
    let is_local = |octet: &u8| {
        octet.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(octet) || !octet.is_ascii()
    };
    let is_domain = |octet: &u8| octet.is_ascii_alphanumeric() || b"-.".contains(octet) || !octet.is_ascii();
    let mut searched = from;
    loop {
        let at = searched + memchr::memchr(b'@', &text[searched..])?;
        let start = text[searched..at]
            .iter()
            .rposition(|octet| !is_local(octet))
            .map_or(searched, |before| searched + before + 1);
        let behind = &text[at + 1..];
        let length = behind
            .iter()
            .position(|octet| !is_domain(octet))
            .unwrap_or(behind.len());
        // A full stop behind an address ends the sentence.
        let length = behind[..length]
            .iter()
            .rposition(|octet| !b".-".contains(octet))
            .map_or(0, |last| last + 1);
        if start < at && length > 0 && !b".-".contains(&behind[0]) {
            return Some(start..at + 1 + length);
        }
        searched = at + 1;
    }
}

/// The next encoded word: `=?charset?encoding?text?=` without blanks.
fn encoded_word(text: &[u8], from: usize) -> Option<Range<usize>> {
    let mut searched = from;
    loop {
        let start = searched + memchr::memmem::find(&text[searched..], b"=?")?;
        let mut at = start + 2;
        let mut marks = 0;
        while let Some(octet) = text.get(at).filter(|octet| octet.is_ascii_graphic()) {
            at += 1;
            if *octet == b'?' {
                marks += 1;
                if marks == 3 {
                    break;
                }
            }
        }
        if marks == 3 && text.get(at) == Some(&b'=') {
            return Some(start..at + 1);
        }
        searched = at.max(start + 2);
    }
}

/// The value of a `boundary` parameter, without quotes.
fn boundary_parameter(text: &[u8]) -> Option<Range<usize>> {
    const NAME: &[u8] = b"boundary=";
    let name = text
        .windows(NAME.len())
        .position(|window| window.eq_ignore_ascii_case(NAME))?;
    let start = name + NAME.len();
    let (start, end) = if text.get(start) == Some(&b'"') {
        (
            start + 1,
            text[start + 1..]
                .iter()
                .position(|&octet| octet == b'"')
                .map(|length| start + 1 + length),
        )
    } else {
        (
            start,
            text[start..]
                .iter()
                .position(|&octet| octet <= b' ' || octet == b';')
                .map(|length| start + length),
        )
    };
    let end = end.unwrap_or(text.len());
    (start < end).then_some(start..end)
}

/// Whether a line may separate the parts of a MIME message: dashes, and letters of RFC 2046 without blanks.
fn is_boundary(line: &[u8]) -> bool {
    let Some(name) = line.strip_prefix(b"--") else {
        return false;
    };
    line.len() <= BOUNDARY_LINE_MAX
        && name.iter().any(|octet| octet.is_ascii_alphanumeric())
        && name
            .iter()
            .all(|octet| octet.is_ascii_alphanumeric() || b"'()+_,-./:=?".contains(octet))
}
