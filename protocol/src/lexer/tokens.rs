//! Collects tokens so that they cover a line without gaps and overlaps.

use super::{LEXED_MAX, Token, TokenKind};
use crate::command::is_blank;
use crate::reply::content_end;

/// The tokens of a line so far: they reach up to [`at`](Self::at).
pub(super) struct Tokens<'a> {
    line: &'a [u8],
    lexed: usize,
    at: usize,
    tokens: Vec<Token>,
}

impl<'a> Tokens<'a> {
    pub(super) fn of(line: &'a [u8]) -> Self {
        let mut lexed = content_end(line);
        if lexed > LEXED_MAX {
            lexed = LEXED_MAX;
            // A character of UTF-8 has at most three octets behind its first one.
            for _ in 0..3 {
                if line[lexed] & 0xc0 == 0x80 {
                    lexed -= 1;
                }
            }
        }
        Self {
            line,
            lexed,
            at: 0,
            tokens: Vec::new(),
        }
    }

    /// What is looked at, from the line's first octet: its content without the line end, bounded.
    pub(super) fn content(&self) -> &'a [u8] {
        &self.line[..self.lexed]
    }

    /// Nothing from `end` on is looked at any more.
    pub(super) fn stop_at(&mut self, end: usize) {
        self.lexed = self.lexed.min(end);
    }

    /// All of the line, however long it is.
    pub(super) fn line(&self) -> &'a [u8] {
        self.line
    }

    /// Up to where the tokens reach.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// What is to be lexed still.
    pub(super) fn left(&self) -> &'a [u8] {
        &self.line[self.at.min(self.lexed)..self.lexed]
    }

    /// The next token reaches up to `end`. One of the same kind as the last is joined to it.
    pub(super) fn push(&mut self, end: usize, kind: TokenKind) {
        if end <= self.at {
            return;
        }
        let (start, end_u32) = (offset(self.at), offset(end));
        match self.tokens.last_mut() {
            Some(last) if last.kind == kind => last.end = end_u32,
            _ => self.tokens.push(Token {
                start,
                end: end_u32,
                kind,
            }),
        }
        self.at = end;
    }

    /// The next token is that many octets long.
    pub(super) fn take(&mut self, length: usize, kind: TokenKind) {
        self.push(self.at + length, kind);
    }

    /// Blanks, if they come next, are text.
    pub(super) fn blanks(&mut self) {
        let left = self.left();
        self.take(
            left.iter()
                .position(|&octet| !is_blank(octet))
                .unwrap_or(left.len()),
            TokenKind::Text,
        );
    }

    /// The run of octets that comes next and holds no blanks.
    pub(super) fn word(&self) -> &'a [u8] {
        let left = self.left();
        &left[..left
            .iter()
            .position(|&octet| is_blank(octet))
            .unwrap_or(left.len())]
    }

    /// All that is left of the content is one token.
    pub(super) fn rest(&mut self, kind: TokenKind) {
        self.push(self.lexed, kind);
    }

    /// The rest as text, and the line end.
    pub(super) fn finish(mut self) -> Vec<Token> {
        self.push(content_end(self.line), TokenKind::Text);
        self.push(self.line.len(), TokenKind::End);
        self.tokens
    }
}

/// Lines are far shorter than what a `u32` counts; if one is not, its tokens end there.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
