//! Who may use a hosted console: accounts, who is signed in with one, and what that lets in to.
//!
//! Where the console is not hosted there is no [`Reception`], and whoever reaches the console may use it.

mod account;
mod accounts;
pub(crate) mod command;
mod file;
mod password;
mod sign_on;
mod tries;
mod visitor;

use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, sleep_until};
use tracing::{info, warn};
use zeroize::Zeroizing;

use crate::audit::Audit;
use crate::config::{Config, Guests};
use crate::journal::JournalError;
use crate::session::token::{NoRandomness, Token};
pub(crate) use account::Identity;
pub use account::NameError;
use accounts::Accounts;
pub use file::FileError;
pub use password::PasswordError;
use password::Passwords;
pub(crate) use sign_on::SignOn;
use sign_on::SignOns;
use tries::Tries;
pub(crate) use visitor::{Barred, House, Visitor};

/// How often it is looked whether the accounts have changed.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long after it was heard a wrong password is answered at the earliest, whatever is wrong with it.
const REFUSED_AFTER: Duration = Duration::from_millis(400);

/// Who is asked, and asked for, where the console is hosted.
pub(crate) struct Reception {
    accounts: Accounts,
    passwords: Passwords,
    sign_ons: SignOns,
    tries: Tries,
    guests: Guests,
}

/// Why nobody was signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotSignedOn {
    #[error("The name or the password is wrong.")]
    Wrong,
    #[error(
        "Too many wrong passwords have come for this name, or from where you are. Try again in a minute."
    )]
    TooOften,
    #[error("More people are signing in than the console can look at. Try again in a moment.")]
    Busy,
    #[error("The system gives no random numbers.")]
    NoRandomness,
}

impl From<NoRandomness> for NotSignedOn {
    fn from(_: NoRandomness) -> Self {
        NotSignedOn::NoRandomness
    }
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
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    NoRandomness,
}

impl From<JournalError> for AccessError {
    fn from(_: JournalError) -> Self {
        AccessError::NoPlace
    }
}

impl Reception {
    /// As the settings want it; none where the console is not hosted.
    ///
    /// # Errors
    /// When the accounts cannot be read.
    pub(crate) fn new(config: &Config) -> Result<Option<Self>, AccessError> {
        if !config.hosted() {
            return Ok(None);
        }
        let file: PathBuf = config.accounts_file()?;
        let accounts = Accounts::read(&file)?;
        if accounts.is_empty() {
            warn!(file = %file.display(), "there are no accounts yet: make one with `pop3-console account add NAME`");
        }
        Ok(Some(Self {
            accounts,
            passwords: Passwords::new().map_err(|_| AccessError::NoRandomness)?,
            sign_ons: SignOns::new(config.access.lasts),
            tries: Tries::default(),
            guests: config.access.guests,
        }))
    }

    /// Tells whoever runs the console who is signed out without asking for it.
    pub(crate) fn audited_by(mut self, audit: Audit) -> Arc<Self> {
        self.sign_ons.audited_by(audit);
        Arc::new(self)
    }

    /// What is asked of whoever comes.
    pub(crate) fn house(&self) -> House {
        House::Hosted {
            guests_need_account: self.guests == Guests::Accounts,
        }
    }

    /// Who is signed in in the browser that has that token.
    pub(crate) fn find(&self, token: &str) -> Option<Arc<SignOn>> {
        self.sign_ons.find(token)
    }

    /// Signs somebody in who comes from there. A wrong password is answered like a wrong name: in the same words, after the
    /// same time.
    ///
    /// # Errors
    /// When nobody is signed in.
    pub(crate) async fn sign_on(
        &self,
        from: IpAddr,
        name: &str,
        password: Zeroizing<String>,
    ) -> Result<(Token, Arc<SignOn>), NotSignedOn> {
        let heard = Instant::now();
        let turn = self.tries.turn(from, name, heard).ok_or(NotSignedOn::TooOften)?;
        sleep_until(turn.begins).await;
        let account = self.accounts.find(name);
        let known = account.as_ref().map(|account| account.password.clone());
        let is_right = self.passwords.is_right(known, password).await;
        let is_right = is_right.map_err(|_| NotSignedOn::Busy)?;
        match account.filter(|account| is_right && !account.disabled) {
            Some(account) => {
                self.tries.was_right(turn);
                let signed_on = self.sign_ons.begin(account)?;
                info!(account = signed_on.1.name(), %from, "signed in to the console");
                Ok(signed_on)
            }
            None => {
                info!(%from, "a sign-in to the console was refused");
                sleep_until(turn.begins + REFUSED_AFTER).await;
                Err(NotSignedOn::Wrong)
            }
        }
    }

    /// Signs that browser out. Who was signed in there.
    pub(crate) fn sign_off(&self, token: &str) -> Option<Arc<SignOn>> {
        let signed_on = self.sign_ons.end(token)?;
        info!(account = signed_on.name(), "signed out of the console");
        Some(signed_on)
    }

    /// Sees to it, until the bridge stops, that a changed account takes effect.
    pub(crate) fn keep_watch(self: Arc<Self>, mut stopping: watch::Receiver<bool>) {
        tokio::spawn(async move {
            let watching = async {
                loop {
                    sleep(LOOK_EVERY).await;
                    let reception = self.clone();
                    // It fails where looking panicked, which is said by then.
                    let _ = spawn_blocking(move || reception.look()).await;
                }
            };
            tokio::select! {
                () = watching => {}
                _ = stopping.wait_for(|&stopping| stopping) => {}
            }
        });
    }

    /// Looks whether the accounts have changed: whose has is signed in no longer.
    fn look(&self) {
        match self.accounts.look() {
            Ok(false) => {}
            Ok(true) => {
                let ended = self.sign_ons.end_if(|account| !self.accounts.still_has(account));
                info!(ended, "the accounts have changed");
            }
            Err(error) => warn!(%error, "the changed accounts cannot be read: those of before hold"),
        }
        self.sign_ons.forget_those_over();
    }
}

/// What goes wrong with files of this console, with the file's name.
fn at(file: &std::path::Path) -> impl FnOnce(io::Error) -> FileError + '_ {
    move |error| FileError::Unusable {
        file: file.to_owned(),
        detail: error.to_string(),
    }
}
