//! What a session is called where its id is not to stand: whoever knows the id knows the alias, and nobody the other way
//! round.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

/// How many octets of the hash it is.
const OCTETS: usize = 8;

/// The begin of the SHA-256 of a session's id, as 16 hexadecimal digits in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Alias([u8; OCTETS]);

/// What is no alias.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an alias of a session is 16 hexadecimal digits in lower case")]
pub struct NoAlias;

impl Alias {
    /// Of the session with that id.
    pub fn of(session: &str) -> Self {
        let hash: [u8; 32] = Sha256::digest(session).into();
        let mut octets = [0; OCTETS];
        octets.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        Self(octets)
    }
}

impl fmt::Display for Alias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl FromStr for Alias {
    type Err = NoAlias;

    fn from_str(text: &str) -> Result<Self, NoAlias> {
        let is_digit = |octet: &u8| matches!(octet, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 2 * OCTETS || !text.as_bytes().iter().all(is_digit) {
            return Err(NoAlias);
        }
        let number = u64::from_str_radix(text, 16).map_err(|_| NoAlias)?;
        Ok(Self(number.to_be_bytes()))
    }
}

impl Serialize for Alias {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Alias {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_read_as_it_is_written_and_nothing_else_is() {
        // `printf abc | sha256sum`
        let alias = Alias::of("abc");
        assert_eq!(alias.to_string(), "ba7816bf8f01cfea");
        assert_eq!("ba7816bf8f01cfea".parse(), Ok(alias));
        for text in [
            "",
            "ba7816bf8f01cfe",
            "BA7816BF8F01CFEA",
            "+a7816bf8f01cfea",
            "ba7816bf8f01cfea0",
        ] {
            assert_eq!(text.parse::<Alias>(), Err(NoAlias), "{text}");
        }
    }
}
