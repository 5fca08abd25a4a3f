//! What a person types.

use super::TokenKind;
use super::message::is_address;
use super::tokens::Tokens;
use crate::command::{self, Secrecy};
use crate::state::Expectation;

pub(super) fn lex(tokens: &mut Tokens<'_>, expects: Expectation) {
    let line = tokens.line();
    if expects == Expectation::Response && line == b"*" {
        return tokens.rest(TokenKind::Command);
    }
    match command::secret_from(line, expects) {
        Some(from) => {
            tokens.stop_at(from);
            words(tokens);
            tokens.push(from, TokenKind::Text);
            tokens.push(line.len(), TokenKind::Secret);
        }
        None => words(tokens),
    }
}

fn words(tokens: &mut Tokens<'_>) {
    let mut command = None;
    let mut index = 0;
    loop {
        tokens.blanks();
        let word = tokens.word();
        if word.is_empty() {
            return;
        }
        let kind = if index == 0 {
            command = command::find(word);
            if command.is_some() {
                TokenKind::Command
            } else {
                TokenKind::Unknown
            }
        } else if index == 1 && command.is_some_and(|command| command.secrecy == Secrecy::BehindMechanism) {
            TokenKind::Mechanism
        } else if word.iter().all(u8::is_ascii_digit) {
            TokenKind::Number
        } else if is_address(word) {
            TokenKind::Address
        } else {
            TokenKind::Argument
        };
        tokens.take(word.len(), kind);
        index += 1;
    }
}
