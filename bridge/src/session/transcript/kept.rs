//! A transcript and the journal: what is written there, and what is read from it.

use std::sync::Arc;

use protocol::entry::{Event, Seq};
use protocol::wire::{BadMessage, ToBrowser, decode, split_sequence};

use super::{Full, Transcript, cost};
use crate::journal::Ticket;

/// No state is longer when it is encoded: what is, is payload.
const STATE_MAX: usize = 2048;

/// What was kept is not what a transcript is made of.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RestoreError {
    #[error(transparent)]
    Full(#[from] Full),
    #[error(transparent)]
    Unreadable(#[from] BadMessage),
    #[error("entry {0} is missing")]
    Missing(Seq),
}

impl Transcript {
    /// Queues by that ticket from now on, whenever there is something for the journal. The first one counts.
    pub(crate) fn queue_by(&self, ticket: Arc<Ticket>) {
        self.ticket.get_or_init(|| ticket);
    }

    /// There is something for the journal.
    pub(crate) fn queue(&self) {
        if let Some(ticket) = self.ticket.get() {
            ticket.queue();
        }
    }

    /// What was hidden since this was asked last.
    pub(crate) fn take_replaced(&self) -> Vec<Seq> {
        std::mem::take(&mut self.lock().replaced)
    }

    /// Those entries as they stand now, each as a whole [`ToBrowser::Entry`].
    pub(crate) fn encoded(&self, seqs: &[Seq]) -> Vec<(Seq, Vec<u8>)> {
        let entries = self.lock();
        let encoded = |&seq: &Seq| {
            let place = usize::try_from(seq).ok()?.checked_sub(1)?;
            Some((seq, entries.encoded.get(place)?.to_vec()))
        };
        seqs.iter().filter_map(encoded).collect()
    }

    /// Puts entries that were kept behind those that are there.
    ///
    /// # Errors
    /// When they are no entries, when one is missing, or when there is no room for them.
    pub(crate) fn restore(&self, first: Seq, last: Seq, octets: &[u8]) -> Result<(), RestoreError> {
        let mut entries = self.lock();
        let mut seq = entries.encoded.len() as Seq;
        if first != seq + 1 {
            return Err(RestoreError::Missing(seq + 1));
        }
        let mut newest = None;
        for item in split_sequence(octets) {
            let item = item?;
            let cost = cost(item.len());
            self.budget.take(cost, 0)?;
            entries.octets += cost;
            if item.len() <= STATE_MAX {
                let ToBrowser::Entry(entry) = decode(item)? else {
                    return Err(RestoreError::Missing(seq + 1));
                };
                if matches!(entry.event, Event::State(_)) {
                    (entries.stated, entries.stated_of) = (seq + 1, entry.connection);
                }
            }
            entries
                .encoded
                .push(item.len(), |out| out.extend_from_slice(item));
            seq += 1;
            newest = Some(item);
        }
        match newest.map(decode::<ToBrowser>).transpose()? {
            Some(ToBrowser::Entry(entry)) if entry.seq == last && seq == last => {
                entries.connection = entry.connection;
                Ok(())
            }
            _ => Err(RestoreError::Missing(seq + 1)),
        }
    }
}
