//! Who takes part in a session: who comes and leaves, what they are called (`calling`, `names`), who has control (`control`),
//! and how much they may do (`deeds`). Pure rules; nothing here waits.

mod calling;
pub(super) mod control;
pub(super) mod deeds;
mod here;
mod member;
mod names;

pub(crate) use calling::Called;
use member::Member;
pub(crate) use names::{Look, Looks, OfAccounts, check_free};
use protocol::access::{LinkNo, OWNER, ParticipantId, Role};
use protocol::remark::Sharing;
use serde::{Deserialize, Serialize};

use super::link::Pass;
use super::token::Hash;
use crate::access::Identity;

/// The most participants who are known at a time, the owner included. Those who are out, because their link lets nobody
/// in any more, make room for others.
pub(crate) const PARTICIPANTS_MAX: usize = 1024;

/// The most of them who come through one link: whoever has it cannot keep those out who have another.
pub(crate) const PEOPLE_OF_LINK_MAX: usize = 128;

/// The most windows at a time of those who came through one link.
pub(crate) const WINDOWS_OF_LINK_MAX: u32 = 128;

/// Who takes part and took part, in the order of their coming.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Roster {
    all: Vec<Member>,
    /// The newest participant's number: none is given twice. 0 in what was kept before this was.
    #[serde(default)]
    newest: ParticipantId,
    /// What nobody is called who has no account.
    #[serde(skip)]
    pub(super) of_accounts: OfAccounts,
}

/// Why somebody who has a right to come in does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoPlace {
    /// As many windows are here as the session takes.
    TooManyWindows,
    /// As many people, or windows of theirs, came through the link as it lets in.
    TooManyThroughLink,
    /// As many people are known of the session as it takes at a time, those among them who are away and may come back.
    TooManyPeople,
    /// Their link has just ended.
    LinkOver,
}

/// Somebody came.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Came {
    pub(crate) id: ParticipantId,
    /// What there is to record.
    pub(crate) news: Vec<Sharing>,
    /// Whether they watched before and have control by coming.
    pub(crate) took_control: bool,
}

impl Roster {
    /// As it was kept, made whole.
    pub(crate) fn restored(mut self) -> Self {
        for (place, member) in (1..).zip(&mut self.all) {
            if member.id == 0 {
                member.id = place;
            }
            member.restored();
        }
        let last = self.all.last().map_or(0, |member| member.id);
        self.newest = self.newest.max(last);
        self
    }

