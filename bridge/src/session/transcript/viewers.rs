//! Who reads along without haste.
//!
//! Whoever has control waits for the reply to what they typed and is woken at once. Everybody else is told of all that
//! came within a few milliseconds in one go, a part of them after the other: waking 200 tasks for every line would keep
//! the one waiting who typed it.
//!
//! While a viewer's own task has nothing to do it lends its cursor, and whoever tells the news writes there for it: most of
//! what a line would cost for each of them is waking their task.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use protocol::entry::Seq;
use protocol::sight::Shown;
use protocol::wire::FRAME_MAX;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::task::yield_now;
use tokio::time::sleep;

use super::Transcript;

/// How much later than who has control viewers are told, in milliseconds, if they are few.
const LATER: u64 = 5;

/// How much later in milliseconds if they are many. Still nobody sees a delay.
const LATER_MAX: u64 = 40;

/// So many viewers are told a millisecond later yet: writing to them takes about half of that, and the rest of the time is
/// everybody else's.
const VIEWERS_A_MILLISECOND: usize = 50;

/// In so many parts they are told, with everybody else's turn between two.
const PARTS: usize = 16;

/// From so many octets on a frame is written by the viewer's own task: others have their turn then.
const LONG: usize = FRAME_MAX / 4;

/// Where what a viewer is shown goes out.
pub(crate) trait Outlet: Send + Sync {
    /// Writes a frame there if that can be done at once.
    fn offer(&self, octets: &Bytes) -> Offered;
}

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offered {
    /// All of it went out.
    Taken,
    /// A part of it; the rest is for the viewer's own task to see to.
    TakenInPart,
    /// Nothing of it.
    Declined,
}

/// The viewers of one session.
pub(super) struct Viewers {
    transcript: Weak<Transcript>,
    parts: [Mutex<Vec<Arc<Reader>>>; PARTS],
    here: AtomicUsize,
    came: AtomicUsize,
    /// Whether they will be told soon.
    due: AtomicBool,
}

/// One viewer's place among them. Dropping it leaves, and nothing more is written for them.
pub(crate) struct Viewer {
    viewers: Arc<Viewers>,
    part: usize,
    reader: Arc<Reader>,
}

/// How one viewer reads.
struct Reader {
    shown: Shown,
    outlet: Arc<dyn Outlet>,
    /// The last entry that went out, while the cursor is lent.
    lent: Mutex<Option<Seq>>,
    /// For the viewer's own task.
    news: Notify,
}

impl Viewers {
    /// None yet, of that transcript.
    pub(super) fn of(transcript: Weak<Transcript>) -> Self {
        Self {
            transcript,
            parts: Default::default(),
            here: AtomicUsize::new(0),
            came: AtomicUsize::new(0),
            due: AtomicBool::new(false),
        }
    }

    /// One more, to whom that much is shown there.
    pub(super) fn enter(self: &Arc<Self>, shown: Shown, outlet: Arc<dyn Outlet>) -> Viewer {
        let viewer = Viewer {
            viewers: self.clone(),
            part: self.came.fetch_add(1, Ordering::Relaxed) % PARTS,
            reader: Arc::new(Reader {
                shown,
                outlet,
                lent: Mutex::default(),
                news: Notify::new(),
            }),
        };
        self.part(viewer.part).push(viewer.reader.clone());
        self.here.fetch_add(1, Ordering::Relaxed);
        viewer
    }

    /// Sees to it that they are told soon, unless that is so already.
    pub(super) fn tell(self: &Arc<Self>) {
        let here = self.here.load(Ordering::Relaxed);
        if here == 0 || self.due.swap(true, Ordering::AcqRel) {
            return;
        }
        let more = here / VIEWERS_A_MILLISECOND;
        let later = Duration::from_millis((LATER + more as u64).min(LATER_MAX));
        let viewers = self.clone();
        tokio::spawn(async move {
            sleep(later).await;
            // Before anybody is told: what comes from here on is told by the next.
            viewers.due.store(false, Ordering::Release);
            for part in 0..PARTS {
                // There are no viewers of what is gone.
                let Some(transcript) = viewers.transcript.upgrade() else {
                    return;
                };
                let readers = viewers.part(part).clone();
                for reader in readers {
                    reader.tell(&transcript);
                }
                yield_now().await;
            }
        });
    }

    fn part(&self, part: usize) -> MutexGuard<'_, Vec<Arc<Reader>>> {
        // Every change is a single insertion or removal, so a panic leaves nothing half done.
        let part = self.parts.get(part).unwrap_or(&self.parts[0]);
        part.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Viewer {
    /// Waits for news that come after the cursor was taken back, also before it is waited for.
    pub(crate) fn news(&self) -> Notified<'_> {
        self.reader.news.notified()
    }

    /// Has the next wait for news be over at once.
    pub(crate) fn remind(&self) {
        self.reader.news.notify_one();
    }

    /// Has what comes after that entry written by whoever tells the news, as far as it can be.
    pub(crate) fn lend(&self, after: Seq) {
        *self.reader.lent() = Some(after);
    }

