//! The links of a session: who is let in, as what, and for how long.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use protocol::access::{LinkNo, Role, Sight};
use protocol::remark::Invalid;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};

use super::token::{Hash, NoRandomness, Token};
use super::transcript::now;

/// The most links of one session. A new one takes the place of the oldest that lets nobody in any more.
pub(crate) const LINKS_MAX: usize = 64;

/// For how long a link may be made, in seconds; one without a time lasts as long as the session.
pub(crate) const LINK_SECONDS_MAX: u64 = 366 * 24 * 60 * 60;

/// How long somebody who has just signed in may read that it is done, before their link closes behind them.
const READ_THE_OUTCOME: Duration = Duration::from_millis(500);

/// How long the clock is trusted at most: a machine that slept, or whose clock was set, is noticed after that.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// The owner's token and the links, of which nothing but hashes is kept.
pub(crate) struct Links {
    owner: Hash,
    made: Mutex<Vec<Link>>,
    news: Notify,
    /// Whether nobody is let in any more, the owner included.
    is_shut: AtomicBool,
}

/// One link, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Link {
    pub(crate) no: LinkNo,
    /// Of its token nothing but this is kept.
    pub(crate) hash: Hash,
    /// What the owner calls it; may be empty.
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) sight: Sight,
    /// When it was made, in milliseconds since 1970-01-01T00:00:00Z.
    pub(crate) made: u64,
    /// Until when it lets in, in the same; none for as long as the session lasts.
    pub(crate) until: Option<u64>,
    pub(crate) revoked: bool,
    /// Whether somebody signed in through it, which it is for once.
    pub(crate) used: bool,
    /// How many sign-ins through it the server has refused.
    #[serde(default)]
    pub(crate) refusals: u32,
}

/// What a token lets in to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pass {
    pub(crate) role: Role,
    pub(crate) sight: Sight,
    /// None of the owner, and of whoever needs none.
    pub(crate) link: Option<LinkNo>,
}

/// What a link is to be.
pub(crate) struct Wanted {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) sight: Sight,
    /// How long it lasts; none for as long as the session.
    pub(crate) lasts: Option<Duration>,
}

/// Why no link was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MakeError {
    #[error("This session has ended: a link to it lets in to watch, and to nothing else.")]
    Ended,
    #[error("There are as many links as a session has. Revoke one first.")]
    Full,
    #[error("The system gives no random numbers.")]
    NoRandomness,
}

impl From<NoRandomness> for MakeError {
    fn from(_: NoRandomness) -> Self {
        MakeError::NoRandomness
    }
}

impl Pass {
    /// The owner's.
    pub(crate) const OWNER: Self = Self {
        role: Role::Owner,
        sight: Sight::Everything,
        link: None,
    };

    /// A supervisor's, whom no link lets in.
    pub(crate) fn supervisor(wants_control: bool) -> Self {
        Self {
            role: if wants_control { Role::Control } else { Role::Watch },
            sight: Sight::Everything,
            link: None,
        }
    }
}

impl Link {
    /// Why it lets nobody in at that time, in milliseconds since 1970-01-01T00:00:00Z; none while it does.
    pub(crate) fn invalid(&self, at: u64) -> Option<Invalid> {
        if self.revoked {
            Some(Invalid::Revoked)
        } else if self.used {
            Some(Invalid::UsedUp)
        } else if self.until.is_some_and(|until| until <= at) {
            Some(Invalid::Expired)
        } else {
            None
        }
    }

    fn pass(&self) -> Pass {
        Pass {
            role: self.role,
            sight: self.sight,
            link: Some(self.no),
        }
    }
}

impl Links {
    /// Of a session whose owner's token has that hash, with the links that were made before.
    pub(crate) fn new(owner: Hash, made: Vec<Link>) -> Self {
        Self {
            owner,
            made: Mutex::new(made),
            news: Notify::new(),
            is_shut: AtomicBool::new(false),
        }
    }

