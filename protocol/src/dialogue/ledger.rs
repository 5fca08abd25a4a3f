//! The messages that are marked for deletion and not committed.

use std::collections::BTreeSet;

use crate::remark::{NAMED_MESSAGES_MAX, Remark};

/// The marked messages of a connection.
#[derive(Debug, Default)]
pub(super) struct Ledger(BTreeSet<u32>);

impl Ledger {
    /// How many are marked.
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// DELE was answered with `+OK`. Marking again says nothing new.
    pub(super) fn mark(&mut self, message: u32) -> Option<Remark> {
        self.0.insert(message).then(|| Remark::Marked {
            message,
            marked: self.count(),
        })
    }

    /// RSET was answered with `+OK`.
    pub(super) fn unmark(&mut self) -> Option<Remark> {
        let messages = self.count();
        self.0.clear();
        (messages > 0).then_some(Remark::Unmarked { messages })
    }

    /// QUIT was answered with `+OK`.
    pub(super) fn commit(&mut self) -> Option<Remark> {
        let count = self.count();
        let messages = std::mem::take(&mut self.0)
            .into_iter()
            .take(NAMED_MESSAGES_MAX)
            .collect();
        (count > 0).then_some(Remark::Committed { messages, count })
    }

    /// QUIT was answered with `-ERR`: which of them are gone is unknown, so they stay in the ledger.
    pub(super) fn fail_to_commit(&self) -> Option<Remark> {
        let marked = self.count();
        (marked > 0).then_some(Remark::CommitFailed { marked })
    }
}

/// The message number that DELE names: the digits that its arguments begin with, as servers read them.
pub(super) fn message_number(arguments: &[u8]) -> Option<u32> {
    let digits = arguments.strip_prefix(b"+").unwrap_or(arguments);
    let end = digits
        .iter()
        .position(|octet| !octet.is_ascii_digit())
        .unwrap_or(digits.len());
    std::str::from_utf8(&digits[..end]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_is_marked_twice_counts_once() {
        let mut ledger = Ledger::default();
        assert_eq!(
            ledger.mark(2),
            Some(Remark::Marked {
                message: 2,
                marked: 1
            })
        );
        assert_eq!(ledger.mark(2), None);
        assert_eq!(
            ledger.mark(1),
            Some(Remark::Marked {
                message: 1,
                marked: 2
            })
        );
        assert_eq!(
            ledger.commit(),
            Some(Remark::Committed {
                messages: vec![1, 2],
                count: 2
            })
        );
        assert_eq!(ledger.commit(), None);
    }

    #[test]
    fn a_remark_names_a_bounded_number_of_messages() {
        let mut ledger = Ledger::default();
        for message in 1..=150 {
            ledger.mark(message);
        }
        let Some(Remark::Committed { messages, count: 150 }) = ledger.commit() else {
            panic!()
        };
        assert_eq!(messages.len(), NAMED_MESSAGES_MAX);
    }

    #[test]
    fn a_message_number_is_read_as_servers_do() {
        assert_eq!(message_number(b"2"), Some(2));
        assert_eq!(message_number(b"002 3"), Some(2));
        assert_eq!(message_number(b"+2"), Some(2));
        assert_eq!(message_number(b"2x"), Some(2));
        assert_eq!(message_number(b""), None);
        assert_eq!(message_number(b"-2"), None);
        assert_eq!(message_number(b"4294967296"), None);
    }
}
