//! Typed settings: from a file, the environment and flags, checked once at the start.

mod access;
mod check;
mod command_line;
mod deadlines;
mod file;
mod filter;
mod front;
mod held;
mod kinds;
mod limits;
pub(crate) mod listening;
mod machine;
mod meaning;
mod openid;
mod problem;
mod public;
mod setting;
mod settings;
mod source;
mod subcommand;
mod table;
mod targets;
mod unused;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::ArgMatches;
use ipnet::IpNet;
use protocol::access::Keep;

pub use access::{Access, Guests, Mode, Roles, SIGNED_IN_FOR};
use check::Wrong;
pub use command_line::command;
pub use deadlines::{
    ANSWER_WITHIN, CLOSE_AFTER_QUIT, CONFIRMED_FOR, Deadlines, EXPORT_WITHIN, GREETING_LATE, HEADER_WITHIN,
    HELLO_WITHIN, LET_GO_AFTER, RENEWAL_EVERY, TAKE_WITHIN, WRITE_WITHIN,
};
pub(crate) use front::Front;
pub(crate) use held::{Held, HeldSection};
pub use limits::Limits;
pub use listening::ListenError;
pub use openid::{ClientSecret, Issuer, NoIssuer, NoSecret, OpenId};
pub use problem::{ConfigError, Problem};
pub use public::PublicAddress;
pub use source::{Source, Sources};
pub use subcommand::{Look, Subcommand};
pub use table::table;
pub use targets::Targets;

use crate::journal::{JournalError, default_file};
use crate::upstream::policy::Reach;
use crate::web::certificate::Pair;

/// Where the bridge listens when nothing else is said.
pub const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8110);

/// How long a session outlives the last browser that left it, when nothing else is said.
pub const GRACE: Duration = Duration::from_secs(300);

/// After how many days a session that has ended is deleted, when nothing else is said.
pub const KEEP_DAYS: u32 = 30;

/// After how many days a record of who did what is deleted from the journal, when nothing else is said.
pub const AUDIT_DAYS: u32 = 180;

/// The longest that sessions and records can be kept, in days: ten years.
const KEEP_DAYS_MAX: u32 = 3660;

/// What is logged when nothing else is said.
pub const LOG: &str = "pop3_console=info";

/// What the file with the accounts is called, beside the journal.
const ACCOUNTS_FILE: &str = "accounts.toml";

/// The settings of one bridge.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address and port to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// A PEM file with the certificate that browsers are shown, and behind it those that vouch for it. Without one,
    /// the bridge speaks no TLS itself.
    pub certificate: Option<PathBuf>,
    /// A PEM file with that certificate's key.
    pub certificate_key: Option<PathBuf>,
    /// The addresses at which people reach it, beside this machine's own.
    pub public: Vec<PublicAddress>,
    /// The proxies that are believed what they say of a request.
    pub trusted_proxies: Vec<IpNet>,
    /// PEM files of certificate authorities to trust beside the platform's.
    pub ca_files: Vec<PathBuf>,
    /// How long a session outlives the last browser that left it.
    pub grace: Duration,
    /// Whether the built-in demonstration mailbox is left out.
    pub no_demonstration: bool,
    /// The file that sessions are kept in, instead of one in the platform's folder for data.
    pub journal: Option<PathBuf>,
    /// Whether no sessions are kept: what happened is gone when they end.
    pub no_journal: bool,
    /// How much may be kept of a session at most, if it is said.
    pub keep: Option<Keep>,
    /// After how many days a session that has ended is deleted for good.
    pub keep_days: u32,
    /// Who may use the console.
    pub access: Access,
    /// The file that records of who did what are added to as lines of JSON, or `-` for standard output.
    pub audit_file: Option<PathBuf>,
    /// After how many days such a record is deleted from the journal.
    pub audit_days: u32,
    /// How long each step may take.
    pub deadlines: Deadlines,
    /// What one bridge holds at most.
    pub limits: Limits,
    /// How long the bridge waits for mail connections to end once it is told to stop.
    pub drain: Duration,
    /// The address and port at which what was counted is told; none where it is not.
    pub metrics: Option<SocketAddr>,
    /// What is logged, in the syntax of `tracing`.
    pub log: String,
    /// How it is logged.
    pub log_format: LogFormat,
    /// Which mail servers may be reached.
    pub targets: Targets,
    /// Where each of these was set, of those that were.
    pub sources: Sources,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// A line for people.
    #[default]
    Text,
    /// A JSON object a line.
    Json,
}

