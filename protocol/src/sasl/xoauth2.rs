//! XOAUTH2, as Google and Microsoft describe it: an access token in place of a password.

use super::{Credentials, Method, Problem, Step, Surroundings, auth, response};
use crate::secret::{Secret, TypedLine};

pub(super) struct XOauth2 {
    first: TypedLine,
    message: Secret,
    has_sent: bool,
    has_given_up: bool,
}

impl XOauth2 {
    pub(super) fn new(credentials: &Credentials, around: &Surroundings) -> Self {
        let parts = [
            b"user=",
            credentials.user.as_bytes(),
            b"\x01auth=Bearer ",
            credentials.secret.reveal(),
            b"\x01\x01",
        ];
        let message = Secret::new(parts.concat());
        let (first, has_sent) = auth("XOAUTH2", message.reveal(), around);
        Self {
            first,
            message,
            has_sent,
            has_given_up: false,
        }
    }
}

impl Method for XOauth2 {
    fn start(&mut self) -> Step {
        Step::Command(self.first.clone())
    }

    /// The first is empty. Another one says in JSON what is wrong, and an empty response brings the `-ERR`.
    fn challenge(&mut self, challenge: &[u8]) -> Step {
        if !std::mem::replace(&mut self.has_sent, true) {
            return response(self.message.reveal());
        }
        if std::mem::replace(&mut self.has_given_up, true) || challenge.is_empty() {
            return Step::Cancel(Problem::Unasked);
        }
        response(b"")
    }
}
