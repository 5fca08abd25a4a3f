//! What travels on the WebSocket, and its encoding.
//!
//! Binary messages. Each is a CBOR sequence (RFC 8742) of items: from the browser exactly one, first a
//! [`Hello`], then [`FromBrowser`]; from the bridge any number of [`ToBrowser`], so that an entry that was
//! encoded once can be joined with others into one frame for anyone.

mod close;
mod desk;
mod people;
mod reader;
mod refusal;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::access::{Handing, Keep, LinkNo, ParticipantId, Role, Sight};
use crate::entry::{ConnectionNo, Entry, LineId, Seq};
use crate::secret::TypedLine;
use crate::target::Target;
pub use close::CloseCode;
pub use desk::{
    ACCESS_TOKEN_MAX, Bar, Desk, GuestSignIn, Outcome, PASSWORD_MAX, SAID_MAX, TRIES_MAX, USER_MAX,
};
pub(crate) use people::deceives;
pub use people::{PEOPLE_MAX, People, Person, check_name, check_note};
pub use reader::read_messages;
pub use refusal::Refusal;

/// The subprotocol of the WebSocket.
pub const SUBPROTOCOL: &str = "pop3-console";

/// The version of what is defined here. It changes when an older peer would misunderstand a newer one.
pub const VERSION: u16 = 7;

/// The header in which a page that asks for an export says which browser it is in, as [`Hello::browser`] does. Without it
/// nothing but the link tells who exports.
pub const BROWSER_HEADER: &str = "console-browser";

/// The longest message from a browser, in octets. A longer one closes the socket with 1009.
pub const MESSAGE_MAX: usize = 64 * 1024;

/// The longest frame to a browser, in octets.
pub const FRAME_MAX: usize = 64 * 1024;

/// The longest line that may be typed, in octets, line end not counted.
pub const LINE_MAX: usize = 16 * 1024;

/// Whether a typed line is one line, and not too long. Whoever takes one in asks this before anything else looks at it.
///
/// # Errors
/// When it is longer than [`LINE_MAX`], or holds CR or LF.
pub fn check_line(line: &[u8]) -> Result<(), Refusal> {
    if line.len() > LINE_MAX {
        Err(Refusal::LineTooLong)
    } else if memchr::memchr2(b'\r', b'\n', line).is_some() {
        Err(Refusal::LineBreak)
    } else {
        Ok(())
    }
}

/// How often the bridge sends [`ToBrowser::Beat`], in milliseconds. The browser answers each.
pub const BEAT_EVERY: u64 = 5_000;

/// Without anything from the other side for so long, in milliseconds, a side takes the socket for dead.
pub const BEAT_LOST: u64 = 15_000;

/// How long after the last line the keep-alive sends NOOP, in milliseconds. RFC 1939 §3 lets a server log out a
/// client that was silent for 10 minutes; some wait for 5 only.
pub const KEEP_ALIVE_EVERY: u64 = 4 * 60 * 1_000;

/// The first message of a browser. Its first field never changes its name or meaning, so that any version
/// can be told from any other.
#[derive(Clone, Serialize, Deserialize)]
pub struct Hello {
    /// [`VERSION`] of the browser's side.
    pub version: u16,
    /// Which session.
    pub session: String,
    /// The secret that lets in: 256 random bits, base64url without padding.
    pub token: String,
    /// The epoch that `after` belongs to; none on first contact.
    pub epoch: Option<u64>,
    /// The last entry that the browser has.
    pub after: Seq,
    /// The browser's own name for whoever sits at it: at least 128 random bits that it keeps to itself. Whoever comes
    /// back with it, through the same link, is the same participant.
    pub browser: String,
    /// What the person wants to be called; empty if they have not said.
    pub name: String,
    /// Whether whoever is let in without a token, as a supervisor is, wants control. It gives nobody else any.
    #[serde(default)]
    pub wants_control: bool,
}

/// What every version's [`Hello`] can be read as.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct HelloVersion {
    /// [`VERSION`] of the browser's side.
    pub version: u16,
}

/// What a browser asks for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum FromBrowser {
    /// Send a line to the server, exactly as typed.
    Line {
        /// The browser's name for it: it comes back in [`Event::Sent`](crate::entry::Event::Sent) or in
        /// [`ToBrowser::Refused`].
        id: LineId,
        /// The connection that it is meant for.
        connection: ConnectionNo,
        /// The line without a line end.
        line: TypedLine,
    },
    /// The same of a line that the person took for a SASL response: what the page has hidden is hidden from everyone,
    /// also when AUTH is over by the time it comes.
    Response {
        /// As of a line.
        id: LineId,
        /// As of a line.
        connection: ConnectionNo,
        /// As of a line.
        line: TypedLine,
    },
    /// Make a connection, if there is none.
    Connect {
        /// To whom.
        target: Target,
    },
    /// Go on in clear text after the server refused STLS.
    ContinueInClear {
        /// The connection that it is meant for.
        connection: ConnectionNo,
    },
    /// Send NOOP by itself, in the TRANSACTION state, whenever nothing has gone out for [`KEEP_ALIVE_EVERY`] and
    /// no reply is due; or do not any more. It is off when a connection begins, and lasts as long as that does.
    KeepAlive {
        /// The connection that it is meant for.
        connection: ConnectionNo,
        /// Whether to send.
        on: bool,
    },
    /// Hide an entry: a line that was typed, with the lines that answer it, or a line that the server sent.
    /// Payload is hidden by whole entries, each of which may hold many lines. It cannot be undone.
    Hide {
        /// Which.
        seq: Seq,
    },
    /// Attach a note to a line.
    Note {
        /// The entry that the line begins in.
        seq: Seq,
        /// Which of the lines that begin in it, counted from 0.
        line: u32,
        /// What it says: 1 to [`NOTE_MAX`](crate::entry::NOTE_MAX) octets.
        text: String,
    },
    /// Be called that: at most [`NAME_MAX`](crate::access::NAME_MAX) octets.
    Name(String),
    /// The person begins to type, or stops.
    Typing(bool),
    /// Ask the owner for control.
    AskForControl,
    /// Give or take control: the owner's, but anybody may lay down their own.
    Hand {
        /// Whose control it is about.
        participant: ParticipantId,
        /// What becomes of it.
        how: Handing,
    },
    /// Decide how much of the session is kept in the journal: the owner's.
    Keep(Keep),
    /// Sign in, through a sign-in link.
    SignIn(GuestSignIn),
    /// Drop the connection without QUIT, or cancel making it.
    Disconnect {
        /// The connection that it is meant for.
        connection: ConnectionNo,
    },
    /// End the session: drop its connection. What is kept of it can be replayed.
    End,
    /// The answer to a beat.
    Beat,
}

