//! Who may use the console.

use std::path::PathBuf;
use std::time::Duration;

use axum::http::header::HeaderName;
use ipnet::IpNet;
use protocol::standing::Rank;

use super::{OpenId, Wrong};

/// How long somebody stays signed in to the console when nothing else is said.
pub const SIGNED_IN_FOR: Duration = Duration::from_secs(12 * 60 * 60);

/// The longest that somebody can stay signed in, in hours: thirty days.
pub(super) const HOURS_MAX: u64 = 30 * 24;

/// Who may use the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// How it knows who asks.
    pub mode: Mode,
    /// The file with the accounts, instead of `accounts.toml` beside the journal.
    pub accounts: Option<PathBuf>,
    /// How long somebody stays signed in.
    pub lasts: Duration,
    /// What a guest with a link needs beside it.
    pub guests: Guests,
    /// The header in which a trusted proxy says who asks.
    pub header: HeaderName,
    /// The one in which it says to which groups they belong, separated by commas.
    pub groups_header: HeaderName,
    /// What those groups may do.
    pub roles: Roles,
    /// Where whoever is signed on by a proxy signs out of it: an address, or a path of the proxy's.
    pub sign_off: Option<String>,
    /// The provider at which people sign in.
    pub openid: OpenId,
}

/// What somebody may do whom others vouch for, by the groups that these name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// The groups of agents; everybody is one where none is named.
    pub agents: Vec<String>,
    /// The groups of supervisors.
    pub supervisors: Vec<String>,
    /// The groups of administrators.
    pub administrators: Vec<String>,
}

/// How the console knows who asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// It does not: it is for whoever sits at this machine.
    #[default]
    None,
    /// By accounts of its own.
    Accounts,
    /// As a trusted proxy says in a header.
    Header,
    /// As a provider of OpenID Connect says.
    OpenId,
}

/// What a guest with a link needs beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Guests {
    /// Nothing.
    #[default]
    Link,
    /// An account.
    Accounts,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            mode: Mode::None,
            accounts: None,
            lasts: SIGNED_IN_FOR,
            guests: Guests::Link,
            header: HeaderName::from_static("x-remote-user"),
            groups_header: HeaderName::from_static("x-remote-groups"),
            roles: Roles::default(),
            sign_off: None,
            openid: OpenId::default(),
        }
    }
}

impl Mode {
    /// What it is called, in settings and where it is told.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Mode::None => "none",
            Mode::Accounts => "accounts",
            Mode::Header => "header",
            Mode::OpenId => "openid",
        }
    }
}

impl Access {
    /// What is wrong with it where these proxies are trusted.
    pub(super) fn wrongs(&self, trusted: &[IpNet]) -> Vec<Wrong> {
        let mut wrongs = Vec::new();
        let mut wrong = |key, what: &str| wrongs.push(Wrong::new(key, what));
        if self.guests == Guests::Accounts && self.mode == Mode::None {
            wrong(
                "access.guests",
                "guests cannot need an account where there are none: set access.mode to accounts as well",
            );
        }
        if self.mode == Mode::Header && trusted.is_empty() {
            wrong(
                "access.mode",
                "nobody may say in a header who somebody is, since no proxy is trusted: name those that do, with \
                 proxy.trusted.",
            );
        }
        if self.mode == Mode::Header && trusted.iter().any(|network| network.prefix_len() == 0) {
            wrong(
                "proxy.trusted",
                "whoever reaches this console would be whoever they say they are, where a header says that and all the \
                 world is a trusted proxy: name the addresses of your proxies",
            );
        }
        let parted = [
            ("access.agents", &self.roles.agents),
            ("access.supervisors", &self.roles.supervisors),
            ("access.administrators", &self.roles.administrators),
        ];
        for (key, groups) in parted {
            if self.mode == Mode::Header && groups.iter().any(|group| group.contains(',')) {
                wrong(
                    key,
                    "nobody belongs to a group with a comma in its name, where a header says the groups, separated by \
                     commas: have the proxy say shorter names, such as helpdesk",
                );
            }
        }
        if self.mode == Mode::Header && self.header == self.groups_header {
            wrong(
                "access.groups-header",
                "who somebody is and to which groups they belong cannot be said in one header: name another",
            );
        }
        if self.mode == Mode::OpenId {
            wrongs.extend(self.openid.wrongs());
        }
        wrongs
    }
}

impl Access {
    /// What may not be as somebody thinks.
    pub(super) fn doubt(&self) -> Option<Wrong> {
        let issuer = self
            .openid
            .issuer
            .as_ref()
            .filter(|_| self.mode == Mode::OpenId)?;
        self.roles.agents.is_empty().then(|| {
            Wrong::new(
                "access.mode",
                format!(
                    "whoever has an account at {} may use this console: name the groups of those who may, with access.agents",
                    issuer.host()
                ),
            )
        })
    }
}

/// The most groups of one person that are looked at.
const GROUPS_MAX: usize = 1000;

impl Roles {
    /// Whether it makes a difference to which groups somebody belongs.
    pub(crate) fn ask_for_groups(&self) -> bool {
        [&self.agents, &self.supervisors, &self.administrators]
            .iter()
            .any(|groups| !groups.is_empty())
    }

    /// The most that somebody may do who belongs to those; none where none of them may use the console.
    pub(crate) fn rank<'g>(&self, groups: impl IntoIterator<Item = &'g str>) -> Option<Rank> {
        let groups: Vec<&str> = groups.into_iter().take(GROUPS_MAX).collect();
        let has = |named: &[String]| named.iter().any(|group| groups.contains(&group.as_str()));
        if has(&self.administrators) {
            Some(Rank::Administrator)
        } else if has(&self.supervisors) {
            Some(Rank::Supervisor)
        } else {
            (self.agents.is_empty() || has(&self.agents)).then_some(Rank::Agent)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_groups_the_one_that_may_most_counts_and_without_any_everybody_is_an_agent() {
        let named = |groups: &[&str]| groups.iter().map(|&group| group.to_owned()).collect();
        let mut roles = Roles::default();
        assert!(!roles.ask_for_groups());
        assert_eq!(roles.rank([]), Some(Rank::Agent));
        roles.supervisors = named(&["leads"]);
        roles.administrators = named(&["root", "ops"]);
        assert_eq!(roles.rank(["leads", "staff"]), Some(Rank::Supervisor));
        assert_eq!(roles.rank(["leads", "ops"]), Some(Rank::Administrator));
        assert_eq!(roles.rank(["staff", "Leads"]), Some(Rank::Agent));
        roles.agents = named(&["helpdesk"]);
        assert_eq!(roles.rank(["staff"]), None);
        assert_eq!(roles.rank(["leads"]), Some(Rank::Supervisor));
        assert_eq!(roles.rank(["staff", "helpdesk"]), Some(Rank::Agent));
    }
}
