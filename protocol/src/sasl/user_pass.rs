//! USER and PASS (RFC 1939 §7).

use super::{Assurance, Credentials, Method, Problem, Step};
use crate::secret::TypedLine;

pub(super) struct UserPass {
    credentials: Credentials,
    has_sent_password: bool,
}

impl UserPass {
    pub(super) fn new(credentials: Credentials) -> Self {
        Self {
            credentials,
            has_sent_password: false,
        }
    }
}

impl Method for UserPass {
    fn start(&mut self) -> Step {
        let line = ["USER ", &self.credentials.user].concat();
        Step::Command(TypedLine::new(line.into_bytes()))
    }

    fn challenge(&mut self, _: &[u8]) -> Step {
        Step::Cancel(Problem::Unasked)
    }

    fn accepted(&mut self) -> Step {
        if self.has_sent_password {
            return Step::SignedIn(Assurance::NotMeant);
        }
        self.has_sent_password = true;
        let line = [b"PASS ", self.credentials.secret.reveal()].concat();
        Step::Command(TypedLine::new(line))
    }
}
