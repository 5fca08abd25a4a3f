//! Who is signed in to the console, in which browser. It is known in memory alone: when the console starts anew, everybody
//! signs in anew.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use protocol::sign_on::SignedOff;
use protocol::standing::Rank;
use tokio::sync::watch;
use tokio::time::sleep;

use super::NotSignedOn;
use super::account::{Account, Identity};
use super::confirmed::Confirmed;
use super::person::Person;
use super::signed_off::SignedOffs;
use crate::audit::{About, Audit, Event, Known, Who, Why};
use crate::session::token::{Hash, NoRandomness, Token, hash};
use crate::session::transcript::now;

/// The most browsers that are signed in at a time. Beyond, whoever has been for longest is signed out.
const SIGN_ONS_MAX: usize = 10_000;

/// The most of them with one account.
const OF_ACCOUNT_MAX: usize = 32;

/// How long the clock is trusted at most: a machine that slept, or whose clock was set, is noticed after that.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// One browser in which somebody is signed in. Its token is the browser's alone; nothing is kept of it but its hash. Of
/// somebody whom each request names there is one for all browsers, and no token.
pub(crate) struct SignOn {
    person: Person,
    /// When it was begun, and until when it lasts, in milliseconds since 1970-01-01T00:00:00Z.
    begun: u64,
    pub(crate) until: u64,
    over: watch::Sender<bool>,
    /// In which of its pages they gave their own password of late.
    pub(super) confirmed: Confirmed,
}

/// All browsers in which somebody is signed in.
pub(crate) struct SignOns {
    all: Mutex<HashMap<Hash, Arc<SignOn>>>,
    over: Mutex<SignedOffs>,
    lasts: Duration,
    /// Is told of whoever is signed out.
    audit: Audit,
}

impl SignOn {
    /// Who it is.
    pub(crate) fn identity(&self) -> Identity {
        self.person.identity.clone()
    }

    /// What everybody calls them.
    pub(crate) fn name(&self) -> &str {
        &self.person.identity.name
    }

    /// Whether that is who it is.
    pub(crate) fn is(&self, identity: &Identity) -> bool {
        self.person.identity == *identity
    }

    /// With which account of the console's own they signed in, as it was then.
    pub(super) fn account(&self) -> Option<&Account> {
        self.person.account()
    }

    /// What they may do.
    pub(crate) fn rank(&self) -> Rank {
        self.person.rank
    }

