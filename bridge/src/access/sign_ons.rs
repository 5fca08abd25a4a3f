//! All browsers in which somebody is signed in to the console, of whom there are only so many: who comes in, who is found by a
//! token, and who is out, however that came about. It is known in memory alone: when the console starts anew, everybody signs
//! in anew.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use protocol::sign_on::SignedOff;

use super::NotByPassword;
use super::person::Person;
use super::sign_on::SignOn;
use super::signed_off::SignedOffs;
use crate::audit::{About, Audit, Event, Known, Who, Why};
use crate::session::token::{Hash, NoRandomness, Token, hash};

/// The most browsers that are signed in at a time. Beyond, whoever has been for longest is signed out.
const SIGN_ONS_MAX: usize = 10_000;

/// The most of them with one account.
const OF_ACCOUNT_MAX: usize = 32;

/// All browsers in which somebody is signed in.
pub(super) struct SignOns {
    all: Mutex<HashMap<Hash, Arc<SignOn>>>,
    over: Mutex<SignedOffs>,
    lasts: Duration,
    /// Is told of whoever is signed out.
    audit: Audit,
}

impl SignOns {
    /// Nobody is, and whoever signs in stays so for so long. The audit is told of whoever is signed out.
    pub(super) fn new(lasts: Duration, audit: Audit) -> Self {
        Self {
            all: Mutex::default(),
            over: Mutex::default(),
            lasts,
            audit,
        }
    }

    /// Somebody is signed in in a browser whose token this is, if they still may be. That is asked while nobody is signed out:
    /// whoever signs people out for what they may no longer has either found it so by then, or finds this one.
    ///
    /// # Errors
    /// When they may not be, or the system gives no random numbers.
    pub(super) fn begin(
        &self,
        person: Person,
        may_be: impl FnOnce(&Person) -> bool,
    ) -> Result<(Token, Arc<SignOn>), NotByPassword> {
        let token = Token::new()?;
        let mut all = self.all();
        if !may_be(&person) {
            return Err(NotByPassword::Wrong);
        }
        let signed_on = self.insert(&mut all, token.hash(), person);
        Ok((token, signed_on))
    }

