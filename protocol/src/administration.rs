//! What administrators do with accounts, as far as page and bridge must agree on it.

use crate::named::named;

/// The fewest characters of a password.
pub const PASSWORD_MIN: usize = 12;

/// Who does something to an account gives their own password, now or a while before. Whoever has not is told so, by the page
/// before it asks, and by the bridge.
pub const UNCONFIRMED: &str = "This takes your own password.";

/// What of a request a refusal is about, if it is about one thing alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The name of a new account.
    Name,
    /// The password that the account gets.
    Password,
    /// The administrator's own.
    Confirm,
}

named!(Field {
    Name => "name",
    Password => "password",
    Confirm => "confirm",
});

/// Why an administrator, or whoever asks as one, is refused what they ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// They are not signed in, or not any more.
    NotSignedOn,
    /// They may less, or may less by now.
    NotAdministrator,
    /// It takes their own password.
    Unconfirmed,
    /// What they gave for that is not it.
    WrongPassword,
}

named!(Reason {
    NotSignedOn => "not-signed-on",
    NotAdministrator => "not-administrator",
    Unconfirmed => "unconfirmed",
    WrongPassword => "wrong-password",
});
