//! PLAIN (RFC 4616): name and password in one message.

use zeroize::Zeroizing;

use super::{Credentials, Method, Problem, Step, Surroundings, auth, response};
use crate::secret::{Secret, TypedLine};

pub(super) struct Plain {
    first: TypedLine,
    message: Secret,
    has_answered: bool,
}

impl Plain {
    pub(super) fn new(credentials: &Credentials, around: &Surroundings) -> Self {
        let parts = [
            b"\0",
            credentials.user.as_bytes(),
            b"\0",
            credentials.secret.reveal(),
        ];
        let message = Zeroizing::new(parts.concat());
        let (first, _) = auth("PLAIN", &message, around);
        Self {
            first,
            message: Secret::new(message.to_vec()),
            has_answered: false,
        }
    }
}

impl Method for Plain {
    fn start(&mut self) -> Step {
        Step::Command(self.first.clone())
    }

    /// Also of a server that passes over the initial response: it is sent once more.
    fn challenge(&mut self, _: &[u8]) -> Step {
        if std::mem::replace(&mut self.has_answered, true) {
            return Step::Cancel(Problem::Unasked);
        }
        response(self.message.reveal())
    }
}
