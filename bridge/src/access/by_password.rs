//! Whoever has an account of the console's own, and its password.

use std::net::IpAddr;

use tokio::time::{Duration, Instant, sleep_until};
use tracing::info;
use zeroize::Zeroizing;

use super::AccessError;
use super::account::Account;
use super::accounts::Accounts;
use super::password::{Passwords, Whose};
use super::tries::{PASSWORDS, Tries};
use crate::config::Config;
use crate::session::token::NoRandomness;

/// How long after it was heard a wrong password is answered at the earliest, whatever is wrong with it.
pub(super) const REFUSED_AFTER: Duration = Duration::from_millis(400);

/// The accounts, and what becomes of passwords for them.
pub(crate) struct ByPassword {
    pub(super) accounts: Accounts,
    pub(super) passwords: Passwords,
    tries: Tries,
}

/// Why nobody is signed in with the name and the password that they gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotByPassword {
    #[error("The name or the password is wrong.")]
    Wrong,
    #[error(
        "Too many wrong passwords have come for this name, or from where you are. Try again in a minute."
    )]
    TooOften,
    #[error("More people are signing in than the console can look at. Try again in a moment.")]
    Busy,
    #[error("Nobody signs in to this console with a password.")]
    NoPasswords,
    #[error("The system gives no random numbers.")]
    NoRandomness,
}

impl ByPassword {
    /// As the settings want it.
    ///
    /// # Errors
    /// When the accounts cannot be read.
    pub(super) fn new(config: &Config) -> Result<Self, AccessError> {
        let file = config.accounts_file()?;
        Ok(Self {
            accounts: Accounts::read(&file)?,
            passwords: Passwords::new().map_err(|_| AccessError::NoRandomness)?,
            tries: Tries::new(PASSWORDS),
        })
    }

    /// The account of that name, where it is its password that came from there. A wrong password is answered like a wrong
    /// name: in the same words, after the same time. Before that time it is told that it is wrong: whoever has gone until it is
    /// answered has tried it all the same.
    ///
    /// # Errors
    /// When it is not, or nobody may sign in with that account.
    pub(super) async fn account(
        &self,
        from: IpAddr,
        name: &str,
        password: Zeroizing<String>,
        tell_wrong: impl FnOnce(),
    ) -> Result<Account, NotByPassword> {
        let heard = Instant::now();
        let turn = self
            .tries
            .turn(from, name, heard)
            .ok_or(NotByPassword::TooOften)?;
        sleep_until(turn.begins).await;
        let account = self.accounts.find(name);
        let known = account.as_ref().map(|account| account.password.clone());
        let whose = if turn.is_known {
            Whose::Known
        } else {
            Whose::of(from)
        };
        let is_right = self.passwords.is_right(whose, known, password).await;
        let is_right = is_right.map_err(|_| NotByPassword::Busy)?;
        match account.filter(|account| is_right && !account.disabled) {
            Some(account) => {
                self.tries.was_right(turn);
                Ok(account)
            }
            None => {
                info!(%from, "a sign-in to the console was refused");
                tell_wrong();
                sleep_until(turn.begins + REFUSED_AFTER).await;
                Err(NotByPassword::Wrong)
            }
        }
    }
}

impl From<NoRandomness> for NotByPassword {
    fn from(_: NoRandomness) -> Self {
        NotByPassword::NoRandomness
    }
}
