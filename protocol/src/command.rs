//! The catalogue of commands: what each takes, when it is allowed, what answers it and what of it is secret.
//!
//! It annotates. A verb that is not in it goes out like any other.

mod catalogue;

use std::ops::Range;

use self::catalogue::CATALOGUE;
use crate::state::{Expectation, Phase};

/// A command of POP3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command {
    /// The verb in upper case.
    pub name: &'static str,
    /// Its arguments as the RFCs name them, optional ones in brackets; empty when it takes none.
    pub arguments: &'static str,
    /// The session states in which it is allowed.
    pub phases: &'static [Phase],
    /// How a positive reply looks.
    pub reply: ReplyShape,
    /// What of its line is secret.
    pub secrecy: Secrecy,
    /// The capability that a server lists if it takes the command (RFC 2449 §6); empty where there is none.
    pub capability: &'static str,
    /// What it does, in one line.
    pub help: &'static str,
    /// Where it is defined.
    pub rfc: &'static str,
}

/// How a positive reply looks. A negative one is always a single line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReplyShape {
    /// The status line alone.
    Single,
    /// A listing follows the status line.
    Listing,
    /// A listing follows if the command had no argument.
    ListingWithoutArgument,
    /// A message, or the top of one, follows.
    Message,
}

/// What of a command's line is secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Secrecy {
    /// Nothing.
    None,
    /// All that follows the verb.
    Arguments,
    /// What follows the first argument; a first argument that has no second is taken for the secret itself.
    BehindName,
    /// What follows the first argument; a first argument that cannot be a mechanism's name is secret too.
    BehindMechanism,
}

impl Command {
    /// Whether it is allowed in that state.
    pub fn is_allowed_in(&self, phase: Phase) -> bool {
        self.phases.contains(&phase)
    }
}

/// The command of that name, in any letter case.
pub fn find(verb: &[u8]) -> Option<&'static Command> {
    CATALOGUE
        .iter()
        .find(|command| command.name.as_bytes().eq_ignore_ascii_case(verb))
}

/// Every command of the catalogue, in the order in which a session tends to use them.
pub fn all() -> &'static [Command] {
    &CATALOGUE
}

/// Where the verb of a line stands: its first run of octets that are no blanks. Controls count as blanks.
pub fn verb(line: &[u8]) -> Range<usize> {
    word(line, 0)
}

/// What follows the verb of a line, blanks on both sides taken off.
pub fn arguments(line: &[u8]) -> &[u8] {
    let rest = &line[verb(line).end..];
    let rest = &rest[skip(rest, 0, is_blank)..];
    let end = rest
        .iter()
        .rposition(|&octet| !is_blank(octet))
        .map_or(0, |last| last + 1);
    &rest[..end]
}

/// Whether the verb of a line is that one, in any letter case.
pub fn is(line: &[u8], name: &str) -> bool {
    line[verb(line)].eq_ignore_ascii_case(name.as_bytes())
}

/// How a positive reply to that very line looks: it is never [`ReplyShape::ListingWithoutArgument`].
pub fn reply_to(line: &[u8]) -> ReplyShape {
    match find(&line[verb(line)]).map(|command| command.reply) {
        Some(ReplyShape::ListingWithoutArgument) if arguments(line).is_empty() => ReplyShape::Listing,
        Some(ReplyShape::ListingWithoutArgument) | None => ReplyShape::Single,
        Some(shape) => shape,
    }
}

/// From which offset on a line holds a secret, if it does.
///
/// `expects` tells whether it is, or may be, a SASL response to an AUTH command: then all of it is secret,
/// but for the `*` that cancels (RFC 5034 §4).
///
/// Where a server sees a verb begin and end is unknown, and so is what was pasted along (`PASS\tx`, `PASS:x`,
/// `> PASS x`): for secrecy's sake the verb is the first run of ASCII letters and digits, whatever is around.
pub fn secret_from(line: &[u8], expects: Expectation) -> Option<usize> {
    let is_response = match expects {
        Expectation::Command => false,
        Expectation::LateResponse => find(&line[verb(line)]).is_none(),
        Expectation::Response => true,
    };
    let from = if is_response {
        if line == b"*" {
            return None;
        }
        0
    } else {
        let start = skip(line, 0, |octet| !octet.is_ascii_alphanumeric());
        let verb = start..skip(line, start, |octet| octet.is_ascii_alphanumeric());
        match find(&line[verb.clone()])?.secrecy {
            Secrecy::None => return None,
            Secrecy::Arguments => behind_one_blank(line, verb.end),
            Secrecy::BehindName => {
                let name = word(line, verb.end);
                let secret = behind_one_blank(line, name.end);
                let only_one = skip(line, secret, is_blank) == line.len();
                if only_one {
                    behind_one_blank(line, verb.end)
                } else {
                    secret
                }
            }
            Secrecy::BehindMechanism => {
                let mechanism = word(line, verb.end);
                if is_mechanism(&line[mechanism.clone()]) {
                    behind_one_blank(line, mechanism.end)
                } else {
                    behind_one_blank(line, verb.end)
                }
            }
        }
    };
    (from < line.len()).then_some(from)
}

/// The longest name that a SASL mechanism may have (RFC 4422 §3.1).
const MECHANISM_MAX: usize = 20;

fn is_mechanism(word: &[u8]) -> bool {
    word.len() <= MECHANISM_MAX
        && word
            .iter()
            .all(|&octet| octet.is_ascii_alphanumeric() || octet == b'-' || octet == b'_')
}

/// Controls count as blanks: a server written in C may well take them so.
pub(crate) fn is_blank(octet: u8) -> bool {
    octet <= b' ' || octet == 0x7f
}

fn skip(line: &[u8], from: usize, what: impl Fn(u8) -> bool) -> usize {
    line[from..]
        .iter()
        .position(|&octet| !what(octet))
        .map_or(line.len(), |at| from + at)
}

/// The next run of octets that are no blanks.
fn word(line: &[u8], from: usize) -> Range<usize> {
    let start = skip(line, from, is_blank);
    start..skip(line, start, |octet| !is_blank(octet))
}

/// One separator is not part of a secret; a second one may be (RFC 1939 §7, PASS).
fn behind_one_blank(line: &[u8], at: usize) -> usize {
    if line.get(at).is_some_and(|&octet| is_blank(octet)) {
        at + 1
    } else {
        at
    }
}

#[cfg(test)]
mod tests;
