//! What is done to accounts: by whoever runs the console, on its machine, and by administrators, in their browsers.

use protocol::standing::Rank;
use serde::{Deserialize, Serialize};

use super::account::{self, Account, NameError, by_name};
use super::file::FileError;
use crate::audit::Event;
use crate::session::token::NoRandomness;

/// What is to be another way with an account.
#[derive(Clone)]
pub(super) enum Change {
    Role(Rank),
    Disabled(bool),
    /// What is kept of another password.
    Password(String),
}

/// What became of an account, for the audit. It holds nothing of a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub(super) enum Became {
    AccountAdded {
        whose: String,
        #[serde(with = "by_name")]
        role: Rank,
    },
    RoleChanged {
        whose: String,
        #[serde(with = "by_name")]
        role: Rank,
    },
    AccountDisabled {
        whose: String,
    },
    AccountEnabled {
        whose: String,
    },
    PasswordChanged {
        whose: String,
    },
    AccountRemoved {
        whose: String,
    },
}

/// Why accounts stay as they are.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChangeError {
    #[error(transparent)]
    Name(#[from] NameError),
    #[error("there is no account of the name {0}; `pop3-console account list` tells which there are")]
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
) -> Result<Vec<Became>, ChangeError> {
    account::check(name, accounts)?;
    accounts.push(Account::new(name, role, password)?);
    let whose = name.to_owned();
    Ok(vec![Became::AccountAdded { whose, role }])
}

/// Removes the account that is meant by that name.
///
/// # Errors
/// When there is none.
pub(super) fn remove(accounts: &mut Vec<Account>, name: &str) -> Result<Vec<Became>, ChangeError> {
    let whose = find(accounts, name)?.name.clone();
    accounts.retain(|account| !account.is_called(name));
    Ok(vec![Became::AccountRemoved { whose }])
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
    /// Changes it. What became of it, if it is another way than before.
    pub(super) fn change(&mut self, change: Change) -> Option<Became> {
        let (before, whose) = (self.clone(), self.name.clone());
        let became = match change {
            Change::Role(role) => {
                self.role = role;
                Became::RoleChanged { whose, role }
            }
            Change::Disabled(disabled) => {
                self.disabled = disabled;
                match disabled {
                    true => Became::AccountDisabled { whose },
                    false => Became::AccountEnabled { whose },
                }
            }
            Change::Password(password) => {
                self.password = password;
                Became::PasswordChanged { whose }
            }
        };
        (*self != before).then_some(became)
    }
}

impl From<Became> for Event {
    fn from(became: Became) -> Self {
        match became {
            Became::AccountAdded { whose, role } => Event::AccountAdded {
                whose,
                role: role.name(),
            },
            Became::RoleChanged { whose, role } => Event::RoleChanged {
                whose,
                role: role.name(),
            },
            Became::AccountDisabled { whose } => Event::AccountDisabled { whose },
            Became::AccountEnabled { whose } => Event::AccountEnabled { whose },
            Became::PasswordChanged { whose } => Event::PasswordChanged { whose },
            Became::AccountRemoved { whose } => Event::AccountRemoved { whose },
        }
    }
}
