//! A transcript as it is shown to whom not all of it is.
//!
//! Only what may not be shown is kept apart: what is left of it stands here, everything else is read where all
//! entries are. A projection is made when somebody first reads so, and goes on as entries come.

use bytes::{Bytes, BytesMut};
use protocol::access::Sight;
use protocol::entry::Seq;
use protocol::sight::{Shown, View};
use protocol::wire::{ToBrowser, decode, encode_onto};

use super::segments::Segments;
use super::{ABOUT, ENTRY_OVERHEAD};

/// How many octets of entries are looked at in a row: whoever appends waits meanwhile.
const LOOK_MAX: usize = 256 * 1024;

/// What is left of an entry costs this beside its octets: its place.
const PLACE_OVERHEAD: u64 = ENTRY_OVERHEAD + 4;

/// An entry that takes more octets than this says not what a link is called. Where nothing else is withheld, no longer one is
/// looked at: reading a large message would cost everybody who is shown all of it.
const NAMING_MAX: usize = 1024;

/// What passing over one counts, in octets that are looked at.
const PASSED_OVER: usize = 16;

/// What is shown of the entries to whom so much is.
pub(super) struct Projection {
    /// Whether there is nothing to withhold but what links are called.
    is_names_alone: bool,
    view: View,
    /// How many entries were looked at.
    looked: usize,
    /// The places of those that are withheld, ascending.
    places: Vec<u32>,
    /// What is left of each, in that order.
    left: Segments,
    /// What it takes, in octets.
    octets: u64,
}

impl Projection {
    pub(super) fn new(shown: Shown) -> Self {
        Self {
            is_names_alone: shown.sight == Sight::Everything,
            view: View::new(shown),
            looked: 0,
            places: Vec::new(),
            left: Segments::default(),
            octets: 0,
        }
    }

    /// How many octets it takes beside the entries.
    pub(super) fn octets(&self) -> u64 {
        self.octets
    }

    /// Looks at entries that it has not looked at, so many octets of them. Tells whether it has looked at all.
    pub(super) fn look(&mut self, entries: &Segments) -> bool {
        let mut looked_at = 0;
        while let Some(octets) = entries.get(self.looked) {
            if looked_at >= LOOK_MAX {
                return false;
            }
            if self.is_names_alone && octets.len() > NAMING_MAX {
                looked_at += PASSED_OVER;
                self.looked += 1;
                continue;
            }
            looked_at += octets.len();
            // What cannot be read back, which does not happen, is shown to nobody: the entries end there.
            let Ok(ToBrowser::Entry(entry)) = decode(octets) else {
                return true;
            };
            let places = &self.places;
            let is_withheld = |seq: Seq| holds(places, seq);
            if let Some(left) = self.view.next(&entry, is_withheld) {
                let left = ToBrowser::Entry(left);
                let length = self.left.push(ABOUT, |out| encode_onto(&left, out));
                self.octets += length as u64 + PLACE_OVERHEAD;
                self.places.push(u32::try_from(self.looked).unwrap_or(u32::MAX));
            }
            self.looked += 1;
        }
        true
    }

    /// Entries from a place on, as many as fit into so many octets, and how many they are. None if none was looked at
    /// there. One that does not fit comes alone.
    pub(super) fn from(
        &mut self,
        place: usize,
        entries: &mut Segments,
        most: usize,
    ) -> Option<(Bytes, usize)> {
        let (mut at, mut joined) = (place, BytesMut::new());
        while let Some((octets, count)) = self.run(at, entries, most - joined.len().min(most)) {
            if joined.is_empty() && octets.len() >= most / 2 {
                // It stands together as it is.
                return Some((octets, count));
            }
            if joined.len() + octets.len() > most {
                break;
            }
            joined.extend_from_slice(&octets);
            at += count;
        }
        (at > place).then(|| (joined.freeze(), at - place))
    }

    /// The same as far as they are all withheld, or none of them.
    fn run(&mut self, place: usize, entries: &mut Segments, most: usize) -> Option<(Bytes, usize)> {
        let number = self
            .places
            .partition_point(|&withheld| (withheld as usize) < place);
        let next = self.places.get(number).map_or(self.looked, |&next| next as usize);
        if next > place {
            return entries.from(place, next.min(self.looked), most);
        }
        let together = (place..).zip(self.places.get(number..)?);
        let count = together
            .take_while(|(place, withheld)| *place == **withheld as usize)
            .count();
        self.left.from(number, number + count, most)
    }

