//! Why somebody is not signed in to the console: those who come back from where they sign in, a provider of OpenID Connect,
//! and those who were. It travels as a word; what people read of it is here, and nothing that the provider said.

use crate::named::named;

/// Why nobody is signed in by the word of a provider of OpenID Connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotByOpenId {
    /// The provider gives no answer that the bridge understands.
    Unreachable,
    /// The provider says that they are not to be, or they broke it off there.
    Denied,
    /// The provider does not take the bridge for what it says it is, or not what it asks for.
    Refused,
    /// They came back too late, once more, or in another browser than they left in.
    Late,
    /// What they came back with proves nothing.
    Unproven,
    /// What they came back with had expired by the bridge's clock.
    Expired,
    /// None of their groups may use the console.
    NoRole,
    /// The provider does not say to which groups they belong.
    NoGroups,
    /// Nobody can be called as the provider calls them.
    BadName,
    /// The provider calls them by an e-mail address of which it says that it may be somebody else's.
    Unverified,
    /// Too many sign in at once.
    Busy,
    /// Too many have left, or came back with what proved nothing.
    TooOften,
    /// Something is wrong with the console itself, or its machine.
    Broken,
}

named!(NotByOpenId {
    Unreachable => "unreachable",
    Denied => "denied",
    Refused => "refused",
    Late => "late",
    Unproven => "unproven",
    Expired => "expired",
    NoRole => "no-role",
    NoGroups => "no-groups",
    BadName => "bad-name",
    Unverified => "unverified",
    Busy => "busy",
    TooOften => "too-often",
    Broken => "broken",
});

impl NotByOpenId {
    /// What whoever came back is told.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Unreachable => {
                "Where you sign in gives no answer that this console understands. Try again in a moment, or ask whoever runs \
                 the console."
            }
            Self::Denied => {
                "You were not let in where you sign in, or broke it off there. Try again, or ask whoever runs this console."
            }
            Self::Refused => "Where you sign in does not accept this console. Ask whoever runs it.",
            Self::Late => {
                "This sign-in took too long, is done already, or was begun in another browser. Try again."
            }
            Self::Unproven => {
                "What you came back with does not prove who you are. Try again, or ask whoever runs this console."
            }
            Self::Expired => {
                "What you came back with had expired already: this console's clock and that of where you sign in differ. Ask \
                 whoever runs the console."
            }
            Self::NoRole => {
                "You are known where you sign in, and none of your groups may use this console. Ask whoever runs it."
            }
            Self::NoGroups => {
                "Where you sign in says nothing of groups of yours, and only those of some groups may use this console. Ask whoever \
                 runs it."
            }
            Self::BadName => {
                "Where you sign in you are called by a name that nobody can have here: one has 1 to 64 octets that can be seen, \
                 and is none of the words that the console calls people. Ask whoever runs it."
            }
            Self::Unverified => {
                "Where you sign in says that your e-mail address is not verified, and this console would call you by it. Verify it \
                 there, and try again."
            }
            Self::Busy => "More people are signing in than the console can look at. Try again in a moment.",
            Self::Broken => {
                "Something went wrong in this console itself. Whoever runs it finds out why in its log: ask them."
            }
            Self::TooOften => {
                "Too many sign-ins have been begun or have failed, from where you are or altogether. Try again in a minute."
            }
        }
    }
}

/// Why somebody who was signed in is so no longer, without having asked for it. Their browser alone is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedOff {
    /// Their account can be used no more, for now.
    Disabled,
    /// There is no such account any more.
    Removed,
    /// They may do something else than before.
    RoleChanged,
    /// Their account has another password.
    PasswordChanged,
    /// None of their groups may use the console any more.
    NoRole,
    /// They have signed in in more browsers than may be, and this was the oldest.
    TooMany,
}

named!(SignedOff {
    Disabled => "disabled",
    Removed => "removed",
    RoleChanged => "role-changed",
    PasswordChanged => "password-changed",
    NoRole => "no-role",
    TooMany => "too-many",
});

impl SignedOff {
    /// What they are told.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Disabled => {
                "Your account was disabled by an administrator: nobody can sign in with it for now. Ask whoever runs this console."
            }
            Self::Removed => {
                "Your account was removed by an administrator: nobody can sign in with it any more. Ask whoever runs this console."
            }
            Self::RoleChanged => {
                "What you may do in this console was changed by an administrator. Sign in again."
            }
            Self::PasswordChanged => "The password of your account was changed. Sign in with the new one.",
            Self::NoRole => "None of your groups may use this console any more. Ask whoever runs it.",
            Self::TooMany => {
                "You have signed in in more browsers than one account is for, and this was the oldest. Sign in again."
            }
        }
    }
}
