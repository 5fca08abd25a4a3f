//! The octets of a line as they went over the wire.

use std::fmt::Write;

use protocol::access::Sight;

use super::{Kind, Transcript};

/// How many octets stand on one line.
const WIDTH: usize = 16;

/// What the bridge ends a line with that it sends.
const SENT_END: &[u8] = b"\r\n";

/// The octets of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hex {
    /// Sixteen octets a line: where they stand in the line, the octets, and those that are printable ASCII.
    pub dump: String,
    /// What is not in it; empty if all is.
    pub note: &'static str,
}

impl Transcript {
    /// Shows the octets of a row, or hides them. Several rows can show theirs.
    pub fn toggle_hex(&mut self, record: usize) {
        let record = record as u32;
        if self.has_octets(record as usize) && !self.hexed.remove(&record) {
            self.hexed.insert(record);
        }
    }

    /// Whether a row shows its octets.
    pub fn shows_hex(&self, record: usize) -> bool {
        self.hexed.contains(&(record as u32)) && self.has_octets(record)
    }

    /// Whether a row has octets that went over the wire.
    pub fn has_octets(&self, record: usize) -> bool {
        let is_line = self.run_of(record).is_some_and(|run| {
            matches!(
                run.kind,
                Kind::Command { .. } | Kind::Answer { .. } | Kind::Payload { .. }
            )
        });
        is_line && !self.is_withdrawn(record)
    }

    /// The octets of a row that shows them.
    pub(super) fn hex(&self, record: usize) -> Option<Hex> {
        if !self.shows_hex(record) {
            return None;
        }
        let mut octets = self.octets(record);
        let line = self.line_of(record);
        let kind = &self.run_of(record)?.kind;
        let struck = match kind {
            Kind::Command { struck, .. } => {
                if record + 1 == line.end {
                    octets.extend_from_slice(SENT_END);
                }
                struck
            }
            Kind::Answer { struck, .. } => struck,
            _ => &Vec::new(),
        };
        let before: usize = (line.start..record).map(|it| self.lines.length(it)).sum();
        Some(Hex {
            dump: dump(&octets, before),
            note: if struck.is_empty() {
                ""
            } else if self.sight == Sight::Everything || matches!(kind, Kind::Command { .. }) {
                "A secret stood in this line; it was never recorded, and is not here."
            } else {
                "Some of this line is withheld, and is not here: a secret, or what your link does not show."
            },
        })
    }
}

/// The octets, the first of which stands at that offset.
fn dump(octets: &[u8], offset: usize) -> String {
    let mut dump = String::with_capacity(octets.len().div_ceil(WIDTH) * 80);
    for (at, line) in octets.chunks(WIDTH).enumerate() {
        if at > 0 {
            dump.push('\n');
        }
        // Writing into a string does not fail.
        let _ = write!(dump, "{:06x} ", offset + at * WIDTH);
        for place in 0..WIDTH {
            let gap = if place == WIDTH / 2 { "  " } else { " " };
            let _ = match line.get(place) {
                Some(octet) => write!(dump, "{gap}{octet:02x}"),
                None => write!(dump, "{gap}  "),
            };
        }
        dump.push_str("  ");
        let shown = |octet: &u8| {
            if matches!(octet, b' '..=b'~') {
                *octet as char
            } else {
                '.'
            }
        };
        dump.extend(line.iter().map(shown));
    }
    dump
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_stand_sixteen_a_line_with_their_places() {
        assert_eq!(
            dump(b"+OK ready <1.2@a.example>\r\n", 0x1000),
            "001000  2b 4f 4b 20 72 65 61 64  79 20 3c 31 2e 32 40 61  +OK ready <1.2@a\n\
             001010  2e 65 78 61 6d 70 6c 65  3e 0d 0a                 .example>.."
        );
        assert_eq!(dump(b"", 0), "");
    }
}
