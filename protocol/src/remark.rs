//! What the console itself has to say in a transcript: typed, so that a program can tell it apart.

mod certificate;
mod failure;
mod sentences;
mod sharing;

pub use self::sentences::messages_are;
use self::sentences::technical_detail;
pub use self::sharing::{ATTEMPTS_RECORDED_MAX, Attempt, EXPORTS_RECORDED_MAX, FileFormat, Invalid, Sharing};
use serde::{Deserialize, Serialize};

use crate::access::{By, Roll};
use crate::alias::Alias;
use crate::tls::{TlsReport, Verdict};

/// A remark of the console. Durations are microseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Remark {
    /// The TCP connection stands. The first remark of a connection that came about, so that the other
    /// side's logs can be searched: from where, to which address, when.
    Connected {
        /// The host as it was entered.
        host: String,
        /// The addresses that it resolved to, in the order of trying; empty when `host` is an address.
        resolved: Vec<String>,
        /// How long looking up took.
        resolve_took: u64,
        /// The bridge's own address and port, from which the connection was made.
        from: String,
        /// The address and port that were dialled.
        to: String,
        /// How long connecting took.
        connect_took: u64,
        /// When it stood, in milliseconds since 1970-01-01T00:00:00Z.
        at: u64,
        /// Who asked for it.
        by: By,
    },
    /// TLS stands.
    Secured(TlsReport),
    /// The greeting took long already; `port` tells whether TLS from the start may be what is missing.
    GreetingLate {
        /// How long it has been.
        after: u64,
        /// The port that was dialled.
        port: u16,
    },
    /// The connection could not be made, or was not one to a POP3 server. Nothing typed went out.
    Failed {
        /// At which step.
        step: Step,
        /// Why.
        why: Failure,
        /// How long the step had taken.
        took: u64,
    },
    /// The target asks for STLS and the server refused it: nothing goes out until somebody decides.
    StlsRefused,
    /// Somebody decided to go on in clear text after the server refused STLS.
    ContinuedInClear {
        /// Who.
        by: By,
    },
    /// Somebody switched the keep-alive on or off.
    KeptAlive {
        /// Whether NOOP is sent from now on.
        on: bool,
        /// After how long without a line going out.
        every: u64,
        /// Who.
        by: By,
    },
    /// DELE was answered with `+OK`: the message is marked, not deleted (RFC 1939 §5).
    Marked {
        /// The message number.
        message: u32,
        /// How many are marked now.
        marked: u32,
    },
    /// RSET was answered with `+OK`: marks were taken back.
    Unmarked {
        /// How many.
        messages: u32,
    },
    /// QUIT was answered with `+OK` in the UPDATE state: what was marked is deleted (RFC 1939 §6).
    Committed {
        /// The message numbers, ascending, at most [`NAMED_MESSAGES_MAX`].
        messages: Vec<u32>,
        /// How many in all.
        count: u32,
    },
    /// QUIT was answered with `-ERR`: some of the marked messages may not have been removed (RFC 1939 §6).
    CommitFailed {
        /// How many were marked.
        marked: u32,
    },
    /// The server said that the maildrop is locked. Everybody is told whether a session of this console holds it; which
    /// one, only whoever knows that session can tell.
    Locked {
        /// What holds it; none where no session of this console does.
        holder: Option<Alias>,
    },
    /// The console was told to stop: it takes nothing new, and waits until then for connections to end.
    Stopping {
        /// How long it waits at most, in seconds.
        within: u64,
        /// Until when, in milliseconds since 1970-01-01T00:00:00Z.
        at: u64,
    },
    /// Something about who takes part, or about the record of it.
    Sharing(Sharing),
    /// The connection ended.
    Ended {
        /// How.
        how: End,
        /// What became of the marks.
        marks: Marks,
        /// Whether a reply was still coming in or due.
        cut_short: bool,
    },
}

/// With what the sentence begins that tells what a library or the system said.
pub const TECHNICAL_DETAIL: &str = "Technical detail:";

/// With what the sentences begin that describe certificates, the server's own first.
pub const CERTIFICATE: &str = "Certificate:";

/// The most message numbers that a remark names one by one.
pub const NAMED_MESSAGES_MAX: usize = 100;

/// The steps of making a connection, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// Looking the name up.
    Resolve,
    /// The TCP connection.
    Connect,
    /// TLS, from the start or after STLS.
    Tls,
    /// The server's greeting.
    Greeting,
}

