//! Encoded entries, one behind the other in stretches of memory that hold many of them: an entry costs its octets and
//! four more, and entries that stand together are sent together without being copied.

use bytes::Bytes;
use zeroize::Zeroize;

/// About how many octets a segment holds. An entry that is longer has one of its own.
const SEGMENT: usize = 64 * 1024;

/// From so many octets on a segment is closed, so that what is in it can be sent as it stands.
const CLOSED_FROM: usize = SEGMENT / 2;

/// What a segment takes at once, unless it is the first: one that grows step by step copies what it holds each
/// time, which every fiftieth line would wait for. What it does not need it gives back when it is closed.
const ROOM: usize = CLOSED_FROM + 4 * 1024;

/// Encoded entries, by their places from 0 on.
#[derive(Default)]
pub(super) struct Segments {
    closed: Vec<Segment<Bytes>>,
    open: Segment<Vec<u8>>,
}

#[derive(Default)]
struct Segment<O> {
    /// The place of its first entry.
    first: usize,
    /// Where each of its entries ends.
    ends: Vec<u32>,
    octets: O,
}

impl<O: AsRef<[u8]>> Segment<O> {
    /// The octets of entries, by their numbers in it.
    fn octets(&self, from: usize, to: usize) -> &[u8] {
        self.octets
            .as_ref()
            .get(self.end_before(from)..self.end_before(to))
            .unwrap_or_default()
    }

    /// Where the entry before one ends, by its number in it.
    fn end_before(&self, number: usize) -> usize {
        let before = number.checked_sub(1).and_then(|before| self.ends.get(before));
        before.map_or(0, |end| *end as usize)
    }

    /// How many entries from one on fit into so many octets; one that does not comes alone.
    fn fitting(&self, from: usize, most: usize) -> usize {
        let begin = self.end_before(from);
        let ends = self.ends.get(from..).unwrap_or_default();
        let fitting = ends.partition_point(|end| *end as usize - begin <= most);
        fitting.max(usize::from(!ends.is_empty()))
    }
}

impl Segments {
    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.open.first + self.open.ends.len()
    }

    /// Adds an entry, which `write` writes, and which is about so many octets long. Gives its length.
    pub(super) fn push(&mut self, about: usize, write: impl FnOnce(&mut Vec<u8>)) -> usize {
        let before = self.open.octets.len();
        if before >= CLOSED_FROM || (before > 0 && before + about > SEGMENT) {
            self.close();
        }
        let before = self.open.octets.len();
        if about >= CLOSED_FROM {
            self.open.octets.reserve_exact(about);
        } else if before == 0 && !self.closed.is_empty() {
            self.open.octets.reserve_exact(ROOM);
        }
        write(&mut self.open.octets);
        let end = self.open.octets.len();
        // A segment is far shorter than what a `u32` counts.
        self.open.ends.push(u32::try_from(end).unwrap_or(u32::MAX));
        end - before
    }

    /// Takes the last entry away again.
    pub(super) fn pop(&mut self) {
        self.open.ends.pop();
        let end = self.open.end_before(self.open.ends.len());
        self.open.octets.truncate(end);
    }

    /// An entry.
    pub(super) fn get(&self, place: usize) -> Option<&[u8]> {
        if let Some(number) = place.checked_sub(self.open.first) {
            return (number < self.open.ends.len()).then(|| self.open.octets(number, number + 1));
        }
        let segment = self.closed.get(self.holder(place))?;
        let number = place - segment.first;
        Some(segment.octets(number, number + 1))
    }

    /// Entries from a place on, up to another, that stand together, as many as fit into so many octets, and how many
    /// they are. None if there are none. One that does not fit comes alone.
    pub(super) fn from(&mut self, place: usize, until: usize, most: usize) -> Option<(Bytes, usize)> {
        if place >= self.open.first && self.open.octets.len() >= CLOSED_FROM {
            self.close();
        }
        if let Some(number) = place.checked_sub(self.open.first) {
            let count = self.open.fitting(number, most).min(until.saturating_sub(place));
            let octets = self.open.octets(number, number + count);
            return (count > 0).then(|| (Bytes::copy_from_slice(octets), count));
        }
        let segment = self.closed.get(self.holder(place))?;
        let number = place - segment.first;
        let count = segment.fitting(number, most).min(until.saturating_sub(place));
        let range = segment.end_before(number)..segment.end_before(number + count);
        (count > 0).then(|| (segment.octets.slice(range), count))
    }

    /// Puts something in the place of an entry, which is overwritten.
    pub(super) fn replace(&mut self, place: usize, octets: &[u8]) {
        if let Some(number) = place.checked_sub(self.open.first) {
            let mut before = std::mem::take(&mut self.open.octets);
            self.open.octets = replaced(&before, &mut self.open.ends, number, octets);
            before.zeroize();
            return;
        }
        let holder = self.holder(place);
        if let Some(segment) = self.closed.get_mut(holder) {
            let before = std::mem::take(&mut segment.octets);
            segment.octets = replaced(&before, &mut segment.ends, place - segment.first, octets).into();
            // A frame that is on its way may still hold it.
            if let Ok(mut before) = before.try_into_mut() {
                before.as_mut().zeroize();
            }
        }
    }

    /// Which closed segment holds a place.
    fn holder(&self, place: usize) -> usize {
        let behind = self.closed.partition_point(|segment| segment.first <= place);
        behind.saturating_sub(1)
    }

    fn close(&mut self) {
        let first = self.len();
        let open = std::mem::replace(
            &mut self.open,
            Segment {
                first,
                ..Segment::default()
            },
        );
        if !open.ends.is_empty() {
            self.closed.push(Segment {
                first: open.first,
                ends: open.ends.into_boxed_slice().into_vec(),
                octets: open.octets.into_boxed_slice().into(),
            });
        }
    }
}

