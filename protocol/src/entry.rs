//! The record of a session: entries, numbered without gaps.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::access::By;
use crate::remark::Remark;
use crate::secret::Redacted;
use crate::state::State;

/// An entry's place in the transcript, counted from 1 without gaps. 0 stands for "before the first".
pub type Seq = u64;

/// Which of a session's successive connections, counted from 1. 0 stands for "none yet".
pub type ConnectionNo = u32;

/// Which command of a connection, counted from 1 as they are sent. 0 is the greeting's exchange.
pub type ExchangeNo = u32;

/// The browser's own name for a line that it submitted: unique within the session, chosen at random.
pub type LineId = u64;

/// The most octets of the server's that one entry holds, so that a frame stays under 64 KiB.
pub const PIECE_MAX: usize = 60 * 1024;

/// The longest note, in octets of UTF-8.
pub const NOTE_MAX: usize = 2000;

/// One record of the transcript. It never changes, but for being [withdrawn](crate::withdrawal).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place.
    pub seq: Seq,
    /// When the bridge recorded it, in microseconds since 1970-01-01T00:00:00Z.
    pub at: u64,
    /// The connection it belongs to.
    pub connection: ConnectionNo,
    /// What happened.
    pub event: Event,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// A line went out to the server.
    Sent {
        /// The exchange that it opens; a SASL response carries its AUTH command's.
        exchange: ExchangeNo,
        /// The line without its line end and without secrets.
        line: Redacted,
        /// What the browser called it; none for the console's own.
        id: Option<LineId>,
        /// Who sent it.
        by: By,
    },
    /// The server sent a status line, a continuation, or a line that answers nothing. One that is longer
    /// than [`PIECE_MAX`] comes in several of these.
    Answered {
        /// The exchange that it belongs to; of an unexpected line the newest one.
        exchange: ExchangeNo,
        /// What kind of line it is.
        part: Part,
        /// The line as it came, line end included, without secrets.
        line: Redacted,
    },
    /// The server sent payload: raw octets, line ends and byte-stuffing included, cut anywhere.
    Received {
        /// The exchange that it belongs to.
        exchange: ExchangeNo,
        /// What kind of payload it is.
        part: Part,
        /// The octets as they came, at most [`PIECE_MAX`].
        bytes: Bytes,
    },
    /// The server sent payload whose octets are withheld: what is left of [`Event::Received`].
    Withheld {
        /// The exchange that it belongs to.
        exchange: ExchangeNo,
        /// What kind of payload it is.
        part: Part,
        /// How many line ends it held.
        lines: u32,
        /// How many octets it was, as they came.
        octets: u32,
        /// How many of them were byte-stuffing: the first dot of a line that begins with one (RFC 1939 §3).
        stuffed: u32,
        /// Whether it ended within a line.
        is_open: bool,
    },
    /// Somebody hid entries: each keeps its place, its text is withheld from everyone and gone from the record.
    /// What is left of each is told by [`withdrawal::left_of`](crate::withdrawal::left_of).
    Hidden {
        /// Which, ascending, at most [`HIDDEN_MAX`](crate::withdrawal::HIDDEN_MAX).
        entries: Vec<Seq>,
        /// Who hid them.
        by: By,
    },
    /// Somebody attached a note to a line.
    Note {
        /// The entry that the line begins in.
        seq: Seq,
        /// Which of the lines that begin in it, counted from 0.
        line: u32,
        /// What they say: at most [`NOTE_MAX`] octets; empty when it was hidden, or is withheld with its line.
        text: String,
        /// Who.
        by: By,
    },
    /// The console has something to say.
    Remark(Remark),
    /// Where the connection stands now, if that changed.
    State(State),
}

/// The parts of what a server sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Part {
    /// The first line of a connection.
    Greeting,
    /// `+OK` or `-ERR` and what follows on the line.
    Status,
    /// `+ ` and a SASL challenge.
    Continuation,
    /// A line of a multi-line response that is no message: LIST, UIDL, CAPA, AUTH, LANG.
    Listing,
    /// The header section of a message, its closing empty line included.
    Header,
    /// The body of a message.
    Body,
    /// The termination octet of a multi-line response, on its own line.
    Terminator,
    /// A line that answers no command.
    Unexpected,
}

impl Part {
    /// The name that tests and style sheets use, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Part::Greeting => "greeting",
            Part::Status => "status",
            Part::Continuation => "continuation",
            Part::Listing => "listing",
            Part::Header => "header",
            Part::Body => "body",
            Part::Terminator => "terminator",
            Part::Unexpected => "unexpected",
        }
    }
}
