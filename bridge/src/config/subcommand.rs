//! What the program is asked to do instead of serving.

use std::path::PathBuf;

use clap::{ArgMatches, FromArgMatches};

use crate::access::command::AccountDeed;

/// What is asked for instead of serving.
#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
    /// Copies the journal to a file that is not there yet, also while a console runs on it.
    Backup {
        /// The copy.
        #[arg(value_name = "FILE")]
        to: PathBuf,
    },
    /// Prints who did what with the console, also while it runs.
    Audit {
        /// Only since then: 90m, 12h, 7d, 2026-11-28, 2026-11-28T14:02:00Z.
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
        /// Only of that session, by its number in the log or its alias.
        #[arg(long, value_name = "NUMBER|ALIAS")]
        session: Option<String>,
        /// As lines of JSON.
        #[arg(long)]
        json: bool,
    },
    /// Makes and changes the accounts of a hosted console.
    #[command(subcommand)]
    Account(AccountDeed),
    /// Asks the console that runs with these settings whether it is alive.
    Health,
    /// Looks at the settings and serves nothing.
    #[command(subcommand)]
    Config(Look),
}

/// How the settings are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::Subcommand)]
pub enum Look {
    /// Tells what is wrong with them, if anything is, as the start of the console does.
    ///
    /// It looks at the files and addresses that they name, too, as whoever runs it: so run it as the user that the console
    /// runs as. A console may be running meanwhile. It ends with 0 where a console starts with these settings, also where it
    /// warns of something, and with 2 where it does not.
    Check,
    /// Prints every setting there is as a table of Markdown.
    Table,
}

impl Subcommand {
    /// What the command line asks for; none where the console is to be served.
    ///
    /// # Errors
    /// When it asks for nothing that there is.
    pub fn read(matches: &ArgMatches) -> Result<Option<Self>, clap::Error> {
        match matches.subcommand_name() {
            Some(_) => Self::from_arg_matches(matches).map(Some),
            None => Ok(None),
        }
    }
}
