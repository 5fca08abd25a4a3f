//! Why something was not done.

use serde::{Deserialize, Serialize};

/// Why something was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// The line is longer than [`LINE_MAX`](super::LINE_MAX).
    LineTooLong,
    /// The line holds CR or LF: it would be more than one line.
    LineBreak,
    /// There is no connection.
    NotConnected,
    /// The server has not greeted yet, or not as a POP3 server does.
    NotGreeted,
    /// The line was meant for an earlier connection: message numbers mean something else now.
    OtherConnection,
    /// The server refused STLS, and nobody has decided to go on in clear text.
    TlsRefused,
    /// There is a connection already.
    AlreadyConnected,
    /// Too many lines wait to go out.
    Busy,
    /// The role does not allow it.
    NotAllowed,
    /// The target is not one: an empty or overlong host, port 0.
    BadTarget,
    /// The transcript is full: a new session can be opened.
    TranscriptFull,
    /// The transcripts of all sessions, or of one account's, take all that they may together.
    TranscriptsFull,
    /// There is nothing at that place that could be hidden, or it is hidden already.
    NothingToHide,
    /// The session has ended.
    Ended,
    /// The name is too long, begins or ends with a blank, or holds what cannot be seen.
    BadName,
    /// Somebody else has the name, or one that looks like it.
    NameTaken,
    /// The name is what the console itself calls people, or looks like it.
    NameReserved,
    /// The note is empty or too long, or there is no such line.
    BadNote,
    /// There is no such participant.
    NobodyThere,
    /// Somebody is signing in: a line of anybody else's could end up in the middle of it.
    SigningIn,
    /// A guest has done so many of these things in this session that no more are taken.
    TooOften,
    /// It was asked for too often just now.
    TooSoon,
    /// The console's accounts say what those are called who have one.
    NamedByAccount,
    /// So many connections were made to that server in the last minute, or tried by them to any, that no more are for now.
    TooManyConnections,
    /// The server has refused so many sign-ins to that mailbox in the last minute that no more go out for now.
    TooManySignIns,
    /// The console is stopping, and makes no new connection.
    Stopping,
    /// Whoever runs the console decided that less is kept of a session at most.
    KeepsLess,
    /// Whoever runs the console lets that server be reached under TLS alone.
    OnlyWithTls,
    /// A window sends so much that it is read more slowly. It is the only one of these that is no refusal: all that was sent
    /// is read when it is its turn.
    TooManyMessages,
}

impl Refusal {
    /// It in a plain sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Refusal::LineTooLong => "Not sent: the line is longer than 16 KiB.",
            Refusal::LineBreak => "Not sent: a line must not hold a line break; send one line after another.",
            Refusal::NotConnected => "Not sent: there is no connection.",
            Refusal::NotGreeted => "Not sent: the server has not greeted as a POP3 server does.",
            Refusal::OtherConnection => {
                "Not sent: the line was meant for an earlier connection, where message numbers meant other messages."
            }
            Refusal::TlsRefused => {
                "Not sent: the server refused STLS, and nobody has decided to go on in clear text."
            }
            Refusal::AlreadyConnected => "There is a connection already; disconnect first.",
            Refusal::Busy => "Not sent: too many lines wait to go out; wait for the server's replies.",
            Refusal::NotAllowed => {
                "Not done: your part in this session does not allow it, or it was decided already."
            }
            Refusal::BadTarget => {
                "Not connected: a server needs a host name of 1 to 253 octets without blanks, and a port from 1 to 65535."
            }
            Refusal::TranscriptFull => "Not done: this session's transcript is full; open a new session.",
            Refusal::TranscriptsFull => {
                "Not done: what sessions hold, of all or of one account, takes all the memory that this console has for it. End sessions that nobody needs."
            }
            Refusal::NothingToHide => {
                "Not hidden: there is no such line, it is one of the console's own, or nothing is left of it to hide."
            }
            Refusal::Ended => "Not done: this session has ended; it can only be read.",
            Refusal::BadName => {
                "Not called that: a name has 1 to 64 octets, all of which can be seen, and no blank at either end."
            }
            Refusal::NameTaken => "Somebody else is called that, or something that looks like it.",
            Refusal::NameReserved => {
                "The console itself calls people that, or something that looks like it: choose another name."
            }
            Refusal::BadNote => {
                "Not noted: a note has 1 to 2,000 octets, and belongs to a line that is there."
            }
            Refusal::NobodyThere => "Not done: there is no such participant.",
            Refusal::SigningIn => "Not sent: somebody is signing in; try again when that is over.",
            Refusal::TooManyConnections => {
                "Not connected: this console has connected to that server, or for you to any, as often in the last minute as it may. Try again in a minute."
            }
            Refusal::TooManySignIns => {
                "Not sent: so many sign-ins to this mailbox were refused in the last minute that the console sends no more for now. Try again in a minute."
            }
            Refusal::Stopping => {
                "Not connected: this console is stopping, and makes no new connections. Try again when it is back."
            }
            Refusal::KeepsLess => {
                "That is more than is kept of a session here: whoever runs this console decided how much that is at most."
            }
            Refusal::OnlyWithTls => {
                "Not done: whoever runs this console lets this server be reached under TLS alone, and it refused STLS."
            }
            Refusal::TooManyMessages => {
                "This window sends more in a second than the console reads of one. Nothing is lost: the rest goes out more slowly."
            }
            Refusal::TooOften => "Not done: you have done this too often in this session.",
            Refusal::TooSoon => "Not done: this was asked for too often just now. Try again in a moment.",
            Refusal::NamedByAccount => "Not called that: whoever is signed in is called by their account.",
        }
    }
}
