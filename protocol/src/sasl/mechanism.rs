//! The ways to sign in, and which of them to prefer.

use serde::{Deserialize, Serialize};

use crate::capability::Capabilities;

/// A way to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Mechanism {
    /// RFC 7677, RFC 5802.
    ScramSha256,
    /// RFC 2195.
    CramMd5,
    /// RFC 1939 §7.
    Apop,
    /// RFC 4616.
    Plain,
    /// An obsolete draft that mail programs still need.
    Login,
    /// RFC 1939 §7.
    UserPass,
    /// As Google and Microsoft describe it.
    XOauth2,
}

impl Mechanism {
    /// All of them, those that hide the password best first.
    pub const ALL: [Mechanism; 7] = [
        Self::ScramSha256,
        Self::CramMd5,
        Self::Apop,
        Self::Plain,
        Self::Login,
        Self::UserPass,
        Self::XOauth2,
    ];

    /// What it is called; what follows AUTH, for those of SASL.
    pub fn name(self) -> &'static str {
        match self {
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::CramMd5 => "CRAM-MD5",
            Self::Apop => "APOP",
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
            Self::UserPass => "USER/PASS",
            Self::XOauth2 => "XOAUTH2",
        }
    }

    /// What it does, in one line.
    pub fn help(self) -> &'static str {
        match self {
            Self::ScramSha256 => {
                "Proves that you know the password without sending it, and asks the server for the same proof."
            }
            Self::CramMd5 => "Proves that you know the password without sending it, by an old digest.",
            Self::Apop => {
                "Proves that you know the password by an old digest of it and the greeting's timestamp."
            }
            Self::Plain => "Sends name and password in one response.",
            Self::Login => "Sends name and password, each when it is asked for.",
            Self::UserPass => "Sends the name with USER and the password with PASS.",
            Self::XOauth2 => "Sends an access token in place of a password.",
        }
    }

    /// Where it is defined.
    pub fn rfc(self) -> &'static str {
        match self {
            Self::ScramSha256 => "RFC 7677",
            Self::CramMd5 => "RFC 2195",
            Self::Apop | Self::UserPass => "RFC 1939 §7",
            Self::Plain => "RFC 4616",
            Self::Login | Self::XOauth2 => "",
        }
    }

    /// Whether somebody who reads along does not learn the password.
    pub fn hides_password(self) -> bool {
        matches!(self, Self::ScramSha256 | Self::CramMd5 | Self::Apop)
    }

    /// Whether the server offers it; none where that is not known. `listed` is what AUTH alone listed.
    pub fn is_offered(
        self,
        offers: Option<&Capabilities>,
        listed: &[String],
        has_timestamp: bool,
    ) -> Option<bool> {
        match self {
            Self::Apop => Some(has_timestamp),
            Self::UserPass => offers.map(|it| it.has("USER")),
            _ => {
                let is_listed = listed.iter().any(|it| it == self.name());
                let is_offered = offers.map(|it| it.mechanisms().any(|it| it == self.name()));
                match is_offered {
                    Some(is_offered) => Some(is_offered || is_listed),
                    None => (!listed.is_empty()).then_some(is_listed),
                }
            }
        }
    }

    /// The one to prefer: of those that are offered the one that hides the password best, and where nothing is
    /// known the one that every server knows.
    pub fn best(offers: Option<&Capabilities>, listed: &[String], has_timestamp: bool) -> Self {
        let is_offered = |it: &Self| it.is_offered(offers, listed, has_timestamp) == Some(true);
        let found = Self::ALL.into_iter().find(is_offered);
        found.unwrap_or(Self::UserPass)
    }
}

/// Whether somebody who reads along learns nothing to sign in with from AUTH with that mechanism. One that nobody
/// knows is taken for one that sends the password.
pub fn hides_secret(mechanism: &[u8]) -> bool {
    const HIDING: [&str; 8] = [
        "SCRAM-",
        "CRAM-MD5",
        "DIGEST-MD5",
        "GSSAPI",
        "GS2-",
        "NTLM",
        "KERBEROS_V",
        "EXTERNAL",
    ];
    let begins = |with: &&str| {
        let begin = mechanism.get(..with.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(with.as_bytes()))
    };
    HIDING.iter().any(begins)
}
