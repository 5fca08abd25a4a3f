//! Whether what stands in the header section of a message is header fields.
//!
//! A message that lacks its header, or the empty line behind it, has its text there. From the first line on that is no
//! field (RFC 5322 §2.2) nothing is taken for one any more.

use crate::entry::ExchangeNo;
use crate::framer::FIELD_START_MAX;

/// The longest name that a field may have, in octets: no registered one is half as long.
const FIELD_NAME_MAX: usize = 64;

/// What such a line begins with, and says behind the sender, as `asctime` does (RFC 4155).
const FROM: &[u8] = b"From ";
const DAYS: [&[u8]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];
const MONTHS: [&[u8]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

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
    /// At the beginning of the first line.
    #[default]
    First,
    /// At the beginning of another.
    Start,
    /// Behind a CR at the beginning of a line.
    Cr,
    /// Within a field's name, so long already.
    Name(usize),
    /// Behind a name, and blanks.
    Blank,
    /// Within what a field says, or the line of an mbox file.
    Value,
    /// Behind a CR in that.
    ValueCr,
    /// No fields come any more.
    Text,
}

impl Fields {
    /// The next piece of that exchange's header section. Tells whether all of it is fields. A name that has not come to
    /// its colon is none: the framer cuts no name, but for one that the octets end with.
    pub(super) fn take(&mut self, exchange: ExchangeNo, piece: &[u8]) -> bool {
        self.turn_to(exchange);
        let mut rest = piece;
        while let Some((&octet, behind)) = rest.split_first() {
            (self.at, rest) = match self.at {
                At::Text => return false,
                At::First if parts_messages(rest) => (At::Value, behind),
                At::Value => match memchr::memchr2(b'\r', b'\n', rest) {
                    Some(end) if rest[end] == b'\r' => (At::ValueCr, &rest[end + 1..]),
                    Some(end) => (At::Start, &rest[end + 1..]),
                    None => (At::Value, &[][..]),
                },
                at => (self.behind(at, octet), behind),
            };
        }
        if matches!(self.at, At::Name(_) | At::Blank) {
            self.at = At::Text;
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

    fn behind(&mut self, at: At, octet: u8) -> At {
        match (at, octet) {
            (At::First | At::Start | At::Cr | At::ValueCr, b'\n') => At::Start,
            (At::First | At::Start, b'\r') => At::Cr,
            (At::Start, b' ' | b'\t') if self.has_field => At::Value,
            (At::Name(1..), b':') | (At::Blank, b':') => {
                self.has_field = true;
                At::Value
            }
            (At::Name(1..) | At::Blank, b' ' | b'\t') => At::Blank,
            (At::First | At::Start, b'!'..=b'~') if octet != b':' => At::Name(1),
            (At::Name(long), b'!'..=b'~') if long < FIELD_NAME_MAX => At::Name(long + 1),
            _ => At::Text,
        }
    }
}

/// Whether that begins with the line that stands before a message in an mbox file, as far as a day's and a month's name.
fn parts_messages(text: &[u8]) -> bool {
    // No more of it is kept together.
    let looked = &text[..text.len().min(FIELD_START_MAX)];
    let end = memchr::memchr3(b':', b'\r', b'\n', looked).unwrap_or(looked.len());
    let Some(said) = looked[..end].strip_prefix(FROM) else {
        return false;
    };
    let mut words = said.split(|&octet| octet == b' ').filter(|word| !word.is_empty());
    let (_sender, day, month) = (words.next(), words.next(), words.next());
    day.is_some_and(|day| DAYS.contains(&day)) && month.is_some_and(|month| MONTHS.contains(&month))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framer::{Payload, Section};

    /// What is taken for fields of a header section that comes in pieces of that size.
    fn shown(text: &str, size: usize) -> String {
        let (mut framed, mut fields) = (Payload::message(), Fields::default());
        let mut pieces = Vec::new();
        for mut piece in text.as_bytes().chunks(size) {
            while !piece.is_empty() {
                pieces.extend(framed.next(&mut piece));
            }
        }
        pieces.extend(framed.finish());
        pieces.retain(|(section, piece)| *section == Section::Header && fields.take(1, piece));
        let pieces = pieces.into_iter().map(|(_, piece)| piece);
        String::from_utf8(pieces.collect::<Vec<_>>().concat()).unwrap()
    }

    #[test]
    fn fields_are_fields_in_any_pieces() {
        let header = "Subject: a\r\n b\r\n\tc\r\nX-1 : y:z\nFrom:\r\n\r\n";
        let mbox = format!("From me@example.com Tue Nov 24 10:00:00 2026\r\n{header}");
        let long = format!("{}: y\r\n\r\n", "x".repeat(FIELD_NAME_MAX));
        for header in [header, &mbox, &long] {
            for size in 1..=header.len() {
                assert_eq!(shown(header, size), header, "{size}");
            }
        }
    }

    #[test]
    fn text_in_place_of_a_header_is_text_and_so_is_all_behind_it_in_any_pieces() {
        let long = "x".repeat(FIELD_NAME_MAX + 1) + ": y\r\n";
        let blank = format!("secret{}\r\n", " ".repeat(2 * FIELD_NAME_MAX));
        let text = [
            "Hello Bob,\r\nthe secret: it is here\r\n\r\n",
            "Hello\r\nthe secret: it is here\r\n\r\n",
            "Hello",
            "Hello ",
            ".Hello",
            " it begins with a blank: this\r\n",
            "\u{e9}t\u{e9}: this\r\n",
            ": no name\r\n",
            "From now on Tue is the day\r\n",
            "From now on: this\r\n",
            &long,
            &blank,
        ];
        for text in text {
            for size in 1..=text.len() {
                assert_eq!(
                    shown(text, size).trim_matches([' ', '\r', '\n']),
                    "",
                    "{text:?} in {size}"
                );
            }
        }
        let late = "Subject: a\r\nHello Bob,\r\nthe secret: here\r\n";
        for size in 1..=12 {
            assert_eq!(shown(late, size).trim_end(), "Subject: a", "{size}");
        }
    }

    #[test]
    fn only_the_first_line_is_one_of_an_mbox_file_and_no_line_goes_on_with_it() {
        let mbox = "From me@example.com  Tue Nov 24 10:00:00 2026\r\n";
        for size in 1..=12 {
            for behind in [mbox, " more\r\n", "From now on\r\n"] {
                let shown = shown(&format!("{mbox}{behind}"), size);
                assert!(
                    mbox.starts_with(&shown) && shown.contains("10:"),
                    "{shown:?} in {size}"
                );
            }
            let late = format!("Subject: a\r\n{mbox}");
            assert_eq!(shown(&late, size).trim_end(), "Subject: a", "{size}");
        }
    }

    #[test]
    fn what_a_field_says_ends_where_the_line_does() {
        let mut fields = Fields::default();
        assert!(fields.take(1, b"Subject: a\r") && fields.take(1, b"\nTo: b\n") && fields.take(1, b"\r\n"));
        assert!(fields.take(2, b"Subject: a\r"));
        assert!(!fields.take(2, b"the secret\r\n"));
        assert!(!fields.take(3, b"Subject: a\rthe secret\r\n"));
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
