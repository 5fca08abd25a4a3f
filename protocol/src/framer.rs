//! Octets -> lines and payload, whatever the pieces in which they come.
//!
//! A line ends at LF, with or without a CR before it; a bare CR is part of a line. No more is held back than
//! it takes to tell a line of one piece, the termination octet, or the name of a header field: of a name that comes in
//! parts nobody could tell whether it is one, or text that stands where fields should, and must not be shown to all.

use std::fmt;

use bytes::Bytes;
use memchr::memmem::Finder;

use crate::entry::PIECE_MAX;

/// How many octets at a header line's beginning are held back at most for the colon behind the field's name: more than
/// any name that is taken for one has, and a few blanks.
pub(crate) const FIELD_START_MAX: usize = 80;

/// Cuts octets into lines; a line longer than [`PIECE_MAX`] into pieces of that length and a rest.
#[derive(Default)]
pub struct Lines {
    held: Vec<u8>,
    inside: bool,
}

/// A line, or a piece of a long one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinePiece {
    /// The octets, line end included.
    pub octets: Bytes,
    /// Whether the line begins with it.
    pub first: bool,
    /// Whether the line ends with it.
    pub last: bool,
}

impl Lines {
    /// Takes from `input` what makes a line or a piece of one; none when all was taken and there is no line yet.
    pub fn next(&mut self, input: &mut &[u8]) -> Option<LinePiece> {
        let room = input.len().min(PIECE_MAX - self.held.len());
        let end = memchr::memchr(b'\n', &input[..room]).map(|at| at + 1);
        let (taken, rest) = input.split_at(end.unwrap_or(room));
        *input = rest;
        if end.is_none() && self.held.len() + taken.len() < PIECE_MAX {
            self.held.extend_from_slice(taken);
            return None;
        }
        let octets = if self.held.is_empty() {
            Bytes::copy_from_slice(taken)
        } else {
            self.held.extend_from_slice(taken);
            std::mem::take(&mut self.held).into()
        };
        let first = !std::mem::replace(&mut self.inside, end.is_none());
        Some(LinePiece {
            octets,
            first,
            last: end.is_some(),
        })
    }

    /// What was held back of a line that does not end; none when there is nothing.
    pub fn finish(&mut self) -> Option<LinePiece> {
        if self.held.is_empty() {
            return None;
        }
        let octets = std::mem::take(&mut self.held).into();
        let first = !std::mem::take(&mut self.inside);
        Some(LinePiece {
            octets,
            first,
            last: false,
        })
    }

    /// What is held back now.
    pub fn held(&self) -> &[u8] {
        &self.held
    }

    /// Whether pieces of the line have been given already.
    pub fn is_continued(&self) -> bool {
        self.inside
    }

    /// Whether a line has begun and not ended.
    pub fn is_inside(&self) -> bool {
        self.inside || !self.held.is_empty()
    }
}

/// A server may echo a secret: what is held is not printed.
impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Lines({} octets held, inside a line: {})",
            self.held.len(),
            self.inside
        )
    }
}

/// Cuts the payload of a multi-line response from its terminator, and a message's header section from its body.
#[derive(Debug)]
pub struct Payload {
    section: Section,
    at: At,
    /// What is held back.
    held: Vec<u8>,
}

/// The sections of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// The lines of a listing.
    Listing,
    /// A message up to its first empty line, that line included.
    Header,
    /// What follows in a message.
    Body,
    /// The termination octet and its line end. The payload is over.
    Terminator,
}

/// Where the next octet stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// At the beginning of a line.
    Start,
    /// Behind a CR with which a line begins.
    Cr,
    /// Behind a dot with which a line begins; the dot is held back.
    Dot,
    /// Behind such a dot and a CR; both are held back.
    DotCr,
    /// Behind so many octets of a header line that are no field yet, all of which are held back.
    Field(usize),
    /// Anywhere else.
    Inside,
}

impl At {
    /// How many octets before it are held back.
    fn held(self) -> usize {
        match self {
            At::Dot => 1,
            At::DotCr => 2,
            At::Field(long) => long,
            At::Start | At::Cr | At::Inside => 0,
        }
    }
}

impl Payload {
    /// The payload of a response that is a listing.
    pub fn listing() -> Self {
        Self::new(Section::Listing)
    }

    /// The payload of a response that is a message.
    pub fn message() -> Self {
        Self::new(Section::Header)
    }

    fn new(section: Section) -> Self {
        Self {
            section,
            at: At::Start,
            held: Vec::new(),
        }
    }