/// A segment's octets with others in the place of an entry's, and where its entries end then.
fn replaced(before: &[u8], ends: &mut [u32], number: usize, octets: &[u8]) -> Vec<u8> {
    let begin = number
        .checked_sub(1)
        .and_then(|at| ends.get(at))
        .map_or(0, |end| *end);
    let end = ends.get(number).copied().unwrap_or(begin);
    let part = |from: u32, to: usize| before.get(from as usize..to).unwrap_or_default();
    let after = [part(0, begin as usize), octets, part(end, before.len())].concat();
    let length = u32::try_from(octets.len()).unwrap_or(u32::MAX);
    for later in ends.iter_mut().skip(number) {
        *later = *later - (end - begin) + length;
    }
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(lengths: &[usize]) -> Segments {
        let mut segments = Segments::default();
        for (place, &length) in lengths.iter().enumerate() {
            let pushed = segments.push(length, |out| out.extend(vec![place as u8; length]));
            assert_eq!(pushed, length);
        }
        segments
    }

    fn entry(place: usize, length: usize) -> Vec<u8> {
        vec![place as u8; length]
    }

    const LENGTHS: [usize; 12] = [
        10, 200, 40_000, 3, 60_000, 61_000, 1, 31_000, 31_000, 100_000, 5, 6,
    ];

    #[test]
    fn every_entry_is_found_at_its_place() {
        let segments = filled(&LENGTHS);
        assert_eq!(segments.len(), LENGTHS.len());
        for (place, &length) in LENGTHS.iter().enumerate() {
            assert_eq!(segments.get(place), Some(&entry(place, length)[..]));
        }
        assert_eq!(segments.get(LENGTHS.len()), None);
    }

    #[test]
    fn entries_come_together_and_none_is_left_out() {
        let mut segments = filled(&LENGTHS);
        for most in [1, 64 * 1024, 1 << 20] {
            let (mut place, mut came) = (0, Vec::new());
            while let Some((octets, count)) = segments.from(place, usize::MAX, most) {
                assert!(count > 0 && (octets.len() <= most || count == 1));
                came.extend_from_slice(&octets);
                place += count;
            }
            assert_eq!(place, LENGTHS.len());
            let all: Vec<_> = LENGTHS
                .iter()
                .enumerate()
                .flat_map(|(at, &length)| entry(at, length))
                .collect();
            assert!(came == all, "in frames of {most}");
        }
        assert!(segments.from(LENGTHS.len(), usize::MAX, 100).is_none());
        for (place, until, count) in [(0, 2, 2), (0, 0, 0), (1, 2, 1), (10, 11, 1), (11, 5, 0)] {
            let came = segments.from(place, until, 1 << 20);
            assert_eq!(came.map_or(0, |(_, count)| count), count, "{place} to {until}");
        }
    }

    #[test]
    fn an_entry_is_replaced_by_a_longer_or_a_shorter_one() {
        for place in 0..LENGTHS.len() {
            for length in [0, 1, 500, 70_000] {
                let mut segments = filled(&LENGTHS);
                segments.replace(place, &entry(99, length));
                for (at, &before) in LENGTHS.iter().enumerate() {
                    let expected = if at == place {
                        entry(99, length)
                    } else {
                        entry(at, before)
                    };
                    assert!(
                        segments.get(at) == Some(&expected[..]),
                        "{at} after {place} is {length} long"
                    );
                }
                segments.push(3, |out| out.extend(b"new"));
                assert_eq!(segments.get(LENGTHS.len()), Some(&b"new"[..]));
            }
        }
    }

    #[test]
    fn the_last_entry_can_be_taken_away() {
        let mut segments = filled(&LENGTHS);
        segments.pop();
        assert_eq!(segments.len(), LENGTHS.len() - 1);
        segments.push(3, |out| out.extend(b"new"));
        assert_eq!(segments.get(LENGTHS.len() - 1), Some(&b"new"[..]));
        assert_eq!(segments.get(LENGTHS.len() - 2), Some(&entry(10, 5)[..]));
    }
}
