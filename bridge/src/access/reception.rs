//! Who is asked, and asked for, where the console is hosted: who is signed in, who may use the console, and since when they may not.

mod changes;

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::HeaderMap;
use protocol::sign_on::{NotByOpenId, SignedOff};
use tokio::sync::{Mutex as Turn, watch};
use tracing::info;
use zeroize::Zeroizing;

use super::account::{Account, Identity};
use super::by_header::NotByHeader;
use super::by_openid::{ByOpenId, Vouched};
use super::by_password::ByPassword;
use super::person::Person;
use super::put_out::PutOut;
use super::seen::Seen;
use super::sign_on::SignOn;
use super::sign_ons::SignOns;
use super::{NotByPassword, Way};
use crate::audit::{About, Audit, Event, Turned, Who, Why};
use crate::config::{Config, Guests, Mode};
use crate::journal::Recorder;
use crate::seldom::Seldom;
use crate::session::token::Token;
use crate::session::transcript::now;
use crate::session::{Look, OfAccounts};

/// Who is asked, and asked for, where the console is hosted.
pub(crate) struct Reception {
    pub(super) way: Way,
    pub(super) sign_ons: SignOns,
    guests: Guests,
    /// Where whoever is signed on by a proxy signs out of it, if that is known.
    sign_off: Option<String>,
    pub(super) audit: Audit,
    /// When the log said that a proxy's word signs somebody not on.
    pub(crate) not_by_header: Seldom,
    /// When the log said that what was done on the command line cannot be told.
    untaken: Seldom,
    /// Whoever looks whether the accounts have changed, one at a time: who was told that they have not can rely on it that
    /// nobody is signed in by those of before.
    looking: Mutex<()>,
    /// How long it counts that somebody gave their own password.
    pub(super) confirmed_for: Duration,
    /// Whoever changes the accounts from a browser, one at a time.
    pub(super) changing: Arc<Turn<()>>,
    /// Of whom others said that they may use the console, or may not.
    seen: Seen,
    put_out: PutOut,
    /// Whenever somebody may use the console no longer.
    pub(super) changed: watch::Sender<()>,
}

impl Reception {
    /// As the settings want it, where that is how it knows who asks. The audit is told who is signed in and out, and what
    /// administrators do.
    pub(crate) fn new(way: Way, config: &Config, audit: Audit) -> Self {
        Self {
            way,
            sign_ons: SignOns::new(config.access.lasts, audit.clone()),
            guests: config.access.guests,
            sign_off: config.access.sign_off.clone(),
            audit,
            not_by_header: Seldom::default(),
            untaken: Seldom::default(),
            looking: Mutex::default(),
            confirmed_for: config.deadlines.confirmed,
            changing: Arc::default(),
            seen: Seen::new(config.access.lasts, now() / 1000),
            put_out: PutOut::default(),
            changed: watch::Sender::new(()),
        }
    }

    /// The same where it is kept there whom others put out. It waits for the disk.
    pub(crate) fn kept_by(self, recorder: Option<Arc<Recorder>>) -> Self {
        let recorder = recorder.filter(|_| self.way.by_password().is_none());
        let put_out = recorder.map(|recorder| PutOut::kept(recorder, &self.seen));
        Self {
            put_out: put_out.unwrap_or_default(),
            ..self
        }
    }

    /// Keeps whom others put out, as far as that is not kept yet. It waits for the disk.
    pub(crate) fn keep_put_out(&self) {
        self.put_out.write();
    }

    /// What accounts are called: all of the console's own, whoever of them is signed in. Of others nobody knows here.
    pub(crate) fn names(reception: &Arc<Self>) -> OfAccounts {
        let reception = reception.clone();
        let have = move |look: &Look| {
            let by_password = reception.way.by_password();
            by_password.is_some_and(|it| it.accounts.are_called(look))
        };
        OfAccounts::by(have)
    }

    /// Whether a guest with a link has to be signed in as well.
    pub(crate) fn guests_need_account(&self) -> bool {
        self.guests == Guests::Accounts
    }

