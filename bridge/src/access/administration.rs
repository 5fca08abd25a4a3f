//! What administrators do from their browsers: see the accounts of the console's own, make and change them.
//!
//! Whoever has come by an administrator's cookie has not come by the accounts: what changes any takes the administrator's own
//! password, with it or a while before in the same page, and as few wrong ones are looked at as of anybody who signs in.

mod confirming;
mod deed;
mod not_done;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use confirming::Confirm;
use deed::Administrator;
pub(crate) use deed::Deed;
pub(crate) use not_done::NotDone;
use protocol::standing::Rank;
use tokio::time::{Instant, timeout_at};

use super::account::Account;
use super::by_password::ByPassword;
use super::{Reception, SignOn, Way};
use crate::config::ANSWER_WITHIN;

/// How long an administrator waits for what they want to be done, who is told so before their request is given up.
const WITHIN: Duration = Duration::from_secs(9);
const _: () = assert!(WITHIN.as_millis() < ANSWER_WITHIN.as_millis());

/// An account, as an administrator is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) name: String,
    pub(crate) role: Rank,
    pub(crate) disabled: bool,
    /// In how many browsers somebody is signed in with it.
    pub(crate) signed_on: usize,
    /// Whether it is the one of who asks.
    pub(crate) is_own: bool,
}

impl Reception {
    /// The accounts, as an administrator is told of them.
    ///
    /// # Errors
    /// When the console keeps none of its own.
    pub(crate) fn accounts(&self, reader: &SignOn) -> Result<Vec<Listed>, NotDone> {
        let by_password = self.by_password()?;
        let mut counts = self.sign_ons.counts();
        let listed = |account: Account| Listed {
            signed_on: counts.remove(&account.id).unwrap_or_default(),
            is_own: reader.is(&account.identity()),
            name: account.name,
            role: account.role,
            disabled: account.disabled,
        };
        Ok(by_password.accounts.all().into_iter().map(listed).collect())
    }

    /// Does something to the accounts, for an administrator who comes from there and shows by that that it is them. By the time
    /// this is answered it has taken effect. Until it is shown, it ends where nobody waits for it any more; from then on it is done
    /// all the same.
    ///
    /// # Errors
    /// When it is not done, or may not be by now.
    pub(crate) async fn administer(
        self: Arc<Self>,
        signed_on: Arc<SignOn>,
        from: IpAddr,
        confirm: Option<Confirm>,
        deed: Deed,
    ) -> Result<(), NotDone> {
        let until = Instant::now() + WITHIN;
        self.administer_until(until, signed_on, from, confirm, deed).await
    }

    async fn administer_until(
        self: Arc<Self>,
        until: Instant,
        signed_on: Arc<SignOn>,
        from: IpAddr,
        confirm: Option<Confirm>,
        deed: Deed,
    ) -> Result<(), NotDone> {
        let by_password = self.by_password()?;
        // Before anybody's password is looked at for nothing.
        by_password.check(&deed)?;
        match confirm {
            Some(Confirm::Password(password)) => {
                self.look_at(until, &signed_on, from, password).await?;
            }
            Some(Confirm::Before(token))
                if signed_on
                    .confirmed
                    .has(&token, self.confirmed_for, Instant::now()) => {}
            Some(Confirm::Before(_)) | None => return Err(NotDone::Unconfirmed),
        }
        let by = Administrator { signed_on, from };
        let doing = tokio::spawn(async move { self.carry_out(by, deed).await });
        match timeout_at(until, doing).await {
            // It fails where doing it panicked, which is said by then.
            Ok(done) => done.unwrap_or(Err(NotDone::Broken)),
            Err(_) => Err(NotDone::Late),
        }
    }

    fn by_password(&self) -> Result<&ByPassword, NotDone> {
        let Way::Accounts(by_password) = &self.way else {
            return Err(NotDone::NoAccounts);
        };
        Ok(by_password)
    }
}

impl Account {
    pub(super) fn administrates(&self) -> bool {
        self.role == Rank::Administrator && !self.disabled
    }

    /// Whether it is the one of whoever is signed in so, is all as it was when they did, and administrates.
    fn administrates_as(&self, signed_on: &SignOn) -> bool {
        self.administrates() && signed_on.account() == Some(self)
    }
}

#[cfg(test)]
mod tests;
