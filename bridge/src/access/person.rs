//! Somebody who is known to the console, whoever says who they are.

use protocol::standing::Rank;
use sha2::{Digest, Sha256};

use super::account::{Account, Identity};

/// Who somebody is, what they may do, and who says so.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) identity: Identity,
    pub(crate) rank: Rank,
    pub(crate) by: Voucher,
}

/// Who says who somebody is.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Voucher {
    /// The console: they have this account, and its password.
    Account(Box<Account>),
    /// A trusted proxy, in a header.
    Header,
    /// A provider of OpenID Connect.
    OpenId,
}

impl Person {
    /// Whom a trusted proxy calls that.
    pub(crate) fn by_header(name: &str, rank: Rank) -> Self {
        Self {
            identity: named(name),
            rank,
            by: Voucher::Header,
        }
    }

    /// For whom a provider of OpenID Connect vouches.
    pub(crate) fn by_openid(identity: Identity, rank: Rank) -> Self {
        Self {
            identity,
            rank,
            by: Voucher::OpenId,
        }
    }

    /// With which account, if with one of the console's own.
    pub(crate) fn account(&self) -> Option<&Account> {
        match &self.by {
            Voucher::Account(account) => Some(account),
            Voucher::Header | Voucher::OpenId => None,
        }
    }

    /// Whether that is the same one, and may the same.
    pub(crate) fn is_still(&self, other: &Self) -> bool {
        self.identity == other.identity && self.rank == other.rank
    }
}

impl Voucher {
    /// How they signed on, in a word, for whoever reads the audit.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Voucher::Account(_) => "password",
            Voucher::Header => "header",
            Voucher::OpenId => "openid",
        }
    }
}

impl From<Account> for Person {
    fn from(account: Account) -> Self {
        Self {
            identity: account.identity(),
            rank: account.role,
            by: Voucher::Account(Box::new(account)),
        }
    }
}

/// Who that is whom a trusted proxy calls so. Letter case makes no difference, as it makes none for accounts.
pub(crate) fn named(name: &str) -> Identity {
    Identity {
        id: id(&["header", &name.to_lowercase()]),
        name: name.to_owned(),
    }
}

/// Who that is whom a provider of OpenID Connect tells apart by that, and calls so: they may be called otherwise tomorrow.
pub(crate) fn vouched(issuer: &str, subject: &str, name: &str) -> Identity {
    Identity {
        id: id(&["openid", issuer, subject]),
        name: name.to_owned(),
    }
}

/// What tells somebody apart whom others vouch for. It is the same each time, and no account's: those have half as many
/// digits.
fn id(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize()
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_a_provider_vouches_for_is_the_same_by_any_name_and_nobody_else_of_another_provider() {
        let anna = vouched("https://login.company.com", "7", "anna");
        assert!(anna == vouched("https://login.company.com", "7", "Anna Berger"));
        assert!(anna != vouched("https://login.company.com", "8", "anna"));
        assert!(anna != vouched("https://login.example", "7", "anna"));
        assert!(anna != named("anna"));
    }

    #[test]
    fn who_is_called_alike_but_for_letter_case_is_the_same_and_nobody_else_is() {
        let anna = Person::by_header("Anna", Rank::Agent);
        assert!(anna.identity == Person::by_header("anna", Rank::Agent).identity);
        assert!(anna.identity != Person::by_header("anna2", Rank::Agent).identity);
        assert!(!anna.is_still(&Person::by_header("anna", Rank::Supervisor)));
        assert_ne!(id(&["header", "ab"]), id(&["headera", "b"]));
    }
}
