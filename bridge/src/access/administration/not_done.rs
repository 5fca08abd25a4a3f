//! Why something that an administrator wants was not done, in a sentence for them.

use protocol::administration::UNCONFIRMED;

use crate::access::NotByPassword;
use crate::access::account::NameError;
use crate::access::change::ChangeError;
use crate::access::file::FileError;
use crate::access::password::{Busy, PasswordError};
use crate::session::token::NoRandomness;

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotDone {
    #[error("Who may use this console is not decided here: others say who somebody is.")]
    NoAccounts,
    #[error(transparent)]
    Name(#[from] NameError),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error("There is no account of the name {0}.")]
    Unknown(String),
    #[error("{UNCONFIRMED}")]
    Unconfirmed,
    #[error("That is not your password.")]
    WrongConfirmation,
    #[error(
        "Too many wrong passwords have come for your name, or from where you are. Try again in a minute."
    )]
    TooOften,
    #[error("More passwords wait than the console can look at. Try again in a moment.")]
    Busy,
    #[error("Others change accounts, and do not come to an end. Nothing was changed: try again in a moment.")]
    NoTurn,
    #[error("This takes longer than it should, and may still be done. Look at the accounts in a moment.")]
    Late,
    #[error(
        "This went wrong in the console, and may be done or not. Whoever runs it finds out why in its log."
    )]
    Broken,
    #[error("You are no administrator any more, or your own account was changed since you signed in.")]
    NotAdministrator,
    #[error("You are signed in no longer.")]
    NotSignedOn,
    #[error("You are the last administrator who can sign in: make somebody else one first.")]
    LastAdministrator,
    #[error(transparent)]
    File(#[from] FileError),
    #[error("The system gives no random numbers.")]
    NoRandomness,
}

impl From<NotByPassword> for NotDone {
    fn from(why: NotByPassword) -> Self {
        match why {
            NotByPassword::Wrong => NotDone::WrongConfirmation,
            NotByPassword::TooOften => NotDone::TooOften,
            NotByPassword::Busy => NotDone::Busy,
            NotByPassword::NoPasswords => NotDone::NoAccounts,
            NotByPassword::NoRandomness => NotDone::NoRandomness,
        }
    }
}

impl From<NoRandomness> for NotDone {
    fn from(_: NoRandomness) -> Self {
        NotDone::NoRandomness
    }
}

impl From<Busy> for NotDone {
    fn from(_: Busy) -> Self {
        NotDone::Busy
    }
}

impl From<ChangeError> for NotDone {
    fn from(why: ChangeError) -> Self {
        match why {
            ChangeError::Name(why) => NotDone::Name(why),
            ChangeError::Unknown(name) => NotDone::Unknown(name),
            ChangeError::File(why) => NotDone::File(why),
            ChangeError::NoRandomness(_) => NotDone::NoRandomness,
        }
    }
}
