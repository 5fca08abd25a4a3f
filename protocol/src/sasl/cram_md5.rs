//! CRAM-MD5 (RFC 2195): the keyed MD5 digest of a challenge.

use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::Md5;

use super::{Credentials, Method, Problem, Step, hex, response};
use crate::secret::TypedLine;

pub(super) struct CramMd5 {
    credentials: Credentials,
    has_answered: bool,
}

impl CramMd5 {
    pub(super) fn new(credentials: Credentials) -> Self {
        Self {
            credentials,
            has_answered: false,
        }
    }
}

impl Method for CramMd5 {
    fn start(&mut self) -> Step {
        Step::Command(TypedLine::new(b"AUTH CRAM-MD5".to_vec()))
    }

    fn challenge(&mut self, challenge: &[u8]) -> Step {
        if std::mem::replace(&mut self.has_answered, true) {
            return Step::Cancel(Problem::Unasked);
        }
        let keyed = Hmac::<Md5>::new_from_slice(self.credentials.secret.reveal());
        let Some(mut digest) = keyed.ok().filter(|_| !challenge.is_empty()) else {
            return Step::Cancel(Problem::Malformed);
        };
        digest.update(challenge);
        let digest = hex(&digest.finalize().into_bytes());
        response([&self.credentials.user, " ", &digest].concat().as_bytes())
    }
}
