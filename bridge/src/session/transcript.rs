//! A session's entries, in memory, encoded once for everybody.

pub(crate) mod budget;
mod entries;
mod kept;
mod projection;
mod segments;
#[cfg(test)]
mod tests;
mod viewers;
mod withdrawal;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use protocol::access::Sight;
use protocol::entry::{ConnectionNo, Entry, Event, Seq};
use protocol::remark::End;
use protocol::sight::Shown;
use protocol::state::State;
use protocol::wire::{CloseCode, FRAME_MAX, Refusal, ToBrowser, encode_onto};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

pub(crate) use budget::Budget;
use entries::Entries;
pub(crate) use kept::RestoreError;
use viewers::Viewers;
pub(crate) use viewers::{Offered, Outlet, Viewer};

use crate::journal::Ticket;

/// What an entry costs beside its octets: its place in the list, and its share of what is kept of many together.
const ENTRY_OVERHEAD: u64 = 8;

/// About how many octets an entry takes beside the text of a line or a payload.
const ABOUT: usize = 192;

/// How far beyond its cap a transcript takes what is said about entries being hidden, in octets: hiding must not
/// fail for want of room.
const HIDING_BEYOND: u64 = 1024 * 1024;

/// How far beyond its cap it takes the last words about a connection, which are few and small: they find a place
/// behind whatever was hidden.
const LAST_BEYOND: u64 = 2 * HIDING_BEYOND;

/// What is left of the entries that are withheld of somebody takes at most this share of the transcript's cap beside it,
/// and a little: a message of 50 MiB leaves some 100 KiB. It takes its part of the octets that all transcripts share.
const PROJECTED_SHARE: u64 = 8;

/// The little, in octets.
const PROJECTED_BEYOND: u64 = 1024 * 1024;

/// The entries of one session. Sequence numbers have no gaps, and an entry never changes but for being withdrawn.
pub(crate) struct Transcript {
    entries: Mutex<Entries>,
    news: Notify,
    /// Made when somebody comes who may wait a little.
    viewers: OnceLock<Arc<Viewers>>,
    /// As what the journal knows it, where there is one.
    ticket: OnceLock<Arc<Ticket>>,
    cap: u64,
    budget: Budget,
}

/// Whole entries, ready to be sent.
#[derive(Clone)]
pub(crate) struct Frame {
    /// The entries.
    pub(crate) octets: Bytes,
    /// The last of them.
    pub(crate) last: Seq,
}

/// Why what is shown to somebody cannot be read now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unready {
    /// It is being looked at what may be shown: ask again, when others have had their turn.
    Looking,
    /// There is no room to keep what is left of what is withheld.
    NoRoom,
}

/// There is no room for another entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Full {
    /// In this transcript, which takes so many octets.
    #[error("the transcript is full: {cap} octets")]
    Itself {
        /// The bound that was met, in octets.
        cap: u64,
    },
    /// Among those that share some octets: of all, or of one account's.
    #[error("those that share its octets take all of them")]
    Together {
        /// Whether they are one account's.
        of_account: bool,
    },
}

impl Full {
    /// What whoever asked for what finds no room is told.
    pub(crate) fn refusal(self) -> Refusal {
        match self {
            Full::Itself { .. } => Refusal::TranscriptFull,
            Full::Together { .. } => Refusal::TranscriptsFull,
        }
    }

    /// How a connection ends for want of room.
    pub(crate) fn end(self) -> End {
        match self {
            Full::Itself { cap } => End::TranscriptFull { cap },
            Full::Together { of_account } => End::TranscriptsFull { of_account },
        }
    }
}

impl Transcript {
    /// An empty one that takes at most `cap` octets out of the budget.
    pub(crate) fn new(cap: u64, budget: Budget) -> Self {
        Self {
            entries: Mutex::default(),
            news: Notify::new(),
            viewers: OnceLock::new(),
            ticket: OnceLock::new(),
            cap,
            budget,
        }
    }

