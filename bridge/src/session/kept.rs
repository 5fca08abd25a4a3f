//! What is kept of a session in the journal.

use std::sync::{Arc, Weak};
use std::thread::yield_now;

use protocol::access::{Keep, Sight};
use protocol::entry::Seq;
use protocol::wire::{encode, split_sequence};

use super::Session;
use super::transcript::{Frame, Unready};
use crate::journal::{Head, Lasts, Listing, Recording};
use crate::session::access::Access;

impl Session {
    /// Keeps what writes it into the journal from now on. The first one counts.
    pub(crate) fn keep_recording(&self, recording: &Arc<Recording>) {
        self.recording.get_or_init(|| Arc::downgrade(recording));
    }

    /// Waits until what was changed till now of who may do what outlives the bridge, for a bounded time.
    pub(crate) async fn lasts(&self) -> Lasts {
        match self.recording.get().map(Weak::upgrade) {
            None => Lasts::NotKept,
            // Nobody writes it any more: this one is about to be forgotten.
            Some(None) => Lasts::NotYet,
            Some(Some(recording)) => recording.lasts().await,
        }
    }

    /// Waits until so much of it is written as is to be kept now, and no more, for a bounded time. Whether that is so.
    pub(crate) async fn keeps(&self) -> bool {
        match self.recording.get().map(Weak::upgrade) {
            None => true,
            Some(None) => false,
            Some(Some(recording)) => recording.keeps().await,
        }
    }

    /// What is kept of it beside its entries, of which so much is kept, but for some that are not settled yet; and by what it is
    /// found.
    pub(crate) fn head(&self, id: Arc<str>, keep: Keep, unsettled: bool) -> (Head, Listing) {
        let access = Access {
            keep,
            unsettled,
            ..self.access()
        };
        let head = Head {
            id,
            ended: self.ended,
            access: encode(&access),
        };
        (head, Listing::of(&access, &self.transcript.state()))
    }

    /// What is kept of the entries after that one, as many as a frame takes; none when there are none yet.
    ///
    /// # Errors
    /// When it takes longer to see what may be kept, which others need not wait for, or there is no room for that.
    pub(crate) fn kept_at_once(&self, keep: Keep, after: Seq) -> Result<Option<Frame>, Unready> {
        let sight = match keep {
            Keep::Everything => Sight::Everything,
            Keep::NoContent | Keep::Nothing => Sight::Commands,
        };
        self.transcript.after(sight, after)
    }

    /// The same, however long it takes.
    ///
    /// # Errors
    /// When there is no room to see what may be kept.
    pub(crate) fn kept_after(&self, keep: Keep, after: Seq) -> Result<Option<Frame>, Unready> {
        loop {
            match self.kept_at_once(keep, after) {
                // It was looked on by that. Whoever else wants the transcript, or the core, has it in between.
                Err(Unready::Looking) => yield_now(),
                found => return found,
            }
        }
    }

    /// What is kept of these entries, one behind the other, and the last of them of which that can be seen: there may be no
    /// room to see more.
    pub(crate) fn kept_between(&self, keep: Keep, first: Seq, last: Seq) -> (Vec<u8>, Seq) {
        let (mut octets, mut after) = (Vec::new(), first.saturating_sub(1));
        while after < last {
            let Ok(Some(frame)) = self.kept_after(keep, after) else {
                break;
            };
            let wanted = usize::try_from(last - after).unwrap_or(usize::MAX);
            // It was encoded here, so that it can be split.
            for item in split_sequence(&frame.octets).flatten().take(wanted) {
                octets.extend_from_slice(item);
            }
            after = frame.last.min(last);
        }
        (octets, after)
    }
}
