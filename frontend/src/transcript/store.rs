//! Every octet of the transcript once, in pieces of one size that never move. What is withdrawn is overwritten.

/// The size of a piece in octets.
const PIECE: usize = 256 * 1024;

/// Octets that are only ever added to, or overwritten.
#[derive(Default)]
pub(super) struct Store {
    pieces: Vec<Vec<u8>>,
    length: u32,
}

impl Store {
    /// Where the next octet will stand.
    pub(super) fn end(&self) -> u32 {
        self.length
    }

    /// Adds octets behind the last.
    pub(super) fn push(&mut self, mut octets: &[u8]) {
        while !octets.is_empty() {
            if self.pieces.last().is_none_or(|piece| piece.len() == PIECE) {
                // The first piece grows as it is needed: most transcripts are small.
                let capacity = if self.pieces.is_empty() { 0 } else { PIECE };
                self.pieces.push(Vec::with_capacity(capacity));
            }
            let Some(piece) = self.pieces.last_mut() else {
                return;
            };
            let fits = octets.len().min(PIECE - piece.len());
            piece.extend_from_slice(&octets[..fits]);
            self.length += fits as u32;
            octets = &octets[fits..];
        }
    }

    /// Puts octets in the place of those from `start` on, as far as there are any.
    pub(super) fn overwrite(&mut self, start: u32, octets: &[u8]) {
        for (at, octet) in (start as usize..).zip(octets) {
            let held = self
                .pieces
                .get_mut(at / PIECE)
                .and_then(|piece| piece.get_mut(at % PIECE));
            if let Some(held) = held {
                *held = *octet;
            }
        }
    }

    /// Adds the octets from `start` on, as far as there are any, to others.
    pub(super) fn read(&self, start: u32, length: usize, octets: &mut Vec<u8>) {
        let end = octets.len() + length;
        let (mut piece, mut at) = (start as usize / PIECE, start as usize % PIECE);
        while octets.len() < end {
            let Some(held) = self.pieces.get(piece) else { break };
            let until = held.len().min(at + end - octets.len());
            octets.extend_from_slice(held.get(at..until).unwrap_or_default());
            (piece, at) = (piece + 1, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Store {
        fn get(&self, start: u32, length: usize) -> Vec<u8> {
            let mut octets = Vec::new();
            self.read(start, length, &mut octets);
            octets
        }
    }

    #[test]
    fn what_was_pushed_is_read_back_across_pieces() {
        let octets: Vec<u8> = (0..PIECE * 2 + 100).map(|at| (at % 251) as u8).collect();
        let mut store = Store::default();
        for chunk in octets.chunks(70_001) {
            store.push(chunk);
        }
        assert_eq!(store.end() as usize, octets.len());
        assert_eq!(store.get(0, octets.len()), octets);
        let across = PIECE - 3;
        assert_eq!(store.get(across as u32, 10), octets[across..across + 10]);
        assert_eq!(store.get(store.end() - 2, 10).len(), 2);
        store.overwrite(across as u32, &[7; 6]);
        assert_eq!(store.get(across as u32 - 1, 8)[1..7], [7; 6]);
        assert_eq!(store.get(across as u32 - 1, 8)[0], octets[across - 1]);
        assert_eq!(store.get(across as u32 - 1, 8)[7], octets[across + 6]);
        store.overwrite(store.end() - 1, &[7; 6]);
        assert_eq!(store.end() as usize, octets.len());
    }
}
