//! What went over the wire, as somebody with telnet would have it: without the console's own words.

use protocol::entry::{Entry, Event};
use protocol::remark::Remark;
use protocol::secret::Redacted;
use protocol::unseen;

use super::{About, Export, SECRET};

/// The most octets of lines that went out and wait for the end of a line that is coming in.
const HELD_MAX: usize = 64 * 1024;

/// Makes the text. What a server sent stands there octet for octet; a line that went out while one came in stands
/// behind that.
pub(super) struct Text {
    about: About,
    /// Whether a line of the server's has not ended yet.
    is_inside: bool,
    /// Lines that went out meanwhile.
    held: Vec<u8>,
    /// Lines and octets that are withheld and were not told yet.
    withheld: Option<(u64, u64)>,
}

impl Text {
    pub(super) fn new(about: About) -> Self {
        Self {
            about,
            is_inside: false,
            held: Vec::new(),
            withheld: None,
        }
    }
}

impl Export for Text {
    fn entry(&mut self, entry: &Entry, out: &mut Vec<u8>) {
        match &entry.event {
            Event::Sent { line, .. } => {
                self.tell_withheld(out);
                let target = if self.is_inside { &mut self.held } else { &mut *out };
                write(line, target);
                target.extend_from_slice(b"\r\n");
                if self.held.len() > HELD_MAX {
                    self.end_line(out);
                }
            }
            Event::Answered { line, .. } => {
                self.tell_withheld(out);
                write(line, out);
                self.came(line.bytes(), out);
            }
            Event::Received { bytes, .. } => {
                self.tell_withheld(out);
                self.write_payload(bytes, out);
            }
            Event::Withheld { lines, octets, .. } => {
                let so_far = self.withheld.get_or_insert_default();
                so_far.0 += u64::from(*lines);
                so_far.1 += u64::from(*octets);
            }
            Event::Remark(Remark::Ended { .. } | Remark::Connected { .. }) => {
                self.tell_withheld(out);
                self.end_line(out);
            }
            Event::Hidden { .. } | Event::Note { .. } | Event::Remark(_) | Event::State(_) => {}
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        self.tell_withheld(out);
        self.release(out);
    }
}

impl Text {
    /// Payload: what was held goes behind the first line end in it.
    fn write_payload(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        let first_end = octets.iter().position(|&octet| octet == b'\n');
        match first_end {
            Some(end) if !self.held.is_empty() => {
                let (first, rest) = octets.split_at(end + 1);
                out.extend_from_slice(first);
                self.is_inside = false;
                self.release(out);
                out.extend_from_slice(rest);
            }
            _ => out.extend_from_slice(octets),
        }
        self.is_inside = !octets.ends_with(b"\n") && (self.is_inside || !octets.is_empty());
    }

    fn came(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        self.is_inside = !octets.ends_with(b"\n");
        if !self.is_inside {
            self.release(out);
        }
    }

    fn release(&mut self, out: &mut Vec<u8>) {
        if self.is_inside && !self.held.is_empty() {
            out.extend_from_slice(b"\r\n");
            self.is_inside = false;
        }
        out.append(&mut self.held);
    }

    /// The line that is coming in has come as far as it will.
    fn end_line(&mut self, out: &mut Vec<u8>) {
        if self.is_inside {
            out.extend_from_slice(b"\r\n");
            self.is_inside = false;
        }
        self.release(out);
    }

    fn tell_withheld(&mut self, out: &mut Vec<u8>) {
        if let Some((lines, octets)) = self.withheld.take() {
            self.end_line(out);
            let told = unseen::told(lines, octets, self.about.sight, self.about.keep);
            out.extend_from_slice(format!("[{told}]\r\n").as_bytes());
        }
    }
}

/// A line with bullets where secrets stood.
fn write(line: &Redacted, out: &mut Vec<u8>) {
    let mut from = 0;
    for &at in line.struck() {
        let at = at as usize;
        out.extend_from_slice(line.bytes().get(from..at).unwrap_or_default());
        out.extend_from_slice(SECRET.as_bytes());
        from = at;
    }
    out.extend_from_slice(line.bytes().get(from..).unwrap_or_default());
}