impl Config {
    /// What the command line says, and the environment, and the file that either of them names. Whether that can be used
    /// together is for [`Config::check`] and [`Config::examine`] to say.
    ///
    /// # Errors
    /// When anything is wrong with what was said: the error names all of it, each with its source and what to do instead.
    pub fn load(matches: &ArgMatches) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        let (mut sources, mut problems) = (Sources::default(), Vec::new());
        if let Some(path) = matches.get_one::<String>(command_line::FILE) {
            file::read(path.as_ref(), &mut config, &mut sources, &mut problems);
        }
        command_line::read(matches, &mut config, &mut sources, &mut problems);
        let variables = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        sources.astray = command_line::astray(variables);
        if problems.is_empty() {
            Ok(Self { sources, ..config })
        } else {
            Err(ConfigError(problems))
        }
    }

    /// Whether the console is hosted: it asks who somebody is before they may open sessions.
    pub fn hosted(&self) -> bool {
        self.access.mode != Mode::None
    }

    /// The files of the certificate that browsers are shown; none where the bridge speaks no TLS itself.
    pub(crate) fn pair(&self) -> Option<Pair> {
        Some(Pair {
            certificate: self.certificate.clone()?,
            key: self.certificate_key.clone()?,
            hosts: self.sealed_hosts(),
        })
    }

    /// The hosts as which its own certificate is shown. A proxy shows people another, and may call the console what it likes.
    fn sealed_hosts(&self) -> Vec<String> {
        let https = self.public.iter().filter(|address| address.is_https());
        https
            .filter(|_| self.trusted_proxies.is_empty())
            .map(|address| address.host().to_owned())
            .collect()
    }

    /// How far it reaches: to any server for whoever runs it on their own machine, and to presets alone where it is hosted,
    /// unless something else is said.
    pub fn reach(&self) -> Reach {
        let usual = if self.hosted() { Reach::Presets } else { Reach::Any };
        self.targets.reach.unwrap_or(usual)
    }

    /// How much may be kept of a session at most where there is a journal: all of it for whoever runs it on their own machine,
    /// and no content of messages where it is hosted, unless something else is said.
    pub fn keeps_at_most(&self) -> Keep {
        let usual = if self.hosted() {
            Keep::NoContent
        } else {
            Keep::Everything
        };
        self.keep.unwrap_or(usual)
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

    /// The file with the accounts.
    ///
    /// # Errors
    /// When neither it nor the journal is named, and the platform has no folder for data.
    pub fn accounts_file(&self) -> Result<PathBuf, JournalError> {
        let journal = match (&self.access.accounts, &self.journal) {
            (Some(file), _) => return Ok(file.clone()),
            (None, Some(journal)) => journal.clone(),
            (None, None) => default_file()?,
        };
        Ok(journal.with_file_name(ACCOUNTS_FILE))
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: LISTEN,
            certificate: None,
            certificate_key: None,
            public: Vec::new(),
            trusted_proxies: Vec::new(),
            ca_files: Vec::new(),
            grace: GRACE,
            no_demonstration: false,
            journal: None,
            no_journal: false,
            keep: None,
            keep_days: KEEP_DAYS,
            access: Access::default(),
            audit_file: None,
            audit_days: AUDIT_DAYS,
            deadlines: Deadlines::default(),
            limits: Limits::default(),
            metrics: None,
            drain: Duration::ZERO,
            log: LOG.to_owned(),
            log_format: LogFormat::Text,
            targets: Targets::default(),
            sources: Sources::default(),
        }
    }
}

#[cfg(test)]
mod tests;