    /// Whether it goes by accounts of before, since those of now cannot be read.
    pub(crate) fn is_stale(&self) -> bool {
        let by_password = self.way.by_password();
        by_password.is_some_and(|it| it.accounts.are_stale())
    }

    /// Whether somebody's account is gone, or may not be used any more. Of whom others vouch for it is known only once they
    /// came and were not let in; and who was vouched for too long ago is out as well, since they may not come any more because
    /// they may not.
    pub(super) fn is_out(&self, identity: &Identity) -> bool {
        match self.way.by_password() {
            Some(by_password) => !by_password.accounts.lets_in(identity),
            None => self.counts_for(identity).is_some_and(|left| left.is_zero()),
        }
    }

    /// For how long it counts yet what others said of somebody; none where the console knows that itself.
    pub(super) fn counts_for(&self, identity: &Identity) -> Option<Duration> {
        if self.way.by_password().is_some() {
            return None;
        }
        let left = self.seen.until(identity).saturating_sub(now() / 1000);
        Some(Duration::from_millis(left))
    }

    /// Others say of somebody that they may use the console, who is signed in by that already: whoever puts them out meanwhile
    /// finds them.
    fn let_in(&self, identity: &Identity) {
        self.seen.sees(identity, now() / 1000);
        self.put_out.say(identity, false);
    }

    /// Somebody belongs to none of the groups any more of whom others vouch for: they are out, wherever they are, and so is
    /// whoever is in by their leave.
    fn put_out(&self, identity: &Identity) {
        // Each of their requests comes here: only the first looks for them, and wakes those who are in by their leave.
        let was_in = self.seen.puts_out(identity, now() / 1000);
        self.put_out.say(identity, true);
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
        let is_known = self.way.gives_tokens() || self.sign_ons.find(&identity.id).is_some();
        let why = |it: &Person| (it.identity == *identity).then_some(SignedOff::NoRole);
        is_known && self.sign_ons.end_if(why) > 0
    }

    /// How it knows who asks.
    pub(crate) fn mode(&self) -> Mode {
        self.way.mode()
    }

    /// The provider at which people sign in, if they do at one.
    pub(crate) fn by_openid(&self) -> Option<&ByOpenId> {
        self.way.by_openid()
    }

    /// Where whoever is signed on by a proxy signs out of it, if that is known.
    pub(crate) fn sign_off_address(&self) -> Option<&str> {
        self.sign_off
            .as_deref()
            .filter(|_| self.way.by_header().is_some())
    }

    /// Who is signed in in the browser that has that token.
    pub(crate) fn find(&self, token: &str) -> Option<Arc<SignOn>> {
        self.way
            .gives_tokens()
            .then(|| self.sign_ons.find(token))
            .flatten()
    }

    /// Why nobody is signed in any more in the browser that has that token, if somebody was who did not ask for it.
    pub(crate) fn why_over(&self, token: &str) -> Option<SignedOff> {
        self.way
            .gives_tokens()
            .then(|| self.sign_ons.why_over(token))
            .flatten()
    }

    /// Whom a request from there is said to be from, with these headers, where a trusted proxy passed it on or did not. Where they
    /// are signed on by that, that is told. None where nobody says so in a header.
    pub(crate) fn named(
        &self,
        from: IpAddr,
        headers: &HeaderMap,
        is_forwarded: bool,
    ) -> Option<Result<Arc<SignOn>, NotByHeader>> {
        let person = self.way.by_header()?.person(headers, is_forwarded);
        match &person {
            Err(NotByHeader::NoRole(identity)) => self.put_out(identity),
            Err(NotByHeader::NoGroups(identity)) => {
                self.sign_out(identity);
            }
            _ => {}
        }
        Some(person.map(|person| {
            let (signed_on, is_new) = self.sign_ons.known(person);
            self.let_in(&signed_on.identity());
            if is_new {
                info!(
                    account = signed_on.name(),
                    "signed in to the console by the proxy's word"
                );
                self.tell_signed_on(from, &signed_on);
            }
            signed_on
        }))
    }

