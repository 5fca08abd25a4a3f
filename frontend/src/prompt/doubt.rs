//! Lines that look like a password at the wrong place. They cannot be told for sure: the person is asked once, and
//! such a line is remembered nowhere.

use protocol::base64;
use protocol::command;
use protocol::state::Expectation;

use crate::session::typed::Typed;

/// Commands that carry a secret, which people mistype.
const SECRETIVE: [&str; 3] = ["PASS", "APOP", "AUTH"];

/// The fewest octets of a response that holds a name and a password.
const RESPONSE_MIN: usize = 4;

/// Why a line may be a password, and what may have been meant.
#[derive(Clone, Debug)]
pub struct Doubt {
    /// It in a sentence.
    pub why: &'static str,
    /// The line that may have been meant, and how it begins.
    pub meant: Option<(Typed, &'static str)>,
}

/// Whether a line looks like a password at the wrong place. `is_due` tells whether USER was answered and PASS is
/// due. A line that is taken for a secret anyway is no doubt.
pub fn doubt(line: &str, expects: Expectation, is_due: bool) -> Option<Doubt> {
    let octets = line.as_bytes();
    let verb = &octets[command::verb(octets)];
    if command::find(verb).is_some() || command::secret_from(octets, expects).is_some() || verb.is_empty() {
        return None;
    }
    if let Some((name, rest)) = SECRETIVE
        .into_iter()
        .find_map(|name| Some((name, mistyped(line, name)?)))
    {
        return Some(Doubt {
            why: "This looks like a mistyped command that holds a password.",
            meant: Some(meant(name, &[" ", rest].concat(), name)),
        });
    }
    if line.split_ascii_whitespace().any(is_response) {
        let meant =
            (verb.len() == line.trim().len()).then(|| meant("AUTH PLAIN ", line.trim(), "AUTH PLAIN"));
        return Some(Doubt {
            why: "This looks like a name and a password in base64.",
            meant,
        });
    }
    if is_imap_login(line) {
        return Some(Doubt {
            why: "This looks like IMAP's LOGIN, which holds a password.",
            meant: None,
        });
    }
    is_due.then(|| Doubt {
        why: "The password is due, and this may be it without PASS.",
        meant: Some(meant("PASS ", line, "PASS")),
    })
}

/// Whether a line that is still being typed may become a command.
pub fn may_become_command(line: &str) -> bool {
    let begins = |name: &str| {
        name.get(..line.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(line))
    };
    command::all().iter().any(|it| begins(it.name))
}

fn meant(begin: &'static str, rest: &str, told: &'static str) -> (Typed, &'static str) {
    (Typed::new([begin, rest].concat(), Expectation::Command), told)
}

/// Whether a word is the response of PLAIN or XOAUTH2: text that is parted by NUL or 0x01.
fn is_response(word: &str) -> bool {
    let decoded = base64::decode(word.as_bytes()).unwrap_or_default();
    decoded.len() >= RESPONSE_MIN
        && decoded.iter().any(|octet| *octet <= 1)
        && decoded.iter().all(|octet| *octet <= 1 || *octet >= b' ')
        && std::str::from_utf8(&decoded).is_ok()
}

/// What follows the verb of a line that is nearly that command, and would be secret behind it.
fn mistyped<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let line = line.trim_start();
    let (verb, arguments) = line.split_once(' ').unwrap_or((line, ""));
    let rest = match verb.get(..name.len()) {
        // The blank behind it is missing.
        Some(begin) if begin.eq_ignore_ascii_case(name) && arguments.is_empty() => &verb[name.len()..],
        _ if is_near(verb.as_bytes(), name.as_bytes()) => arguments,
        _ => return None,
    };
    let corrected = [name, " ", rest].concat();
    command::secret_from(corrected.as_bytes(), Expectation::Command).map(|_| rest)
}