    /// What the token with that hash lets in to. All are compared, each in constant time, whichever it is.
    ///
    /// # Errors
    /// When it lets nobody in.
    pub(crate) fn admit(&self, given: &Hash) -> Result<Pass, Invalid> {
        let mut found = Err(Invalid::Unknown);
        if bool::from(given.ct_eq(&self.owner)) {
            found = Ok(Pass::OWNER);
        }
        let at = millis();
        for link in self.lock().iter() {
            if bool::from(given.ct_eq(&link.hash)) {
                found = link.invalid(at).map_or(Ok(link.pass()), Err);
            }
        }
        if self.is_shut() {
            Err(Invalid::Unknown)
        } else {
            found
        }
    }

    /// Lets nobody in any more, the owner included: the session is deleted, or another is read in its place, of which less
    /// is kept.
    pub(crate) fn shut(&self) {
        self.is_shut.store(true, Ordering::Release);
    }

    /// Whether nobody is let in any more, the owner included.
    pub(crate) fn is_shut(&self) -> bool {
        self.is_shut.load(Ordering::Acquire)
    }

    /// Makes a link, and gives its token, which is kept nowhere.
    ///
    /// # Errors
    /// When there are too many, or no random numbers.
    pub(crate) fn make(&self, wanted: Wanted) -> Result<(Link, Token), MakeError> {
        let token = Token::new()?;
        let at = millis();
        let mut made = self.lock();
        let no = made.last().map_or(1, |last| last.no + 1);
        if made.len() >= LINKS_MAX {
            let over = made.iter().position(|link| link.invalid(at).is_some());
            made.remove(over.ok_or(MakeError::Full)?);
        }
        let lasts = |lasts: Duration| u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX);
        let link = Link {
            no,
            hash: token.hash(),
            name: wanted.name,
            role: wanted.role,
            sight: wanted.sight,
            made: at,
            until: wanted.lasts.map(|wanted| at.saturating_add(lasts(wanted))),
            revoked: false,
            used: false,
            refusals: 0,
        };
        made.push(link.clone());
        Ok((link, token))
    }

    /// Revokes a link. Tells whether it let somebody in till now; none where there is no such link.
    pub(crate) fn revoke(&self, no: LinkNo) -> Option<bool> {
        self.change(no, |link| link.revoked = true)
    }

    /// Uses a link up. Tells as [`revoke`](Self::revoke) does.
    pub(crate) fn use_up(&self, no: LinkNo) -> Option<bool> {
        self.change(no, |link| link.used = true)
    }

    /// The server has refused so many sign-ins through a link.
    pub(crate) fn refused(&self, no: LinkNo, refusals: u32) {
        self.change(no, |link| link.refusals = refusals);
    }

    /// The hash of the owner's token.
    pub(crate) fn owner(&self) -> &Hash {
        &self.owner
    }

    /// All of them, in the order of their making.
    pub(crate) fn all(&self) -> Vec<Link> {
        self.lock().clone()
    }

    /// What the owner calls a link; may be empty.
    pub(crate) fn name(&self, no: LinkNo) -> String {
        self.find(no).map_or(String::new(), |link| link.name)
    }

    /// Whether who came through that link may still be here; who came as the owner may until the session is deleted.
    pub(crate) fn lets_in(&self, link: Option<LinkNo>) -> bool {
        let valid = |link: &Link| link.invalid(millis()).is_none();
        let is_valid = |no| self.lock().iter().any(|link| link.no == no && valid(link));
        !self.is_shut() && link.is_none_or(is_valid)
    }

    /// Waits until that link lets nobody in any more.
    pub(crate) async fn over(&self, no: LinkNo) {
        let mut read = None;
        loop {
            let news = self.news.notified();
            let Some(link) = self.find(no) else { return };
            let at = millis();
            match link.invalid(at) {
                Some(Invalid::UsedUp) => {
                    let read = *read.get_or_insert_with(|| Instant::now() + READ_THE_OUTCOME);
                    tokio::select! {
                        // It may be revoked on top of that.
                        () = news => continue,
                        () = sleep_until(read) => return,
                    }
                }
                Some(_) => return,
                None => {}
            }
            let left = link.until.map(|until| Duration::from_millis(until - at));
            match left {
                None => news.await,
                Some(left) => tokio::select! {
                    () = news => {}
                    () = sleep(left.min(LOOK_EVERY)) => {}
                },
            }
        }
    }

    fn change(&self, no: LinkNo, how: impl FnOnce(&mut Link)) -> Option<bool> {
        let mut made = self.lock();
        let link = made.iter_mut().find(|link| link.no == no)?;
        let was_valid = link.invalid(millis()).is_none();
        how(link);
        drop(made);
        self.news.notify_waiters();
        Some(was_valid)
    }

    fn find(&self, no: LinkNo) -> Option<Link> {
        self.lock().iter().find(|link| link.no == no).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Link>> {
        // Every change is a single step, so a panic leaves nothing half done.
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Milliseconds since 1970-01-01T00:00:00Z.
fn millis() -> u64 {
    now() / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links() -> (Links, Token) {
        let owner = Token::new().unwrap();
        (Links::new(owner.hash(), Vec::new()), owner)
    }

    fn wanted(lasts: Option<Duration>) -> Wanted {
        Wanted {
            name: "anna".to_owned(),
            role: Role::Watch,
            sight: Sight::Headers,
            lasts,
        }
    }

    #[test]
    fn a_token_lets_in_to_what_its_link_allows_until_it_is_revoked() {
        let (links, owner) = links();
        let (link, token) = links.make(wanted(None)).unwrap();
        assert_eq!(links.admit(&owner.hash()), Ok(Pass::OWNER));
        let pass = links.admit(&token.hash()).unwrap();
        assert_eq!(
            (pass.role, pass.sight, pass.link),
            (Role::Watch, Sight::Headers, Some(1))
        );
        assert_eq!(links.admit(&Token::new().unwrap().hash()), Err(Invalid::Unknown));
        assert_eq!(links.revoke(2), None);
        assert_eq!(links.revoke(link.no), Some(true));
        assert_eq!(links.revoke(link.no), Some(false));
        assert_eq!(links.admit(&token.hash()), Err(Invalid::Revoked));
        assert!(!links.lets_in(Some(1)) && links.lets_in(None));
    }

    #[test]
    fn a_link_ends_at_its_time_and_one_that_was_used_is_used_up() {
        let (links, _) = links();
        let (_, expired) = links.make(wanted(Some(Duration::ZERO))).unwrap();
        let (used, token) = links.make(wanted(Some(Duration::from_secs(60)))).unwrap();
        assert_eq!(links.admit(&expired.hash()), Err(Invalid::Expired));
        assert!(links.admit(&token.hash()).is_ok());
        links.use_up(used.no);
        assert_eq!(links.admit(&token.hash()), Err(Invalid::UsedUp));
    }

    #[test]
    fn there_are_no_more_links_than_the_bound_and_one_that_is_over_makes_room() {
        let (links, _) = links();
        for _ in 0..LINKS_MAX {
            links.make(wanted(None)).unwrap();
        }
        assert_eq!(links.make(wanted(None)).err(), Some(MakeError::Full));
        links.revoke(7);
        assert_eq!(links.make(wanted(None)).unwrap().0.no, 65);
        assert!(links.all().iter().all(|link| link.no != 7));
    }

    #[tokio::test]
    async fn who_waits_for_the_end_of_a_link_is_told_at_once() {
        let (links, _) = links();
        let (link, _) = links.make(wanted(None)).unwrap();
        let (other, _) = links.make(wanted(Some(Duration::from_millis(20)))).unwrap();
        links.over(other.no).await;
        let ((), revoked) = tokio::join!(links.over(link.no), async { links.revoke(link.no) });
        assert_eq!(revoked, Some(true));
    }

    #[tokio::test]
    async fn who_reads_what_came_of_their_sign_in_is_out_at_once_when_the_link_is_revoked() {
        let (links, _) = links();
        let (link, _) = links.make(wanted(None)).unwrap();
        links.use_up(link.no);
        let begun = Instant::now();
        links.over(link.no).await;
        assert!(begun.elapsed() >= READ_THE_OUTCOME);
        let begun = Instant::now();
        tokio::join!(links.over(link.no), async { links.revoke(link.no) });
        assert!(begun.elapsed() < READ_THE_OUTCOME);
    }
}
