//! APOP (RFC 1939 §7): the MD5 digest of the greeting's timestamp and the password.

use md5::{Digest as _, Md5};

use super::{Credentials, Method, Problem, Step, Surroundings, hex};
use crate::secret::TypedLine;

pub(super) struct Apop(TypedLine);

impl Apop {
    pub(super) fn new(credentials: &Credentials, around: &Surroundings) -> Result<Self, Problem> {
        let timestamp = around.timestamp.as_ref().ok_or(Problem::NoTimestamp)?;
        let mut digest = Md5::new();
        digest.update(timestamp);
        digest.update(credentials.secret.reveal());
        let line = ["APOP ", &credentials.user, " ", &hex(&digest.finalize())].concat();
        Ok(Self(TypedLine::new(line.into_bytes())))
    }
}

impl Method for Apop {
    fn start(&mut self) -> Step {
        Step::Command(self.0.clone())
    }

    fn challenge(&mut self, _: &[u8]) -> Step {
        Step::Cancel(Problem::Unasked)
    }
}
