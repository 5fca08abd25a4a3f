//! Who may use a hosted console: who says so, who is signed in, and what that lets in to.
//!
//! Where the console is not hosted there is no [`Reception`], and whoever reaches the console may use it.

mod account;
mod accounts;
mod administration;
mod apart;
mod beside;
mod by_header;
pub(crate) mod by_openid;
mod by_password;
mod change;
pub(crate) mod command;
mod confirmed;
mod file;
pub(crate) mod notes;
mod opener;
mod password;
mod person;
mod put_out;
mod reception;
mod seen;
mod sign_on;
mod sign_ons;
mod signed_off;
mod tries;
mod visitor;
mod way;

use std::io;
use std::path::Path;

use crate::journal::JournalError;
pub(crate) use account::Identity;
pub use account::NameError;
pub(crate) use administration::{Confirm, Deed, Listed, NotDone};
pub(crate) use by_header::NotByHeader;
pub(crate) use by_password::NotByPassword;
pub use file::FileError;
pub(crate) use file::{copy as copy_accounts, read as read_accounts};
pub(crate) use opener::Opener;
pub use password::PasswordError;
pub(crate) use reception::Reception;
pub(crate) use sign_on::SignOn;
pub(crate) use visitor::{Barred, Visitor};
pub(crate) use way::Way;

/// Whether there are accounts in that file.
///
/// # Errors
/// When it cannot be read, or holds anything else.
pub(crate) fn has_accounts(file: &Path) -> Result<bool, FileError> {
    file::read(file).map(|accounts| !accounts.is_empty())
}

/// Why a console cannot be hosted.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// There is no place for the accounts.
    #[error("there is no folder for data here: name a file for the accounts with --access-accounts")]
    NoPlace,
    /// The file with the accounts cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// The provider that people are to sign in at cannot be asked.
    #[error("{0}")]
    Provider(String),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    NoRandomness,
}

impl From<JournalError> for AccessError {
    fn from(_: JournalError) -> Self {
        AccessError::NoPlace
    }
}

/// What goes wrong with files of this console, with the file's name.
fn at(file: &Path) -> impl FnOnce(io::Error) -> FileError + '_ {
    move |error| FileError::Unusable {
        file: file.to_owned(),
        detail: error.to_string(),
    }
}
