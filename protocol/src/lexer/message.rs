//! The lines of a message.

use std::ops::Range;

use super::TokenKind;
use super::tokens::Tokens;
use crate::command::is_blank;

/// From how many octets on a line that consists of base64's letters is taken for base64. An RFC 2045 encoder
/// fills 76; a shorter last line is known by its padding.
const BASE64_MIN: usize = 40;

/// The longest boundary (RFC 2046 §5.1.1), with the dashes before and behind.
const BOUNDARY_LINE_MAX: usize = 70 + 4;

/// How the names of header fields begin that describe a part of a message (RFC 2045 §3).
const PART_FIELD: &[u8] = b"content-";

/// A header field or a continuation of one; an empty line.
pub(super) fn header(tokens: &mut Tokens<'_>) {
    if let Some(colon) = field_name(tokens.content()) {
        tokens.push(colon + 1, TokenKind::HeaderName);
    }
    field_value(tokens, TokenKind::HeaderValue);
}

/// A line of a body: a boundary, base64, a field of a part's header, or text, which may be quoted.
pub(super) fn body(tokens: &mut Tokens<'_>) {
    let content = tokens.content();
    if is_boundary(content) {
        return tokens.rest(TokenKind::Boundary);
    }
    let long_enough = content.len() >= BASE64_MIN || content.ends_with(b"=");
    if long_enough && is_whole_base64(content) {
        return tokens.rest(TokenKind::Base64);
    }
    let is_part_field = content
        .get(..PART_FIELD.len())
        .is_some_and(|begin| begin.eq_ignore_ascii_case(PART_FIELD));
    if is_part_field && field_name(content).is_some() {
        return header(tokens);
    }
    if content.first().is_some_and(|&octet| is_blank(octet)) {
        return field_value(tokens, TokenKind::Text);
    }
    quoted(tokens);
    words(tokens, content, TokenKind::Text);
}

/// What goes on with a line of a message behind so much of it.
pub(super) fn rest_of_line(tokens: &mut Tokens<'_>, is_header: bool, before: &[u8]) {
    let content = tokens.content();
    if !is_header && is_base64(before) && is_base64(content) {
        return tokens.rest(TokenKind::Base64);
    }
    let kind = if is_header {
        TokenKind::HeaderValue
    } else {
        TokenKind::Text
    };
    words(tokens, content, kind);
}

/// Where the name of the header field ends with which a line begins: at its colon.
fn field_name(content: &[u8]) -> Option<usize> {
    let end = content
        .iter()
        .position(|octet| !octet.is_ascii_graphic() || *octet == b':')?;
    (end > 0 && content[end] == b':').then_some(end)
}

/// What a field says, which may name a boundary.
fn field_value(tokens: &mut Tokens<'_>, kind: TokenKind) {
    let content = tokens.content();
    if let Some(parameter) = boundary_parameter(content).filter(|range| range.start >= tokens.at()) {
        words(tokens, &content[..parameter.start], kind);
        tokens.push(parameter.end, TokenKind::Boundary);
    }
    words(tokens, content, kind);
}

/// The marks of a quotation, of one within another too: `> >`.
fn quoted(tokens: &mut Tokens<'_>) {
    let content = tokens.content();
    let marks = content
        .iter()
        .take_while(|&&octet| octet == b'>' || octet == b' ')
        .count();
    let end = content[..marks].iter().rposition(|&octet| octet == b'>');
    tokens.push(end.map_or(0, |last| last + 1), TokenKind::Quote);
}

/// Encoded words, addresses, and the rest, up to the end of `content`.
fn words(tokens: &mut Tokens<'_>, content: &[u8], kind: TokenKind) {
    let mut next_word = encoded_word(content, tokens.at());
    let mut next_address = address(content, tokens.at());
    loop {
        let (range, found) = match (&next_word, &next_address) {
            (Some(word), Some(address)) if address.start < word.start => (address, TokenKind::Address),
            (Some(word), _) => (word, TokenKind::EncodedWord),
            (None, Some(address)) => (address, TokenKind::Address),
            (None, None) => return tokens.push(content.len(), kind),
        };
        tokens.push(range.start, kind);
        tokens.push(range.end, found);
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

/// Whether a line, without its end, may be the last one of base64, which is shorter than the others.
pub(super) fn may_end_base64(content: &[u8]) -> bool {
    content.len() < BASE64_MIN && is_whole_base64(content)
}

fn is_whole_base64(content: &[u8]) -> bool {
    content.len().is_multiple_of(4) && is_base64(content)
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
pub(super) fn address(text: &[u8], from: usize) -> Option<Range<usize>> {
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
