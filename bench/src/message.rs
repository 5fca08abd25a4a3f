//! The messages of the bench's mail server: of every length, made of the same lines over and over.

use std::io::{self, Write};
use std::sync::OnceLock;

/// The octets of a line, its end among them.
pub const LINE: usize = 80;

/// How many lines are made; a longer message repeats them.
const BLOCK_LINES: usize = 1000;

/// What a message begins with, before it is text only.
const HEAD: [&str; 8] = [
    "From: \"Anna Example\" <anna@company.com>",
    "To: Bert Example <bert@company.com>",
    "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= from the bench",
    "Date: Mon, 01 Jan 2024 12:00:00 +0000",
    "Message-ID: <0001@company.com>",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "",
];

/// Text as mail has it: words, an address, a quotation, numbers, what looks like base64.
const TEXT: [&str; 5] = [
    "The quick brown fox jumps over the lazy dog, and nobody has ever asked it why",
    "> write to support@company.com or see https://www.company.com/help?topic=42",
    "4f8a 1200 octets 17 messages 2024-01-31 23:59:59 +0100 192.0.2.17 port 110",
    "U29tZXRoaW5nIHRoYXQgbG9va3MgbGlrZSBiYXNlNjQgYnV0IGlzIG5vdCByZWFsbHkgdGhhdA==",
    "-- a line that begins with dashes, such as signatures and boundaries are --",
];

/// Writes the reply to RETR of a message of so many lines.
///
/// # Errors
/// When the other side is gone.
pub(crate) fn write(stream: &mut impl Write, lines: u32) -> io::Result<()> {
    let lines = lines as usize;
    write!(stream, "+OK {} octets\r\n", lines * LINE)?;
    let block = block();
    let head = HEAD.len().min(lines) * LINE;
    stream.write_all(block.get(..head).unwrap_or_default())?;
    let text = block.get(HEAD.len() * LINE..).unwrap_or_default();
    let mut left = lines * LINE - head;
    while left > 0 {
        let piece = text.get(..left.min(text.len())).unwrap_or_default();
        stream.write_all(piece)?;
        left -= piece.len();
    }
    stream.write_all(b".\r\n")
}

fn block() -> &'static [u8] {
    static BLOCK: OnceLock<Vec<u8>> = OnceLock::new();
    BLOCK.get_or_init(|| {
        let text = TEXT.iter().cycle().take(BLOCK_LINES);
        HEAD.iter().chain(text).flat_map(|line| padded(line)).collect()
    })
}

/// A line of [`LINE`] octets. The empty line behind the header stays one: its octets are made up for before it.
fn padded(line: &str) -> Vec<u8> {
    let room = LINE - 2;
    if line.is_empty() {
        return format!("X-Fill: {}\r\n\r\n", "-".repeat(room - 10)).into_bytes();
    }
    format!("{line:.room$}{}\r\n", " ".repeat(room.saturating_sub(line.len()))).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_the_octets_that_it_announces() {
        for lines in [8, 9, 5000] {
            let mut reply = Vec::new();
            write(&mut reply, lines).unwrap();
            let announced = format!("+OK {} octets\r\n", lines as usize * LINE);
            let payload = reply.strip_prefix(announced.as_bytes()).unwrap();
            let payload = payload.strip_suffix(b".\r\n").unwrap();
            assert_eq!(payload.len(), lines as usize * LINE);
            assert!(payload.ends_with(b"\r\n"));
            let body = payload.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
            assert_eq!(body, HEAD.len() * LINE);
            assert!(payload[body..].chunks(LINE).all(|line| line.ends_with(b"\r\n")));
        }
    }
}
