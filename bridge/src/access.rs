//! Who may use a hosted console: who says so, who is signed in, and what that lets in to.
//!
//! Where the console is not hosted there is no [`Reception`], and whoever reaches the console may use it.

mod account;
mod accounts;
mod administration;
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
mod seen;
mod sign_on;
mod signed_off;
mod tries;
mod visitor;

use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::HeaderMap;
use protocol::sign_on::{NoSignOn, SignedOff};
use tokio::sync::{Mutex as Turn, watch};
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tracing::{info, warn};
use zeroize::Zeroizing;

use crate::audit::{Audit, Turned};
use crate::config::{Config, Guests, Mode};
use crate::journal::JournalError;
use crate::seldom::Seldom;
use crate::session::token::{NoRandomness, Token};
use crate::session::transcript::now;
use crate::upstream::tls::Tls;
use account::Account;
pub(crate) use account::Identity;
pub use account::NameError;
pub(crate) use administration::{Confirm, Deed, Listed, NotDone};
use by_header::ByHeader;
pub(crate) use by_header::Unnamed;
use by_openid::{ByOpenId, Vouched};
use by_password::ByPassword;
pub use file::FileError;
pub(crate) use opener::Opener;
pub use password::PasswordError;
use person::Person;
use seen::Seen;
pub(crate) use sign_on::SignOn;
use sign_on::SignOns;
pub(crate) use visitor::{Barred, Visitor};

/// How often it is looked whether the accounts have changed.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Whether there are accounts in that file.
///
/// # Errors
/// When it cannot be read, or holds anything else.
pub(crate) fn has_accounts(file: &Path) -> Result<bool, FileError> {
    file::read(file).map(|accounts| !accounts.is_empty())
}

/// Who is asked, and asked for, where the console is hosted.
pub(crate) struct Reception {
    way: Way,
    sign_ons: SignOns,
    guests: Guests,
    /// Where whoever is signed on by a proxy signs out of it, if that is known.
    sign_off: Option<String>,
    audit: Audit,
    /// When the log said that a proxy's word signs somebody not on.
    pub(crate) unnamed: Seldom,
    /// When the log said that what was done on the command line cannot be told.
    untaken: Seldom,
    /// Whoever looks whether the accounts have changed, one at a time: who was told that they have not can rely on it that
    /// nobody is signed in by those of before.
    looking: Mutex<()>,
    /// How long it counts that somebody gave their own password.
    confirmed_for: Duration,
    /// Whoever changes the accounts from a browser, one at a time.
    changing: Arc<Turn<()>>,
    /// Of whom others said that they may use the console, or may not.
    seen: Seen,
    /// Whenever somebody may use the console no longer.
    changed: watch::Sender<()>,
}

/// How it knows who asks.
pub(crate) enum Way {
    Accounts(Box<ByPassword>),
    Header(ByHeader),
    OpenId(Box<ByOpenId>),
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
    #[error("Nobody signs in to this console with a password.")]
    NoPasswords,
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

impl Way {
    /// As the settings want it, with a provider that is trusted as mail servers are; none where the console is not hosted.
    ///
    /// # Errors
    /// When the accounts cannot be read, or the provider's settings cannot be used.
    pub(crate) fn of(config: &Config, tls: &Tls) -> Result<Option<Self>, AccessError> {
        Ok(Some(match config.access.mode {
            Mode::None => return Ok(None),
            Mode::Accounts => Way::Accounts(Box::new(ByPassword::new(config)?)),
            Mode::Header => Way::Header(ByHeader::new(&config.access)),
            Mode::OpenId => {
                let trusting = tls
                    .client()
                    .map_err(|error| AccessError::Provider(error.to_string()))?;
                let by_openid = ByOpenId::new(&config.access, trusting).map_err(AccessError::Provider)?;
                Way::OpenId(Box::new(by_openid))
            }
        }))
    }
}

impl Reception {
    /// As the settings want it, where that is how it knows who asks. The audit is told who is signed out without asking for it,
    /// and what administrators do.
    pub(crate) fn new(way: Way, config: &Config, audit: Audit) -> Self {
        Self {
            way,
            sign_ons: SignOns::new(config.access.lasts, audit.clone()),
            guests: config.access.guests,
            sign_off: config.access.sign_off.clone(),
            audit,
            unnamed: Seldom::default(),
            untaken: Seldom::default(),
            looking: Mutex::default(),
            confirmed_for: config.deadlines.confirmed,
            changing: Arc::default(),
            seen: Seen::new(config.access.lasts, now() / 1000),
            changed: watch::Sender::new(()),
        }
    }

