//! What people are called in a session: as they say themselves, or as their account says. Nobody is taken for somebody else by it.

use protocol::access::{LinkNo, OWNER, ParticipantId};
use protocol::apart::{MARKS, apart};
use protocol::remark::Sharing;
use protocol::wire::Refusal;

use super::Roster;
use super::member::Member;
use super::names::{self, Look};
use crate::access::Identity;

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
    /// With which account they are signed in.
    pub(super) fn account(self) -> Option<&'a Identity> {
        match self {
            Called::ByThemselves(_) => None,
            Called::ByAccount(account) => Some(account),
        }
    }
}

impl Roster {
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

    /// Somebody who was here is called by that account.
    pub(super) fn call_by(&mut self, id: ParticipantId, account: &Identity) -> Vec<Sharing> {
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
    pub(super) fn give_up(&mut self, name: &str) -> Vec<Sharing> {
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

    /// As what somebody is shown who calls themselves that. Nobody is called like whoever has an account, here or elsewhere, and
    /// no guest by what somebody is there for. The names of others are
    /// free whose link lets nobody in any more; but what they did stands there by that name, so that whoever is called so now is
    /// told from them by their number.
    pub(super) fn shown_as(
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
            Some(_) => apart(name, &who.id.to_string()),
            None => name.to_owned(),
        })
    }

    /// As what somebody is shown who has that account. Where another account is called so or alike, whoever came later is told
    /// from it by as many digits of what tells accounts apart as that takes. It says the same in the audit.
    pub(super) fn shown_by(&self, account: &Identity) -> String {
        let look = Look::of(&account.name);
        let is_other = |it: &&Member| it.account.as_ref().is_some_and(|id| *id != account.id);
        let others = self.all.iter().filter(is_other).filter(|it| it.looks_like(&look));
        let others: Vec<Look> = others.map(|it| Look::of(&it.name)).collect();
        if others.is_empty() {
            return account.name.clone();
        }
        let short = account.short();
        let marks = MARKS.iter().filter_map(|&digits| short.get(..digits));
        let mut shown = marks.map(|mark| apart(&account.name, mark));
        let is_free = |shown: &String| !others.iter().any(|other| other.is_like(&Look::of(shown)));
        shown
            .find(is_free)
            .unwrap_or_else(|| apart(&account.name, &short))
    }

    /// What a guest was called who came through another link before.
    pub(super) fn called_before(&self, who: &Member) -> Option<String> {
        let mut before = self.all.iter().rev().filter(|it| it.is_same_guest(who));
        before
            .find(|it| !it.name.is_empty())
            .map(|it| it.bare_name().to_owned())
    }
}
