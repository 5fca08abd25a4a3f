//! What a transcript holds, behind its lock.

use bytes::Bytes;
use protocol::entry::{ConnectionNo, Seq};
use protocol::sight::Shown;
use protocol::wire::{CloseCode, FRAME_MAX};
use protocol::withdrawal::Following;

use super::projection::Projection;
use super::segments::Segments;
use super::{Frame, Unready};

/// The entries, and what is kept of them for who reads.
#[derive(Default)]
pub(super) struct Entries {
    /// Each as a whole [`ToBrowser::Entry`](protocol::wire::ToBrowser::Entry); the entry with sequence number n is at n - 1.
    pub(super) encoded: Segments,
    pub(super) octets: u64,
    /// The newest entry's connection.
    pub(super) connection: ConnectionNo,
    /// The newest entry that tells where a connection stands; 0 if there is none.
    pub(super) stated: Seq,
    /// Of which connection that tells.
    pub(super) stated_of: ConnectionNo,
    /// What belongs to hidden entries and has not come yet. At most one for each command that waits for its reply.
    pub(super) following: Vec<Following>,
    /// What the journal has to write anew, where there is one.
    pub(super) replaced: Vec<Seq>,
    pub(super) sealed: Option<CloseCode>,
    /// What is withheld of whoever is shown less than all, once somebody reads so.
    pub(super) projections: Vec<(Shown, Box<Projection>)>,
    /// The newest frame of each, for the next viewer who wants the same.
    pub(super) shared: Vec<(Shown, Seq, Frame)>,
}

impl Entries {
    /// How many octets are taken by what is left of what is withheld.
    pub(super) fn projected_octets(&self) -> u64 {
        self.projections.iter().map(|(_, it)| it.octets()).sum()
    }

    /// What is shown from a place on to whom so much is. It looks on only where there is room for what is left of what is withheld.
    pub(super) fn projected(
        &mut self,
        shown: Shown,
        place: usize,
        has_room: bool,
    ) -> Result<Option<(Bytes, usize)>, Unready> {
        let number = match self.projections.iter().position(|(its, _)| *its == shown) {
            Some(number) => number,
            None => {
                self.projections.push((shown, Box::new(Projection::new(shown))));
                self.projections.len() - 1
            }
        };
        let Some((_, projection)) = self.projections.get_mut(number) else {
            return Ok(None);
        };
        let looked_at_all = has_room && projection.look(&self.encoded);
        match projection.from(place, &mut self.encoded, FRAME_MAX) {
            Some(found) => Ok(Some(found)),
            None if looked_at_all => Ok(None),
            None if has_room => Err(Unready::Looking),
            None if place < self.encoded.len() => Err(Unready::NoRoom),
            None => Ok(None),
        }
    }

    /// The frame that somebody else was handed after that entry, if nothing has come since.
    pub(super) fn shared(&self, shown: Shown, after: Seq) -> Option<Frame> {
        let shared = self
            .shared
            .iter()
            .find(|(its, begin, _)| (*its, *begin) == (shown, after));
        shared.map(|(_, _, frame)| frame.clone())
    }

    pub(super) fn share(&mut self, shown: Shown, after: Seq, frame: &Frame) {
        self.shared.retain(|(its, ..)| *its != shown);
        self.shared.push((shown, after, frame.clone()));
    }
}