/// Whether one letter is wrong, missing or too many, or two beside each other are exchanged; in any letter case.
fn is_near(word: &[u8], name: &[u8]) -> bool {
    let same = |at: usize, other: usize| word[at].eq_ignore_ascii_case(&name[other]);
    let begin = (0..word.len().min(name.len()))
        .take_while(|&at| same(at, at))
        .count();
    let ends = |from: usize, other: usize| {
        word.len() - from == name.len() - other && word[from..].eq_ignore_ascii_case(&name[other..])
    };
    let (left, wanted) = (word.len() - begin, name.len() - begin);
    match (left, wanted) {
        (0, 0) => false,
        (0, 1) | (1, 0) => true,
        (0, _) | (_, 0) => false,
        _ => {
            ends(begin + 1, begin + 1)
                || ends(begin + 1, begin)
                || ends(begin, begin + 1)
                || (left > 1
                    && wanted > 1
                    && same(begin, begin + 1)
                    && same(begin + 1, begin)
                    && ends(begin + 2, begin + 2))
        }
    }
}

/// `LOGIN name password`, with or without IMAP's tag before it.
fn is_imap_login(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    let is_login = |word: Option<&str>| word.is_some_and(|it| it.eq_ignore_ascii_case("LOGIN"));
    let first = is_login(words.next());
    (first || is_login(words.next())) && words.count() >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubted(line: &str, is_due: bool) -> Option<String> {
        let doubt = doubt(line, Expectation::Command, is_due)?;
        Some(doubt.meant.map_or_else(String::new, |(typed, _)| typed.text()))
    }

    #[test]
    fn mistyped_commands_that_hold_a_secret_are_told() {
        for (line, meant) in [
            ("PSAS hunter2", "PASS hunter2"),
            ("pas hunter2", "PASS hunter2"),
            ("PASSS  hunter 2", "PASS  hunter 2"),
            ("APSS hunter2", "PASS hunter2"),
            ("PAXS hunter2", "PASS hunter2"),
            ("ASS hunter2", "PASS hunter2"),
            ("PASShunter2", "PASS hunter2"),
            ("passx", "PASS x"),
            ("AOPP user01 c4c9", "APOP user01 c4c9"),
            ("AUHT PLAIN AGEAYg==", "AUTH PLAIN AGEAYg=="),
        ] {
            assert_eq!(doubted(line, false).as_deref(), Some(meant), "{line}");
        }
        let doubt = doubt("PSAS hunter2", Expectation::Command, false).unwrap();
        assert!(!format!("{doubt:?}").contains("hunter2"));
    }

    #[test]
    fn what_holds_no_secret_is_no_doubt() {
        for line in [
            "",
            " ",
            "STAT",
            "XYZZY",
            "XYZZY a",
            "PASS hunter2",
            "PSAS",
            "AUHT PLAIN",
            "AUHT",
            "USER user01",
            "RETR 1",
            "NOOP PASS x",
            "TOPS 1 2",
            "PAST",
            "LOGIN",
            "a LOGIN b",
        ] {
            assert_eq!(doubted(line, false), None, "{line}");
        }
    }

    #[test]
    fn names_and_passwords_in_base64_are_told() {
        assert_eq!(
            doubted("AHVzZXIwMQBodW50ZXIy", false).as_deref(),
            Some("AUTH PLAIN AHVzZXIwMQBodW50ZXIy")
        );
        assert_eq!(doubted("X AHVzZXIwMQBodW50ZXIy", false).as_deref(), Some(""));
        let token = base64::encode(b"user=a\x01auth=Bearer x\x01\x01");
        assert!(doubted(&token, false).is_some());
        for line in ["QUFBQUFBQUE=", "AAAA", "AAECAwQFBgc=", "TEST1234"] {
            assert_eq!(doubted(line, false), None, "{line}");
        }
    }

    #[test]
    fn whatever_is_no_command_is_told_while_the_password_is_due() {
        assert_eq!(doubted("hunter2", true).as_deref(), Some("PASS hunter2"));
        assert_eq!(doubted("QUIT", true), None);
        assert_eq!(doubted("hunter2", false), None);
        assert!(may_become_command("qu") && !may_become_command("hu") && !may_become_command("quit "));
        let late = doubt("hunter2", Expectation::LateResponse, true);
        assert!(late.is_none(), "it is taken for a secret");
    }

    #[test]
    fn a_line_of_imap_is_told() {
        assert_eq!(doubted("a1 LOGIN user hunter2", false).as_deref(), Some(""));
        assert_eq!(doubted("login user hunter2", false).as_deref(), Some(""));
    }
}
