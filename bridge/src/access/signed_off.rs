//! Why those are signed in no longer who did not ask for it. It is told to the browser in which they were signed in, by the
//! token that it still comes with, and to nobody else: whether there is such an account is nobody's business.

use std::collections::VecDeque;

use protocol::sign_on::SignedOff;

use crate::session::token::Hash;

/// Of how many it is known, the newest.
const KNOWN_MAX: usize = 1_000;

/// Those that are known.
#[derive(Default)]
pub(super) struct SignedOffs(VecDeque<(Hash, SignedOff)>);

impl SignedOffs {
    /// The browser whose token has that hash is signed out, for that reason.
    pub(super) fn put(&mut self, token: Hash, why: SignedOff) {
        if self.0.len() >= KNOWN_MAX {
            self.0.pop_front();
        }
        self.0.push_back((token, why));
    }

    /// Why it is, if it is known.
    pub(super) fn why(&self, token: &Hash) -> Option<SignedOff> {
        let found = self.0.iter().rev().find(|(it, _)| it == token);
        found.map(|(_, why)| *why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::token::hash;

    #[test]
    fn of_the_newest_alone_it_is_known_why() {
        let mut all = SignedOffs::default();
        for number in 0..=KNOWN_MAX {
            all.put(hash(&number.to_string()), SignedOff::Disabled);
        }
        assert_eq!(all.0.len(), KNOWN_MAX);
        assert_eq!(all.why(&hash("0")), None);
        assert_eq!(all.why(&hash(&KNOWN_MAX.to_string())), Some(SignedOff::Disabled));
    }
}
