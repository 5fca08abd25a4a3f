//! The secrets that let in.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// SHA-256 of a token: all that is kept of it.
pub(crate) type Hash = [u8; 32];

/// How long a token is, in octets.
const TOKEN_LEN: usize = 43;

/// 256 random bits, base64url without padding. It is never logged, and printing it shows nothing.
pub(crate) struct Token(String);

/// The system gives no random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random numbers")]
pub(crate) struct NoRandomness;

impl Token {
    /// A new one.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub(crate) fn new() -> Result<Self, NoRandomness> {
        Ok(Self(BASE64_URL_SAFE_NO_PAD.encode(random::<32>()?)))
    }

    /// Whether that could be one.
    pub(crate) fn is_one(text: &str) -> bool {
        let is_plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_');
        text.len() == TOKEN_LEN && text.bytes().all(is_plain)
    }

    /// What is kept of it.
    pub(crate) fn hash(&self) -> Hash {
        hash(&self.0)
    }

    /// The token, for whoever it was made for alone.
    pub(crate) fn reveal(self) -> String {
        self.0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

/// What would be kept of a token.
pub(crate) fn hash(token: &str) -> Hash {
    hash_of(&[token.as_bytes()])
}

/// The same of several parts, one after the other.
pub(crate) fn hash_of(parts: &[&[u8]]) -> Hash {
    let hash = parts
        .iter()
        .fold(Sha256::new(), |hash, part| hash.chain_update(part));
    hash.finalize().into()
}

/// So many random octets.
///
/// # Errors
/// When the system gives none.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut octets = [0; N];
    getrandom::fill(&mut octets).map_err(|_| NoRandomness)?;
    Ok(octets)
}
