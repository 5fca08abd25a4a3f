//! The subject in a message's header, which comes in pieces that are cut anywhere.

use protocol::encoded_word;

/// How much of a line of the header is looked at, and how much of the subject is kept, in octets.
const LINE_MAX: usize = 1000;

const NAME: &[u8] = b"subject:";

/// A header that is coming in.
#[derive(Debug, Default)]
pub(super) struct Header {
    line: Vec<u8>,
    /// What the subject's lines said so far.
    subject: Option<Vec<u8>>,
    is_over: bool,
}

impl Header {
    /// Takes in a piece. Gives the subject, decoded, once it is whole.
    pub(super) fn take_in(&mut self, piece: &[u8]) -> Option<String> {
        if self.is_over {
            return None;
        }
        for part in piece.split_inclusive(|&octet| octet == b'\n') {
            let room = LINE_MAX.saturating_sub(self.line.len());
            self.line.extend_from_slice(&part[..part.len().min(room)]);
            if part.ends_with(b"\n") {
                let line = std::mem::take(&mut self.line);
                if let Some(subject) = self.take_line(line.trim_ascii_end()) {
                    return Some(subject);
                }
            }
        }
        None
    }

    fn take_line(&mut self, line: &[u8]) -> Option<String> {
        let goes_on = line.first().is_some_and(u8::is_ascii_whitespace);
        match &mut self.subject {
            Some(subject) if goes_on => {
                let room = LINE_MAX.saturating_sub(subject.len());
                subject.extend_from_slice(&line[..line.len().min(room)]);
                None
            }
            Some(subject) => {
                self.is_over = true;
                Some(encoded_word::decode(subject.trim_ascii()))
            }
            None => {
                let begins = line
                    .get(..NAME.len())
                    .is_some_and(|it| it.eq_ignore_ascii_case(NAME));
                self.subject = begins.then(|| line[NAME.len()..].to_vec());
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(header: &str, size: usize) -> Option<String> {
        let mut taken = Header::default();
        let found: Vec<_> = header
            .as_bytes()
            .chunks(size)
            .filter_map(|it| taken.take_in(it))
            .collect();
        assert!(found.len() < 2);
        found.into_iter().next()
    }

    #[test]
    fn a_subject_is_found_however_the_header_is_cut() {
        let header = "From: a\r\nX-Subject: no\r\nsubJECT: =?utf-8?Q?a?=\r\n =?utf-8?Q?b?=\r\n\tc\r\nSubject: no\r\n\r\n";
        for size in 1..=header.len() {
            assert_eq!(subject(header, size).as_deref(), Some("ab\tc"), "{size}");
        }
        assert_eq!(subject("Subject: last\n\n", 4).as_deref(), Some("last"));
        assert_eq!(subject("Subject:\r\nFrom: a\r\n", 4).as_deref(), Some(""));
        assert_eq!(subject("From: a\r\n\r\n", 4), None);
    }

    #[test]
    fn a_line_without_end_takes_no_room() {
        let mut header = Header::default();
        assert_eq!(header.take_in(b"Subject: "), None);
        for _ in 0..100 {
            assert_eq!(header.take_in(&[b'x'; 10_000]), None);
        }
        assert!(header.line.len() <= LINE_MAX);
        let subject = header.take_in(b"\r\n\r\n").unwrap();
        assert_eq!(subject.len(), LINE_MAX - "Subject: ".len());
    }
}
