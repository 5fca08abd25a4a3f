//! Status lines, continuations, listings.

use super::TokenKind;
use super::message::{address, is_base64};
use super::tokens::Tokens;
use crate::reply::{Indicator, response_code};

/// SASL mechanisms that a bare AUTH lists, one on a line.
const MECHANISMS: [&str; 14] = [
    "ANONYMOUS",
    "CRAM-MD5",
    "DIGEST-MD5",
    "EXTERNAL",
    "GSSAPI",
    "GS2-KRB5",
    "KERBEROS_V4",
    "LOGIN",
    "NTLM",
    "OAUTHBEARER",
    "OTP",
    "PLAIN",
    "XOAUTH",
    "XOAUTH2",
];

/// The indicator, the response code, numbers, and what stands in angle brackets with an @ as `bracketed`.
pub(super) fn status(tokens: &mut Tokens<'_>, bracketed: TokenKind) {
    indicator(tokens);
    if let Some(code) = response_code(tokens.content()) {
        tokens.push(code.start, TokenKind::Text);
        tokens.push(code.end, TokenKind::Code);
    }
    let content = tokens.content();
    let mut next_address = address(content, tokens.at());
    while let Some(&octet) = tokens.left().first() {
        if let Some(address) = next_address.take_if(|it| it.start < tokens.at()) {
            // What it begins with was something else.
            next_address = self::address(content, tokens.at().max(address.end));
        }
        if let Some(address) = next_address.take_if(|it| it.start == tokens.at()) {
            tokens.push(address.end, TokenKind::Address);
            next_address = self::address(content, tokens.at());
            continue;
        }
        let before = tokens.at().checked_sub(1).map(|at| content[at]);
        let length = match octet {
            b'<' => bracketed_length(tokens.left()),
            b'0'..=b'9' if !before.is_some_and(is_word) => number_length(tokens.left()),
            _ => None,
        };
        match length {
            Some(length) => tokens.take(
                length,
                if octet == b'<' {
                    bracketed
                } else {
                    TokenKind::Number
                },
            ),
            None => {
                let left = tokens.left();
                let word = left
                    .iter()
                    .position(|&octet| !is_word(octet))
                    .unwrap_or(left.len());
                tokens.take(word.max(1), TokenKind::Text);
            }
        }
    }
}

/// The indicator and what may be a challenge in base64.
pub(super) fn continuation(tokens: &mut Tokens<'_>) {
    indicator(tokens);
    tokens.blanks();
    if is_base64(tokens.left()) {
        tokens.rest(TokenKind::Base64);
    }
}

/// `number number`, `number unique-id`, or a name and its parameters.
pub(super) fn listing(tokens: &mut Tokens<'_>) {
    tokens.blanks();
    let first = tokens.word();
    let is_row = is_number(first);
    let names_mechanisms = [&b"SASL"[..], b"AUTH"]
        .iter()
        .any(|name| first.eq_ignore_ascii_case(name));
    let only_word = tokens.left().len() == first.len();
    tokens.take(
        first.len(),
        match () {
            () if is_row => TokenKind::Number,
            () if only_word && is_mechanism(first) => TokenKind::Mechanism,
            () => TokenKind::Capability,
        },
    );
    let mut is_second = true;
    loop {
        tokens.blanks();
        let word = tokens.word();
        if word.is_empty() {
            return;
        }
        tokens.take(
            word.len(),
            match () {
                () if is_number(word) => TokenKind::Number,
                () if is_row && is_second => TokenKind::UniqueId,
                () if names_mechanisms => TokenKind::Mechanism,
                () => TokenKind::Argument,
            },
        );
        is_second = false;
    }
}

/// A line that answers nothing.
pub(super) fn unexpected(tokens: &mut Tokens<'_>) {
    indicator(tokens);
    tokens.rest(TokenKind::Unknown);
}

fn indicator(tokens: &mut Tokens<'_>) {
    match Indicator::of(tokens.content()) {
        Some((Indicator::Ok | Indicator::Continuation, length)) => tokens.take(length, TokenKind::StatusOk),
        Some((Indicator::Err, length)) => tokens.take(length, TokenKind::StatusErr),
        None => {}
    }
}

fn is_mechanism(word: &[u8]) -> bool {
    MECHANISMS
        .iter()
        .any(|name| name.as_bytes().eq_ignore_ascii_case(word))
        || word
            .get(..6)
            .is_some_and(|begin| begin.eq_ignore_ascii_case(b"SCRAM-"))
}

fn is_number(word: &[u8]) -> bool {
    !word.is_empty() && word.iter().all(u8::is_ascii_digit)
}

/// Octets beyond ASCII belong to words, so that no character of UTF-8 is split.
fn is_word(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || octet == b'_' || !octet.is_ascii()
}

fn number_length(text: &[u8]) -> Option<usize> {
    let length = text
        .iter()
        .position(|octet| !octet.is_ascii_digit())
        .unwrap_or(text.len());
    text.get(length)
        .is_none_or(|&octet| !is_word(octet))
        .then_some(length)
}

/// The length of `<…@…>`. Another opening bracket or a blank inside makes it none, so that looking for the
/// end never goes over the same octets twice.
fn bracketed_length(text: &[u8]) -> Option<usize> {
    let inside = &text[1..];
    let close = inside
        .iter()
        .position(|&octet| octet <= b' ' || octet == b'<' || octet == b'>')?;
    (inside[close] == b'>' && inside[..close].contains(&b'@')).then_some(close + 2)
}
