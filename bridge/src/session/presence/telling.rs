//! When windows are told of who is here: soon, of all that has changed by then in one go, and not too often.
//!
//! Waking two hundred windows whenever somebody comes, goes, or begins to type would keep those waiting who type.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// How much later than a change windows are told of it: what belongs together comes within that time.
const SOON: Duration = Duration::from_millis(10);

/// How long after one word windows are given the next.
const EVERY: Duration = Duration::from_millis(100);

/// So much longer for each of the windows: writing to them all takes a part of it, and most is everybody else's.
const EVERY_A_WINDOW: Duration = Duration::from_millis(1);

/// The words that windows are told, as a count: what they say is looked up by whoever is told.
#[derive(Default)]
pub(super) struct Telling {
    words: AtomicU64,
    news: Notify,
    listeners: AtomicUsize,
    /// Whether a word is on its way.
    due: AtomicBool,
    /// When the last one was.
    last: Mutex<Option<Instant>>,
}

/// A window that is told. Dropping it is told nothing more.
pub(crate) struct Listener {
    telling: Arc<Telling>,
    /// The word that it has; none before the first.
    heard: Option<u64>,
}

impl Telling {
    /// One more window that is told.
    pub(super) fn listen(self: &Arc<Self>) -> Listener {
        self.listeners.fetch_add(1, Ordering::Relaxed);
        Listener {
            telling: self.clone(),
            heard: None,
        }
    }

    /// Something has changed: sees to it that windows are told, unless that is so already.
    pub(super) fn tell(self: &Arc<Self>) {
        let listeners = self.listeners.load(Ordering::Relaxed);
        if listeners == 0 || self.due.swap(true, Ordering::AcqRel) {
            return;
        }
        let every = EVERY + EVERY_A_WINDOW * u32::try_from(listeners).unwrap_or(u32::MAX);
        let soon = Instant::now() + SOON;
        let at = self.last().map_or(soon, |last| soon.max(last + every));
        let telling = self.clone();
        tokio::spawn(async move {
            sleep_until(at).await;
            *telling.last() = Some(Instant::now());
            // Before the word is given: what changes from here on is told by the next.
            telling.due.store(false, Ordering::Release);
            telling.words.fetch_add(1, Ordering::Release);
            telling.news.notify_waiters();
        });
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        // Every change is a single step, so a panic leaves nothing half done.
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener {
    /// Waits for the next word; the first is there at once. Nothing is lost when this is dropped before it is ready.
    pub(crate) async fn word(&mut self) {
        loop {
            // Before it is looked, so that nothing is missed that comes meanwhile.
            let news = self.telling.news.notified();
            let words = Some(self.telling.words.load(Ordering::Acquire));
            if self.heard != words {
                self.heard = words;
                return;
            }
            news.await;
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.telling.listeners.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::yield_now;

    use super::*;

    #[tokio::test]
    async fn a_burst_of_changes_is_told_in_a_few_words_and_the_last_of_them_is_told() {
        const WINDOWS: usize = 200;
        let telling = Arc::new(Telling::default());
        let (begun, changes, heard) = (
            Instant::now(),
            Arc::new(AtomicU64::new(0)),
            Arc::new(AtomicU64::new(0)),
        );
        let windows: Vec<_> = (0..WINDOWS)
            .map(|_| {
                let (mut window, changes, heard) = (telling.listen(), changes.clone(), heard.clone());
                tokio::spawn(async move {
                    while changes.load(Ordering::Relaxed) < 5_000 {
                        window.word().await;
                        heard.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        for _ in 0..5_000 {
            changes.fetch_add(1, Ordering::Relaxed);
            telling.tell();
            yield_now().await;
        }
        for window in windows {
            window.await.unwrap();
        }
        // The first, the last, and one for each time in between.
        let most = 2 + begun.elapsed().as_millis() / EVERY.as_millis();
        let heard = u128::from(heard.load(Ordering::Relaxed));
        assert!(
            heard <= most * WINDOWS as u128,
            "{heard} words for {WINDOWS} windows, of {most} each"
        );
        assert_eq!(telling.listeners.load(Ordering::Relaxed), 0);
        telling.tell();
        assert!(!telling.due.load(Ordering::Relaxed), "nobody listens");
    }
}