    /// The same of somebody for whom others than the console vouch. Who may something else now than before is signed out where
    /// they were.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub(super) fn begin_vouched(&self, person: Person) -> Result<(Token, Arc<SignOn>), NoRandomness> {
        let token = Token::new()?;
        let mut all = self.all();
        self.end_among(&mut all, |it| {
            let has_changed = it.identity == person.identity && !it.is_still(&person);
            has_changed.then_some(SignedOff::RoleChanged)
        });
        let signed_on = self.insert(&mut all, token.hash(), person);
        Ok((token, signed_on))
    }

    /// Somebody whom a request names, in whichever browser; and whether they are signed in by that. Who may something else
    /// now than before is signed in anew, and out where they were.
    pub(super) fn known(&self, person: Person) -> (Arc<SignOn>, bool) {
        let key = hash(&person.identity.id);
        let mut all = self.all();
        if let Some(known) = all
            .get(&key)
            .filter(|it| !it.is_over() && it.person.is_still(&person))
        {
            return (known.clone(), false);
        }
        if let Some(before) = all.remove(&key) {
            let why = if before.is_over() {
                Why::Expired
            } else {
                Why::AccountChanged
            };
            self.over(&before, why, None);
        }
        (self.insert(&mut all, key, person), true)
    }

    /// Somebody is one of them from now on, and is found by that. Whoever has to make room for them is out.
    fn insert(&self, all: &mut HashMap<Hash, Arc<SignOn>>, key: Hash, person: Person) -> Arc<SignOn> {
        self.make_room(all, OF_ACCOUNT_MAX, |it| it.is(&person.identity));
        self.make_room(all, SIGN_ONS_MAX, |_| true);
        let signed_on = Arc::new(SignOn::new(person, self.lasts));
        all.insert(key, signed_on.clone());
        signed_on
    }

    /// Who is signed in in the browser that has that token.
    pub(super) fn find(&self, token: &str) -> Option<Arc<SignOn>> {
        // Looked up by its hash: how long that takes tells nothing of the token.
        let found = self.all().get(&hash(token)).cloned();
        found.filter(|signed_on| !signed_on.is_over())
    }

    /// Why nobody is signed in any more in the browser that has that token, if somebody was who did not ask for it.
    pub(super) fn why_over(&self, token: &str) -> Option<SignedOff> {
        self.signed_offs().why(&hash(token))
    }

    /// In how many browsers each is signed in who is, by what tells them apart.
    pub(super) fn counts(&self) -> HashMap<String, usize> {
        let mut counts = HashMap::new();
        for signed_on in self.all().values().filter(|it| !it.is_over()) {
            *counts.entry(signed_on.person.identity.id.clone()).or_default() += 1;
        }
        counts
    }

    /// Signs out whoever is signed in in the browser that has that token and is there. Who was.
    pub(super) fn end(&self, token: &str, why: Why, from: IpAddr) -> Option<Arc<SignOn>> {
        let ended = self.all().remove(&hash(token))?;
        self.over(&ended, why, Some(from));
        Some(ended)
    }

    /// Signs that one out, in a browser that is there.
    pub(super) fn end_one(&self, signed_on: &Arc<SignOn>, why: Why, from: IpAddr) {
        let is_that = |_: &Hash, it: &mut Arc<SignOn>| Arc::ptr_eq(it, signed_on);
        if self.all().extract_if(is_that).next().is_some() {
            self.over(signed_on, why, Some(from));
        }
    }

    /// Signs those out for whom there is a reason. How many there were.
    pub(super) fn end_if(&self, why: impl Fn(&Person) -> Option<SignedOff>) -> usize {
        self.end_among(&mut self.all(), why)
    }

    fn end_among(
        &self,
        all: &mut HashMap<Hash, Arc<SignOn>>,
        why: impl Fn(&Person) -> Option<SignedOff>,
    ) -> usize {
        let before = all.len();
        all.retain(|token, it| {
            let why = why(&it.person);
            if let Some(why) = why {
                // First, so that whoever is told by that that it is over can ask why.
                self.signed_offs().put(*token, why);
                self.over(it, Why::AccountChanged, None);
            }
            why.is_none()
        });
        before - all.len()
    }

    /// Forgets those that have lasted their time.
    pub(super) fn forget_those_over(&self) {
        self.all().retain(|_, it| {
            if it.is_over() && !it.was_ended() {
                self.over(it, Why::Expired, None);
            }
            !it.is_over()
        });
    }

    /// Sees to it that there is room for one more among those, of which there may be so many.
    fn make_room(&self, all: &mut HashMap<Hash, Arc<SignOn>>, max: usize, among: impl Fn(&SignOn) -> bool) {
        if all.values().filter(|it| among(it)).count() < max {
            return;
        }
        let oldest = all
            .iter()
            .filter(|(_, it)| among(it))
            .min_by_key(|(_, it)| it.begun);
        if let Some(oldest) = oldest.map(|(hash, _)| *hash)
            && let Some(signed_on) = all.remove(&oldest)
        {
            self.signed_offs().put(oldest, SignedOff::TooMany);
            self.over(&signed_on, Why::TooMany, None);
        }
    }

    /// Somebody is signed in no longer, who is none of them any more: what was done to it in a browser, from there. However that
    /// comes about, it is here, so that none of it is done and not told.
    fn over(&self, signed_on: &SignOn, why: Why, from: Option<IpAddr>) {
        signed_on.end();
        let who = Who {
            known: Some(Known::of(&signed_on.person.identity)),
            address: from,
            ..Who::default()
        };
        self.audit.tell(About::default(), who, Event::SignedOff { why });
    }

    fn signed_offs(&self) -> MutexGuard<'_, SignedOffs> {
        // As below.
        self.over.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Hash, Arc<SignOn>>> {
        // Every change is a single step, so a panic leaves nothing half done.
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
