//! A line -> tokens with spans. Total: any octets, linear time.

mod client;
mod message;
mod reply;
mod tokens;

use self::tokens::Tokens;
use crate::entry::Part;
use crate::reply::content_end;
use crate::state::Expectation;

/// A stretch of a line that means one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Token {
    /// The offset of its first octet.
    pub start: u32,
    /// The offset behind its last octet.
    pub end: u32,
    /// What it means.
    pub kind: TokenKind,
}

/// What a stretch of a line means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// The verb of a command that the catalogue knows.
    Command,
    /// An argument of a command, or a parameter of a capability.
    Argument,
    /// A message number, a size, a count.
    Number,
    /// `+OK` or the `+` of a continuation.
    StatusOk,
    /// `-ERR`.
    StatusErr,
    /// A response code with its brackets (RFC 2449 §8).
    Code,
    /// Text, blanks included.
    Text,
    /// The timestamp of a greeting, with its angle brackets (RFC 1939 §7, APOP).
    Apop,
    /// The name of a capability.
    Capability,
    /// A mail address.
    Address,
    /// The name of a header field, its colon included.
    HeaderName,
    /// What a header field says.
    HeaderValue,
    /// An encoded word (RFC 2047 §2).
    EncodedWord,
    /// A MIME boundary.
    Boundary,
    /// Base64.
    Base64,
    /// The marks of a quotation in a message.
    Quote,
    /// A unique-id.
    UniqueId,
    /// Where a secret stands.
    Secret,
    /// The termination octet.
    Terminator,
    /// The name of a SASL mechanism.
    Mechanism,
    /// The line end.
    End,
    /// A verb that the catalogue does not know, or what a server says without being asked.
    Unknown,
}

impl TokenKind {
    /// What follows `tok-` in the name of its style class.
    pub fn class(self) -> &'static str {
        match self {
            TokenKind::Command => "command",
            TokenKind::Argument => "argument",
            TokenKind::Number => "number",
            TokenKind::StatusOk => "status-ok",
            TokenKind::StatusErr => "status-err",
            TokenKind::Code => "code",
            TokenKind::Text => "text",
            TokenKind::Apop => "apop",
            TokenKind::Capability => "capability",
            TokenKind::Address => "address",
            TokenKind::HeaderName => "header-name",
            TokenKind::HeaderValue => "header-value",
            TokenKind::EncodedWord => "encoded-word",
            TokenKind::Boundary => "boundary",
            TokenKind::Base64 => "base64",
            TokenKind::Quote => "quote",
            TokenKind::UniqueId => "unique-id",
            TokenKind::Secret => "secret",
            TokenKind::Terminator => "terminator",
            TokenKind::Mechanism => "mechanism",
            TokenKind::End => "end",
            TokenKind::Unknown => "unknown",
        }
    }
}

/// How many octets of a line are looked at. What follows is one text token.
pub const LEXED_MAX: usize = 16 * 1024;

/// The tokens of a line that was or is being typed. `expects` tells what it is taken for.
pub fn client_line(line: &[u8], expects: Expectation) -> Vec<Token> {
    let mut tokens = Tokens::of(line);
    client::lex(&mut tokens, expects);
    tokens.finish()
}

/// The tokens of a line that the server sent, its line end included if it has one.
pub fn server_line(part: Part, line: &[u8]) -> Vec<Token> {
    let mut tokens = Tokens::of(line);
    match part {
        Part::Greeting => reply::status(&mut tokens, TokenKind::Apop),
        Part::Status => reply::status(&mut tokens, TokenKind::Address),
        Part::Continuation => reply::continuation(&mut tokens),
        Part::Listing => reply::listing(&mut tokens),
        Part::Header => message::header(&mut tokens),
        Part::Body => message::body(&mut tokens),
        Part::Terminator => tokens.rest(TokenKind::Terminator),
        Part::Unexpected => reply::unexpected(&mut tokens),
    }
    tokens.finish()
}

/// The tokens of what goes on with a line that the server sent, behind as much of it as stands in `before`.
pub fn rest_of_server_line(part: Part, before: &[u8], octets: &[u8]) -> Vec<Token> {
    let mut tokens = Tokens::of(octets);
    if let Part::Header | Part::Body = part {
        message::rest_of_line(&mut tokens, part == Part::Header, before);
    }
    tokens.finish()
}

/// Whether a line of a body is too short to be taken for base64, but would be the last one of it behind some.
pub fn may_end_base64(line: &[u8]) -> bool {
    message::may_end_base64(&line[..content_end(line)])
}

/// The tokens of that line then.
pub fn end_of_base64(line: &[u8]) -> Vec<Token> {
    let mut tokens = Tokens::of(line);
    tokens.rest(TokenKind::Base64);
    tokens.finish()
}

#[cfg(test)]
mod tests;
