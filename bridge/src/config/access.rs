//! Who may use the console.

use std::path::PathBuf;
use std::time::Duration;

/// How long somebody stays signed in to the console when nothing else is said.
pub const SIGNED_IN_FOR: Duration = Duration::from_secs(12 * 60 * 60);

/// The longest that somebody can stay signed in, in hours: thirty days.
pub(super) const HOURS_MAX: u64 = 30 * 24;

/// Who may use the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// How it knows who asks.
    pub mode: Mode,
    /// The file with the accounts, instead of `accounts.toml` beside the journal.
    pub accounts: Option<PathBuf>,
    /// How long somebody stays signed in.
    pub lasts: Duration,
    /// What a guest with a link needs beside it.
    pub guests: Guests,
}

/// How the console knows who asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// It does not: it is for whoever sits at this machine.
    #[default]
    None,
    /// By accounts of its own.
    Accounts,
}

/// What a guest with a link needs beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Guests {
    /// Nothing.
    #[default]
    Link,
    /// An account.
    Accounts,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            mode: Mode::None,
            accounts: None,
            lasts: SIGNED_IN_FOR,
            guests: Guests::Link,
        }
    }
}
