//! What opens and closes a fold.

use crate::figures;

/// What opens and closes a fold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chip {
    /// How many lines begin in the fold.
    pub lines: usize,
    /// Whether it begins within a line.
    pub goes_on: bool,
    /// How many octets are in it.
    pub octets: u32,
    /// Whether they are a listing's, and not a message's.
    pub is_listing: bool,
    /// Whether it is open.
    pub is_open: bool,
}

impl Chip {
    /// What it says: `6 more lines — message content`.
    pub fn told(&self) -> String {
        let more = if self.is_open { "" } else { "more " };
        let lines = match self.lines {
            1 => format!("1 {more}line"),
            lines => format!("{} {more}lines", figures::grouped(lines as u64)),
        };
        let what = match (self.goes_on, self.lines) {
            (true, 0) => "the rest of this line".to_owned(),
            (true, _) => format!("the rest of this line, {lines}"),
            (false, _) => lines,
        };
        let kind = if self.is_listing {
            "listing"
        } else {
            "message content"
        };
        if self.octets < SIZE_TOLD {
            return format!("{what} — {kind}");
        }
        format!("{what} — {kind}, {}", figures::size(self.octets.into()))
    }
}

/// From how many octets on a fold says how many they are.
const SIZE_TOLD: u32 = 100_000;
