//! The maildrop: its messages, who holds it, and what is marked.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::timeout;

use super::messages::{MESSAGES, Message};

/// How long a login waits for another connection to let go. A client that reconnects at once shall not find
/// its own former connection in the way, whose end may not have been noticed yet.
const LOCK_WAIT: Duration = Duration::from_millis(500);

/// The messages, and the exclusive lock on them that RFC 1939 §4 asks for.
#[derive(Clone, Debug)]
pub(super) struct Maildrop(Arc<Mutex<Vec<Message>>>);

/// A maildrop in somebody's hands: dropping it lets go and keeps every message (RFC 1939 §6).
#[derive(Debug)]
pub(super) struct Lease {
    messages: OwnedMutexGuard<Vec<Message>>,
    /// As long as `messages`: which of them are marked as deleted.
    marked: Vec<bool>,
}

/// Why there is no such message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// There never was one of that number.
    NoSuch,
    /// It is marked as deleted.
    Deleted,
}

impl Maildrop {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(MESSAGES.to_vec())))
    }

    /// Takes the lock; none when another connection holds it.
    pub(super) async fn lease(&self) -> Option<Lease> {
        let messages = timeout(LOCK_WAIT, Arc::clone(&self.0).lock_owned()).await.ok()?;
        let marked = vec![false; messages.len()];
        Some(Lease { messages, marked })
    }
}

impl Lease {
    /// The messages that are not marked, with their numbers.
    pub(super) fn kept(&self) -> impl Iterator<Item = (usize, &Message)> {
        let numbered = (1..).zip(self.messages.iter()).zip(&self.marked);
        numbered
            .filter(|(_, marked)| !**marked)
            .map(|(numbered, _)| numbered)
    }

    /// How many messages are not marked, and their octets.
    pub(super) fn sum(&self) -> (usize, usize) {
        self.kept().fold((0, 0), |(count, octets), (_, message)| {
            (count + 1, octets + message.octets())
        })
    }

    /// The message of that number, counted from 1.
    pub(super) fn message(&self, number: usize) -> Result<&Message, Missing> {
        let at = number.checked_sub(1).ok_or(Missing::NoSuch)?;
        let message = self.messages.get(at).ok_or(Missing::NoSuch)?;
        if self.marked.get(at).copied().unwrap_or_default() {
            Err(Missing::Deleted)
        } else {
            Ok(message)
        }
    }

    /// Marks the message as deleted.
    pub(super) fn mark(&mut self, number: usize) -> Result<(), Missing> {
        self.message(number)?;
        if let Some(marked) = self.marked.get_mut(number - 1) {
            *marked = true;
        }
        Ok(())
    }

    /// Takes every mark back.
    pub(super) fn unmark(&mut self) {
        self.marked.fill(false);
    }

    /// Deletes what is marked and lets go: how many were deleted, how many are left.
    pub(super) fn commit(mut self) -> (usize, usize) {
        let before = self.messages.len();
        let mut marked = self.marked.iter();
        self.messages
            .retain(|_| !marked.next().copied().unwrap_or_default());
        (before - self.messages.len(), self.messages.len())
    }
}
