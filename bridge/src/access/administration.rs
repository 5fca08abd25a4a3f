//! What administrators do from their browsers: see the accounts of the console's own, make and change them.
//!
//! Whoever has come by an administrator's cookie has not come by the accounts: what changes any takes the administrator's own
//! password, with it or a while before in the same page, and as few wrong ones are looked at as of anybody who signs in.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use protocol::administration::UNCONFIRMED;
use protocol::standing::Rank;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout, timeout_at};
use tracing::warn;
use zeroize::Zeroizing;

use super::account::{self, Account, NameError};
use super::by_password::ByPassword;
use super::change::{self, Became, Change, ChangeError};
use super::file::{self, FileError};
use super::password::{self, Busy, PasswordError};
use super::{NotSignedOn, Reception, SignOn, Way};
use crate::audit::{About, Event, Turned, Who};
use crate::config::ANSWER_WITHIN;
use crate::session::token::{NoRandomness, Token};

/// How long an administrator waits for what they want to be done, who is told so before their request is given up.
const WITHIN: Duration = Duration::from_secs(9);
const _: () = assert!(WITHIN.as_millis() < ANSWER_WITHIN.as_millis());

/// How long it waits for what others change, also where nobody waits for it any more: each of them may wait for the file as long as
/// [`file`](mod@file) says.
const TURN_WITHIN: Duration = Duration::from_secs(20);

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

/// By what an administrator shows that it is them.
pub(crate) enum Confirm {
    /// Their own password.
    Password(Zeroizing<String>),
    /// What they were given for it a while ago.
    Before(Zeroizing<String>),
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotDone {
    #[error("Who may use this console is not decided here: others say who somebody is.")]
    NoAccounts,
    #[error(transparent)]
    Name(#[from] NameError),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error("There is no account of the name {0}.")]
    Unknown(String),
    #[error("{UNCONFIRMED}")]
    Unconfirmed,
    #[error("That is not your password.")]
    WrongConfirmation,
    #[error(
        "Too many wrong passwords have come for your name, or from where you are. Try again in a minute."
    )]
    TooOften,
    #[error("More passwords wait than the console can look at. Try again in a moment.")]
    Busy,
    #[error("Others change accounts, and do not come to an end. Nothing was changed: try again in a moment.")]
    NoTurn,
    #[error("This takes longer than it should, and may still be done. Look at the accounts in a moment.")]
    Late,
    #[error(
        "This went wrong in the console, and may be done or not. Whoever runs it finds out why in its log."
    )]
    Broken,
    #[error("You are no administrator any more, or your own account was changed since you signed in.")]
    NotAdministrator,
    #[error("You are signed in no longer.")]
    NotSignedOn,
    #[error("You are the last administrator who can sign in: make somebody else one first.")]
    LastAdministrator,
    #[error(transparent)]
    File(#[from] FileError),
    #[error("The system gives no random numbers.")]
    NoRandomness,
}

/// An administrator, and where they are.
struct Administrator {
    signed_on: Arc<SignOn>,
    from: IpAddr,
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

    /// An administrator who comes from there gives their own password: what they can give instead for a while, and for how long.
    ///
    /// # Errors
    /// When it is not theirs, or is not looked at.
    pub(crate) async fn confirm(
        &self,
        signed_on: &SignOn,
        from: IpAddr,
        password: Zeroizing<String>,
    ) -> Result<(Token, Duration), NotDone> {
        let until = Instant::now() + WITHIN;
        self.look_at(until, signed_on, from, password).await?;
        Ok((signed_on.confirmed.begin(Instant::now())?, self.confirmed_for))
    }

