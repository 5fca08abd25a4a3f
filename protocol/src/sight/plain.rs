//! Whether a server's line says nothing but what servers say of themselves.

use crate::reply::{Indicator, content_end};
use crate::secret::Redacted;

/// The words that servers announce a message with, and answer what has no other answer.
const WORDS: [&str; 22] = [
    "octets",
    "octet",
    "bytes",
    "byte",
    "message",
    "messages",
    "follows",
    "follow",
    "lines",
    "line",
    "top",
    "of",
    "headers",
    "header",
    "body",
    "and",
    "the",
    "is",
    "ok",
    "size",
    "done",
    "completed",
];

/// The most words of a line that is plain.
const WORDS_MAX: usize = 8;

/// The most numbers among them: a message's, and its size.
const NUMBERS_MAX: usize = 2;

/// The most digits of such a number: that of a `u64`.
const DIGITS_MAX: usize = 20;

/// Whether a line about the dialogue holds nothing but an indicator, a few of the words that servers use, and numbers.
/// One out of which something was struck is not: nobody knows what it was. Nor is one that goes on in another entry.
pub(super) fn is_plain(line: &Redacted) -> bool {
    let octets = line.bytes();
    let Some((_, indicator)) = Indicator::of(octets) else {
        return false;
    };
    let text = &octets[indicator..content_end(octets)];
    let is_between = |octet: &u8| b" ()[],;:=.-".contains(octet);
    let (mut words, mut numbers) = (0, 0);
    let all_known = text
        .split(is_between)
        .filter(|word| !word.is_empty())
        .all(|word| {
            words += 1;
            if word.iter().all(u8::is_ascii_digit) {
                numbers += 1;
                word.len() <= DIGITS_MAX
            } else {
                WORDS
                    .iter()
                    .any(|known| known.as_bytes().eq_ignore_ascii_case(word))
            }
        });
    let is_whole = octets.ends_with(b"\n") && line.struck().is_empty();
    is_whole && all_known && words <= WORDS_MAX && numbers <= NUMBERS_MAX
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    #[test]
    fn what_servers_announce_a_message_with_is_plain_and_what_they_tell_of_it_is_not() {
        let plain = |text: &'static str| is_plain(&Redacted::new(Bytes::from(text), Vec::new()));
        for text in [
            "+OK\r\n",
            "+OK 120 octets\r\n",
            "+ok Message follows (4310 octets).\n",
            "+OK 1 4310\r\n",
            "-ERR\r\n",
            "+OK top of message follows\r\n",
        ] {
            assert!(plain(text), "{text:?}");
        }
        for text in [
            "+OK Subject: meeting\r\n",
            "+OK 1 2 3\r\n",
            "+OK 123456789012345678901\r\n",
            "+OK octets octets octets octets octets octets octets octets octets\r\n",
            "+OK \u{e9}\r\n",
            "120 octets\r\n",
            "+OK 120\toctets\r\n",
            "+OK 120 octets",
        ] {
            assert!(!plain(text), "{text:?}");
        }
        assert!(!is_plain(&Redacted::new(Bytes::from("+OK \r\n"), vec![4])));
    }
}
