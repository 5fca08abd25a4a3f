//! What a line of the server's says about itself: status indicator, response code, announced octets.

use std::ops::Range;

use crate::command::is_blank;

/// How a reply begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Indicator {
    /// `+OK`, in any letter case.
    Ok,
    /// `-ERR`, in any letter case; `+ERR`, which hMailServer sent, means the same.
    Err,
    /// `+ ` or `+` alone: the server wants a SASL response (RFC 5034 §4).
    Continuation,
}

impl Indicator {
    /// The indicator that a line begins with, its line end included or not, and where the indicator ends.
    pub fn of(line: &[u8]) -> Option<(Self, usize)> {
        let begins = |with: &[u8]| {
            line.get(..with.len())
                .is_some_and(|begin| begin.eq_ignore_ascii_case(with))
        };
        if begins(b"+OK") {
            Some((Self::Ok, 3))
        } else if begins(b"-ERR") || begins(b"+ERR") {
            Some((Self::Err, 4))
        } else if matches!(line, b"+" | b"+\n" | b"+\r\n") || line.starts_with(b"+ ") {
            Some((Self::Continuation, 1))
        } else {
            None
        }
    }
}

/// Whether a line begins with `+OK`.
pub fn is_ok(line: &[u8]) -> bool {
    matches!(Indicator::of(line), Some((Indicator::Ok, _)))
}

/// Where the content of a line ends and its line end, CRLF or a bare LF, begins.
pub fn content_end(line: &[u8]) -> usize {
    let content = line.strip_suffix(b"\n").unwrap_or(line);
    if content.len() < line.len() {
        content.strip_suffix(b"\r").unwrap_or(content).len()
    } else {
        line.len()
    }
}

/// Where the text of a line without its line end begins: behind its status indicator and one blank.
pub fn text_start(content: &[u8]) -> usize {
    let indicator = Indicator::of(content).map_or(0, |(_, end)| end);
    let is_apart = indicator > 0 && content.get(indicator).is_some_and(|&octet| is_blank(octet));
    indicator + usize::from(is_apart)
}

/// Where the response code of a status line stands, brackets included (RFC 2449 §8).
pub fn response_code(line: &[u8]) -> Option<Range<usize>> {
    let (_, indicator) =
        Indicator::of(line).filter(|&(indicator, _)| indicator != Indicator::Continuation)?;
    let text = &line[indicator..content_end(line)];
    let start = indicator + text.iter().position(|&octet| octet != b' ')?;
    if start == indicator || line[start] != b'[' {
        return None;
    }
    let inside = line[start + 1..]
        .iter()
        .position(|&octet| !octet.is_ascii_graphic() || octet == b']')?;
    let close = start + 1 + inside;
    (inside > 0 && line[close] == b']').then_some(start..close + 1)
}

/// Whether a negative status line says that the maildrop is locked: by its code (RFC 2449 §8.1.2), or in the words of
/// servers that have none. What it says of an account that is locked is something else.
pub fn says_locked(line: &[u8]) -> bool {
    if !matches!(Indicator::of(line), Some((Indicator::Err, _))) {
        return false;
    }
    if let Some(code) = response_code(line) {
        let name = ResponseCode::find(&line[code]).map_or("", |known| known.name);
        // Another code says what is the matter, and the text only words it.
        return name == "IN-USE";
    }
    let text = line[text_start(line)..].to_ascii_lowercase();
    let says = |what: &[&str]| {
        what.iter()
            .any(|it| memchr::memmem::find(&text, it.as_bytes()).is_some())
    };
    says(&["lock busy", "another pop3 session"])
        || (says(&["maildrop", "mail drop", "mailbox", "maildir", "inbox", "spool"])
            && says(&["lock", "in use", "busy", "already open", "another session"]))
}

/// The timestamp of a greeting, angle brackets included, over which APOP's digest is made (RFC 1939 §7).
pub fn timestamp(greeting: &[u8]) -> Option<&[u8]> {
    let mut rest = greeting;
    while let Some(start) = memchr::memchr(b'<', rest) {
        rest = &rest[start..];
        let inside = rest[1..]
            .iter()
            .position(|octet| !octet.is_ascii_graphic() || *octet == b'>');
        let end = inside.map_or(rest.len(), |length| 1 + length);
        if rest.get(end) == Some(&b'>') && rest[..end].contains(&b'@') {
            return Some(&rest[..=end]);
        }
        rest = &rest[end..];
    }
    None
}

/// A response code that some RFC defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponseCode {
    /// Its name, without brackets.
    pub name: &'static str,
    /// What it means, in one sentence.
    pub explanation: &'static str,
    /// Where it is defined.
    pub rfc: &'static str,
}