    /// Appends an event and wakes everybody who waits for it.
    ///
    /// # Errors
    /// When there is no room for it.
    pub(crate) fn append(&self, connection: ConnectionNo, event: Event) -> Result<(), Full> {
        self.append_within(connection, event, 0)
    }

    /// Appends an event of which nobody is told before [`announce`](Self::announce) or the next event.
    ///
    /// # Errors
    /// When there is no room for it.
    pub(crate) fn append_unannounced(&self, connection: ConnectionNo, event: Event) -> Result<(), Full> {
        self.push(&mut self.lock(), connection, event, 0)
    }

    /// Wakes everybody who waits for what was appended.
    pub(crate) fn announce(&self) {
        self.news.notify_waiters();
        if let Some(viewers) = self.viewers.get() {
            viewers.tell();
        }
        self.queue();
    }

    /// Appends what is no connection's own, beside what happens on the newest.
    ///
    /// # Errors
    /// When there is no room for it.
    pub(crate) fn append_here(&self, event: Event) -> Result<(), Full> {
        let mut entries = self.lock();
        let connection = entries.connection;
        let added = self.add(&mut entries, connection, event, 0);
        drop(entries);
        self.announce();
        added
    }

    /// Where the newest connection stands.
    pub(crate) fn state(&self) -> State {
        let entries = self.lock();
        match entries.read(entries.stated).map(|entry| entry.event) {
            Some(Event::State(state)) => state,
            _ => State::default(),
        }
    }

    /// Which connection that is. Each is to one server, so that it tells whether that may be another.
    pub(crate) fn stated_of(&self) -> ConnectionNo {
        self.lock().stated_of
    }

    /// The entry at that place, as it stands now.
    pub(crate) fn entry(&self, seq: Seq) -> Option<Entry> {
        self.lock().read(seq)
    }

    /// Appends what has to be said even when there is no room any more: how the connection ended.
    pub(crate) fn append_last(&self, connection: ConnectionNo, event: Event) {
        // Each connection has two or three of these, and a transcript that is full takes no new connection.
        let _ = self.append_within(connection, event, LAST_BEYOND);
    }

    /// The entries after that one as they are shown to whom so much is, as many as a frame takes; none when there are none
    /// yet. A single entry that is longer than a frame comes alone. Of [`Shown::ALL`] it never fails.
    ///
    /// # Errors
    /// When it takes longer to see what may be shown, or there is no room for that.
    pub(crate) fn after(&self, shown: impl Into<Shown>, after: Seq) -> Result<Option<Frame>, Unready> {
        let shown = shown.into();
        let Ok(place) = usize::try_from(after) else {
            return Ok(None);
        };
        let mut entries = self.lock();
        if place >= entries.encoded.len() {
            return Ok(None);
        }
        if let Some(frame) = entries.shared(shown, after) {
            return Ok(Some(frame));
        }
        let found = match shown {
            Shown::ALL => entries.encoded.from(place, usize::MAX, FRAME_MAX),
            less => self.projected(&mut entries, less, place)?,
        };
        let Some((octets, count)) = found else {
            return Ok(None);
        };
        let frame = Frame {
            octets,
            last: after + count as Seq,
        };
        if self.viewers.get().is_some() {
            entries.share(shown, after, &frame);
        }
        Ok(Some(frame))
    }

    /// Whether those that share its octets leave any to it.
    ///
    /// # Errors
    /// When they do not.
    pub(crate) fn shares(&self) -> Result<(), Full> {
        self.budget.room()
    }

    /// The last entry there is; 0 if there is none.
    pub(crate) fn last(&self) -> Seq {
        self.lock().encoded.len() as Seq
    }

    /// The newest connection.
    pub(crate) fn connection(&self) -> ConnectionNo {
        self.lock().connection
    }

