//! How long each step may take.

use std::time::Duration;

use protocol::wire::{BEAT_LOST, KEEP_ALIVE_EVERY};

/// How long each step may take.
#[derive(Clone, Debug)]
pub struct Deadlines {
    /// How long looking up a name may take.
    pub resolve: Duration,

    /// How long the TCP connection to the mail server may take, over all its addresses.
    pub connect: Duration,

    /// How long a TLS handshake may take.
    pub tls: Duration,

    /// How long the mail server's greeting may take.
    pub greeting: Duration,

    /// How long after the last line the keep-alive sends NOOP, where somebody switched it on.
    pub keep_alive: Duration,

    /// After how long without any octet of a greeting the console says what may be the matter.
    pub greeting_late: Duration,

    /// How long the mail server may take nothing of what is to be written.
    pub write: Duration,

    /// How long a mail server may leave the connection open after its reply to QUIT.
    pub close_after_quit: Duration,

    /// How long the header of a request may take, and how long a connection may stay idle between two.
    pub header: Duration,

    /// How long the answer to a request may take to begin, from when its header is there on; a body that is not there by then is
    /// not waited for.
    pub answer: Duration,

    /// How long whoever asked for something may take nothing of the answer, such as of an export.
    pub take: Duration,

    /// How long an export may take as a whole.
    pub export: Duration,

    /// How long a browser may take to say hello on its WebSocket.
    pub hello: Duration,

    /// How long a browser may give no sign of life.
    pub silence: Duration,

    /// How long a session that ended stays in memory when nobody has it in hand any more.
    pub let_go: Duration,

    /// How often is looked whether the certificate that browsers are shown has been renewed.
    pub renewal: Duration,

    /// For how long an administrator is not asked again for their own password in the page where they gave it.
    pub confirmed: Duration,
}

/// After how long without any octet of a greeting the console says what may be the matter.
pub const GREETING_LATE: Duration = Duration::from_secs(5);

/// How long the mail server may take nothing of what is to be written.
pub const WRITE_WITHIN: Duration = Duration::from_secs(30);

/// How long a mail server may leave the connection open after its reply to QUIT.
pub const CLOSE_AFTER_QUIT: Duration = Duration::from_secs(10);

/// How long the header of a request may take, and how long a connection may stay idle between two.
pub const HEADER_WITHIN: Duration = Duration::from_secs(15);

/// How long the answer to a request may take to begin, from when its header is there on; a body that is not there by then is
/// not waited for.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// How long whoever asked for something may take nothing of the answer, such as of an export. Systems take more to send
/// only once a part of what they buffer, up to a MiB or two, has gone out: this leaves somebody time who reads slowly.
pub const TAKE_WITHIN: Duration = Duration::from_secs(60);

/// How long an export may take as a whole: a transcript of the largest goes out in it at 75 KB a second.
pub const EXPORT_WITHIN: Duration = Duration::from_secs(60 * 60);

/// How long a browser may take to say hello on its WebSocket.
pub const HELLO_WITHIN: Duration = Duration::from_secs(10);

/// How long a session that ended stays in memory when nobody has it in hand any more.
pub const LET_GO_AFTER: Duration = Duration::from_secs(30);

/// How often is looked whether the certificate that browsers are shown has been renewed.
pub const RENEWAL_EVERY: Duration = Duration::from_secs(5);

/// For how long an administrator is not asked again for their own password in the page where they gave it.
pub const CONFIRMED_FOR: Duration = Duration::from_secs(10 * 60);

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            resolve: Duration::from_secs(10),
            connect: Duration::from_secs(10),
            tls: Duration::from_secs(10),
            greeting: Duration::from_secs(30),
            keep_alive: Duration::from_millis(KEEP_ALIVE_EVERY),
            greeting_late: GREETING_LATE,
            write: WRITE_WITHIN,
            close_after_quit: CLOSE_AFTER_QUIT,
            header: HEADER_WITHIN,
            answer: ANSWER_WITHIN,
            take: TAKE_WITHIN,
            export: EXPORT_WITHIN,
            hello: HELLO_WITHIN,
            silence: Duration::from_millis(BEAT_LOST),
            let_go: LET_GO_AFTER,
            renewal: RENEWAL_EVERY,
            confirmed: CONFIRMED_FOR,
        }
    }
}
