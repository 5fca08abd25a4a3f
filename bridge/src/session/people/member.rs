//! One of those who take part, or took part.

use protocol::access::{LinkNo, OWNER, ParticipantId, Role, Sight};
use protocol::remark::Sharing;
use protocol::wire::Person;
use serde::{Deserialize, Serialize};

use super::names::{self, Look};
use crate::access::Identity;
use crate::session::link::Pass;
use crate::session::token::Hash;

/// Somebody who takes part, or took part.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Member {
    /// Their number. 0 in what was kept before numbers were: then it is their place, counted from 1.
    #[serde(default)]
    pub(super) id: ParticipantId,
    /// What they are called, and behind it what tells them from others who are called so, where it takes that; empty if
    /// they have not said.
    pub(super) name: String,
    /// How what they are called looks without that; none if they have not said.
    #[serde(skip)]
    pub(super) look: Option<Box<Look>>,
    pub(super) role: Role,
    pub(super) sight: Sight,
    /// Through which link they came; none of the owner, and of whoever needs none.
    pub(super) link: Option<LinkNo>,
    /// With which account they came; none of who came without.
    #[serde(default)]
    pub(super) account: Option<String>,
    /// Of what their browser calls itself nothing but this is kept.
    pub(super) browser: Hash,
    /// Whether they may type commands.
    pub(super) control: bool,
    pub(super) asks: bool,
    /// How often they asked for what they may not.
    pub(super) attempts: u32,
    pub(super) deeds: u32,
    /// How many of their windows are here.
    #[serde(skip)]
    pub(super) windows: u32,
    /// In how many of them they type.
    #[serde(skip)]
    pub(super) typing: u32,
}

impl Member {
    /// Who comes for the first time.
    pub(super) fn new(id: ParticipantId, pass: Pass, browser: Hash) -> Self {
        Self {
            id,
            name: String::new(),
            look: None,
            role: pass.role,
            sight: pass.sight,
            link: pass.link,
            account: None,
            browser,
            control: pass.role.commands(),
            asks: false,
            attempts: 0,
            deeds: 0,
            windows: 0,
            typing: 0,
        }
    }

    /// Whether that is who comes: the owner, whatever the browser; with an account and no link, whoever has the account;
    /// else whoever comes through the same link with the same browser.
    pub(super) fn is(&self, pass: Pass, browser: &Hash, account: Option<&Identity>) -> bool {
        let same_account = self.account.as_deref() == account.map(|account| account.id.as_str());
        match (pass.role, pass.link) {
            (Role::Owner, _) => self.id == OWNER,
            (_, None) => self.id != OWNER && self.link.is_none() && same_account,
            (_, link) => self.link == link && self.browser == *browser && same_account,
        }
    }

    /// What they are called, without what tells them from others who are called so.
    pub(super) fn bare_name(&self) -> &str {
        names::bare(&self.name)
    }

    /// Whether that is how they are called, for whoever looks at the names alone.
    pub(super) fn looks_like(&self, look: &Look) -> bool {
        self.look.as_deref().is_some_and(|own| own.is_like(look))
    }

    /// What is recorded of their coming.
    pub(super) fn joined(&self) -> Sharing {
        Sharing::Joined {
            participant: self.id,
            name: self.name.clone(),
            role: self.role,
            sight: self.sight,
            link: self.link,
        }
    }

    /// Whether that is the same guest, in the same browser: whatever the owner's browser says, the owner is nobody's guest,
    /// and whoever is called by their account is called by that alone.
    pub(super) fn is_same_guest(&self, other: &Self) -> bool {
        let is_guest = |it: &Self| it.link.is_some() && it.account.is_none();
        is_guest(self) && is_guest(other) && self.browser == other.browser
    }

    /// They are called that from now on.
    pub(super) fn call(&mut self, name: &str) {
        name.clone_into(&mut self.name);
        self.look = look(name);
    }

    /// As everybody is told of them.
    pub(super) fn person(&self) -> Person {
        Person {
            id: self.id,
            name: self.name.clone(),
            role: self.role,
            sight: self.sight,
            link: self.link,
            account: self.account.is_some(),
            control: self.control,
            asks: self.asks,
            typing: self.typing > 0,
        }
    }

    /// What is not kept is worked out from what is.
    pub(super) fn restored(&mut self) {
        self.look = look(&self.name);
    }
}

/// How a name looks, without what tells whoever is called so from others who are; none if it is empty.
fn look(name: &str) -> Option<Box<Look>> {
    (!name.is_empty()).then(|| Box::new(Look::of(names::bare(name))))
}