impl ResponseCode {
    /// The code of that name, brackets or not, in any letter case. Of a code with levels that nobody knows
    /// (`SYS/TEMP/DISK`) it is the nearest level above.
    pub fn find(code: &[u8]) -> Option<&'static Self> {
        let code = code.strip_prefix(b"[").unwrap_or(code);
        let mut code = code.strip_suffix(b"]").unwrap_or(code);
        loop {
            if let Some(known) = KNOWN
                .iter()
                .find(|known| known.name.as_bytes().eq_ignore_ascii_case(code))
            {
                return Some(known);
            }
            code = &code[..code.iter().rposition(|&octet| octet == b'/')?];
        }
    }
}

const KNOWN: [ResponseCode; 7] = [
    ResponseCode {
        name: "LOGIN-DELAY",
        explanation: "This maildrop was opened too short a time ago; wait before the next login.",
        rfc: "RFC 2449 §8.1.1",
    },
    ResponseCode {
        name: "IN-USE",
        explanation: "The maildrop is in use, probably by another session; the password was right.",
        rfc: "RFC 2449 §8.1.2",
    },
    ResponseCode {
        name: "SYS",
        explanation: "Something failed on the server's side; the user name and password are not the cause.",
        rfc: "RFC 3206 §4",
    },
    ResponseCode {
        name: "SYS/TEMP",
        explanation: "Something failed on the server's side that will probably pass; try again later.",
        rfc: "RFC 3206 §4",
    },
    ResponseCode {
        name: "SYS/PERM",
        explanation: "Something failed on the server's side that its operator must mend.",
        rfc: "RFC 3206 §4",
    },
    ResponseCode {
        name: "AUTH",
        explanation: "The user name, the password or another credential is at fault.",
        rfc: "RFC 3206 §5",
    },
    ResponseCode {
        name: "UTF8",
        explanation: "The message or the maildrop needs UTF-8; send UTF8 before logging in.",
        rfc: "RFC 6856 §5",
    },
];

/// How many octets the status line of RETR announces: `+OK 272 octets`, `+OK 272`,
/// `+OK message follows (272 octets)`. RFC 1939 asks for no such number, so it may be missing.
pub fn announced_octets(line: &[u8]) -> Option<u64> {
    let mut words = words(line)?;
    let first = number(words.next()?);
    octets_told(line).or(first.filter(|_| words.next().is_none()))
}

/// How many octets the status line of LIST says that all messages have together: `+OK 4 messages (1061 octets)`.
/// RFC 1939 asks for no such number.
pub fn octets_told(line: &[u8]) -> Option<u64> {
    let mut number = None;
    for word in words(line)? {
        let unit = word.strip_suffix(b".").unwrap_or(word);
        if number.is_some()
            && [&b"octets"[..], b"bytes", b"octet", b"byte"]
                .iter()
                .any(|u| unit.eq_ignore_ascii_case(u))
        {
            return number;
        }
        number = self::number(word);
    }
    None
}

/// How many octets `+OK` to STAT says that all messages have together (RFC 1939 §5).
pub fn stat_octets(line: &[u8]) -> Option<u64> {
    let mut words = words(line)?;
    number(words.next()?)?;
    number(words.next()?)
}

/// The words behind `+OK`; none of another line.
fn words(line: &[u8]) -> Option<impl Iterator<Item = &[u8]>> {
    let (Indicator::Ok, indicator) = Indicator::of(line)? else {
        return None;
    };
    let words =
        line[indicator..content_end(line)].split(|&octet| is_blank(octet) || b"()[],;:=".contains(&octet));
    Some(words.filter(|word| !word.is_empty()))
}

