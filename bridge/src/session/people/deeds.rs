//! How much guests may have recorded of what they do, so that none of them fills a transcript or leaves others nothing.

use protocol::access::{LinkNo, OWNER, ParticipantId};
use protocol::remark::ATTEMPTS_RECORDED_MAX;
use protocol::wire::Refusal;

use super::Roster;

/// How often one guest may change what is recorded by naming themselves, also in vain, asking, noting and laying control down.
pub(crate) const DEEDS_MAX: u32 = 256;

/// How often those who came through one link may, together.
pub(crate) const DEEDS_OF_LINK_MAX: u32 = 1024;

/// How often all guests of a session may, together; those whose link lets nobody in any more not counted.
pub(crate) const DEEDS_OF_ALL_MAX: u32 = 4096;

impl Roster {
    /// Somebody does what is recorded. It is bounded for guests, so that none of them fills a transcript.
    ///
    /// # Errors
    /// When it was done too often.
    pub(crate) fn does(&mut self, id: ParticipantId) -> Result<(), Refusal> {
        if id == OWNER {
            return Ok(());
        }
        let of_all = self.deeds();
        let of_link = self.of_link(self.link(id), |member| member.deeds);
        let member = self.member(id).ok_or(Refusal::NobodyThere)?;
        if member.deeds >= DEEDS_MAX || of_link >= DEEDS_OF_LINK_MAX || of_all >= DEEDS_OF_ALL_MAX {
            return Err(Refusal::TooOften);
        }
        member.deeds += 1;
        Ok(())
    }

    /// Somebody asked for what they may not. Whether that is to be recorded.
    pub(crate) fn attempts(&mut self, id: ParticipantId) -> bool {
        self.member(id).is_some_and(|member| {
            member.attempts = member.attempts.saturating_add(1);
            member.attempts <= ATTEMPTS_RECORDED_MAX
        })
    }

    /// What those did whose link lets nobody in any more, however it ended, takes nothing from others.
    pub(crate) fn forget_deeds(&mut self, lets_in: impl Fn(Option<LinkNo>) -> bool) {
        if self.deeds() < DEEDS_OF_ALL_MAX {
            return;
        }
        for member in self.all.iter_mut().filter(|member| member.deeds > 0) {
            if !lets_in(member.link) {
                member.deeds = 0;
            }
        }
    }

    /// How often all guests did what is recorded.
    fn deeds(&self) -> u32 {
        self.all
            .iter()
            .fold(0, |all, member| all.saturating_add(member.deeds))
    }
}
