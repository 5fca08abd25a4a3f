//! What servers say anyway: it tells nothing of a secret that holds it, too.

use std::sync::LazyLock;

use memchr::memmem;

use super::reading::bare;
use super::runs::{PART_MIN, runs};

/// In lower case. Passwords with such words in them are common, and so are replies.
const PHRASES: &[&str] = &[
    "account disabled",
    "account is",
    "already",
    "authenticate",
    "authenticated",
    "authentication error",
    "authentication failed",
    "authentication failure",
    "authentication succeeded",
    "authentication successful",
    "authorization failed",
    "command not",
    "connection",
    "credentials",
    "disconnected",
    "invalid command",
    "invalid login",
    "invalid password",
    "invalid user name",
    "invalid username",
    "logged in",
    "logged out",
    "login failed",
    "login successful",
    "logging out",
    "maildrop has",
    "maildrop is",
    "maildrop locked",
    "maildrop ready",
    "mailbox is",
    "mailbox locked",
    "mailbox open",
    "mechanism not",
    "message deleted",
    "messages",
    "new messages",
    "no messages",
    "no such message",
    "no such user",
    "not authenticated",
    "not found",
    "not supported",
    "octets",
    "passwords",
    "permission denied",
    "plaintext authentication disallowed",
    "server ready",
    "server signing off",
    "signing off",
    "temporarily unavailable",
    "temporary authentication failure",
    "unable to",
    "unknown command",
    "unknown user",
    "unsupported authentication mechanism",
    "username",
    "user name or password",
    "welcome",
    "wrong password",
];

/// Their runs of [`PART_MIN`] octets, ascending, as they stand and bare.
static RUNS: LazyLock<Vec<[u8; PART_MIN]>> = LazyLock::new(|| {
    let mut all = Vec::new();
    for phrase in PHRASES {
        all.extend(runs(phrase.as_bytes()));
        all.extend(runs(&bare(phrase.as_bytes())));
    }
    all.sort_unstable();
    all
});

/// Whether that run of a text is one of theirs as well.
pub(super) fn have_run(run: &[u8; PART_MIN]) -> bool {
    RUNS.binary_search(run).is_ok()
}

/// Whether a part of a secret that is shorter is a part of one of those as well.
pub(super) fn have(part: &[u8]) -> bool {
    PHRASES.iter().any(|phrase| {
        let phrase = phrase.as_bytes();
        memmem::find(phrase, part).is_some() || memmem::find(&bare(phrase), part).is_some()
    })
}
