//! Who may type commands in a session, who asks to, and who gives and takes it.

use protocol::access::{By, Handing, OWNER, ParticipantId, Role};
use protocol::remark::Sharing;
use protocol::wire::Refusal;

use super::Roster;

impl Roster {
    /// Whether somebody may type commands.
    pub(crate) fn has_control(&self, id: ParticipantId) -> bool {
        self.get(id).is_some_and(|member| member.control)
    }

    /// Somebody asks for control. Asking twice, or asking for what one has, is no news.
    ///
    /// # Errors
    /// When they have done too much.
    pub(crate) fn ask(&mut self, id: ParticipantId) -> Result<Option<Sharing>, Refusal> {
        if self.get(id).is_none_or(|member| member.control || member.asks) {
            return Ok(None);
        }
        self.does(id)?;
        if let Some(member) = self.member(id) {
            member.asks = true;
        }
        Ok(Some(Sharing::AskedForControl { participant: id }))
    }

    /// Somebody gives or takes control: the owner that of others and, after handing it over, their own; others may
    /// lay down their own. Whose control the owner takes back, that is the owner's again.
    ///
    /// # Errors
    /// When it is not theirs to do, or there is no such participant.
    pub(crate) fn hand(
        &mut self,
        by: ParticipantId,
        participant: ParticipantId,
        how: Handing,
    ) -> Result<Option<Sharing>, Refusal> {
        if !may_hand(by, participant, how) {
            return Err(Refusal::NotAllowed);
        }
        let member = self.get(participant).ok_or(Refusal::NobodyThere)?;
        if how == Handing::Declined {
            return self.decline(by, participant);
        }
        if member.role == Role::SignIn || (participant == OWNER && how != Handing::TakenBack) {
            return Err(Refusal::NobodyThere);
        }
        if how == Handing::TakenBack && participant != OWNER && !member.control {
            // Who has nothing to be taken from may still ask for it.
            return self.decline(by, participant);
        }
        let gets = how != Handing::TakenBack || participant == OWNER;
        let alone = how == Handing::HandedOver;
        // What the owner takes back is theirs, also where they had handed it over.
        let returns = by == OWNER && member.control && !gets;
        let changes = member.control != gets || (alone && self.has_others(participant));
        if !changes {
            return Ok(None);
        }
        self.does(by)?;
        if alone {
            self.all.iter_mut().for_each(|member| member.control = false);
        }
        if let Some(member) = self.member(participant) {
            member.control = gets;
            // Granting answers who asks.
            member.asks = false;
        }
        if let Some(owner) = self.member(OWNER).filter(|_| returns) {
            owner.control = true;
        }
        Ok(Some(Sharing::Handed {
            participant,
            how,
            by: By::Participant(by),
        }))
    }

    /// What somebody asks for they do not get, or they ask for it no longer. Where they ask for nothing, that is no news.
    fn decline(&mut self, by: ParticipantId, participant: ParticipantId) -> Result<Option<Sharing>, Refusal> {
        if self.get(participant).is_none_or(|member| !member.asks) {
            return Ok(None);
        }
        self.does(by)?;
        if let Some(member) = self.member(participant) {
            member.asks = false;
        }
        Ok(Some(Sharing::Handed {
            participant,
            how: Handing::Declined,
            by: By::Participant(by),
        }))
    }

    /// Whether anybody else has control.
    fn has_others(&self, id: ParticipantId) -> bool {
        self.all.iter().any(|member| member.control && member.id != id)
    }
}

/// Whether it is somebody's to give or take that control: the owner's, and one's own to lay down or to ask for no longer.
pub(crate) fn may_hand(by: ParticipantId, participant: ParticipantId, how: Handing) -> bool {
    by == OWNER || (by == participant && matches!(how, Handing::TakenBack | Handing::Declined))
}
