//! Who takes part in a session: what they are called, and who has control. Pure rules; nothing here waits.

mod member;
mod names;

use member::Member;
pub(crate) use names::{Look, Looks, OfAccounts, check_free};
use protocol::access::{By, Handing, LinkNo, OWNER, ParticipantId, Role, called};
use protocol::remark::{ATTEMPTS_RECORDED_MAX, Sharing};
use protocol::wire::{PEOPLE_MAX, People, Person, Refusal};
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

/// How often one guest may change what is recorded by naming themselves, also in vain, asking, noting and laying control down.
pub(crate) const DEEDS_MAX: u32 = 256;

/// How often those who came through one link may, together.
pub(crate) const DEEDS_OF_LINK_MAX: u32 = 1024;

/// How often all guests of a session may, together; those whose link lets nobody in any more not counted.
pub(crate) const DEEDS_OF_ALL_MAX: u32 = 4096;

/// How many digits tell whoever has an account from others of that name: as few as do. All that the audit tells are 16.
const MARKS: [usize; 2] = [4, 8];

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

/// What somebody is called, and who says so.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Called<'a> {
    /// They say so themselves; empty if they do not say.
    ByThemselves(&'a str),
    /// They are signed in with that account.
    ByAccount(&'a Identity),
}

impl<'a> From<&'a str> for Called<'a> {
    fn from(name: &'a str) -> Self {
        Called::ByThemselves(name)
    }
}

