//! Whom a trusted proxy names in a header: nobody signs on here, each request says anew who asks.

use std::str;

use axum::http::HeaderMap;
use axum::http::header::HeaderName;

use super::account::{self, Identity};
use super::person::{self, Person};
use crate::config::{Access, Roles};

/// Where a trusted proxy says who asks.
pub(crate) struct ByHeader {
    user: HeaderName,
    groups: HeaderName,
    roles: Roles,
}

/// Why the word of a proxy signs nobody on: a request is nobody's by it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotByHeader {
    /// It came by no trusted proxy: whatever it says, it does not count.
    #[error(
        "This console is reached through a proxy that says who you are. Use the address that you were given."
    )]
    NoProxy,
    /// The proxy says nothing.
    #[error(
        "The proxy before this console does not say who you are. Sign in there, and load this page again."
    )]
    NotSaid,
    /// The proxy says two things, of which one may be the browser's own, or something that is no text.
    #[error(
        "The proxy before this console says who you are in a way that cannot be relied on: more than once, or not in UTF-8. Ask \
         whoever runs it."
    )]
    Unclear,
    /// Nobody can be called that.
    #[error(
        "The proxy before this console calls you by a name that nobody can have here: one has 1 to 64 octets that can be \
         seen, is written as Unicode's form NFC has it, with no letter that is another's in small, and is none of the words \
         that the console calls people. Ask whoever runs it."
    )]
    BadName,
    /// The proxy does not say to which groups they belong, or says two things, and what they may do goes by that.
    #[error(
        "You are known as “{}”, and the proxy before this console says nothing of groups of yours. Only those of some groups may \
         use it. Ask whoever runs it.", .0.name
    )]
    NoGroups(Identity),
    /// They may not use the console.
    #[error("You are known as “{}”, and none of your groups may use this console. Ask whoever runs it.", .0.name)]
    NoRole(Identity),
}

impl ByHeader {
    /// As the settings want it.
    pub(crate) fn new(access: &Access) -> Self {
        Self {
            user: access.header.clone(),
            groups: access.groups_header.clone(),
            roles: access.roles.clone(),
        }
    }

    /// Whom a request with these headers is said to be from, which a trusted proxy passed on or did not.
    ///
    /// # Errors
    /// When it is from nobody who may use the console.
    pub(crate) fn person(&self, headers: &HeaderMap, is_forwarded: bool) -> Result<Person, NotByHeader> {
        if !is_forwarded {
            return Err(NotByHeader::NoProxy);
        }
        let name = match said(headers, &self.user) {
            Some("") => return Err(NotByHeader::NotSaid),
            Some(name) => name,
            None if headers.contains_key(&self.user) => return Err(NotByHeader::Unclear),
            None => return Err(NotByHeader::NotSaid),
        };
        account::check(name, &[]).map_err(|_| NotByHeader::BadName)?;
        if !person::is_ones_own(name) {
            return Err(NotByHeader::BadName);
        }
        let groups = if self.roles.ask_for_groups() {
            said(headers, &self.groups)
        } else {
            None
        };
        let said = groups.unwrap_or_default().split(',').map(str::trim);
        match self.roles.rank(said) {
            Some(rank) => Ok(Person::by_header(name, rank)),
            None if groups.is_none() => Err(NotByHeader::NoGroups(person::named(name))),
            None => Err(NotByHeader::NoRole(person::named(name))),
        }
    }
}

/// What a header says, in UTF-8. What it says twice it does not say: one of the two may be the browser's own.
fn said<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => str::from_utf8(value.as_bytes()).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use protocol::standing::Rank;

    use super::*;

    fn house() -> ByHeader {
        let roles = Roles {
            agents: vec!["helpdesk".to_owned()],
            supervisors: vec!["leads".to_owned()],
            administrators: Vec::new(),
        };
        ByHeader::new(&Access {
            roles,
            ..Access::default()
        })
    }

    fn person(lines: &[(&'static str, &str)]) -> Result<Person, NotByHeader> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        house().person(&headers, true)
    }

    #[test]
    fn a_person_is_called_as_the_proxy_says_and_may_what_their_groups_may() {
        let of = |user: &str, groups: &str| {
            let person = person(&[("x-remote-user", user), ("x-remote-groups", groups)]).unwrap();
            (person.identity.name, person.rank)
        };
        assert_eq!(of("anna", "staff, helpdesk"), ("anna".to_owned(), Rank::Agent));
        assert_eq!(
            of("Ülkü", "leads,helpdesk"),
            ("Ülkü".to_owned(), Rank::Supervisor)
        );
        assert_eq!(of("anna@company.com", "leads").1, Rank::Supervisor);
    }

    #[test]
    fn whoever_is_not_named_once_and_as_somebody_can_be_is_nobody() {
        let group = ("x-remote-groups", "helpdesk");
        for (lines, why) in [
            (vec![group], NotByHeader::NotSaid),
            (vec![("x-remote-user", ""), group], NotByHeader::NotSaid),
            (
                vec![("x-remote-user", "anna"), ("x-remote-user", "anna"), group],
                NotByHeader::Unclear,
            ),
            (vec![("x-remote-user", "the owner"), group], NotByHeader::BadName),
            (vec![("x-remote-user", "a\u{202e}b"), group], NotByHeader::BadName),
            (
                vec![("x-remote-user", &"a".repeat(65)), group],
                NotByHeader::BadName,
            ),
            // In small letters it is the name of somebody else: of `kim`.
            (vec![("x-remote-user", "\u{212a}im"), group], NotByHeader::BadName),
            (
                vec![("x-remote-user", "anna"), ("x-remote-groups", "")],
                NotByHeader::NoRole(person::named("anna")),
            ),
            // As a proxy says it that sets no header to nothing.
            (
                vec![("x-remote-user", "anna"), ("x-remote-groups", "-,")],
                NotByHeader::NoRole(person::named("anna")),
            ),
            (
                vec![("x-remote-user", "anna")],
                NotByHeader::NoGroups(person::named("anna")),
            ),
            (
                vec![("x-remote-user", "anna"), group, ("x-remote-groups", "leads")],
                NotByHeader::NoGroups(person::named("anna")),
            ),
        ] {
            assert_eq!(person(&lines).err(), Some(why), "{lines:?}");
        }
        let mut headers = HeaderMap::new();
        headers.insert("x-remote-user", HeaderValue::from_static("anna"));
        headers.insert("x-remote-groups", HeaderValue::from_static("helpdesk"));
        assert_eq!(house().person(&headers, false).err(), Some(NotByHeader::NoProxy));
        headers.insert("x-remote-user", HeaderValue::from_bytes(b"\xff").unwrap());
        assert_eq!(house().person(&headers, true).err(), Some(NotByHeader::Unclear));
    }
}
