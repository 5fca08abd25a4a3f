//! What the provider said of itself: how long that is believed, and who asks it again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use protocol::sign_on::NotByOpenId;
use tokio::sync::{Mutex as Turns, MutexGuard as Turn};
use tokio::time::{Instant, timeout};
use tracing::{info, warn};

use crate::rate::{Rate, Taken};

/// How long what the provider says of itself, its keys among it, is believed.
const BELIEVED_FOR: Duration = Duration::from_secs(60 * 60);

/// How long it is not asked again when it could not be: where nothing is known of it yet, and where what it said before
/// holds meanwhile.
const AGAIN_AFTER: Duration = Duration::from_secs(2);
const RENEWED_AFTER: Duration = Duration::from_secs(60);

/// How long somebody who signs in waits for what it says anew where what it said before would do: there is more to ask it for
/// them.
const RENEWED_WITHIN: Duration = Duration::from_secs(3);

/// How often it is asked again for its keys, since one is not among them, and in which time.
const RENEWALS_MAX: u32 = 5;
const RENEWALS_WITHIN: Duration = Duration::from_secs(60);

/// What is known of the provider, by what it says of itself.
pub(super) struct Known<M> {
    said: Mutex<Said<M>>,
    /// Whoever asks it, one at a time.
    asking: Turns<()>,
    renewals: Rate,
}

/// What it said last, and when it is asked next.
struct Said<M> {
    last: Option<Arc<M>>,
    /// None if it was never asked.
    next: Option<Instant>,
    renewed: Taken,
}

impl<M> Said<M> {
    /// Whether it is to be asked.
    fn is_due(&self, now: Instant) -> bool {
        self.next.is_none_or(|next| next <= now)
    }

    /// What holds until then.
    fn holds(&self) -> Result<Arc<M>, NotByOpenId> {
        self.last.clone().ok_or(NotByOpenId::Unreachable)
    }

    /// It is being asked.
    fn asked(&mut self, now: Instant) {
        if self.last.is_some() {
            // Also where whoever waits for it goes away: others have not to wait again.
            self.next = Some(now + RENEWED_AFTER);
        }
    }

    /// It said that.
    fn told(&mut self, now: Instant, told: Arc<M>) {
        self.next = Some(now + BELIEVED_FOR);
        self.last = Some(told);
    }

    /// It said nothing that can be used: what it said before is kept until it says something else.
    fn failed(&mut self, now: Instant) {
        if self.last.is_none() {
            self.next = Some(now + AGAIN_AFTER);
        }
    }
}

impl<M> Known<M> {
    /// Nothing is known of it.
    pub(super) fn new() -> Self {
        Self {
            said: Mutex::new(Said {
                last: None,
                next: None,
                renewed: Taken::default(),
            }),
            asking: Turns::default(),
            renewals: Rate::new(RENEWALS_MAX, RENEWALS_WITHIN),
        }
    }

    /// What holds now. Where it is time, it is asked by that: by one at a time, while the others go by what it said before, if
    /// it said anything.
    ///
    /// # Errors
    /// When nothing is known of it.
    pub(super) async fn holds(
        &self,
        now: Instant,
        ask: impl Future<Output = Result<M, String>>,
    ) -> Result<Arc<M>, NotByOpenId> {
        let (is_due, before) = {
            let said = self.said();
            (said.is_due(now), said.holds())
        };
        if !is_due {
            return before;
        }
        let turn = match self.asking.try_lock() {
            Ok(turn) => turn,
            Err(_) if before.is_ok() => return before,
            Err(_) => self.asking.lock().await,
        };
        {
            let said = self.said();
            if !said.is_due(now) {
                // Somebody else has asked meanwhile.
                return said.holds();
            }
        }
        if before.is_err() {
            return self.ask(turn, now, ask).await;
        }
        let within = async {
            let late = |_| Err("it does not say anything new of itself in time".to_owned());
            timeout(RENEWED_WITHIN, ask).await.unwrap_or_else(late)
        };
        // What a code is given for comes by TLS from the provider as well: whoever keeps it from saying something new of
        // itself keeps it from that too.
        self.ask(turn, now, within).await.or(before)
    }

    /// What it says of itself now, and not as it was said before; as often as may be.
    ///
    /// # Errors
    /// When it says nothing, or has been asked too often.
    pub(super) async fn renewed(
        &self,
        before: &Arc<M>,
        now: Instant,
        ask: impl Future<Output = Result<M, String>>,
    ) -> Result<Arc<M>, NotByOpenId> {
        let turn = self.asking.lock().await;
        {
            let mut said = self.said();
            if let Some(newer) = said.last.as_ref().filter(|it| !Arc::ptr_eq(it, before)) {
                return Ok(newer.clone());
            }
            if self.renewals.take(&mut said.renewed, now).is_err() {
                return Err(NotByOpenId::Unproven);
            }
        }
        info!("asking the provider for its keys once more");
        self.ask(turn, now, ask).await
    }

    /// Asks it, in one's turn.
    async fn ask(
        &self,
        _turn: Turn<'_, ()>,
        now: Instant,
        ask: impl Future<Output = Result<M, String>>,
    ) -> Result<Arc<M>, NotByOpenId> {
        let began = Instant::now();
        self.said().asked(now);
        let asked = ask.await;
        let now = now + began.elapsed();
        let mut said = self.said();
        match asked {
            Ok(told) => {
                let told = Arc::new(told);
                said.told(now, told.clone());
                Ok(told)
            }
            Err(why) => {
                said.failed(now);
                if said.last.is_none() {
                    warn!(why, "nobody can sign in at the provider");
                } else {
                    warn!(why, "what the provider said of itself before holds");
                }
                Err(NotByOpenId::Unreachable)
            }
        }
    }

