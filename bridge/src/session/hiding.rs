//! Hiding entries, as people ask for it: as often as there is something to hide, and seldom in vain.

use std::net::IpAddr;
use std::time::Duration;

use protocol::access::{By, ParticipantId};
use protocol::entry::Seq;
use protocol::wire::Refusal;
use tokio::time::Instant;

use super::{Doer, Session};
use crate::audit::Event;
use crate::rate::{Rate, Rates};

/// How often one participant may ask in vain, in all their windows: so often at once, and then four times a second. It is looked
/// for what there is to hide under the lock of all entries.
const IN_VAIN: Rate = Rate::of(8, Duration::from_millis(250));

/// How often each participant asked in vain of late.
pub(super) struct Hiding(Rates<ParticipantId>);

impl Default for Hiding {
    fn default() -> Self {
        Self(Rates::new(IN_VAIN))
    }
}

impl Session {
    /// Hides an entry, and what goes with it, for somebody.
    ///
    /// # Errors
    /// When there is nothing to hide, or no room left to say so, or they ask in vain over and over.
    pub(super) fn hide_for(
        &self,
        participant: ParticipantId,
        seq: Seq,
        from: Option<IpAddr>,
    ) -> Result<(), Refusal> {
        let (by, in_vain) = (By::Participant(participant), &self.hiding.0);
        // Before it is looked, and given back where it was not in vain.
        let may = in_vain.take(participant, Instant::now());
        may.map_err(|_| Refusal::TooSoon)?;
        self.hide(seq, by)?;
        in_vain.give_back(participant);
        self.trail.tell(Doer { by, from }, Event::Hid { entry: seq });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use protocol::access::{Keep, OWNER};
    use protocol::entry::Event as Recorded;

    use super::*;

    const OTHER: ParticipantId = OWNER + 1;

    #[tokio::test]
    async fn who_hides_in_vain_over_and_over_is_asked_to_wait_and_nobody_else_is_told_or_kept() {
        let session = Session::of_tests(Keep::Everything);
        let note = || Recorded::Note {
            seq: 1,
            line: 0,
            text: "hunter2".into(),
            by: By::Console,
        };
        (0..100).for_each(|_| session.transcript.append(1, note()).unwrap());
        for seq in 1..=99 {
            assert_eq!(session.hide_for(OWNER, seq, None), Ok(()), "{seq}");
        }
        let news = session.transcript.news();
        tokio::pin!(news);
        news.as_mut().enable();
        let tried: Vec<_> = (0..100).map(|_| session.hide_for(OWNER, 1, None)).collect();
        let vain = |it: &&Result<(), Refusal>| **it == Err(Refusal::NothingToHide);
        // And those whose turn has come meanwhile.
        assert!(tried.iter().take(8).all(|it| vain(&it)), "{tried:?}");
        assert!(tried.contains(&Err(Refusal::TooSoon)), "{tried:?}");
        let is_news = tokio::time::timeout(Duration::ZERO, news).await;
        assert!(is_news.is_err(), "nobody is woken where nothing was hidden");
        assert_eq!(session.hide_for(OTHER, 100, None), Ok(()));
    }
}