/// What a browser is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToBrowser {
    /// The answer to [`Hello`].
    Welcome(Welcome),
    /// The next entry. Sequence numbers have no gaps.
    Entry(Entry),
    /// Who is here now, whenever that changes.
    People(People),
    /// To whoever came to sign in, in place of entries: what there is to know, whenever that changes.
    Desk(Desk),
    /// A line did not go out, or something else that was asked for was not done.
    Refused {
        /// The line's name; none when it was no line.
        id: Option<LineId>,
        /// Why.
        why: Refusal,
    },
    /// A sign of life.
    Beat,
}

/// The answer to [`Hello`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// [`VERSION`] of the bridge's side.
    pub version: u16,
    /// New at every start of the bridge. Another than the browser's: it forgets its entries, `after` is 0.
    pub epoch: u64,
    /// The entry after which this socket begins.
    pub after: Seq,
    /// The last entry there is now.
    pub last: Seq,
    /// What time it is by the bridge's clock, which [`Entry::at`] goes by: microseconds since
    /// 1970-01-01T00:00:00Z.
    pub now: u64,
    /// Who the browser is in this session.
    pub participant: ParticipantId,
    /// What it may do.
    pub role: Role,
    /// What it is shown.
    pub sight: Sight,
    /// Through which link it came; none of the owner.
    pub link: Option<LinkNo>,
    /// How much of the session is kept.
    pub keep: Keep,
    /// Whether the session has ended: nothing will be added, and nothing can be asked for.
    pub ended: bool,
}

/// A message could not be read.
#[derive(Debug, thiserror::Error)]
#[error("not a message of version {VERSION}: {0}")]
pub struct BadMessage(String);

/// One item as CBOR.
pub fn encode<T: Serialize>(item: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_onto(item, &mut bytes);
    bytes
}

/// One item as CBOR, behind what is there.
pub fn encode_onto<T: Serialize>(item: &T, bytes: &mut Vec<u8>) {
    // Writing to a Vec cannot fail, and no type here has a failing Serialize.
    let written = item.serialize(&mut minicbor_serde::Serializer::new(bytes));
    debug_assert!(written.is_ok());
}

/// The one item that a message consists of.
///
/// # Errors
/// When the message is no such item, or has anything behind it.
pub fn decode<T: DeserializeOwned>(message: &[u8]) -> Result<T, BadMessage> {
    let mut deserializer = minicbor_serde::Deserializer::new(message);
    let item = T::deserialize(&mut deserializer).map_err(|error| BadMessage(error.to_string()))?;
    if deserializer.decoder().position() == message.len() {
        Ok(item)
    } else {
        Err(BadMessage("something stands behind the item".to_owned()))
    }
}

/// The items that a message consists of, in their order.
///
/// # Errors
/// Of each item: when it cannot be read. Nothing comes after an error.
pub fn decode_sequence<T: DeserializeOwned>(message: &[u8]) -> impl Iterator<Item = Result<T, BadMessage>> {
    let mut deserializer = minicbor_serde::Deserializer::new(message);
    let mut failed = false;
    std::iter::from_fn(move || {
        if failed || deserializer.decoder().position() >= message.len() {
            return None;
        }
        let item = T::deserialize(&mut deserializer).map_err(|error| BadMessage(error.to_string()));
        failed = item.is_err();
        Some(item)
    })
}

/// The items that a message consists of, as the octets that each of them is.
///
/// # Errors
/// Of each item: when it is no whole item of CBOR. Nothing comes after an error.
pub fn split_sequence(message: &[u8]) -> impl Iterator<Item = Result<&[u8], BadMessage>> {
    let mut decoder = minicbor::Decoder::new(message);
    let mut failed = false;
    std::iter::from_fn(move || {
        let begin = decoder.position();
        if failed || begin >= message.len() {
            return None;
        }
        let skipped = decoder.skip().map_err(|error| BadMessage(error.to_string()));
        failed = skipped.is_err();
        Some(skipped.map(|()| message.get(begin..decoder.position()).unwrap_or_default()))
    })
}
