//! Whether what stands in the header section of a message is header fields.
//!
//! A message that lacks its header, or the empty line behind it, has its text there. From the first line on that is no
//! field (RFC 5322 §2.2) nothing is taken for one any more.

use crate::entry::ExchangeNo;

/// The longest name that a field may have, in octets: no registered one is half as long. Of a line that turns out to be
/// none so much may have been shown before, where octets come one by one.
const FIELD_NAME_MAX: usize = 64;

/// With what a message begins that was taken out of an mbox file.
const MBOX: &[u8] = b"From ";

/// The fields of one message's header section, which comes in pieces.
#[derive(Debug, Default)]
pub(super) struct Fields {
    exchange: ExchangeNo,
    at: At,
    /// Whether a field came, that the next line can go on with.
    has_field: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    /// At the beginning of a line.
    #[default]
    Start,
    /// Behind a CR at the beginning of a line.
    Cr,
    /// Within a field's name, so long already.
    Name(usize),
    /// Behind a name, and blanks.
    Blank,
    /// Within what a field says.
    Value,
    /// No fields come any more.
    Text,
}

impl Fields {
    /// The next piece of that exchange's header section. Tells whether all of it is, as far as it goes, fields.
    pub(super) fn take(&mut self, exchange: ExchangeNo, piece: &[u8]) -> bool {
        self.turn_to(exchange);
        let mut rest = piece;
        while let Some((&octet, behind)) = rest.split_first() {
            if self.at == At::Start && !self.has_field && rest.starts_with(MBOX) {
                self.at = At::Value;
            }
            (self.at, rest) = match self.at {
                At::Text => return false,
                At::Value => match memchr::memchr(b'\n', rest) {
                    Some(end) => (At::Start, &rest[end + 1..]),
                    None => (At::Value, &[][..]),
                },
                at => (self.behind(at, octet), behind),
            };
            self.has_field |= self.at == At::Value;
        }
        self.at != At::Text
    }

    /// A piece that cannot be looked into: the text may have begun in it, so that nothing behind it is taken for a field.
    pub(super) fn pass(&mut self, exchange: ExchangeNo) {
        self.turn_to(exchange);
        self.at = At::Text;
    }

    fn turn_to(&mut self, exchange: ExchangeNo) {
        if self.exchange != exchange {
            *self = Self {
                exchange,
                ..Self::default()
            };
        }
    }

    fn behind(&self, at: At, octet: u8) -> At {
        match (at, octet) {
            (At::Start | At::Cr, b'\n') => At::Start,
            (At::Start, b'\r') => At::Cr,
            (At::Start, b' ' | b'\t') if self.has_field => At::Value,
            (At::Name(1..), b':') | (At::Blank, b':') => At::Value,
            (At::Name(1..) | At::Blank, b' ' | b'\t') => At::Blank,
            (At::Start, b'!'..=b'~') if octet != b':' => At::Name(1),
            (At::Name(long), b'!'..=b'~') if long < FIELD_NAME_MAX => At::Name(long + 1),
            _ => At::Text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is taken for fields of a header section in pieces of that size.
    fn shown(text: &str, size: usize) -> String {
        let mut fields = Fields::default();
        let pieces = text.as_bytes().chunks(size).filter(|piece| fields.take(1, piece));
        String::from_utf8(pieces.collect::<Vec<_>>().concat()).unwrap()
    }

    #[test]
    fn fields_are_fields_in_any_pieces() {
        let header = "Subject: a\r\n b\r\n\tc\r\nX-1 : y:z\nFrom:\r\n\r\n";
        let mbox = format!("From me@example.com Tue Nov 24\r\n{header}");
        for size in 1..header.len() {
            assert_eq!(shown(header, size), header, "{size}");
        }
        assert_eq!(shown(&mbox, mbox.len()), mbox);
    }

    #[test]
    fn text_in_place_of_a_header_is_text_and_so_is_all_behind_it() {
        for text in [
            "Hello Bob,\r\nthe secret: it is here\r\n\r\n",
            " it begins with a blank: this\r\n",
            "\u{e9}t\u{e9}: this\r\n",
            ": no name\r\n",
        ] {
            assert_eq!(shown(text, text.len()), "", "{text:?}");
            // Where octets come one by one, no more than what may be a name is shown before it is known to be none.
            let first: String = text
                .chars()
                .take_while(|&it| it.is_ascii_graphic() && it != ':')
                .collect();
            assert!(first.len() + 2 >= shown(text, 1).len(), "{text:?}");
        }
        let late = "Subject: a\r\n\r\n".replace("\r\n\r\n", "\r\nHello Bob,\r\nthe secret: here\r\n");
        assert_eq!(shown(&late, 12), "Subject: a\r\n");
        let long = "x".repeat(FIELD_NAME_MAX + 1) + ": y\r\n";
        assert_eq!(shown(&long, long.len()), "");
    }

    #[test]
    fn behind_what_cannot_be_looked_into_nothing_is_a_field() {
        let mut fields = Fields::default();
        assert!(fields.take(1, b"Subject: a\r\n"));
        fields.pass(1);
        assert!(!fields.take(1, b"the secret: it is here\r\n"));
        fields.pass(2);
        assert!(!fields.take(2, b"the secret: it is here\r\n"));
        assert!(fields.take(3, b"Subject: a\r\n"));
    }

    #[test]
    fn each_message_has_its_own() {
        let mut fields = Fields::default();
        assert!(!fields.take(1, b"no field\r\n"));
        assert!(!fields.take(1, b"Subject: a\r\n"));
        assert!(fields.take(2, b"Subject: a\r\n"));
    }
}
