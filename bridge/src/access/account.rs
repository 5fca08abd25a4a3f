//! One account.

use protocol::standing::Rank;
use protocol::wire::{Refusal, check_name};
use serde::{Deserialize, Serialize};

use crate::session::token::{NoRandomness, random};
use crate::session::{Look, check_free};

/// Who somebody is, whatever they are called: of two accounts that went by one name after each other, neither has what the
/// other had.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Identity {
    /// What tells them apart: made by chance when the account was.
    pub(crate) id: String,
    /// What everybody calls them.
    pub(crate) name: String,
}

/// How many characters of what tells people apart tell them apart for whoever reads the audit.
const SHORT: usize = 16;

impl Identity {
    /// What tells them apart, as whoever reads the audit is told it: whoever is called alike has another.
    pub(crate) fn short(&self) -> String {
        self.id.chars().take(SHORT).collect()
    }
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Identity {}

/// An account, as it is kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) id: String,
    #[serde(with = "by_name")]
    pub(crate) role: Rank,
    /// Whether nobody is signed in with it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) disabled: bool,
    /// What is kept of the password: a PHC string of Argon2id.
    pub(crate) password: String,
}

/// Why an account cannot be called that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// It is no name, or one of the console's own words.
    #[error(
        "an account's name has 1 to 64 octets that can be seen, and is none of the words that the console calls people"
    )]
    Unfit,
    /// Somebody is called so.
    #[error("there is an account of that name, or of one that looks like it")]
    Taken,
}

impl Account {
    /// A new one, whose password is kept so.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub(crate) fn new(name: &str, role: Rank, password: String) -> Result<Self, NoRandomness> {
        let id = random::<16>()?.map(|octet| format!("{octet:02x}")).concat();
        Ok(Self {
            name: name.to_owned(),
            id,
            role,
            disabled: false,
            password,
        })
    }

    /// Who that is.
    pub(crate) fn identity(&self) -> Identity {
        Identity {
            id: self.id.clone(),
            name: self.name.clone(),
        }
    }

    /// Whether it is meant by that name. Letter case makes no difference.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.name.to_lowercase() == name.to_lowercase()
    }
}

/// Whether an account can be called that beside others.
///
/// # Errors
/// When it cannot.
pub(crate) fn check(name: &str, others: &[Account]) -> Result<(), NameError> {
    check_name(name).map_err(|_| NameError::Unfit)?;
    let others: Vec<Look> = others.iter().map(|other| Look::of(&other.name)).collect();
    check_free(name, others.iter()).map_err(|why| match why {
        Refusal::NameTaken => NameError::Taken,
        _ => NameError::Unfit,
    })
}

/// A role as it stands in the file.
pub(super) mod by_name {
    use protocol::standing::Rank;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(in crate::access) fn serialize<S: Serializer>(rank: &Rank, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(rank.name())
    }

    pub(in crate::access) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Rank, D::Error> {
        let name = String::deserialize(from)?;
        let wanted = |_| D::Error::custom("a role is agent, supervisor or administrator");
        name.parse().map_err(wanted)
    }
}