    /// Signs somebody in who comes from there, with an account of the console's own, in a browser that has that token of who was
    /// before, if any. The audit is told, also where it is a wrong password.
    ///
    /// # Errors
    /// When nobody is signed in.
    pub(crate) async fn sign_on(
        &self,
        from: IpAddr,
        before: Option<&str>,
        name: &str,
        password: Zeroizing<String>,
    ) -> Result<(Token, Arc<SignOn>), NotByPassword> {
        let by_password = self.way.by_password().ok_or(NotByPassword::NoPasswords)?;
        // What was typed for a name is told to nobody: it may be a password.
        let tell_wrong = || self.audit.stranger_turned_away(from, Turned::WrongPassword);
        let account = by_password.account(from, name, password, tell_wrong).await?;
        let (token, signed_on) = self.begin(by_password, account).inspect_err(|why| {
            if *why == NotByPassword::Wrong {
                tell_wrong();
            }
        })?;
        info!(account = signed_on.name(), %from, "signed in to the console");
        self.take_over(from, before);
        self.tell_signed_on(from, &signed_on);
        Ok((token, signed_on))
    }

    /// Signs in whoever has that account, if it is as it was when their password was looked at.
    fn begin(
        &self,
        by_password: &ByPassword,
        account: Account,
    ) -> Result<(Token, Arc<SignOn>), NotByPassword> {
        let is_as_it_was = |person: &Person| {
            let account = person.account();
            account.is_some_and(|it| by_password.accounts.why_not(it).is_none())
        };
        self.sign_ons.begin(account.into(), is_as_it_was)
    }

    /// Signs somebody in who comes from there, for whom the provider vouches, in a browser that has that token of who was
    /// before, if any, and is known by that as one that was away. The audit is told.
    ///
    /// # Errors
    /// When nobody is signed in.
    pub(crate) fn sign_on_vouched(
        &self,
        from: IpAddr,
        before: Option<&str>,
        away: Option<&str>,
        vouched: Vouched,
    ) -> Result<(Token, Arc<SignOn>), NotByOpenId> {
        let Vouched { identity, rank } = vouched;
        let rank = rank.inspect_err(|why| match why {
            NotByOpenId::NoRole => self.put_out(&identity),
            _ => {
                self.sign_out(&identity);
            }
        })?;
        let (token, signed_on) = self.sign_ons.begin_vouched(Person::by_openid(identity, rank))?;
        let identity = signed_on.identity();
        self.let_in(&identity);
        info!(account = identity.name, identity = identity.short(), %from, "signed in to the console by the provider's word");
        self.take_over(from, before);
        if let Some(before) = self.by_openid().and_then(|it| it.begun(away, &signed_on)) {
            self.sign_ons.end_one(&before, Why::SignedOnAnew, from);
        }
        self.tell_signed_on(from, &signed_on);
        Ok((token, signed_on))
    }

    /// Signs that browser out, which asks for it from there.
    pub(crate) fn sign_off(&self, from: IpAddr, token: &str) {
        if let Some(signed_on) = self.sign_ons.end(token, Why::Asked, from) {
            info!(account = signed_on.name(), "signed out of the console");
        }
    }

    /// Signs out whoever was signed in with that token in a browser where somebody signs in anew.
    fn take_over(&self, from: IpAddr, before: Option<&str>) {
        let before = before.and_then(|token| self.sign_ons.end(token, Why::SignedOnAnew, from));
        if let Some(signed_on) = before {
            info!(account = signed_on.name(), "signed out of the console");
        }
    }

    fn tell_signed_on(&self, from: IpAddr, signed_on: &SignOn) {
        let event = Event::SignedOn { how: signed_on.how() };
        let who = Who::signed_on(signed_on, from);
        self.audit.tell(About::default(), who, event);
    }
}

#[cfg(test)]
mod tests;