    /// Whether a guest with a link has to be signed in as well.
    pub(crate) fn guests_need_account(&self) -> bool {
        self.guests == Guests::Accounts
    }

    /// Whether it goes by accounts of before, since those of now cannot be read.
    pub(crate) fn is_stale(&self) -> bool {
        match &self.way {
            Way::Accounts(by_password) => by_password.accounts.are_stale(),
            Way::Header(_) | Way::OpenId(_) => false,
        }
    }

    /// Whether somebody's account is gone, or may not be used any more. Of whom others vouch for it is known only once they
    /// came and were not let in; and who was vouched for too long ago is out as well, since they may not come any more because
    /// they may not.
    fn is_out(&self, identity: &Identity) -> bool {
        match &self.way {
            Way::Accounts(by_password) => !by_password.accounts.lets_in(identity),
            Way::Header(_) | Way::OpenId(_) => self.counts_for(identity).is_some_and(|left| left.is_zero()),
        }
    }

    /// For how long it counts yet what others said of somebody; none where the console knows that itself.
    fn counts_for(&self, identity: &Identity) -> Option<Duration> {
        match &self.way {
            Way::Accounts(_) => None,
            Way::Header(_) | Way::OpenId(_) => {
                let left = self.seen.until(identity).saturating_sub(now() / 1000);
                Some(Duration::from_millis(left))
            }
        }
    }

    /// Others say of somebody that they may use the console, who is signed in by that already: whoever puts them out meanwhile
    /// finds them.
    fn let_in(&self, identity: &Identity) {
        self.seen.sees(identity, now() / 1000);
    }

    /// Somebody belongs to none of the groups any more of whom others vouch for: they are out, wherever they are, and so is
    /// whoever is in by their leave.
    fn put_out(&self, identity: &Identity) {
        // Each of their requests comes here: only the first looks for them, and wakes those who are in by their leave.
        let was_in = self.seen.puts_out(identity, now() / 1000);
        // Of whom it was forgotten what was said, they may be signed in still.
        let may_be_in = was_in || !self.seen.knows_all();
        if may_be_in && (self.sign_out(identity) || was_in) {
            self.changed.send_replace(());
        }
    }

    /// Signs somebody out for whom others vouch, wherever they are. Whoever is in by their leave stays. Whether they were signed
    /// in.
    fn sign_out(&self, identity: &Identity) -> bool {
        // Of whom each request names there is one sign-on, by that: strangers are not looked for among all.
        let is_known = self.mode() != Mode::Header || self.sign_ons.find(&identity.id).is_some();
        let why = |it: &Person| (it.identity == *identity).then_some(SignedOff::NoRole);
        is_known && self.sign_ons.end_if(why) > 0
    }

    /// How it knows who asks.
    pub(crate) fn mode(&self) -> Mode {
        match self.way {
            Way::Accounts(_) => Mode::Accounts,
            Way::Header(_) => Mode::Header,
            Way::OpenId(_) => Mode::OpenId,
        }
    }

    /// The provider at which people sign in, if they do at one.
    pub(crate) fn by_openid(&self) -> Option<&ByOpenId> {
        match &self.way {
            Way::OpenId(by_openid) => Some(by_openid),
            Way::Accounts(_) | Way::Header(_) => None,
        }
    }

    /// Where whoever is signed on by a proxy signs out of it, if that is known.
    pub(crate) fn sign_off_address(&self) -> Option<&str> {
        self.sign_off.as_deref().filter(|_| self.mode() == Mode::Header)
    }

    /// Who is signed in in the browser that has that token.
    pub(crate) fn find(&self, token: &str) -> Option<Arc<SignOn>> {
        match self.way {
            Way::Accounts(_) | Way::OpenId(_) => self.sign_ons.find(token),
            // Each request says who it is from, and nothing that came before.
            Way::Header(_) => None,
        }
    }

    /// Why nobody is signed in any more in the browser that has that token, if somebody was who did not ask for it.
    pub(crate) fn why_over(&self, token: &str) -> Option<SignedOff> {
        match self.way {
            Way::Accounts(_) | Way::OpenId(_) => self.sign_ons.why_over(token),
            // As above: what stands for a token there anybody can work out from a name.
            Way::Header(_) => None,
        }
    }