    /// Takes from `input` the next piece, at most [`PIECE_MAX`] octets of one section; none when all was taken
    /// and there is nothing to give yet. Nothing may be asked for after [`Section::Terminator`].
    pub fn next(&mut self, input: &mut &[u8]) -> Option<(Section, Bytes)> {
        let carried = self.held.len();
        let section = self.section;
        let window = &input[..input.len().min(PIECE_MAX - carried)];
        let mut taken = self.scan(window);
        let held = self.at.held();
        if self.section == Section::Terminator {
            if carried + taken == held + 1 {
                *input = &input[taken..];
                let octets: &'static [u8] = if held == 1 { b".\n" } else { b".\r\n" };
                return Some((Section::Terminator, Bytes::from_static(octets)));
            }
            // The text before it goes first; the line end stays in the input and gives the terminator.
            self.section = section;
            taken -= 1;
        }
        let given = carried + taken - held;
        let octets = if carried == 0 {
            self.held.extend_from_slice(&window[given..taken]);
            Bytes::copy_from_slice(&window[..given])
        } else {
            self.held.extend_from_slice(&window[..taken]);
            let rest = self.held.split_off(given);
            std::mem::replace(&mut self.held, rest).into()
        };
        *input = &input[taken..];
        (given > 0).then_some((section, octets))
    }

    /// What was held back when the octets ended before the payload.
    pub fn finish(self) -> Option<(Section, Bytes)> {
        (!self.held.is_empty()).then(|| (self.section, self.held.into()))
    }

    /// Goes over the window to its end, or behind the end of a section; gives how far it went.
    fn scan(&mut self, window: &[u8]) -> usize {
        let line_with_dot = Finder::new(b"\n.");
        let mut position = 0;
        while let Some(&octet) = window.get(position) {
            let in_header = self.section == Section::Header;
            match (self.at, octet) {
                (At::Dot | At::DotCr, b'\n') => {
                    self.section = Section::Terminator;
                    return position + 1;
                }
                (At::Start | At::Cr, b'\n') if in_header => {
                    (self.section, self.at) = (Section::Body, At::Start);
                    return position + 1;
                }
                (At::Start, b'.') => (self.at, position) = (At::Dot, position + 1),
                (At::Start, b'\r') if in_header => (self.at, position) = (At::Cr, position + 1),
                (At::Dot, b'\r') => (self.at, position) = (At::DotCr, position + 1),
                (at @ (At::Dot | At::DotCr), _) if in_header => self.at = At::Field(at.held()),
                (At::Start, b'!'..=b'~') if in_header => self.at = At::Field(0),
                (At::Field(held), _) => {
                    let rest = &window[position..];
                    let rest = &rest[..rest.len().min(FIELD_START_MAX - held)];
                    let end = memchr::memchr2(b':', b'\n', rest);
                    position += end.map_or(rest.len(), |at| at + 1);
                    self.at = match end.map(|at| rest[at]) {
                        Some(b'\n') => At::Start,
                        Some(_) => At::Inside,
                        None if held + rest.len() == FIELD_START_MAX => At::Inside,
                        None => At::Field(held + rest.len()),
                    };
                }
                _ if in_header => match memchr::memchr(b'\n', &window[position..]) {
                    Some(at) => (self.at, position) = (At::Start, position + at + 1),
                    None => (self.at, position) = (At::Inside, window.len()),
                },
                _ => match line_with_dot.find(&window[position..]) {
                    Some(at) => (self.at, position) = (At::Dot, position + at + 2),
                    None => {
                        self.at = if window.ends_with(b"\n") {
                            At::Start
                        } else {
                            At::Inside
                        };
                        position = window.len();
                    }
                },
            }
        }
        position
    }
}

/// Takes byte-stuffing off a payload that comes in pieces (RFC 1939 §3).
#[derive(Debug)]
pub struct Unstuffing {
    at_start: bool,
}

impl Default for Unstuffing {
    fn default() -> Self {
        Self { at_start: true }
    }
}

impl Unstuffing {
    /// Gives the next piece, without the first dot of each line that begins with one.
    pub fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        for line in piece.split_inclusive(|&octet| octet == b'\n') {
            let text = if self.at_start {
                line.strip_prefix(b".").unwrap_or(line)
            } else {
                line
            };
            out.extend_from_slice(text);
            self.at_start = line.ends_with(b"\n");
        }
    }
}

#[cfg(test)]
mod tests;