    /// Takes the cursor back: what was the last entry that went out. None if it was not lent.
    pub(crate) fn take_back(&self) -> Option<Seq> {
        self.reader.lent().take()
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.take_back();
        let mut readers = self.viewers.part(self.part);
        readers.retain(|reader| !Arc::ptr_eq(reader, &self.reader));
        self.viewers.here.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Reader {
    /// Writes what there is, or lets the viewer's own task know where it has to see to it.
    fn tell(&self, transcript: &Transcript) {
        if transcript.sealed().is_some() || !self.write(transcript) {
            self.news.notify_one();
        }
    }

    /// Whether all went out that there is.
    fn write(&self, transcript: &Transcript) -> bool {
        let mut lent = self.lent();
        while let Some(after) = *lent {
            let frame = match transcript.after(self.shown, after) {
                Ok(None) => return true,
                Ok(Some(frame)) if frame.octets.len() < LONG => frame,
                Ok(Some(_)) | Err(_) => return false,
            };
            let offered = self.outlet.offer(&frame.octets);
            if offered != Offered::Declined {
                *lent = Some(frame.last);
            }
            if offered != Offered::Taken {
                return false;
            }
        }
        false
    }

    fn lent(&self) -> MutexGuard<'_, Option<Seq>> {
        // It is set to what went out, and to nothing else.
        self.lent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use protocol::access::Sight;
    use protocol::entry::Event;
    use protocol::remark::Remark;
    use protocol::wire::CloseCode;
    use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
    use tokio::time::timeout;

    use super::*;
    use crate::session::transcript::Budget;

    /// How long anything may take.
    const PATIENCE: Duration = Duration::from_secs(20);

    /// Takes frames so, and tells what it was offered.
    struct Told(Offered, UnboundedSender<Bytes>);

    impl Outlet for Told {
        fn offer(&self, octets: &Bytes) -> Offered {
            self.1.send(octets.clone()).unwrap();
            self.0
        }
    }

    fn transcript() -> Arc<Transcript> {
        Arc::new(Transcript::new(1 << 20, Budget::new(1 << 20)))
    }

    fn viewer(transcript: &Arc<Transcript>, offered: Offered) -> (Viewer, UnboundedReceiver<Bytes>) {
        let (tell, told) = unbounded_channel();
        let viewer = transcript.view(Sight::Everything, Arc::new(Told(offered, tell)));
        (viewer, told)
    }

    fn append(transcript: &Transcript) {
        transcript.append(1, Event::Remark(Remark::StlsRefused)).unwrap();
    }

    async fn patient<T>(what: impl Future<Output = T>) -> T {
        timeout(PATIENCE, what).await.unwrap()
    }

    #[tokio::test]
    async fn what_comes_is_written_for_whoever_waits_and_their_task_is_left_alone() {
        let transcript = transcript();
        let (viewer, mut told) = viewer(&transcript, Offered::Taken);
        append(&transcript);
        viewer.lend(0);
        append(&transcript);
        let frame = transcript.after(Sight::Everything, 0).unwrap().unwrap();
        assert_eq!(patient(told.recv()).await, Some(frame.octets));
        assert_eq!(viewer.take_back(), Some(2));
        assert_eq!(viewer.take_back(), None);
        assert!(timeout(Duration::ZERO, viewer.news()).await.is_err());
    }

    #[tokio::test]
    async fn what_cannot_be_written_whole_is_left_to_the_viewers_own_task() {
        for (offered, after) in [(Offered::Declined, 0), (Offered::TakenInPart, 1)] {
            let transcript = transcript();
            let (viewer, mut told) = viewer(&transcript, offered);
            viewer.lend(0);
            append(&transcript);
            patient(viewer.news()).await;
            assert!(told.recv().await.is_some());
            assert_eq!(viewer.take_back(), Some(after), "{offered:?}");
        }
    }

    #[tokio::test]
    async fn whoever_does_not_wait_is_told_and_so_is_everybody_once_nothing_comes_any_more() {
        let transcript = transcript();
        let (busy, mut told) = viewer(&transcript, Offered::Taken);
        append(&transcript);
        patient(busy.news()).await;
        busy.lend(1);
        transcript.seal(CloseCode::GoingAway);
        patient(busy.news()).await;
        assert!(told.try_recv().is_err());
    }

    #[tokio::test]
    async fn nothing_is_written_for_whoever_is_gone() {
        let transcript = transcript();
        let (gone, mut told) = viewer(&transcript, Offered::Taken);
        let (here, mut seen) = viewer(&transcript, Offered::Taken);
        let reader = gone.reader.clone();
        gone.lend(0);
        here.lend(0);
        drop(gone);
        append(&transcript);
        assert!(patient(seen.recv()).await.is_some());
        // Also where its turn had come already.
        reader.tell(&transcript);
        drop(reader);
        assert_eq!(patient(told.recv()).await, None);
    }
}