impl<'a> Called<'a> {
    fn account(self) -> Option<&'a Identity> {
        match self {
            Called::ByThemselves(_) => None,
            Called::ByAccount(account) => Some(account),
        }
    }
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

    /// Somebody who was here is called by that account.
    fn call_by(&mut self, id: ParticipantId, account: &Identity) -> Vec<Sharing> {
        let is_so = |it: &Member| it.account.as_ref() == Some(&account.id) && it.bare_name() == account.name;
        let Some(member) = self.member(id).filter(|member| !is_so(member)) else {
            return Vec::new();
        };
        member.account = Some(account.id.clone());
        let before = member.name.clone();
        let mut news = self.give_up(&account.name);
        let name = self.shown_by(account);
        if let Some(member) = self.member(id).filter(|_| name != before) {
            member.call(&name);
            news.push(Sharing::Named {
                participant: id,
                name,
            });
        }
        news
    }

    /// Somebody with an account is called that: whoever called themselves so, or alike, is called nothing any more.
    fn give_up(&mut self, name: &str) -> Vec<Sharing> {
        let look = Look::of(name);
        let alike = |member: &&mut Member| member.account.is_none() && member.looks_like(&look);
        let alike = self.all.iter_mut().filter(alike);
        let given_up = alike.map(|member| {
            member.call("");
            Sharing::Named {
                participant: member.id,
                name: String::new(),
            }
        });
        given_up.collect()
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

    /// Whether somebody may type commands.
    pub(crate) fn has_control(&self, id: ParticipantId) -> bool {
        self.get(id).is_some_and(|member| member.control)
    }

    /// Whether somebody is here.
    pub(crate) fn is_here(&self, id: ParticipantId) -> bool {
        self.get(id).is_some_and(|member| member.windows > 0)
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

    /// What the owner is called; empty if they have not said.
    pub(crate) fn owner_name(&self) -> String {
        self.get(OWNER).map_or(String::new(), |owner| owner.name.clone())
    }

    /// Somebody says what they are called. An empty name changes nothing.
    ///
    /// # Errors
    /// When nobody can be called that, or somebody else is called so or alike, or they have done too much, or are called by
    /// their account.
    pub(crate) fn name(
        &mut self,
        id: ParticipantId,
        name: &str,
        lets_in: impl Fn(Option<LinkNo>) -> bool,
    ) -> Result<Option<Sharing>, Refusal> {
        if self.get(id).is_some_and(|member| member.account.is_some()) {
            return Err(Refusal::NamedByAccount);
        }
        let is_called_so = |member: &&Member| [&member.name, member.bare_name()].contains(&name);
        if name.is_empty() || self.get(id).is_none_or(|member| is_called_so(&member)) {
            return Ok(None);
        }
        // Also in vain, since that a name is taken tells that there is an account.
        self.does(id)?;
        let member = self.get(id).ok_or(Refusal::NobodyThere)?;
        let name = self.shown_as(member, name, lets_in)?;
        if let Some(member) = self.member(id) {
            member.call(&name);
        }
        Ok(Some(Sharing::Named {
            participant: id,
            name,
        }))
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

    /// Nobody who came through that link has control any more, or asks for it.
    pub(crate) fn expel(&mut self, link: LinkNo) {
        for member in self.all.iter_mut().filter(|member| member.link == Some(link)) {
            member.control = false;
            member.asks = false;
            member.deeds = 0;
        }
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

    /// Somebody asked for what they may not. Whether that is to be recorded.
    pub(crate) fn attempts(&mut self, id: ParticipantId) -> bool {
        self.member(id).is_some_and(|member| {
            member.attempts = member.attempts.saturating_add(1);
            member.attempts <= ATTEMPTS_RECORDED_MAX
        })
    }

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

    /// How many people are here.
    pub(crate) fn here(&self) -> usize {
        self.all.iter().filter(|member| member.windows > 0).count()
    }

    /// What those are called who are here.
    pub(crate) fn names_here(&self) -> Vec<String> {
        let here = self.all.iter().filter(|member| member.windows > 0);
        here.map(|member| called(member.id, &member.name)).collect()
    }

    /// What those are called who are here and came through that link.
    pub(crate) fn here_through(&self, link: LinkNo) -> Vec<String> {
        let through = |member: &&Member| member.windows > 0 && member.link == Some(link);
        let through = self.all.iter().filter(through);
        through.map(|member| called(member.id, &member.name)).collect()
    }

    /// Who is here.
    pub(crate) fn people(&self) -> People {
        let here = self.all.iter().filter(|member| member.windows > 0);
        let mut people: Vec<Person> = here.map(Member::person).collect();
        people.sort_by_key(|person| {
            let stands_out = person.control || person.asks || person.typing;
            (person.id != OWNER, !stands_out, person.id)
        });
        let more = people.len().saturating_sub(PEOPLE_MAX);
        people.truncate(PEOPLE_MAX);
        People {
            people,
            more: u32::try_from(more).unwrap_or(u32::MAX),
        }
    }

    /// How often all guests did what is recorded.
    fn deeds(&self) -> u32 {
        self.all
            .iter()
            .fold(0, |all, member| all.saturating_add(member.deeds))
    }

    /// How much there is of something with all who came through that link.
    fn of_link(&self, link: Option<LinkNo>, of: impl Fn(&Member) -> u32) -> u32 {
        let through = self.all.iter().filter(|member| member.link == link);
        through.map(of).fold(0, u32::saturating_add)
    }

    /// Whether anybody else has control.
    fn has_others(&self, id: ParticipantId) -> bool {
        self.all.iter().any(|member| member.control && member.id != id)
    }

    /// As what somebody is shown who calls themselves that. Nobody is called like whoever has an account, here or elsewhere, and
    /// no guest by what somebody is there for. The names of others are
    /// free whose link lets nobody in any more; but what they did stands there by that name, so that whoever is called so now is
    /// told from them by their number.
    fn shown_as(
        &self,
        who: &Member,
        name: &str,
        lets_in: impl Fn(Option<LinkNo>) -> bool,
    ) -> Result<String, Refusal> {
        let look = names::check(name)?;
        if who.id != OWNER && names::says_a_part(name) {
            return Err(Refusal::NameReserved);
        }
        if self.of_accounts.have(&look) {
            return Err(Refusal::NameTaken);
        }
        // Who came through another link and has left is nobody else.
        let is_other = |it: &Member| it.id != who.id && (it.windows > 0 || !it.is_same_guest(who));
        let others = || self.all.iter().filter(|it| is_other(it) && it.looks_like(&look));
        if others().any(|it| it.account.is_some() || lets_in(it.link)) {
            return Err(Refusal::NameTaken);
        }
        Ok(match others().next() {
            Some(_) => names::apart(name, &who.id.to_string()),
            None => name.to_owned(),
        })
    }

    /// As what somebody is shown who has that account. Where another account is called so or alike, whoever came later is told
    /// from it by as many digits of what tells accounts apart as that takes. It says the same in the audit.
    fn shown_by(&self, account: &Identity) -> String {
        let look = Look::of(&account.name);
        let is_other = |it: &&Member| it.account.as_ref().is_some_and(|id| *id != account.id);
        let others = self.all.iter().filter(is_other).filter(|it| it.looks_like(&look));
        let others: Vec<Look> = others.map(|it| Look::of(&it.name)).collect();
        if others.is_empty() {
            return account.name.clone();
        }
        let short = account.short();
        let marks = MARKS.iter().filter_map(|&digits| short.get(..digits));
        let mut shown = marks.map(|mark| names::apart(&account.name, mark));
        let is_free = |shown: &String| !others.iter().any(|other| other.is_like(&Look::of(shown)));
        shown
            .find(is_free)
            .unwrap_or_else(|| names::apart(&account.name, &short))
    }

    /// What a guest was called who came through another link before.
    fn called_before(&self, who: &Member) -> Option<String> {
        let mut before = self.all.iter().rev().filter(|it| it.is_same_guest(who));
        before
            .find(|it| !it.name.is_empty())
            .map(|it| it.bare_name().to_owned())
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

/// Whether it is somebody's to give or take that control: the owner's, and one's own to lay down or to ask for no longer.
pub(super) fn may_hand(by: ParticipantId, participant: ParticipantId, how: Handing) -> bool {
    by == OWNER || (by == participant && matches!(how, Handing::TakenBack | Handing::Declined))
}

#[cfg(test)]
mod tests;