    /// Waits for news that come after this was called, also before it is waited for.
    pub(crate) fn news(&self) -> Notified<'_> {
        self.news.notified()
    }

    /// A place among those who are told of news a few milliseconds later, and of many at once: to whom that much is shown
    /// there.
    pub(crate) fn view(self: &Arc<Self>, shown: impl Into<Shown>, outlet: Arc<dyn Outlet>) -> Viewer {
        let viewers = || Arc::new(Viewers::of(Arc::downgrade(self)));
        self.viewers.get_or_init(viewers).enter(shown.into(), outlet)
    }

    /// As [`news`](Self::news), for a viewer.
    pub(crate) fn news_for<'a>(&'a self, viewer: Option<&'a Viewer>) -> Notified<'a> {
        viewer.map_or_else(|| self.news(), Viewer::news)
    }

    /// Says that nothing will be appended any more. The first reason counts.
    pub(crate) fn seal(&self, close: CloseCode) {
        self.lock().sealed.get_or_insert(close);
        self.announce();
    }

    /// With what sockets are to be closed, once nothing will be appended any more.
    pub(crate) fn sealed(&self) -> Option<CloseCode> {
        self.lock().sealed
    }

    fn append_within(&self, connection: ConnectionNo, event: Event, beyond: u64) -> Result<(), Full> {
        let mut entries = self.lock();
        let pushed = self.push(&mut entries, connection, event, beyond);
        drop(entries);
        self.announce();
        pushed
    }

    fn push(
        &self,
        entries: &mut Entries,
        connection: ConnectionNo,
        event: Event,
        beyond: u64,
    ) -> Result<(), Full> {
        match entries.following_takes(connection, &event) {
            None => self.add(entries, connection, event, beyond),
            Some(by) => self.add_hidden(entries, connection, event, by),
        }
    }

    /// Adds an entry, unless it would go so far beyond the cap or the budget.
    fn add(
        &self,
        entries: &mut Entries,
        connection: ConnectionNo,
        event: Event,
        beyond: u64,
    ) -> Result<(), Full> {
        let entry = Entry {
            seq: entries.encoded.len() as Seq + 1,
            at: now(),
            connection,
            event,
        };
        let about = ABOUT + text_length(&entry.event);
        let stated = matches!(entry.event, Event::State(_));
        let item = ToBrowser::Entry(entry);
        let length = entries.encoded.push(about, |out| encode_onto(&item, out));
        let cost = cost(length);
        let taken = if entries.octets + cost > self.cap + beyond {
            Err(Full::Itself { cap: self.cap })
        } else {
            self.budget.take(cost, beyond)
        };
        if let Err(full) = taken {
            entries.encoded.pop();
            return Err(full);
        }
        entries.octets += cost;
        entries.connection = connection;
        if stated {
            entries.stated = entries.encoded.len() as Seq;
            entries.stated_of = connection;
        }
        entries.shared.clear();
        Ok(())
    }

    /// What is shown from a place on to whom less than all is.
    fn projected(
        &self,
        entries: &mut Entries,
        shown: Shown,
        place: usize,
    ) -> Result<Option<(Bytes, usize)>, Unready> {
        let taken = entries.projected_octets();
        // It may be passed by what is left of the entries that are looked at in one turn. What links are called is so little that
        // it keeps nobody out who is shown everything else.
        let has_room = shown.sight == Sight::Everything
            || (taken < self.cap / PROJECTED_SHARE + PROJECTED_BEYOND && self.budget.room().is_ok());
        let found = entries.projected(shown, place, has_room);
        self.budget.add(entries.projected_octets() - taken);
        found
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        // A panic leaves no entry half written that has a place.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Transcript {
    fn drop(&mut self) {
        let entries = self.lock();
        let octets = entries.octets + entries.projected_octets();
        drop(entries);
        self.budget.give_back(octets);
    }
}

/// What an entry of so many octets takes of the cap.
fn cost(length: usize) -> u64 {
    length as u64 + ENTRY_OVERHEAD
}

/// How long the text is that an event holds.
fn text_length(event: &Event) -> usize {
    match event {
        Event::Sent { line, .. } | Event::Answered { line, .. } => line.bytes().len(),
        Event::Received { bytes, .. } => bytes.len(),
        Event::Note { text, .. } => text.len(),
        Event::Withheld { .. } | Event::Hidden { .. } | Event::Remark(_) | Event::State(_) => 0,
    }
}

/// Microseconds since 1970-01-01T00:00:00Z.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}
