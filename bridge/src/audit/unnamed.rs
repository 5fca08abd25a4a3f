//! Sessions that no record names: that they were opened was counted, and nothing else is told of them yet.

use std::collections::{HashSet, VecDeque};

use protocol::alias::Alias;

/// The most that are known, the newest. What becomes of others is told as of those that a record names.
pub(super) const UNNAMED_MAX: usize = 8192;

/// Those that are known.
#[derive(Default)]
pub(super) struct Unnamed {
    all: HashSet<Alias>,
    /// As they were opened; those among them that are named by now as well.
    order: VecDeque<Alias>,
}

impl Unnamed {
    /// It was counted that one was opened.
    pub(super) fn add(&mut self, session: Alias) {
        if self.order.len() >= UNNAMED_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.all.remove(&oldest);
        }
        self.order.push_back(session);
        self.all.insert(session);
    }

    /// A record names it.
    pub(super) fn name(&mut self, session: Alias) {
        self.all.remove(&session);
    }

    /// Whether no record does.
    pub(super) fn has(&self, session: Alias) -> bool {
        self.all.contains(&session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_known_until_a_record_names_them() {
        let mut unnamed = Unnamed::default();
        let session = |number: usize| Alias::of(&number.to_string());
        (0..=UNNAMED_MAX).for_each(|number| unnamed.add(session(number)));
        assert!(!unnamed.has(session(0)) && unnamed.has(session(1)));
        unnamed.name(session(1));
        assert!(!unnamed.has(session(1)) && unnamed.has(session(2)));
        assert_eq!(
            (unnamed.order.len(), unnamed.all.len()),
            (UNNAMED_MAX, UNNAMED_MAX - 1)
        );
    }
}
