//! Typed settings, from flags and the environment, checked once at the start.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use clap::builder::FalseyValueParser;
use protocol::wire::{BEAT_LOST, KEEP_ALIVE_EVERY};

use crate::journal::{JournalError, default_file};

/// The settings of one bridge.
#[derive(Clone, Debug, Parser)]
#[command(name = "pop3-console", version, about = "A POP3 console in the browser", after_help = LOGGING)]
pub struct Config {
    /// The address and port to listen on; port 0 takes a free one
    #[arg(long, env = "POP3_CONSOLE_LISTEN", value_name = "ADDRESS:PORT", default_value_t = LISTEN)]
    pub listen: SocketAddr,

    /// A PEM file of certificate authorities to trust beside the platform's; may be given several times
    #[arg(long = "ca-file", env = "POP3_CONSOLE_CA_FILE", value_name = "FILE")]
    pub ca_files: Vec<PathBuf>,

    /// How many seconds a session outlives the last browser that left it
    #[arg(long, env = "POP3_CONSOLE_GRACE", value_name = "SECONDS", default_value = "300", value_parser = seconds)]
    pub grace: Duration,

    /// Do not start the built-in demonstration mailbox
    #[arg(long, env = "POP3_CONSOLE_NO_DEMONSTRATION", value_parser = FalseyValueParser::new())]
    pub no_demonstration: bool,

    /// The file that sessions are kept in, instead of one in the platform's folder for data
    #[arg(long, env = "POP3_CONSOLE_JOURNAL", value_name = "FILE")]
    pub journal: Option<PathBuf>,

    /// Keep no sessions: what happened is gone when they end
    #[arg(long, env = "POP3_CONSOLE_NO_JOURNAL", value_parser = FalseyValueParser::new())]
    pub no_journal: bool,

    /// After how many days a session that has ended is deleted for good
    #[arg(long, env = "POP3_CONSOLE_KEEP_DAYS", value_name = "DAYS", default_value_t = KEEP_DAYS, value_parser = clap::value_parser!(u32).range(1..=KEEP_DAYS_MAX))]
    pub keep_days: u32,

    /// How long each step may take.
    #[command(flatten)]
    pub deadlines: Deadlines,

    /// What one bridge holds at most.
    #[arg(skip)]
    pub limits: Limits,
}

/// How long each step may take.
#[derive(Clone, Debug, clap::Args)]
pub struct Deadlines {
    /// How many seconds looking up a name may take
    #[arg(long = "resolve-within", env = "POP3_CONSOLE_RESOLVE_WITHIN", value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub resolve: Duration,

    /// How many seconds the TCP connection to the mail server may take, over all its addresses
    #[arg(long = "connect-within", env = "POP3_CONSOLE_CONNECT_WITHIN", value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub connect: Duration,

    /// How many seconds a TLS handshake may take
    #[arg(long = "tls-within", env = "POP3_CONSOLE_TLS_WITHIN", value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub tls: Duration,

    /// How many seconds the mail server's greeting may take
    #[arg(long = "greeting-within", env = "POP3_CONSOLE_GREETING_WITHIN", value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub greeting: Duration,

    // Hidden: the page tells people the wire's own figure, so another is for tests alone.
    /// How many seconds after the last line the keep-alive sends NOOP, where somebody switched it on
    #[arg(long = "keep-alive-every", env = "POP3_CONSOLE_KEEP_ALIVE_EVERY", value_name = "SECONDS", default_value = "240", value_parser = seconds, hide = true)]
    pub keep_alive: Duration,

    /// After how long without any octet of a greeting the console says what may be the matter.
    #[arg(skip = GREETING_LATE)]
    pub greeting_late: Duration,

    /// How long the mail server may take nothing of what is to be written.
    #[arg(skip = WRITE_WITHIN)]
    pub write: Duration,

    /// How long a mail server may leave the connection open after its reply to QUIT.
    #[arg(skip = CLOSE_AFTER_QUIT)]
    pub close_after_quit: Duration,

    /// How long the header of a request may take, and how long a connection may stay idle between two.
    #[arg(skip = HEADER_WITHIN)]
    pub header: Duration,

    /// How long whoever asked for something may take nothing of the answer, such as of an export.
    #[arg(skip = TAKE_WITHIN)]
    pub take: Duration,

    /// How long an export may take as a whole.
    #[arg(skip = EXPORT_WITHIN)]
    pub export: Duration,

    /// How long a browser may take to say hello on its WebSocket.
    #[arg(skip = HELLO_WITHIN)]
    pub hello: Duration,

    /// How long a browser may give no sign of life.
    #[arg(skip = Duration::from_millis(BEAT_LOST))]
    pub silence: Duration,

    /// How long a session that ended stays in memory when nobody has it in hand any more.
    #[arg(skip = LET_GO_AFTER)]
    pub let_go: Duration,
}

/// What one bridge holds at most.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Sessions at a time.
    pub sessions: usize,
    /// Browser windows in one session at a time.
    pub participants: usize,
    /// Exports that are made at a time.
    pub exports: usize,
    /// Exports of one session that are made at a time.
    pub exports_of_session: usize,
    /// Octets of one transcript.
    pub transcript: u64,
    /// Octets of all transcripts of living sessions together.
    pub transcripts: u64,
    /// Octets of all transcripts together of sessions that ended and are read. They take nothing from those that live.
    pub past: u64,
}

/// What `--help` says about the log.
const LOGGING: &str = "The log goes to standard error; POP3_CONSOLE_LOG sets what is in it, such as \
                       pop3_console=debug. It never holds what is typed or what servers answer.";

