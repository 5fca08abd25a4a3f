//! Those of whom others said that they may use the console no longer.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Identity;

/// The most that are remembered; whoever was put out first is forgotten first.
const REMEMBERED_MAX: usize = 4096;

/// Those whom a proxy or a provider said to belong to none of the groups of the console, since it started.
#[derive(Default)]
pub(super) struct Outside(Mutex<VecDeque<Box<str>>>);

impl Outside {
    /// Somebody may not any more. Whether that is news.
    pub(super) fn put_out(&self, identity: &Identity) -> bool {
        let mut outside = self.lock();
        if outside.iter().any(|it| **it == *identity.id) {
            return false;
        }
        if outside.len() >= REMEMBERED_MAX {
            outside.pop_front();
        }
        outside.push_back(identity.id.as_str().into());
        true
    }

    /// Somebody may once more.
    pub(super) fn let_in(&self, identity: &Identity) {
        self.lock().retain(|it| **it != *identity.id);
    }

    /// Whether somebody may not.
    pub(super) fn has(&self, identity: &Identity) -> bool {
        self.lock().iter().any(|it| **it == *identity.id)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Box<str>>> {
        // Every change is a single step, so a panic leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
