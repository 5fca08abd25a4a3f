//! Somebody who is known to the console, whoever says who they are.

use protocol::standing::Rank;
use sha2::{Digest, Sha256};
use unicode_normalization::is_nfc;

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

/// Whether that name is [one's](named) to whom whoever says who people are gives it. Some letters are not the capitals of their
/// small letters, as the Kelvin sign is not that of k, so that somebody else would be meant by them; and what looks the same can
/// be written in several ways, of which one counts.
pub(super) fn is_ones_own(name: &str) -> bool {
    is_nfc(name) && name.chars().all(is_capital_of_its_small)
}

fn is_capital_of_its_small(letter: char) -> bool {
    let Some(small) = only(letter.to_lowercase()).filter(|small| *small != letter) else {
        return true;
    };
    only(small.to_uppercase()).is_none_or(|capital| capital == letter)
}

/// The one that there is; none where there are several.
fn only(mut letters: impl Iterator<Item = char>) -> Option<char> {
    let first = letters.next();
    first.filter(|_| letters.next().is_none())
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
    fn no_name_stands_for_somebody_elses_in_small_letters() {
        for name in [
            "kim",
            "KIM",
            "\u{dc}lk\u{fc}",
            "\u{130}lker",
            "STRA\u{1e9e}E",
            "\u{3a9}mega",
            "\u{5ba2}\u{670d}",
        ] {
            assert!(is_ones_own(name), "{name}");
        }
        for name in [
            "\u{212a}im",
            "\u{212b}sa",
            "\u{2126}mega",
            "\u{3f4}eta",
            "\u{1c5}",
            "U\u{308}lku\u{308}",
        ] {
            assert!(!is_ones_own(name), "{name}");
        }
        assert!(named("\u{212a}im") == named("kim"));
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
