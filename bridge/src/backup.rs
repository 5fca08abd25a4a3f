//! `pop3-console backup`: a copy of what a console keeps, from which it comes back. Sessions are nobody's without the accounts of
//! those whose they are, so that these are copied as well.

use std::path::{Path, PathBuf};

use crate::access::{FileError, copy_accounts, read_accounts};
use crate::config::{Config, Mode};
use crate::journal::{self, JournalError};

/// What the copy of the accounts is called: as that of the journal, and so.
const ACCOUNTS: &str = ".accounts.toml";

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The journal cannot be copied.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The accounts cannot.
    #[error(transparent)]
    Accounts(#[from] FileError),
}

/// What became of the accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopiedAccounts {
    /// There are none, nor does anybody sign in with one.
    NotWanted,
    /// There are none yet in that file.
    None(PathBuf),
    /// They are in the second file as they were in the first; with why they cannot be used, if they cannot.
    Copied(PathBuf, PathBuf, Option<String>),
    /// What could be accounts could not be copied, and nobody signs in with one.
    NotCopied(String),
}

/// Copies the journal that these settings name, and the accounts, to files that are not there yet, also while a bridge writes to
/// them. Both copies are made, or none, where people sign in with accounts.
///
/// # Errors
/// When there is no journal, or anything cannot be copied.
pub fn back_up(config: &Config, to: &Path) -> Result<CopiedAccounts, BackupError> {
    let journal = config.journal_file()?.ok_or(JournalError::NotKept)?;
    let accounts = config.accounts_file()?;
    journal::back_up(&journal, to)?;
    // Behind the journal: nobody is in that who is not among these.
    let beside = beside(to);
    let are_wanted = config.access.mode == Mode::Accounts;
    match copy_accounts(&accounts, &beside) {
        Ok(true) => {
            // A console that runs goes on with those of before, and so does what is copied with these.
            let read = are_wanted.then(|| read_accounts(&accounts));
            let why = read.and_then(Result::err).map(|why| why.to_string());
            Ok(CopiedAccounts::Copied(accounts, beside, why))
        }
        Ok(false) if are_wanted => Ok(CopiedAccounts::None(accounts)),
        Ok(false) => Ok(CopiedAccounts::NotWanted),
        Err(why) if are_wanted => {
            // Half a backup would be in the way of the next. Where it cannot be removed that is told then.
            let _ = std::fs::remove_file(to);
            Err(why.into())
        }
        Err(why) => Ok(CopiedAccounts::NotCopied(why.to_string())),
    }
}

fn beside(to: &Path) -> PathBuf {
    let mut name = to.as_os_str().to_owned();
    name.push(ACCOUNTS);
    name.into()
}
