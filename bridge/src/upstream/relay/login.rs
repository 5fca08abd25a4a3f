//! Whose login it is: where several people type, nobody's password goes out behind somebody else's name.

use std::time::Duration;

use protocol::access::By;
use protocol::command;
use protocol::state::Expectation;
use tokio::time::Instant;

use crate::session::Doer;

/// How long a name waits for its password before somebody else may give another.
const PASSWORD_WITHIN: Duration = Duration::from_secs(30);

/// The cancelling of AUTH (RFC 5034 §4), which anybody may send who may type.
const CANCEL: &[u8] = b"*";

/// A login in several lines that somebody began.
#[derive(Debug, Default)]
pub(super) struct Login {
    begun: Option<Begun>,
    /// Who sent what signs in last, and where they were.
    newest: Option<Doer>,
}

#[derive(Debug)]
struct Begun {
    by: By,
    what: What,
    since: Instant,
}

#[derive(Debug, PartialEq, Eq)]
enum What {
    /// USER went out, PASS did not.
    Name,
    /// AUTH went out, and takes what is sent for responses.
    Auth,
}

impl Login {
    /// Whether a line of somebody's may go out now, or belongs to what somebody else began who `is_here`.
    pub(super) fn takes(
        &self,
        by: By,
        line: &[u8],
        expects: Expectation,
        is_here: impl Fn(By) -> bool,
    ) -> bool {
        let Some(begun) = self.begun.as_ref().filter(|begun| begun.by != by) else {
            return true;
        };
        let foreign = match begun.what {
            What::Auth => expects == Expectation::Response && line != CANCEL,
            What::Name => is_login(line) && begun.since.elapsed() < PASSWORD_WITHIN,
        };
        !foreign || !is_here(begun.by)
    }

    /// A line went out that was taken for what `expected` says, and now what `expects` says is expected.
    pub(super) fn sent(&mut self, by: By, line: &[u8], expected: Expectation, expects: Expectation) {
        let begins = match (expected, expects) {
            (Expectation::Response, _) => return,
            (_, Expectation::Response) => Some(What::Auth),
            _ if command::is(line, "USER") => Some(What::Name),
            _ if is_login(line) || command::is(line, "QUIT") => None,
            _ => return,
        };
        let since = Instant::now();
        self.begun = begins.map(|what| Begun { by, what, since });
    }

    /// Such a line was sent by somebody who is there.
    pub(super) fn is_from(&mut self, doer: Doer, line: &[u8], expected: Expectation) {
        if expected == Expectation::Response || is_login(line) {
            self.newest = Some(doer);
        }
    }

    /// Whoever sent what signs in, and where they were as far as that is known.
    pub(super) fn doer(&self, by: By) -> Doer {
        self.newest.filter(|newest| newest.by == by).unwrap_or(by.into())
    }
}

fn is_login(line: &[u8]) -> bool {
    ["USER", "PASS", "APOP", "AUTH"]
        .iter()
        .any(|verb| command::is(line, verb))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Expectation::{Command, Response};

    const ANNA: By = By::Participant(2);
    const BEN: By = By::Participant(3);

    fn here(_: By) -> bool {
        true
    }

    #[test]
    fn a_password_follows_its_own_name_only() {
        let mut login = Login::default();
        login.sent(ANNA, b"user anna", Command, Command);
        for line in [&b"PASS x"[..], b"USER ben", b"apop ben x", b"AUTH PLAIN"] {
            assert!(!login.takes(BEN, line, Command, here));
            assert!(login.takes(ANNA, line, Command, here));
        }
        assert!(login.takes(BEN, b"CAPA", Command, here));
        assert!(login.takes(BEN, b"PASS x", Command, |_| false));
        login.sent(ANNA, b"PASS x", Command, Command);
        assert!(login.takes(BEN, b"USER ben", Command, here));
    }

    #[test]
    fn nobody_else_answers_a_challenge_but_anybody_may_cancel() {
        let mut login = Login::default();
        login.sent(ANNA, b"AUTH LOGIN", Command, Response);
        login.sent(ANNA, b"YW5uYQ==", Response, Response);
        assert!(!login.takes(BEN, b"NOOP", Response, here));
        assert!(login.takes(BEN, b"*", Response, here));
        assert!(login.takes(BEN, b"YmVu", Response, |_| false));
        assert!(login.takes(ANNA, b"cGFzcw==", Response, here));
        // AUTH is over.
        assert!(login.takes(BEN, b"USER ben", Command, here));
    }

    #[test]
    fn a_name_without_a_password_keeps_others_waiting_for_a_while_only() {
        let mut login = Login::default();
        login.sent(ANNA, b"USER anna", Command, Command);
        login.begun.as_mut().unwrap().since -= PASSWORD_WITHIN;
        assert!(login.takes(BEN, b"USER ben", Command, here));
    }
}
