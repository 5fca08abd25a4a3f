//! Letting in, and turning away: whoever has no right to come in is told nothing else, and not sooner than anybody.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::Bridge;
use crate::access::Visitor;
use crate::audit::{About, Tried, Turned, TurnedAway, Who};
use crate::entrance::Denied;
use crate::network::Network;
use crate::rate::{Counts, Rate};
use crate::session::admission::Admission;
use crate::session::link::Pass;

/// How long after it was heard a wrong token is answered, whatever is wrong with it.
pub(crate) const REFUSED_AFTER: Duration = Duration::from_millis(400);

/// How many wrong tokens of one address are answered without waiting for each other.
const REFUSED_AT_ONCE: u32 = 10;

/// Of more than that, one is answered in this time.
const REFUSED_EVERY: Duration = Duration::from_millis(500);

/// How long a wrong token waits for its answer at most, however many came from its address.
const REFUSED_WITHIN: Duration = Duration::from_secs(8);

/// When the wrong tokens of each address are answered.
pub(crate) struct Door(Mutex<Counts<Network>>);

impl Default for Door {
    fn default() -> Self {
        Self(Mutex::new(Counts::new(Rate::of(REFUSED_AT_ONCE, REFUSED_EVERY))))
    }
}

/// Lets in whoever may come in to that session. A right token never waits, but for where nobody can tell it from a wrong
/// one.
pub(super) async fn admit(bridge: &Bridge, visitor: &Visitor, id: &str) -> Result<Admission, Denied> {
    admit_heard(bridge, visitor, id, Instant::now()).await
}

/// The same, of a token that was heard at that time and has been looked at since.
pub(super) async fn admit_heard(
    bridge: &Bridge,
    visitor: &Visitor,
    id: &str,
    heard: Instant,
) -> Result<Admission, Denied> {
    let admission = bridge.admit(id, visitor).await;
    answered(bridge, visitor, id, heard, admission).await
}

/// What of that session somebody is let in to, of which nothing is loaded. A right token waits as little.
pub(super) async fn pass(bridge: &Bridge, visitor: &Visitor, id: &str) -> Result<Pass, Denied> {
    let heard = Instant::now();
    let pass = bridge.pass(id, visitor).await;
    answered(bridge, visitor, id, heard, pass).await
}

/// What came of a token that was heard at that time, when it is time to say so.
async fn answered<T>(
    bridge: &Bridge,
    visitor: &Visitor,
    id: &str,
    heard: Instant,
    found: Result<T, Denied>,
) -> Result<T, Denied> {
    if matches!(found, Err(Denied::Unknown | Denied::Unknowable)) {
        let due = bridge.door.refuses(visitor.from, heard);
        // Where nobody can tell a wrong token from a right one, nobody is said to have come with one.
        if matches!(found, Err(Denied::Unknown)) {
            tell_of(bridge, id, visitor).await;
        }
        sleep_until(due).await;
    }
    match found {
        Err(Denied::Unknown) if visitor.is_asked_to_sign_in() => Err(Denied::NotSignedOn),
        found => found,
    }
}

/// Tells whoever runs the console of somebody who is not let in to that session. There may be none: the browser of whoever is
/// signed in remembers such as are kept no longer, and what is asked for then is not theirs to try.
async fn tell_of(bridge: &Bridge, id: &str, visitor: &Visitor) {
    let Some(signed_on) = visitor.signed_on() else {
        return bridge
            .audit
            .stranger_turned_away(visitor.from, Turned::WrongToken);
    };
    let (what, about) = match bridge.has(id).await {
        Ok(true) => (Turned::Refused(Tried::ComeIn), About::of(bridge, id)),
        // What stands in the place of its id may be anything.
        Ok(false) => (Turned::WrongToken, About::default()),
        Err(_) => return,
    };
    bridge.audit.turned_away(TurnedAway {
        what,
        about,
        who: Who::signed_on(signed_on, visitor.from),
        server: None,
    });
}

impl Door {
    /// When a wrong token is answered that was heard at that time.
    fn refuses(&self, from: IpAddr, heard: Instant) -> Instant {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let from = Network::from(from);
        let latest = heard + REFUSED_WITHIN;
        let turn = counts.turn(from, heard);
        // Whoever floods is not kept waiting, and does not keep others waiting, for ever.
        if turn <= latest {
            counts.count(from, heard);
        }
        turn.min(latest).max(heard + REFUSED_AFTER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_wrong_tokens_are_answered_after_one_same_time_and_more_in_their_turn() {
        let (door, heard) = (Door::default(), Instant::now());
        let one = IpAddr::from([127, 0, 0, 1]);
        let mut after = (0..100).map(|_| door.refuses(one, heard) - heard);
        for _ in 0..REFUSED_AT_ONCE {
            assert_eq!(after.next(), Some(REFUSED_AFTER));
        }
        assert_eq!(after.next(), Some(REFUSED_EVERY));
        assert_eq!(after.next(), Some(2 * REFUSED_EVERY));
        assert_eq!(after.last(), Some(REFUSED_WITHIN));
        // Somebody else does not wait for that, and neither does the same address later.
        let other = IpAddr::from([127, 0, 0, 2]);
        assert_eq!(door.refuses(other, heard), heard + REFUSED_AFTER);
        let later = heard + REFUSED_WITHIN + REFUSED_EVERY * REFUSED_AT_ONCE;
        assert_eq!(door.refuses(one, later), later + REFUSED_AFTER);
    }
}