    /// Looks until then at what an administrator who comes from there gives for their own password, and tells the audit where it is
    /// wrong.
    async fn look_at(
        &self,
        until: Instant,
        signed_on: &SignOn,
        from: IpAddr,
        password: Zeroizing<String>,
    ) -> Result<(), NotDone> {
        let is_wrong = AtomicBool::new(false);
        let tell_wrong = || {
            is_wrong.store(true, Ordering::Relaxed);
            let who = Who::signed_on(signed_on, from);
            self.audit.tell(About::default(), who, Event::NotConfirmed);
        };
        let looking = self.by_password()?.confirm(signed_on, from, password, tell_wrong);
        let confirmed = timeout_at(until, looking).await;
        // One that was looked at is told of by then, also where its time is over before it is to be answered.
        let confirmed = confirmed.unwrap_or_else(|_| match is_wrong.load(Ordering::Relaxed) {
            true => Err(NotDone::WrongConfirmation),
            false => Err(NotDone::Busy),
        });
        if matches!(confirmed, Err(NotDone::TooOften | NotDone::Busy)) {
            self.audit.stranger_turned_away(from, Turned::Throttled);
        }
        confirmed
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

    /// Does what is confirmed.
    async fn carry_out(self: &Arc<Self>, by: Administrator, deed: Deed) -> Result<(), NotDone> {
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

    fn by_password(&self) -> Result<&ByPassword, NotDone> {
        let Way::Accounts(by_password) = &self.way else {
            return Err(NotDone::NoAccounts);
        };
        Ok(by_password)
    }
}

impl ByPassword {
    /// Whether that can be done, as far as it is known before it is tried.
    fn check(&self, deed: &Deed) -> Result<(), NotDone> {
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

    /// Whether that is the own password of whoever is signed in so and comes from there. As often as it may be wrong for
    /// somebody who signs in, and after the same time, before which it is told.
    async fn confirm(
        &self,
        signed_on: &SignOn,
        from: IpAddr,
        password: Zeroizing<String>,
        tell_wrong: impl FnOnce(),
    ) -> Result<(), NotDone> {
        let name = signed_on.name();
        let account = self.account(from, name, password, tell_wrong).await?;
        if signed_on.is(&account.identity()) {
            Ok(())
        } else {
            Err(NotDone::NotAdministrator)
        }
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

impl From<NotSignedOn> for NotDone {
    fn from(why: NotSignedOn) -> Self {
        match why {
            NotSignedOn::Wrong => NotDone::WrongConfirmation,
            NotSignedOn::TooOften => NotDone::TooOften,
            NotSignedOn::Busy => NotDone::Busy,
            NotSignedOn::NoPasswords => NotDone::NoAccounts,
            NotSignedOn::NoRandomness => NotDone::NoRandomness,
        }
    }
}

impl From<NoRandomness> for NotDone {
    fn from(_: NoRandomness) -> Self {
        NotDone::NoRandomness
    }
}

impl From<Busy> for NotDone {
    fn from(_: Busy) -> Self {
        NotDone::Busy
    }
}

impl From<ChangeError> for NotDone {
    fn from(why: ChangeError) -> Self {
        match why {
            ChangeError::Name(why) => NotDone::Name(why),
            ChangeError::Unknown(name) => NotDone::Unknown(name),
            ChangeError::File(why) => NotDone::File(why),
            ChangeError::NoRandomness(_) => NotDone::NoRandomness,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::path::PathBuf;

    use tempfile::TempDir;

    use super::*;
    use crate::access::by_password::REFUSED_AFTER;
    use crate::access::password::Whose;
    use crate::audit::{Audit, Why};
    use crate::config::{Access, Config, Mode};
    use crate::upstream::tls::Tls;

    const FROM: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    /// A console with the accounts `root`, who administrates and is signed in, `other`, who does as well, and `anna`.
    struct Console {
        _folder: TempDir,
        file: PathBuf,
        reception: Arc<Reception>,
        signed_on: Arc<SignOn>,
    }

    impl Console {
        fn new() -> Self {
            Self::audited(Audit::default())
        }

        fn audited(audit: Audit) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("accounts.toml");
            let all = [
                ("root", Rank::Administrator),
                ("other", Rank::Administrator),
                ("anna", Rank::Agent),
            ];
            let all = all.map(|(name, role)| Account::new(name, role, String::new()).unwrap());
            file::change(&file, |accounts| {
                accounts.extend(all.clone());
                Ok::<_, FileError>(())
            })
            .unwrap();
            let access = Access {
                mode: Mode::Accounts,
                accounts: Some(file.clone()),
                ..Access::default()
            };
            let config = Config {
                access,
                ..Config::default()
            };
            let way = Way::of(&config, &Tls::new(&[]).unwrap()).unwrap().unwrap();
            let reception = Arc::new(Reception::new(way, &config, audit));
            let [root, ..] = all;
            let (_, signed_on) = reception.sign_ons.begin(root.into(), |_| true).unwrap();
            Self {
                _folder: folder,
                file,
                reception,
                signed_on,
            }
        }

        /// `root` disables `anna`, and waits so long for it.
        async fn disable(&self, until: Instant) -> Result<(), NotDone> {
            let confirmed = self.signed_on.confirmed.begin(Instant::now()).unwrap().reveal();
            let confirm = Some(Confirm::Before(Zeroizing::new(confirmed)));
            let deed = Deed::Change {
                of: "anna".to_owned(),
                role: None,
                disabled: Some(true),
            };
            let (reception, signed_on) = (self.reception.clone(), self.signed_on.clone());
            let doing = reception.administer_until(until, signed_on, FROM, confirm, deed);
            doing.await
        }

        fn has_disabled(&self) -> bool {
            let accounts = file::read(&self.file).unwrap();
            accounts.iter().any(|it| it.name == "anna" && it.disabled)
        }
    }

    #[tokio::test]
    async fn a_password_whose_turn_does_not_come_is_not_waited_for() {
        let console = Console::new();
        let reception = &console.reception;
        let passwords = &reception.by_password().unwrap().passwords;
        let _others = (
            passwords.turn(Whose::Known).await,
            passwords.turn(Whose::Known).await,
        );
        let guess = Zeroizing::new("a guess".to_owned());
        let looking = reception.look_at(Instant::now(), &console.signed_on, FROM, guess);
        let looked = timeout(ANSWER_WITHIN, looking).await.unwrap();
        assert!(matches!(looked, Err(NotDone::Busy)));
    }

    #[tokio::test]
    async fn a_password_that_is_found_wrong_when_its_time_is_nearly_over_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("audit.jsonl");
        let audit = Audit::start(Some(&file), None).unwrap();
        let console = Console::audited(audit.clone());
        let guess = Zeroizing::new("a guess".to_owned());
        // It is found out at once, and would be answered later than that.
        let until = Instant::now() + REFUSED_AFTER / 2;
        let looking = console.reception.look_at(until, &console.signed_on, FROM, guess);
        let looked = looking.await.unwrap_err();
        audit.close();
        let told = std::fs::read_to_string(&file).unwrap();
        assert_eq!(told.lines().count(), 1, "{told}");
        // Where the machine is slow, it is not looked at in time.
        let what = match looked {
            NotDone::WrongConfirmation => "not-confirmed",
            _ => "throttled",
        };
        assert!(told.contains(what), "{looked:?}: {told}");
    }

    #[tokio::test]
    async fn what_is_confirmed_is_done_also_where_nobody_waits_for_it_any_more() {
        let console = Console::new();
        let mut changed = console.reception.changed.subscribe();
        // Somebody else changes accounts.
        let turn = console.reception.changing.clone().lock_owned().await;
        let late = console.disable(Instant::now()).await;
        assert!(matches!(late, Err(NotDone::Late)));
        drop(turn);
        changed.changed().await.unwrap();
        assert!(console.has_disabled());
    }

    #[tokio::test]
    async fn what_waits_is_done_for_nobody_who_is_signed_out_or_has_another_password_by_then() {
        let waits = async |meanwhile: &dyn Fn(&Console)| {
            let console = Console::new();
            let turn = console.reception.changing.clone().lock_owned().await;
            let until = Instant::now() + WITHIN;
            let (done, ()) = tokio::join!(console.disable(until), async {
                meanwhile(&console);
                drop(turn);
            });
            assert_eq!(done.is_ok(), console.has_disabled());
            done
        };
        let change = |console: &Console, how: fn(&mut Account)| {
            file::change(&console.file, |accounts| {
                how(accounts.iter_mut().find(|it| it.name == "root").unwrap());
                Ok::<_, FileError>(())
            })
            .unwrap();
        };
        assert!(waits(&|_| ()).await.is_ok());
        let signs_out = |console: &Console| {
            let sign_ons = &console.reception.sign_ons;
            sign_ons.end_one(&console.signed_on, Why::Asked, FROM);
        };
        let over = waits(&signs_out).await;
        assert!(matches!(over, Err(NotDone::NotSignedOn)), "{over:?}");
        for how in [
            (|it| it.password = "another".to_owned()) as fn(&mut Account),
            |it| it.role = Rank::Agent,
            |it| it.disabled = true,
        ] {
            let refused = waits(&|console| change(console, how)).await;
            assert!(matches!(refused, Err(NotDone::NotAdministrator)), "{refused:?}");
        }
    }
}
