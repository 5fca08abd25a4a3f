//! What is done to accounts: by whoever runs the console, on its machine, and by administrators, in their browsers.

use protocol::standing::Rank;

use super::account::{self, Account, NameError};
use super::file::FileError;
use crate::session::token::NoRandomness;

/// What is to be another way with an account.
#[derive(Clone)]
pub(super) enum Change {
    Role(Rank),
    Disabled(bool),
    /// What is kept of another password.
    Password(String),
}

/// Why accounts stay as they are.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChangeError {
    #[error(transparent)]
    Name(#[from] NameError),
    #[error("there is no account of the name {0}")]
    Unknown(String),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// Makes an account of which nobody has the name.
///
/// # Errors
/// When there cannot be one of that name.
pub(super) fn add(
    accounts: &mut Vec<Account>,
    name: &str,
    role: Rank,
    password: String,
) -> Result<(), ChangeError> {
    account::check(name, accounts)?;
    accounts.push(Account::new(name, role, password)?);
    Ok(())
}

/// The account that is meant by that name.
///
/// # Errors
/// When there is none.
pub(super) fn find<'a>(accounts: &'a mut [Account], name: &str) -> Result<&'a mut Account, ChangeError> {
    let mut accounts = accounts.iter_mut();
    let found = accounts.find(|account| account.is_called(name));
    found.ok_or_else(|| ChangeError::Unknown(name.to_owned()))
}

impl Account {
    /// Changes it. Whether it is another way than before.
    pub(super) fn change(&mut self, change: Change) -> bool {
        let before = self.clone();
        match change {
            Change::Role(role) => self.role = role,
            Change::Disabled(disabled) => self.disabled = disabled,
            Change::Password(password) => self.password = password,
        }
        *self != before
    }
}
