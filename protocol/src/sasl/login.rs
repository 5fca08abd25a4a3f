//! LOGIN (draft-murchison-sasl-login): the name, and then the password. What the challenges say is not looked at:
//! servers word them as they like.

use super::{Credentials, Method, Problem, Step, response};
use crate::secret::TypedLine;

pub(super) struct Login {
    credentials: Credentials,
    challenges: u8,
}

impl Login {
    pub(super) fn new(credentials: Credentials) -> Self {
        Self {
            credentials,
            challenges: 0,
        }
    }
}

impl Method for Login {
    fn start(&mut self) -> Step {
        Step::Command(TypedLine::new(b"AUTH LOGIN".to_vec()))
    }

    fn challenge(&mut self, _: &[u8]) -> Step {
        self.challenges = self.challenges.saturating_add(1);
        match self.challenges {
            1 => response(self.credentials.user.as_bytes()),
            2 => response(self.credentials.secret.reveal()),
            _ => Step::Cancel(Problem::Unasked),
        }
    }
}