/// The number that a word is: digits and nothing else.
pub fn number(word: &[u8]) -> Option<u64> {
    if word.is_empty() || !word.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(word).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_indicator_is_known_in_any_letter_case() {
        for (line, indicator) in [
            ("+OK", Some((Indicator::Ok, 3))),
            ("+ok ready\r\n", Some((Indicator::Ok, 3))),
            ("-err no\n", Some((Indicator::Err, 4))),
            ("+ERR no", Some((Indicator::Err, 4))),
            ("+ \r\n", Some((Indicator::Continuation, 1))),
            ("+\r\n", Some((Indicator::Continuation, 1))),
            ("+ VXNlcm5hbWU6\r\n", Some((Indicator::Continuation, 1))),
            ("+VXNlcm5hbWU6\r\n", None),
            ("+\r", None),
            ("", None),
            ("-ER", None),
            ("* OK", None),
            (" +OK", None),
        ] {
            assert_eq!(Indicator::of(line.as_bytes()), indicator, "{line:?}");
        }
    }

    #[test]
    fn a_response_code_stands_behind_the_indicator() {
        let code = |line: &'static str| response_code(line.as_bytes()).map(|range| &line[range]);
        assert_eq!(code("-ERR [IN-USE] maildrop locked\r\n"), Some("[IN-USE]"));
        assert_eq!(code("-ERR [sys/temp]\r\n"), Some("[sys/temp]"));
        assert_eq!(code("+OK  [X] y"), Some("[X]"));
        assert_eq!(code("-ERR[IN-USE]"), None);
        assert_eq!(code("-ERR [] x"), None);
        assert_eq!(code("-ERR [IN USE] x"), None);
        assert_eq!(code("-ERR [IN-USE"), None);
        assert_eq!(code("-ERR no [IN-USE]"), None);
        assert_eq!(code("-ERR \r\n"), None);
        assert_eq!(code("+ [AUTH]"), None);
    }

    #[test]
    fn a_locked_maildrop_is_known_by_its_code_or_by_words() {
        for line in [
            "-ERR [IN-USE] Mailbox is locked by another POP3 session.\r\n",
            "-ERR [in-use] Do you have another POP session running?",
            "-ERR maildrop already locked",
            "-ERR unable to lock maildrop\r\n",
            "-ERR Unable to lock maildrop: Mailbox is locked by POP server",
            "-ERR Can't get lock.  Mailbox in use",
            "-ERR anna lock busy!  Is another session active? (11)",
            "-err Your mailbox is already locked",
            "-ERR Mailbox in use",
            "+ERR maildrop locked",
        ] {
            assert!(says_locked(line.as_bytes()), "{line}");
        }
        for line in [
            "+OK maildrop locked and ready",
            "-ERR [AUTH] Authentication failed.",
            "-ERR [SYS/TEMP] mailbox is locked for maintenance",
            "-ERR Account is locked, try again in 10 minutes",
            "-ERR invalid user name or password",
            "-ERR no such mailbox",
            "maildrop already locked",
            "-ERR",
            "",
        ] {
            assert!(!says_locked(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn a_timestamp_stands_in_angle_brackets() {
        let of = |line: &'static str| timestamp(line.as_bytes()).map(|it| std::str::from_utf8(it).unwrap());
        let found = Some("<1896.697170952@dbc.mtview.ca.us>");
        assert_eq!(
            of("+OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>\r\n"),
            found
        );
        assert_eq!(of("+OK <a b> <x> <1896.697170952@dbc.mtview.ca.us> <c@d>"), found);
        for none in [
            "+OK ready",
            "+OK <a@b",
            "+OK <a",
            "+OK <>",
            "+OK a@b>",
            "+OK <a @b>",
            "<",
        ] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn a_code_is_explained_by_its_nearest_known_level() {
        let name = |code: &str| ResponseCode::find(code.as_bytes()).map(|known| known.name);
        assert_eq!(name("[in-use]"), Some("IN-USE"));
        assert_eq!(name("SYS/TEMP/DISK"), Some("SYS/TEMP"));
        assert_eq!(name("SYS/OTHER"), Some("SYS"));
        assert_eq!(name("SYSTEM"), None);
        assert_eq!(name(""), None);
    }

    #[test]
    fn announced_octets_are_read_where_they_are_clear() {
        for (line, octets) in [
            ("+OK 272 octets\r\n", Some(272)),
            ("+OK 272", Some(272)),
            ("+ok 1 byte", Some(1)),
            ("+OK message follows (272 octets).", Some(272)),
            ("+OK message 3 (272 octets)", Some(272)),
            ("+OK 3 272", None),
            ("+OK message 3", None),
            ("+OK", None),
            ("+OK 99999999999999999999999 octets", None),
            ("-ERR 272 octets", None),
        ] {
            assert_eq!(announced_octets(line.as_bytes()), octets, "{line:?}");
        }
    }

    #[test]
    fn what_all_messages_come_to_is_read_from_list_and_stat() {
        for (line, list, stat) in [
            ("+OK 4 messages (1061 octets)\r\n", Some(1061), None),
            ("+OK 4 messages\r\n", None, None),
            ("+OK 4", None, None),
            ("+OK 4 1061\r\n", None, Some(1061)),
            ("+OK 4 1061 octets", Some(1061), Some(1061)),
            ("-ERR 4 1061", None, None),
            ("+OK", None, None),
        ] {
            assert_eq!(octets_told(line.as_bytes()), list, "{line:?}");
            assert_eq!(stat_octets(line.as_bytes()), stat, "{line:?}");
        }
    }

    #[test]
    fn only_a_line_end_is_cut_off() {
        assert_eq!(content_end(b"a\r\n"), 1);
        assert_eq!(content_end(b"a\n"), 1);
        assert_eq!(content_end(b"a\r\r\n"), 2);
        assert_eq!(content_end(b"a\r"), 2);
        assert_eq!(content_end(b""), 0);
    }
}