    /// How they signed on, in a word.
    pub(crate) fn how(&self) -> &'static str {
        self.person.by.name()
    }

    /// Whether they are signed in no longer.
    pub(crate) fn is_over(&self) -> bool {
        *self.over.borrow() || self.until <= millis()
    }

    /// Waits until they are signed in no longer.
    pub(crate) async fn over(&self) {
        let mut over = self.over.subscribe();
        loop {
            let left = Duration::from_millis(self.until.saturating_sub(millis()));
            if left.is_zero() {
                return;
            }
            tokio::select! {
                // The sender lives in self, so waiting cannot fail.
                _ = over.wait_for(|&over| over) => return,
                () = sleep(left.min(LOOK_EVERY)) => {}
            }
        }
    }
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
    pub(crate) fn begin(
        &self,
        person: Person,
        may_be: impl FnOnce(&Person) -> bool,
    ) -> Result<(Token, Arc<SignOn>), NotSignedOn> {
        let token = Token::new()?;
        let mut all = self.all();
        if !may_be(&person) {
            return Err(NotSignedOn::Wrong);
        }
        let signed_on = self.insert(&mut all, token.hash(), person);
        Ok((token, signed_on))
    }

    /// The same of somebody for whom others than the console vouch. Who may something else now than before is signed out where
    /// they were.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub(crate) fn begin_vouched(&self, person: Person) -> Result<(Token, Arc<SignOn>), NoRandomness> {
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
    pub(crate) fn known(&self, person: Person) -> (Arc<SignOn>, bool) {
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
        let begun = millis();
        let lasts = u64::try_from(self.lasts.as_millis()).unwrap_or(u64::MAX);
        let signed_on = Arc::new(SignOn {
            person,
            begun,
            until: begun.saturating_add(lasts),
            over: watch::Sender::new(false),
            confirmed: Confirmed::default(),
        });
        all.insert(key, signed_on.clone());
        signed_on
    }

    /// Who is signed in in the browser that has that token.
    pub(crate) fn find(&self, token: &str) -> Option<Arc<SignOn>> {
        // Looked up by its hash: how long that takes tells nothing of the token.
        let found = self.all().get(&hash(token)).cloned();
        found.filter(|signed_on| !signed_on.is_over())
    }

    /// Why nobody is signed in any more in the browser that has that token, if somebody was who did not ask for it.
    pub(crate) fn why_over(&self, token: &str) -> Option<SignedOff> {
        self.signed_offs().why(&hash(token))
    }

    /// In how many browsers each is signed in who is, by what tells them apart.
    pub(crate) fn counts(&self) -> HashMap<String, usize> {
        let mut counts = HashMap::new();
        for signed_on in self.all().values().filter(|it| !it.is_over()) {
            *counts.entry(signed_on.person.identity.id.clone()).or_default() += 1;
        }
        counts
    }

    /// Signs out whoever is signed in in the browser that has that token and is there. Who was.
    pub(crate) fn end(&self, token: &str, why: Why, from: IpAddr) -> Option<Arc<SignOn>> {
        let ended = self.all().remove(&hash(token))?;
        self.over(&ended, why, Some(from));
        Some(ended)
    }

    /// Signs that one out, in a browser that is there.
    pub(crate) fn end_one(&self, signed_on: &Arc<SignOn>, why: Why, from: IpAddr) {
        let is_that = |_: &Hash, it: &mut Arc<SignOn>| Arc::ptr_eq(it, signed_on);
        if self.all().extract_if(is_that).next().is_some() {
            self.over(signed_on, why, Some(from));
        }
    }

    /// Signs those out for whom there is a reason. How many there were.
    pub(crate) fn end_if(&self, why: impl Fn(&Person) -> Option<SignedOff>) -> usize {
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
    pub(crate) fn forget_those_over(&self) {
        self.all().retain(|_, it| {
            if it.is_over() && !*it.over.borrow() {
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
        signed_on.over.send_replace(true);
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

/// Milliseconds since 1970-01-01T00:00:00Z.
fn millis() -> u64 {
    now() / 1000
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use serde_json::Value;

    use super::*;
    use crate::access::person;

    const FROM: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    /// Everybody may be signed in.
    fn any(_: &Person) -> bool {
        true
    }

    fn sign_ons() -> SignOns {
        sign_ons_for(Duration::from_secs(60))
    }

    fn sign_ons_for(lasts: Duration) -> SignOns {
        SignOns::new(lasts, Audit::default())
    }

    fn account(name: &str) -> Person {
        Account::new(name, Rank::Agent, String::new()).unwrap().into()
    }

    fn named(name: &str, rank: Rank) -> Person {
        Person::by_header(name, rank)
    }

    #[test]
    fn a_browser_is_known_by_its_token_until_it_is_signed_out() {
        let all = sign_ons();
        let (token, anna) = all.begin(account("anna"), any).unwrap();
        let (_, ben) = all.begin(account("ben"), any).unwrap();
        let token = token.reveal();
        assert_eq!(all.find(&token).unwrap().name(), "anna");
        assert!(all.find("").is_none());
        all.end(&token, Why::Asked, FROM);
        assert!(all.find(&token).is_none() && anna.is_over() && !ben.is_over());
    }

    #[test]
    fn with_one_account_no_more_browsers_are_signed_in_than_the_bound_and_the_oldest_goes() {
        let all = sign_ons();
        let anna = account("anna");
        let begun: Vec<_> = (0..=OF_ACCOUNT_MAX)
            .map(|_| all.begin(anna.clone(), any).unwrap())
            .collect();
        assert_eq!(begun.iter().filter(|it| it.1.is_over()).count(), 1);
        for (token, signed_on) in begun {
            let why = signed_on.is_over().then_some(SignedOff::TooMany);
            assert_eq!(all.why_over(&token.reveal()), why);
        }
        assert_eq!(all.all().len(), OF_ACCOUNT_MAX);
    }

    #[test]
    fn however_somebody_is_signed_out_it_is_told_once_with_why_and_from_where_they_did_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("audit.jsonl");
        let audit = Audit::start(Some(&file), None).unwrap();
        let all = SignOns::new(Duration::from_secs(60), audit.clone());
        let (token, anna) = all.begin(account("asked"), any).unwrap();
        let token = token.reveal();
        assert!(all.end(&token, Why::Asked, FROM).is_some_and(|it| it.is_over()));
        // They are out, and nobody is by that once more.
        assert!(all.end(&token, Why::Asked, FROM).is_none());
        all.end_one(&anna, Why::SignedOnAnew, FROM);
        let (_, ben) = all.begin(account("anew"), any).unwrap();
        all.end_one(&ben, Why::SignedOnAnew, FROM);
        assert!(ben.is_over());
        all.begin(account("changed"), any).unwrap();
        assert_eq!(all.end_if(|_| Some(SignedOff::Removed)), 1);
        all.known(named("known", Rank::Agent));
        all.known(named("known", Rank::Supervisor));
        let many = account("many");
        for _ in 0..=OF_ACCOUNT_MAX {
            all.begin(many.clone(), any).unwrap();
        }
        let all = SignOns::new(Duration::ZERO, audit.clone());
        all.begin(account("late"), any).unwrap();
        all.forget_those_over();
        audit.close();
        let text = std::fs::read_to_string(&file).unwrap();
        let records = text.lines().map(|line| {
            let record: Value = serde_json::from_str(line).unwrap();
            assert_eq!(record["what"], "signed-off");
            let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
            [text("account"), text("why"), text("address")]
        });
        assert_eq!(
            records.collect::<Vec<_>>(),
            [
                ["asked", "asked", "127.0.0.1"],
                ["anew", "signed-on-anew", "127.0.0.1"],
                ["changed", "account-changed", ""],
                ["known", "account-changed", ""],
                ["many", "too-many", ""],
                ["late", "expired", ""],
            ]
        );
    }

    #[test]
    fn who_may_not_be_signed_in_any_more_makes_nobody_leave() {
        let all = sign_ons();
        let anna = account("anna");
        let begun: Vec<_> = (0..OF_ACCOUNT_MAX)
            .map(|_| all.begin(anna.clone(), any).unwrap().1)
            .collect();
        let refused = all.begin(anna, |_| false).err();
        assert_eq!(refused, Some(NotSignedOn::Wrong));
        assert!(begun.iter().all(|it| !it.is_over()));
    }

    #[test]
    fn whom_requests_name_is_signed_in_once_and_anew_when_they_may_something_else() {
        let all = sign_ons();
        let (anna, is_new) = all.known(named("anna", Rank::Agent));
        let (again, is_new_again) = all.known(named("Anna", Rank::Agent));
        assert!(is_new && !is_new_again && Arc::ptr_eq(&anna, &again));
        let (promoted, is_new) = all.known(named("anna", Rank::Supervisor));
        assert!(is_new && anna.is_over() && !promoted.is_over());
    }

    #[test]
    fn nobody_keeps_somebody_else_out_by_being_called_alike() {
        let all = sign_ons();
        let (anna, _) = all.known(named("anna", Rank::Agent));
        let (like, _) = all.known(named("\u{430}nna", Rank::Administrator));
        assert!(!anna.is_over() && !like.is_over() && !anna.is(&like.identity()));
        let vouched = |subject, rank| {
            let identity = person::vouched("https://login.company.com", subject, "anna");
            all.begin_vouched(Person::by_openid(identity, rank)).unwrap().1
        };
        let (seven, eight) = (vouched("7", Rank::Agent), vouched("8", Rank::Supervisor));
        assert!(!seven.is_over() && !eight.is_over() && !seven.is(&eight.identity()));
        // What one may do now is nothing of the other's.
        let promoted = vouched("7", Rank::Administrator);
        assert!(seven.is_over() && !eight.is_over() && !promoted.is_over());
    }

    #[test]
    fn whom_others_vouch_for_is_signed_in_in_each_browser_and_out_where_they_might_something_else() {
        let all = sign_ons();
        let (token, first) = all.begin_vouched(named("anna", Rank::Agent)).unwrap();
        let (_, second) = all.begin_vouched(named("anna", Rank::Agent)).unwrap();
        assert!(!first.is_over() && !second.is_over());
        let token = token.reveal();
        assert_eq!(all.find(&token).unwrap().name(), "anna");
        let (_, promoted) = all.begin_vouched(named("anna", Rank::Supervisor)).unwrap();
        assert!(first.is_over() && second.is_over() && !promoted.is_over());
        assert_eq!(all.why_over(&token), Some(SignedOff::RoleChanged));
        for _ in 0..OF_ACCOUNT_MAX {
            all.begin_vouched(named("anna", Rank::Supervisor)).unwrap();
        }
        assert_eq!(all.all().len(), OF_ACCOUNT_MAX);
    }

    #[tokio::test]
    async fn whoever_waits_for_the_end_is_told_at_once_and_when_the_time_is_over() {
        let all = sign_ons_for(Duration::from_millis(20));
        let (_, short) = all.begin(account("anna"), any).unwrap();
        short.over().await;
        all.forget_those_over();
        assert!(all.all().is_empty());
        let all = sign_ons();
        let (_, long) = all.begin(account("anna"), any).unwrap();
        tokio::join!(long.over(), async { all.end_if(|_| Some(SignedOff::Removed)) });
        assert!(long.is_over());
    }
}