    fn said(&self) -> MutexGuard<'_, Said<M>> {
        // Every change is a single step, so a panic leaves nothing half done.
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use futures_util::FutureExt;
    use tokio::sync::oneshot;

    use super::*;

    type Answer = Result<&'static str, String>;

    fn says(what: &'static str) -> impl Future<Output = Answer> {
        ready(Ok(what))
    }

    fn nothing() -> impl Future<Output = Answer> {
        ready(Err("it is not there".to_owned()))
    }

    /// Nobody is to be asked.
    async fn unasked() -> Answer {
        panic!("it was asked")
    }

    #[tokio::test]
    async fn what_it_said_is_believed_for_an_hour_and_longer_where_it_says_nothing_else_then() {
        let (known, start) = (Known::new(), Instant::now());
        assert_eq!(*known.holds(start, says("one")).await.unwrap(), "one");
        let hour = start + BELIEVED_FOR;
        let before = known.holds(hour - Duration::from_secs(1), unasked()).await;
        assert_eq!(*before.unwrap(), "one");
        // A moment is over since it began.
        let due = hour + Duration::from_secs(1);
        assert_eq!(*known.holds(due, nothing()).await.unwrap(), "one");
        let soon = due + RENEWED_AFTER - Duration::from_secs(1);
        assert_eq!(*known.holds(soon, unasked()).await.unwrap(), "one");
        let later = due + RENEWED_AFTER;
        assert_eq!(*known.holds(later, says("two")).await.unwrap(), "two");
        assert_eq!(
            *known.holds(later + RENEWED_AFTER, unasked()).await.unwrap(),
            "two"
        );
    }

    #[tokio::test]
    async fn where_nothing_is_known_it_is_asked_again_after_a_moment() {
        let (known, start) = (Known::new(), Instant::now());
        let unreachable = Some(NotByOpenId::Unreachable);
        assert_eq!(known.holds(start, nothing()).await.err(), unreachable);
        assert_eq!(known.holds(start, unasked()).await.err(), unreachable);
        let later = start + AGAIN_AFTER + Duration::from_secs(1);
        assert_eq!(*known.holds(later, says("one")).await.unwrap(), "one");
    }

    #[tokio::test]
    async fn one_asks_and_the_others_go_by_what_it_said_before() {
        let (known, start) = (Known::new(), Instant::now());
        known.holds(start, says("one")).await.unwrap();
        let due = start + BELIEVED_FOR + Duration::from_secs(1);
        let (tell, told) = oneshot::channel();
        let mut asking = Box::pin(known.holds(due, async { Ok(told.await.unwrap()) }));
        assert!((&mut asking).now_or_never().is_none());
        // It is late already, and not yet again.
        let others = known.holds(due + RENEWED_AFTER, unasked());
        assert_eq!(*others.now_or_never().unwrap().unwrap(), "one");
        tell.send("two").unwrap();
        assert_eq!(*asking.await.unwrap(), "two");
        assert_eq!(*known.holds(due, unasked()).await.unwrap(), "two");
    }

    #[tokio::test]
    async fn whoever_comes_first_together_waits_for_one_answer() {
        let (known, start) = (Known::new(), Instant::now());
        let (tell, told) = oneshot::channel();
        let mut asking = Box::pin(known.holds(start, async { Ok(told.await.unwrap()) }));
        assert!((&mut asking).now_or_never().is_none());
        let mut other = Box::pin(known.holds(start, unasked()));
        assert!((&mut other).now_or_never().is_none());
        tell.send("one").unwrap();
        assert_eq!(*asking.await.unwrap(), "one");
        assert_eq!(*other.await.unwrap(), "one");
    }

    #[tokio::test]
    async fn who_goes_away_while_it_is_asked_leaves_nobody_waiting() {
        let (known, start) = (Known::new(), Instant::now());
        known.holds(start, says("one")).await.unwrap();
        let due = start + BELIEVED_FOR + Duration::from_secs(1);
        let mut asking = Box::pin(known.holds(due, pending()));
        assert!((&mut asking).now_or_never().is_none());
        drop(asking);
        assert_eq!(*known.holds(due, unasked()).await.unwrap(), "one");
    }

    #[tokio::test]
    async fn newer_keys_are_asked_for_a_few_times_and_by_one_for_all() {
        let (known, start) = (Known::new(), Instant::now());
        let first = known.holds(start, says("one")).await.unwrap();
        let second = known.renewed(&first, start, says("two")).await.unwrap();
        assert_eq!(*second, "two");
        // Whoever found out at the same time has what was told since.
        assert_eq!(*known.renewed(&first, start, unasked()).await.unwrap(), "two");
        let mut last = second;
        for _ in 1..RENEWALS_MAX {
            last = known.renewed(&last, start, says("more")).await.unwrap();
        }
        let refused = known.renewed(&last, start, unasked()).await.err();
        assert_eq!(refused, Some(NotByOpenId::Unproven));
        assert_eq!(*known.holds(start, unasked()).await.unwrap(), "more");
    }
}