    /// Puts something in the place of an entry, if it is one that is withheld.
    pub(super) fn replace(&mut self, place: usize, octets: &[u8]) {
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        if let Ok(number) = self.places.binary_search(&place) {
            let was = self.left.get(number).map_or(0, <[u8]>::len);
            self.octets = self.octets + octets.len() as u64 - was as u64;
            self.left.replace(number, octets);
        }
    }
}

/// Whether the entry is among those places.
fn holds(places: &[u32], seq: Seq) -> bool {
    let place = seq.checked_sub(1).and_then(|place| u32::try_from(place).ok());
    place.is_some_and(|place| places.binary_search(&place).is_ok())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use protocol::access::{By, NAME_MAX, Role};
    use protocol::entry::{Event, Part};
    use protocol::remark::{FileFormat, Remark, Sharing};
    use protocol::wire::{FRAME_MAX, decode_sequence};

    use super::*;
    use crate::session::transcript::{Budget, Offered, Outlet, Transcript, Unready};

    const ME: By = By::Participant(1);
    const SECRET: &[u8] = b"secret";

    fn transcript() -> Transcript {
        Transcript::new(1 << 26, Budget::new(1 << 26))
    }

    fn payload(part: Part, bytes: Vec<u8>) -> Event {
        Event::Received {
            exchange: 1,
            part,
            bytes: bytes.into(),
        }
    }

    /// Reads on at a sight from a place, as a socket's writer does, and gives the octets of all frames.
    fn read(transcript: &Transcript, shown: impl Into<Shown>, mut after: Seq) -> Vec<u8> {
        let shown = shown.into();
        let mut came = Vec::new();
        loop {
            match transcript.after(shown, after) {
                Ok(Some(frame)) => {
                    assert!(frame.octets.len() <= FRAME_MAX);
                    let seqs = decode_sequence(&frame.octets).map(|item| match item.unwrap() {
                        ToBrowser::Entry(entry) => entry.seq,
                        other => panic!("{other:?}"),
                    });
                    assert!(seqs.eq(after + 1..=frame.last), "a gap or a duplicate");
                    came.extend_from_slice(&frame.octets);
                    after = frame.last;
                }
                Ok(None) => return came,
                Err(Unready::Looking) => {}
                Err(Unready::NoRoom) => panic!("no room"),
            }
        }
    }

    fn holds(octets: &[u8]) -> bool {
        octets.windows(SECRET.len()).any(|window| window == SECRET)
    }

    /// What a conversation consists of: whether it can be shown to all, and how long it is.
    fn conversation() -> impl Strategy<Value = Vec<(bool, usize)>> {
        let length = prop_oneof![5 => 0..40_usize, 1 => 20_000..60_000_usize];
        prop::collection::vec((any::<bool>(), length), 0..40)
    }

    fn append(transcript: &Transcript, (is_shown, length): (bool, usize)) {
        let event = if is_shown {
            Event::Note {
                seq: 0,
                line: 0,
                text: "x".repeat(length.min(2000)),
                by: ME,
            }
        } else {
            payload(Part::Body, [SECRET, &vec![b'\n'; length]].concat())
        };
        transcript.append(1, event).unwrap();
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn live_late_and_resumed_readers_get_the_same_octets(
            entries in conversation(), hides in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        ) {
            let transcript = transcript();
            let mut live = Vec::new();
            let mut after = 0;
            for &entry in &entries {
                append(&transcript, entry);
                live.extend(read(&transcript, Sight::Headers, after));
                after = transcript.last();
            }
            for sight in [Sight::Headers, Sight::Commands] {
                let late = read(&transcript, sight, 0);
                prop_assert!(late == live);
                prop_assert!(!holds(&late));
                let resumed = read(&transcript, sight, after / 2);
                prop_assert!(late.ends_with(&resumed));
            }
            for which in hides.iter().filter(|_| after > 0) {
                // What has nothing to hide is refused.
                let _ = transcript.hide(which.index(entries.len()) as Seq + 1, ME);
            }
            // One that is made now, and one that was there, show the same.
            let again = self::transcript();
            for &entry in &entries {
                append(&again, entry);
            }
            for which in hides.iter().filter(|_| after > 0) {
                let _ = again.hide(which.index(entries.len()) as Seq + 1, ME);
            }
            let timeless = |octets: Vec<u8>| decode_sequence(&octets).map(|item| match item.unwrap() {
                ToBrowser::Entry(entry) => (entry.seq, entry.event),
                other => panic!("{other:?}"),
            }).collect::<Vec<_>>();
            prop_assert_eq!(
                timeless(read(&transcript, Sight::Headers, 0)),
                timeless(read(&again, Sight::Headers, 0))
            );
        }
    }

    #[test]
    fn a_large_message_is_looked_at_in_turns_and_leaves_little() {
        let transcript = transcript();
        for _ in 0..200 {
            transcript
                .append(1, payload(Part::Body, vec![b'x'; 60_000]))
                .unwrap();
        }
        assert_eq!(
            transcript.after(Sight::Commands, 199).map(drop),
            Err(Unready::Looking)
        );
        let came = read(&transcript, Sight::Commands, 0);
        assert!(came.len() < 200 * 150, "{}", came.len());
        let entries = transcript.lock();
        let taken = entries.projections[0].1.octets();
        assert!((1..200 * 150).contains(&taken), "{taken}");
    }

    #[test]
    fn what_is_left_has_a_bound() {
        let transcript = Transcript::new(1 << 23, Budget::new(1 << 30));
        while transcript.append(1, payload(Part::Body, vec![b'x'])).is_ok() {}
        let mut after = 0;
        let last = loop {
            match transcript.after(Sight::Headers, after) {
                Ok(Some(frame)) => after = frame.last,
                Err(Unready::Looking) => {}
                last => break last.map(drop),
            }
        };
        assert_eq!(last, Err(Unready::NoRoom));
        let entries = transcript.lock();
        let taken = entries.projections[0].1.octets();
        // An eighth of the cap and a little, and what is looked at in one turn.
        assert!(taken < (1 << 20) + (1 << 20) + 2 * LOOK_MAX as u64, "{taken}");
    }

    #[test]
    fn what_is_left_takes_of_what_all_transcripts_share_and_is_given_back() {
        let budget = Budget::new(1 << 16);
        let used = || budget.used();
        let transcript = Transcript::new(1 << 26, budget.clone());
        while transcript.append(1, payload(Part::Body, vec![b'x'; 200])).is_ok() {}
        let entries = used();
        read(&transcript, Sight::Headers, 0);
        let left = transcript.lock().projected_octets();
        assert!(left > 0);
        assert_eq!(used(), entries + left);
        // Nobody looks on where there is no room for what is left.
        assert_eq!(
            transcript.after(Sight::Commands, 0).map(drop),
            Err(Unready::NoRoom)
        );
        drop(transcript);
        assert_eq!(used(), 0);
    }

    #[test]
    fn what_links_are_called_is_the_owners_also_beside_large_messages() {
        let transcript = transcript();
        let name = "n".repeat(NAME_MAX);
        let linked = Sharing::Linked {
            link: u32::MAX,
            name: name.clone(),
            role: Role::Control,
            sight: Sight::Everything,
            until: Some(u64::MAX),
        };
        let exported = Sharing::Exported {
            participant: Some(u32::MAX),
            link: Some(u32::MAX),
            name: name.clone(),
            format: FileFormat::Ndjson,
            last: true,
        };
        for sharing in [linked, exported] {
            transcript
                .append(u32::MAX, Event::Remark(Remark::Sharing(sharing)))
                .unwrap();
            append(&transcript, (false, 60_000));
        }
        let names = |octets: &[u8]| {
            octets
                .windows(name.len())
                .filter(|it| *it == name.as_bytes())
                .count()
        };
        assert_eq!(names(&read(&transcript, Shown::ALL, 0)), 2);
        for sight in Sight::ALL {
            let guest = read(&transcript, Shown::to(Role::Control, sight), 0);
            assert_eq!(names(&guest), 0, "{sight:?}");
            assert_eq!(holds(&guest), sight == Sight::Everything);
            assert_eq!(names(&read(&transcript, sight, 0)), 2, "as it is kept");
        }
    }

    /// Nothing goes out here.
    struct Closed;

    impl Outlet for Closed {
        fn offer(&self, _: &Bytes) -> Offered {
            Offered::Declined
        }
    }

    #[tokio::test]
    async fn who_reads_from_the_same_place_is_handed_the_same_octets_while_there_are_viewers() {
        let transcript = Arc::new(transcript());
        let _viewer = transcript.view(Sight::Headers, Arc::new(Closed));
        append(&transcript, (true, 9));
        append(&transcript, (false, 9));
        for sight in Sight::ALL {
            let [one, other] = [(), ()].map(|()| transcript.after(sight, 0).unwrap().unwrap().octets);
            assert_eq!(one.as_ptr(), other.as_ptr(), "{sight:?}");
        }
        append(&transcript, (true, 9));
        assert_eq!(transcript.after(Sight::Commands, 0).unwrap().unwrap().last, 3);
    }
}