    /// Whom a request is said to be from, with these headers, where a trusted proxy passed it on or did not; and whether they
    /// are signed on by that. None where nobody says so in a header.
    pub(crate) fn named(
        &self,
        headers: &HeaderMap,
        is_forwarded: bool,
    ) -> Option<Result<(Arc<SignOn>, bool), Unnamed>> {
        let Way::Header(by_header) = &self.way else {
            return None;
        };
        let person = by_header.person(headers, is_forwarded);
        match &person {
            Err(Unnamed::NoRole(identity)) => self.put_out(identity),
            Err(Unnamed::NoGroups(identity)) => {
                self.sign_out(identity);
            }
            _ => {}
        }
        Some(person.map(|person| {
            let known = self.sign_ons.known(person);
            self.let_in(&known.0.identity());
            if known.1 {
                info!(
                    account = known.0.name(),
                    "signed in to the console by the proxy's word"
                );
            }
            known
        }))
    }

    /// Signs somebody in who comes from there, with an account of the console's own. The audit is told where it is a wrong
    /// password.
    ///
    /// # Errors
    /// When nobody is signed in.
    pub(crate) async fn sign_on(
        &self,
        from: IpAddr,
        name: &str,
        password: Zeroizing<String>,
    ) -> Result<(Token, Arc<SignOn>), NotSignedOn> {
        let Way::Accounts(by_password) = &self.way else {
            return Err(NotSignedOn::NoPasswords);
        };
        // What was typed for a name is told to nobody: it may be a password.
        let tell_wrong = || self.audit.stranger_turned_away(from, Turned::WrongPassword);
        let account = by_password.account(from, name, password, tell_wrong).await?;
        let signed_on = self.begin(by_password, account).inspect_err(|why| {
            if *why == NotSignedOn::Wrong {
                tell_wrong();
            }
        })?;
        info!(account = signed_on.1.name(), %from, "signed in to the console");
        Ok(signed_on)
    }

    /// Signs in whoever has that account, as it was when their password was looked at.
    fn begin(&self, by_password: &ByPassword, account: Account) -> Result<(Token, Arc<SignOn>), NotSignedOn> {
        let (token, signed_on) = self.sign_ons.begin(account.clone().into())?;
        // Whoever signs people out of an account that was changed meanwhile may have been here before this one was in.
        if by_password.accounts.why_not(&account).is_none() {
            return Ok((token, signed_on));
        }
        self.sign_ons.end(&token.reveal());
        Err(NotSignedOn::Wrong)
    }

    /// Signs somebody in who comes from there, for whom the provider vouches.
    ///
    /// # Errors
    /// When nobody is signed in.
    pub(crate) fn sign_on_vouched(
        &self,
        from: IpAddr,
        vouched: Vouched,
    ) -> Result<(Token, Arc<SignOn>), NoSignOn> {
        let Vouched { identity, rank } = vouched;
        let rank = rank.inspect_err(|why| match why {
            NoSignOn::NoRole => self.put_out(&identity),
            _ => {
                self.sign_out(&identity);
            }
        })?;
        let signed_on = self.sign_ons.begin_vouched(Person::by_openid(identity, rank))?;
        let identity = signed_on.1.identity();
        self.let_in(&identity);
        info!(account = identity.name, identity = identity.short(), %from, "signed in to the console by the provider's word");
        Ok(signed_on)
    }

