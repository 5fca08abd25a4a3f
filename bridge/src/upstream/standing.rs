//! How many connections to mail servers stand or are being made, for whoever waits until there is none.

use std::sync::Arc;

use tokio::sync::watch;

/// How many there are.
#[derive(Default)]
pub(crate) struct Standing(watch::Sender<usize>);

/// One of them. It is over when this is dropped.
pub(super) struct One(Arc<Standing>);

impl Standing {
    /// There is one more.
    pub(super) fn one(self: &Arc<Self>) -> One {
        self.0.send_modify(|count| *count += 1);
        One(self.clone())
    }

    /// How many there are now.
    pub(crate) fn count(&self) -> usize {
        *self.0.borrow()
    }

    /// Waits until there is none.
    pub(crate) async fn none(&self) {
        // The sender lives in self, so waiting cannot fail.
        let _ = self.0.subscribe().wait_for(|&count| count == 0).await;
    }
}

impl Drop for One {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| *count -= 1);
    }
}