/// Where the bridge listens when nothing else is said.
pub const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8110);

/// How long a session outlives the last browser that left it, when nothing else is said.
pub const GRACE: Duration = Duration::from_secs(300);

/// After how many days a session that has ended is deleted, when nothing else is said.
pub const KEEP_DAYS: u32 = 30;

/// The longest that sessions can be kept, in days: ten years.
const KEEP_DAYS_MAX: i64 = 3660;

/// After how long without any octet of a greeting the console says what may be the matter.
pub const GREETING_LATE: Duration = Duration::from_secs(5);

/// How long the mail server may take nothing of what is to be written.
pub const WRITE_WITHIN: Duration = Duration::from_secs(30);

/// How long a mail server may leave the connection open after its reply to QUIT.
pub const CLOSE_AFTER_QUIT: Duration = Duration::from_secs(10);

/// How long the header of a request may take, and how long a connection may stay idle between two.
pub const HEADER_WITHIN: Duration = Duration::from_secs(15);

/// How long whoever asked for something may take nothing of the answer, such as of an export. Systems take more to send
/// only once a part of what they buffer, up to a MiB or two, has gone out: this leaves somebody time who reads slowly.
pub const TAKE_WITHIN: Duration = Duration::from_secs(60);

/// How long an export may take as a whole: a transcript of the largest goes out in it at 75 KB a second.
pub const EXPORT_WITHIN: Duration = Duration::from_secs(60 * 60);

/// How long a browser may take to say hello on its WebSocket.
pub const HELLO_WITHIN: Duration = Duration::from_secs(10);

/// How long a session that ended stays in memory when nobody has it in hand any more.
pub const LET_GO_AFTER: Duration = Duration::from_secs(30);

/// The longest time that can be set, in seconds: a day.
const SECONDS_MAX: u64 = 24 * 60 * 60;

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Others could reach the address, and nobody would be asked who they are.
    #[error(
        "pop3-console does not listen on {0}: others could reach it there, and it does not ask who they are. \
         Use `--listen 127.0.0.1:8110`, and reach it from another machine through `ssh -L 8110:127.0.0.1:8110`."
    )]
    NotLoopback(SocketAddr),
}

impl Config {
    /// Checks what the parser cannot.
    ///
    /// # Errors
    /// When the settings cannot be used; the error says what to do instead.
    pub fn check(&self) -> Result<(), ConfigError> {
        check_address(self.listen)
    }

    /// The file that sessions are kept in; none where they are not kept.
    ///
    /// # Errors
    /// When none is named, and the platform has no folder for data.
    pub(crate) fn journal_file(&self) -> Result<Option<PathBuf>, JournalError> {
        match &self.journal {
            _ if self.no_journal => Ok(None),
            Some(file) => Ok(Some(file.clone())),
            None => default_file().map(Some),
        }
    }
}

/// Refuses an address that others could reach.
pub(crate) fn check_address(address: SocketAddr) -> Result<(), ConfigError> {
    if address.ip().to_canonical().is_loopback() {
        Ok(())
    } else {
        Err(ConfigError::NotLoopback(address))
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: LISTEN,
            ca_files: Vec::new(),
            grace: GRACE,
            no_demonstration: false,
            journal: None,
            no_journal: false,
            keep_days: KEEP_DAYS,
            deadlines: Deadlines::default(),
            limits: Limits::default(),
        }
    }
}

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
            take: TAKE_WITHIN,
            export: EXPORT_WITHIN,
            hello: HELLO_WITHIN,
            silence: Duration::from_millis(BEAT_LOST),
            let_go: LET_GO_AFTER,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sessions: 64,
            participants: 256,
            exports: 64,
            exports_of_session: 8,
            transcript: 256 * 1024 * 1024,
            transcripts: 1024 * 1024 * 1024,
            // One that is full has room, with its last words, what was hidden in it, and what is left of it at lower sights.
            past: (256 + 8 + 33) * 1024 * 1024,
        }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(seconds @ 1..=SECONDS_MAX) => Ok(Duration::from_secs(seconds)),
        _ => Err(format!(
            "a whole number of seconds from 1 to {SECONDS_MAX} is wanted"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_and_default_say_the_same() {
        let parsed = Config::parse_from(["pop3-console"]);
        assert_eq!(format!("{parsed:?}"), format!("{:?}", Config::default()));
    }

    #[test]
    fn only_this_machine_is_listened_on() {
        for listen in ["127.0.0.1:8110", "127.0.0.2:0", "[::1]:0", "[::ffff:127.0.0.1]:1"] {
            let config = Config {
                listen: listen.parse().unwrap(),
                ..Config::default()
            };
            assert!(config.check().is_ok(), "{listen}");
        }
        for listen in [
            "0.0.0.0:8110",
            "[::]:8110",
            "192.0.2.1:8110",
            "10.0.0.1:1",
            "[fe80::1]:8110",
        ] {
            let config = Config {
                listen: listen.parse().unwrap(),
                ..Config::default()
            };
            let sentence = config.check().unwrap_err().to_string();
            assert!(sentence.contains("--listen 127.0.0.1:8110"), "{sentence}");
        }
    }

    #[test]
    fn a_time_of_zero_is_refused() {
        assert!(Config::try_parse_from(["pop3-console", "--grace", "0"]).is_err());
        assert!(Config::try_parse_from(["pop3-console", "--grace", "2"]).is_ok());
    }
}
