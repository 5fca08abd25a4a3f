//! What an administrator has done to accounts: one change after the other, in the accounts' file, told to the audit, and in effect.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use protocol::standing::Rank;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tracing::warn;
use zeroize::Zeroizing;

use super::NotDone;
use crate::access::account::{self, Account};
use crate::access::by_password::ByPassword;
use crate::access::change::{self, Became, Change, ChangeError};
use crate::access::{Reception, SignOn, file, password};
use crate::audit::{About, Who};

/// How long a change waits for those of others, also where nobody waits for it any more: each of them may wait for the file as long as
/// [`file`](mod@crate::access::file) says.
const TURN_WITHIN: Duration = Duration::from_secs(20);

/// What is to be done.
pub(crate) enum Deed {
    /// An account is made.
    Add {
        name: String,
        role: Rank,
        password: Zeroizing<String>,
    },
    /// One may something else, or may be used or not.
    Change {
        of: String,
        role: Option<Rank>,
        disabled: Option<bool>,
    },
    /// One gets another password.
    Password { of: String, password: Zeroizing<String> },
}

/// An administrator, and where they are.
pub(super) struct Administrator {
    pub(super) signed_on: Arc<SignOn>,
    pub(super) from: IpAddr,
}

impl Reception {
    /// Does what is confirmed.
    pub(super) async fn carry_out(self: &Arc<Self>, by: Administrator, deed: Deed) -> Result<(), NotDone> {
        let passwords = &self.by_password()?.passwords;
        match deed {
            Deed::Add { name, role, password } => {
                let password = passwords.hash(password).await??;
                let add = move |accounts: &mut Vec<Account>| change::add(accounts, &name, role, password);
                self.change_accounts(by, add).await
            }
            Deed::Change { of, role, disabled } => {
                let changes = role.map(Change::Role).into_iter();
                let changes = changes.chain(disabled.map(Change::Disabled)).collect();
                self.change_one(by, of, changes).await
            }
            Deed::Password { of, password } => {
                let password = passwords.hash(password).await??;
                self.change_one(by, of, vec![Change::Password(password)]).await
            }
        }
    }

    async fn change_one(
        self: &Arc<Self>,
        by: Administrator,
        name: String,
        changes: Vec<Change>,
    ) -> Result<(), NotDone> {
        let change = move |accounts: &mut Vec<Account>| {
            let account = change::find(accounts, &name)?;
            Ok(changes
                .into_iter()
                .filter_map(|change| account.change(change))
                .collect())
        };
        self.change_accounts(by, change).await
    }

    /// Changes the accounts, one change after the other, has it take effect, and tells the audit of it.
    async fn change_accounts(
        self: &Arc<Self>,
        by: Administrator,
        how: impl FnOnce(&mut Vec<Account>) -> Result<Vec<Became>, ChangeError> + Send + 'static,
    ) -> Result<(), NotDone> {
        let reception = self.clone();
        let turn = timeout(TURN_WITHIN, self.changing.clone().lock_owned());
        let turn = turn.await.map_err(|_| NotDone::NoTurn)?;
        let changing = spawn_blocking(move || -> Result<(), NotDone> {
            // Until it is done, also where nobody waits for it any more.
            let _turn = turn;
            let file = reception.by_password()?.accounts.file();
            let told = file::change(file, |accounts| {
                // By what the file says now, which another administrator may have changed; and whoever has signed out, or has
                // another password by now, has nothing done any more that somebody with their cookie has left waiting.
                if by.signed_on.is_over() {
                    return Err(NotDone::NotSignedOn);
                }
                if !accounts.iter().any(|it| it.administrates_as(&by.signed_on)) {
                    return Err(NotDone::NotAdministrator);
                }
                let told = how(accounts)?;
                if !accounts.iter().any(Account::administrates) {
                    return Err(NotDone::LastAdministrator);
                }
                Ok(told)
            })?;
            // What was done on the command line was done before.
            reception.tell_noted(reception.by_password()?);
            for became in told {
                let who = Who::administrator(&by.signed_on, by.from);
                reception.audit.tell(About::default(), who, became.into());
            }
            reception.look();
            Ok(())
        });
        // It fails where changing panicked, which is said by then.
        let done = changing.await.unwrap_or(Err(NotDone::Broken));
        if let Err(NotDone::File(error)) = &done {
            warn!(%error, "the accounts could not be changed");
        }
        done
    }
}

impl ByPassword {
    /// Whether that can be done, as far as it is known before it is tried.
    pub(super) fn check(&self, deed: &Deed) -> Result<(), NotDone> {
        let of = match deed {
            Deed::Add { name, password, .. } => {
                account::check(name, &self.accounts.all())?;
                return Ok(password::check(password)?);
            }
            Deed::Password { of, password } => {
                password::check(password)?;
                of
            }
            Deed::Change { of, .. } => of,
        };
        match self.accounts.find(of) {
            Some(_) => Ok(()),
            None => Err(NotDone::Unknown(of.clone())),
        }
    }
}