/// Why a connection could not be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failure {
    /// The name does not exist, or has no address of the family asked for.
    NoSuchHost,
    /// Looking up failed otherwise.
    ResolverFailed {
        /// The technical detail.
        detail: String,
    },
    /// This console does not connect to that address. One answer for every reason of policy.
    NotAllowed,
    /// The host refused the connection: nothing listens on that port.
    Refused,
    /// No route to the host or network.
    Unreachable {
        /// The technical detail.
        detail: String,
    },
    /// The step's deadline passed.
    TimedOut,
    /// The server closed the connection, or it broke.
    Closed {
        /// The technical detail; none when it was an orderly close.
        detail: Option<String>,
    },
    /// TLS was begun and the server answered in plain text.
    PlainText {
        /// The first line that it said, controls made visible, at most 200 characters; empty if unknown.
        said: String,
    },
    /// The server speaks TLS, and the console was told to speak plain.
    TlsSpoken,
    /// TLS failed otherwise: an alert, a version below 1.2, no common cipher.
    Tls {
        /// The technical detail.
        detail: String,
    },
    /// The certificate was not accepted. The report's verdict says why.
    Certificate(TlsReport),
    /// The greeting began with `-ERR`: the server does not want to talk now.
    GreetingRefused,
    /// The greeting is no POP3 greeting.
    NotPop3 {
        /// What it looks like.
        looks_like: Protocol,
    },
    /// Plaintext came after the `+OK` to STLS and before the handshake: dropped, and the connection closed
    /// (the class of CVE-2011-0411).
    InjectedPlaintext {
        /// How many octets were dropped.
        octets: u64,
    },
    /// Somebody cancelled it.
    Cancelled {
        /// Who.
        by: By,
    },
}

/// What a greeting that is none of POP3's looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protocol {
    /// `SSH-`
    Ssh,
    /// `220 ` (SMTP or FTP)
    Smtp,
    /// `HTTP/`
    Http,
    /// `* OK`
    Imap,
    /// Redis.
    Redis,
    /// Something else.
    Other,
}

/// How a connection ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// The server closed it after its reply to QUIT.
    AfterQuit,
    /// The server closed it.
    ByServer,
    /// It broke.
    Broken {
        /// The technical detail.
        detail: String,
    },
    /// The server's end came without TLS's close_notify: it may have been cut off by somebody in between.
    Truncated,
    /// Somebody disconnected.
    Disconnected {
        /// Who.
        by: By,
    },
    /// Somebody ended the session.
    SessionEnded {
        /// Who.
        by: By,
    },
    /// Nobody had been here for the grace time.
    GraceOver {
        /// The grace time in seconds.
        after: u64,
    },
    /// Nobody had used it for so long.
    Idle {
        /// How long, in seconds.
        after: u64,
    },
    /// The transcript is full.
    TranscriptFull {
        /// Its cap in octets.
        cap: u64,
    },
    /// The transcripts of all sessions that live together are.
    TranscriptsFull {
        /// Whether it is those of one account's sessions, of whoever opened this one.
        of_account: bool,
    },
    /// The server did not take what was sent within the deadline.
    WriteTimedOut,
    /// The bridge is stopping.
    Shutdown,
    /// The bridge came to its end without a word, which it found out when it started again.
    BridgeLost,
    /// It failed: a [`Remark::Failed`] stands before this, which says more. Said only where messages were marked.
    Failed,
}

/// What became of the marks when the connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Marks {
    /// There were none, or QUIT committed them already.
    None,
    /// So many were not committed: the messages are kept (RFC 1939 §6; not every server keeps to it).
    NotCommitted(u32),
    /// QUIT was sent, its answer never came: nobody knows. Compare the UIDL listing after connecting again.
    Unknown(u32),
}

/// How a remark is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tone {
    /// For the record.
    Info,
    /// Something went well.
    Good,
    /// Something to know before going on.
    Warning,
    /// Something failed.
    Bad,
}

impl Remark {
    /// The remark in plain sentences: first the headline, then the detail and what to try. What the
    /// roll's reader did is told them as their own doing.
    pub fn sentences(&self, roll: &Roll) -> Vec<String> {
        sentences::of(self, roll)
    }

    /// The session that holds a maildrop which was found locked.
    pub fn holder(&self) -> Option<Alias> {
        match self {
            Remark::Locked { holder } => *holder,
            _ => None,
        }
    }

    /// How it is meant.
    pub fn tone(&self) -> Tone {
        match self {
            Remark::Connected { .. } | Remark::KeptAlive { .. } | Remark::Unmarked { .. } => Tone::Info,
            Remark::Secured(report) => match report.verdict {
                Verdict::Verified => Tone::Good,
                Verdict::NotVerified(_) => Tone::Warning,
                Verdict::Refused(_) => Tone::Bad,
            },
            Remark::Sharing(sharing) => sharing.tone(),
            Remark::Committed { .. } => Tone::Good,
            Remark::GreetingLate { .. }
            | Remark::StlsRefused
            | Remark::Stopping { .. }
            | Remark::ContinuedInClear { .. }
            | Remark::Marked { .. }
            | Remark::Locked { .. } => Tone::Warning,
            Remark::Failed { .. } | Remark::CommitFailed { .. } => Tone::Bad,
            Remark::Ended { how, marks, .. } => match (how, marks) {
                (End::AfterQuit, Marks::None) => Tone::Good,
                (End::Disconnected { .. } | End::SessionEnded { .. } | End::Failed, Marks::None) => {
                    Tone::Info
                }
                (
                    End::Broken { .. }
                    | End::Truncated
                    | End::WriteTimedOut
                    | End::TranscriptFull { .. }
                    | End::TranscriptsFull { .. },
                    _,
                ) => Tone::Bad,
                _ => Tone::Warning,
            },
        }
    }
}