    /// Lets somebody in with one window. Whether a link lets in is asked once more: it may have ended since they came
    /// to the door.
    ///
    /// # Errors
    /// When there is no place for them.
    pub(crate) fn come<'a>(
        &mut self,
        pass: Pass,
        browser: Hash,
        called: impl Into<Called<'a>>,
        lets_in: impl Fn(Option<LinkNo>) -> bool,
    ) -> Result<Came, NoPlace> {
        let called = called.into();
        if self.all.is_empty() {
            // The owner's place is kept, whoever comes first; and most sessions are the owner's alone.
            self.all.reserve_exact(1);
            self.all.push(Member::new(OWNER, Pass::OWNER, browser));
            self.newest = OWNER;
        }
        if !lets_in(pass.link) {
            return Err(NoPlace::LinkOver);
        }
        if pass.link.is_some() && self.of_link(pass.link, |member| member.windows) >= WINDOWS_OF_LINK_MAX {
            return Err(NoPlace::TooManyThroughLink);
        }
        let is_known = |member: &&Member| member.is(pass, &browser, called.account());
        if let Some(id) = self.all.iter().find(is_known).map(|member| member.id) {
            return Ok(self.come_back(id, pass, called, lets_in));
        }
        if self.of_link(pass.link, |_| 1) as usize >= PEOPLE_OF_LINK_MAX {
            return Err(NoPlace::TooManyThroughLink);
        }
        if self.all.len() >= PARTICIPANTS_MAX {
            self.all
                .retain(|member| member.windows > 0 || lets_in(member.link));
        }
        if self.all.len() >= PARTICIPANTS_MAX {
            return Err(NoPlace::TooManyPeople);
        }
        let id = self.newest.saturating_add(1);
        self.newest = id;
        let mut member = Member::new(id, pass, browser);
        member.windows = 1;
        let mut news = Vec::new();
        match called {
            Called::ByThemselves(name) => {
                // Who has come through another link before is called as they were.
                let name = match name {
                    "" => self.called_before(&member).unwrap_or_default(),
                    name => name.to_owned(),
                };
                if let Ok(name) = self.shown_as(&member, &name, lets_in) {
                    member.call(&name);
                }
            }
            Called::ByAccount(account) => {
                news = self.give_up(&account.name);
                member.account = Some(account.id.clone());
                member.call(&self.shown_by(account));
            }
        }
        news.push(member.joined());
        self.all.push(member);
        Ok(Came {
            id,
            news,
            took_control: false,
        })
    }

    /// Somebody comes once more, with one more window.
    fn come_back(
        &mut self,
        id: ParticipantId,
        pass: Pass,
        called: Called<'_>,
        lets_in: impl Fn(Option<LinkNo>) -> bool,
    ) -> Came {
        let (mut news, mut took_control) = (Vec::new(), false);
        match called {
            Called::ByThemselves(name) => news.extend(self.name(id, name, lets_in).ok().flatten()),
            Called::ByAccount(account) => news = self.call_by(id, account),
        }
        if let Some(member) = self.member(id) {
            member.windows += 1;
            // A supervisor who watched and comes for control now. Once they have, it is the owner's to give and take.
            if member.role == Role::Watch && pass.role == Role::Control {
                member.role = pass.role;
                member.control = true;
                took_control = true;
                news.push(member.joined());
            }
        }
        Came {
            id,
            news,
            took_control,
        }
    }

    /// One of somebody's windows is gone, in which they were typing or not.
    pub(crate) fn leave(&mut self, id: ParticipantId, typing: bool) {
        if let Some(member) = self.member(id) {
            member.windows = member.windows.saturating_sub(1);
            member.typing = member.typing.saturating_sub(u32::from(typing));
        }
    }

    /// Somebody begins to type in a window, or stops.
    pub(crate) fn typing(&mut self, id: ParticipantId, typing: bool) {
        if let Some(member) = self.member(id) {
            member.typing = if typing {
                member.typing.saturating_add(1)
            } else {
                member.typing.saturating_sub(1)
            };
        }
    }

    /// Through which link somebody came.
    pub(crate) fn link(&self, id: ParticipantId) -> Option<LinkNo> {
        self.get(id).and_then(|member| member.link)
    }

    /// Who came with that pass before, in that browser, with that account if with any; none if nobody did.
    pub(crate) fn who(
        &self,
        pass: Pass,
        browser: &Hash,
        account: Option<&Identity>,
    ) -> Option<ParticipantId> {
        let theirs = self.all.iter().find(|member| member.is(pass, browser, account));
        theirs.map(|member| member.id)
    }

    /// Nobody who came through that link has control any more, or asks for it.
    pub(crate) fn expel(&mut self, link: LinkNo) {
        for member in self.all.iter_mut().filter(|member| member.link == Some(link)) {
            member.control = false;
            member.asks = false;
            member.deeds = 0;
        }
    }

    /// How much there is of something with all who came through that link.
    fn of_link(&self, link: Option<LinkNo>, of: impl Fn(&Member) -> u32) -> u32 {
        let through = self.all.iter().filter(|member| member.link == link);
        through.map(of).fold(0, u32::saturating_add)
    }

    fn get(&self, id: ParticipantId) -> Option<&Member> {
        self.all.get(self.at(id)?)
    }

    fn member(&mut self, id: ParticipantId) -> Option<&mut Member> {
        let at = self.at(id)?;
        self.all.get_mut(at)
    }

    fn at(&self, id: ParticipantId) -> Option<usize> {
        self.all.binary_search_by_key(&id, |member| member.id).ok()
    }
}

#[cfg(test)]
mod tests;