    /// Signs somebody out who is signed in anew.
    pub(crate) fn end(&self, signed_on: &Arc<SignOn>) {
        self.sign_ons.end_one(signed_on);
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

    /// Looks whether the accounts have changed: whose has is signed in no longer. It waits for the disk.
    fn look(&self) {
        let _one = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        self.sign_ons.forget_those_over();
        let Way::Accounts(by_password) = &self.way else {
            return;
        };
        self.tell_noted(by_password);
        let accounts = &by_password.accounts;
        match accounts.look() {
            Ok(false) => {}
            Ok(true) => {
                let why = |person: &Person| accounts.why_not(person.account()?);
                let ended = self.sign_ons.end_if(why);
                self.changed.send_replace(());
                info!(ended, "the accounts have changed");
            }
            Err(error) => warn!(%error, "the changed accounts cannot be read: those of before hold"),
        }
    }

    /// Tells the audit what was done to accounts on the command line.
    fn tell_noted(&self, by_password: &ByPassword) {
        match notes::take(by_password.accounts.file()) {
            Ok(noted) => noted
                .into_iter()
                .for_each(|(at, event)| self.audit.noted(at, event)),
            Err(error) if self.untaken.says().is_some() => {
                warn!(%error, "what was done to accounts on the command line is not in the audit yet");
            }
            Err(_) => {}
        }
    }
}

/// What goes wrong with files of this console, with the file's name.
fn at(file: &Path) -> impl FnOnce(io::Error) -> FileError + '_ {
    move |error| FileError::Unusable {
        file: file.to_owned(),
        detail: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use protocol::standing::Rank;

    use super::*;
    use crate::config::{Access, Roles};

    /// One whose people a proxy names, and for which they all belong to no group unless it says so.
    fn by_header() -> Reception {
        let access = Access {
            mode: Mode::Header,
            roles: Roles {
                agents: vec!["helpdesk".to_owned()],
                ..Roles::default()
            },
            ..Access::default()
        };
        let config = Config {
            access,
            ..Config::default()
        };
        let way = Way::of(&config, &Tls::new(&[]).unwrap()).unwrap().unwrap();
        Reception::new(way, &config, Audit::default())
    }

    /// Somebody comes of whom the proxy says that they belong to that group. Whether they are let in.
    fn comes(reception: &Reception, name: &'static str, group: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert("x-remote-user", HeaderValue::from_static(name));
        headers.insert("x-remote-groups", HeaderValue::from_static(group));
        reception.named(&headers, true).unwrap().is_ok()
    }

    #[test]
    fn nobody_is_told_of_somebody_whom_a_proxy_names_that_they_were_put_out() {
        let reception = by_header();
        assert!(comes(&reception, "anna", "helpdesk"));
        assert!(!comes(&reception, "anna", "others"));
        // Anybody can work it out who knows the name.
        let id = person::named("anna").id;
        assert_eq!(reception.sign_ons.why_over(&id), Some(SignedOff::NoRole));
        assert_eq!(reception.why_over(&id), None);
    }

    #[test]
    fn only_for_whoever_was_in_others_are_woken() {
        let reception = by_header();
        // More than are remembered: of others nothing is known for sure.
        for number in 0..=seen::REMEMBERED_MAX {
            reception.let_in(&person::named(&format!("user{number}")));
        }
        let mut changed = reception.changed.subscribe();
        let mut wakes = |name| {
            assert!(!comes(&reception, name, "others"));
            let wakes = changed.has_changed().unwrap();
            changed.mark_unchanged();
            wakes
        };
        assert!(!wakes("mallory") && !wakes("mallory"));
        assert!(comes(&reception, "anna", "helpdesk"));
        assert!(wakes("anna") && !wakes("anna"));
        // Of whom it was forgotten that they were let in.
        let (ben, _) = reception.sign_ons.known(Person::by_header("ben", Rank::Agent));
        assert!(wakes("ben") && ben.is_over() && !wakes("ben"));
    }

    #[test]
    fn nobody_is_signed_in_with_an_account_that_was_changed_while_their_password_was_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("accounts.toml");
        let anna = Account::new("anna", Rank::Agent, String::new()).unwrap();
        file::change(&path, |accounts| {
            accounts.push(anna.clone());
            Ok::<_, FileError>(())
        })
        .unwrap();
        let access = Access {
            mode: Mode::Accounts,
            accounts: Some(path.clone()),
            ..Access::default()
        };
        let config = Config {
            access,
            ..Config::default()
        };
        let way = Way::of(&config, &Tls::new(&[]).unwrap()).unwrap().unwrap();
        let reception = Reception::new(way, &config, Audit::default());
        let Way::Accounts(by_password) = &reception.way else {
            panic!("no accounts");
        };
        assert!(reception.begin(by_password, anna.clone()).is_ok());
        file::change(&path, |accounts| {
            accounts[0].disabled = true;
            Ok::<_, FileError>(())
        })
        .unwrap();
        reception.look();
        let refused = reception.begin(by_password, anna).err();
        assert_eq!(refused, Some(NotSignedOn::Wrong));
        assert!(reception.sign_ons.counts().is_empty());
    }
}
