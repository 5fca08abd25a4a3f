//! What somebody may be called beside others.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use protocol::apart::APART;
use protocol::wire::{Refusal, check_name};
use unicode_security::skeleton;

/// What the console calls people itself, in sentences and in lists.
const TAKEN: [&str; 8] = [
    "you",
    "the owner",
    "owner",
    "the console",
    "console",
    "guest",
    "somebody",
    "nobody",
];

/// What whoever runs the console calls people by what they are there for, without blanks. No guest is called so, nor by a name
/// that begins or ends with it.
const PARTS: [&str; 8] = [
    "supervisor",
    "administrator",
    "admin",
    "agent",
    "helpdesk",
    "support",
    "owner",
    "console",
];

/// How many words one of these is written in at most.
const WORDS_OF_PART: usize = 2;

/// How far the full-width forms of ASCII characters stand behind these.
const FULL_WIDTH: u32 = 0xfee0;

/// A name without what tells whoever is called so from others who are.
pub(super) fn bare(name: &str) -> &str {
    match name.rsplit_once(APART) {
        Some((bare, mark)) if mark.chars().all(|it| it.is_ascii_hexdigit()) => bare,
        _ => name,
    }
}

/// How a name looks. Letter case, the number of blanks, and letters of another script that look the same (Unicode
/// Technical Standard 39, §4) make no difference: nobody could tell such names apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    /// What stands for all that looks like the name in small letters.
    small: String,
    /// What stands for all that looks like the name as it is: a capital I is an l, and a small i is none.
    as_is: String,
}

impl Look {
    /// Of that name.
    pub(crate) fn of(name: &str) -> Self {
        let words: Vec<&str> = name.split_whitespace().collect();
        let plain: String = words.join(" ").chars().map(narrow).collect();
        Self {
            small: skeleton(&plain.to_lowercase()).collect(),
            as_is: skeleton(&plain).collect::<String>().to_lowercase(),
        }
    }

    /// What one of those has in common with it that look like it: each at least one of these.
    pub(crate) fn words(self) -> Vec<String> {
        let mut words = vec![self.small, self.as_is];
        words.dedup();
        words
    }

    /// Whether nobody could tell the two apart.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.small == other.small || self.as_is == other.as_is
    }
}

/// How many names look.
#[derive(Default)]
pub(crate) struct Looks {
    small: HashSet<String>,
    as_is: HashSet<String>,
}

impl FromIterator<Look> for Looks {
    fn from_iter<T: IntoIterator<Item = Look>>(looks: T) -> Self {
        let mut all = Self::default();
        for look in looks {
            all.small.insert(look.small);
            all.as_is.insert(look.as_is);
        }
        all
    }
}

impl Looks {
    /// Whether nobody could tell one of them from it.
    pub(crate) fn have(&self, look: &Look) -> bool {
        self.small.contains(&look.small) || self.as_is.contains(&look.as_is)
    }
}

/// Whether they have a name that looks so.
type Have = dyn Fn(&Look) -> bool + Send + Sync;

/// What accounts are called, whoever of them is here: nobody is called so who has none.
#[derive(Clone, Default)]
pub(crate) struct OfAccounts(Option<Arc<Have>>);

impl OfAccounts {
    /// What that says of a name's look.
    pub(crate) fn by(have: impl Fn(&Look) -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(have)))
    }

    /// Whether an account is called so, or alike.
    pub(super) fn have(&self, look: &Look) -> bool {
        self.0.as_ref().is_some_and(|have| have(look))
    }
}

impl fmt::Debug for OfAccounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfAccounts").finish_non_exhaustive()
    }
}

/// How a name looks that somebody may be called, if nobody else is called so or alike.
///
/// # Errors
/// When nobody may.
pub(super) fn check(name: &str) -> Result<Look, Refusal> {
    if name.trim().is_empty() || check_name(name).is_err() {
        return Err(Refusal::BadName);
    }
    let look = Look::of(name);
    let is_taken = TAKEN.iter().any(|taken| look.is_like(&Look::of(taken)));
    if is_taken || is_numbered_guest(name) || is_told_apart(name) {
        return Err(Refusal::NameReserved);
    }
    Ok(look)
}

/// Whether somebody may be called that beside those whose names look so.
///
/// # Errors
/// When they may not.
pub(crate) fn check_free<'a>(name: &str, mut others: impl Iterator<Item = &'a Look>) -> Result<(), Refusal> {
    let look = check(name)?;
    if others.any(|other| look.is_like(other)) {
        Err(Refusal::NameTaken)
    } else {
        Ok(())
    }
}

/// Whether a name has what somebody is there for among its words, as `Sue, supervisor` does: whoever reads it would take it for
/// what the console says.
pub(super) fn says_a_part(name: &str) -> bool {
    let words: Vec<&str> = name
        .split(|it: char| !it.is_alphanumeric())
        .filter(|it| !it.is_empty())
        .collect();
    let is_part = |words: &[&str]| {
        let look = Look::of(&words.concat());
        PARTS.iter().any(|part| look.is_like(&Look::of(part)))
    };
    (1..=WORDS_OF_PART).any(|many| words.windows(many).any(is_part))
}

/// `guest 4` is what somebody is called who has not said a name.
fn is_numbered_guest(name: &str) -> bool {
    let is_number =
        |it: char| it.is_numeric() || it.is_whitespace() || matches!(it, 'l' | 'I' | '|' | 'O' | 'o');
    Look::of(name.trim_end_matches(is_number)).is_like(&Look::of("guest"))
}

/// `anna · 4f2a` is what the console calls somebody beside another anna: nobody chooses what that ends with.
fn is_told_apart(name: &str) -> bool {
    let is_point = |it: char| skeleton(&narrow(it).to_string()).eq(APART.trim().chars());
    let Some((name, mark)) = name.rsplit_once(is_point) else {
        return false;
    };
    // A point within a word is a letter's, as in Catalan.
    let is_within_word = !name.ends_with(char::is_whitespace) && !mark.starts_with(char::is_whitespace);
    let is_digit =
        |it: char| it.is_ascii_hexdigit() || it.is_numeric() || matches!(it, 'l' | 'i' | 'O' | 'o');
    Look::of(mark).small.chars().all(is_digit) && (!is_within_word || mark.contains(char::is_numeric))
}

fn narrow(letter: char) -> char {
    let ascii = u32::from(letter).checked_sub(FULL_WIDTH);
    let ascii = ascii.and_then(char::from_u32).filter(char::is_ascii_graphic);
    ascii.unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use protocol::apart::apart;

    use super::*;

    fn free(name: &str) -> bool {
        let others = ["Anna B", "Ülkü", "Alice", "agent-1"].map(Look::of);
        check_free(name, others.iter()).is_ok()
    }

    #[test]
    fn what_is_no_name_is_told_from_what_the_console_calls_people() {
        for name in ["", " anna", "a\u{202e}b"] {
            assert_eq!(check(name).err(), Some(Refusal::BadName), "{name:?}");
        }
        for name in ["You", "the owner", "Guest 3"] {
            assert_eq!(check(name).err(), Some(Refusal::NameReserved), "{name}");
        }
    }

    #[test]
    fn nobody_chooses_what_tells_people_apart() {
        assert_eq!(bare(&apart("anna", "4f2a")), "anna");
        for name in ["anna", "anna · bel", "4f2a", "Gal·la · x"] {
            assert_eq!(bare(name), name);
        }
        for name in [
            "anna · 4f2a",
            "anna · 5",
            "anna  ·  4F2A",
            "anna·4f2a",
            "anna ·4f2a",
            "anna · beef",
            "anna \u{2022} 4f2a",
            "anna \u{2219} 4f2a",
            "anna \u{30fb} 4f2a",
            "anna · 4f2\u{430}",
            "anna · \u{ff14}\u{ff46}2a",
            "anna · l2",
            "anna · 4f2a · 5",
        ] {
            assert_eq!(check(name).err(), Some(Refusal::NameReserved), "{name}");
        }
        for name in [
            "Gal·la",
            "Col·legi",
            "anna · support",
            "anna - 4f2a",
            "anna 4f2a",
            "Ada",
        ] {
            assert!(check(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn nobody_is_called_like_somebody_else_or_like_what_the_console_calls_people() {
        for name in [
            "anna",
            "Guest house",
            "客服",
            "the owner's brother",
            "Ulku",
            "agent-2",
            "Гость",
        ] {
            assert!(free(name), "{name}");
        }
        for name in [
            "",
            "anna b",
            "ANNA  B",
            "ülkü",
            "ÜLKÜ",
            "You",
            "the owner",
            "The  Owner",
            "OWNER",
            "Console",
            "the console",
            "guest",
            "Guest 3",
            "guest12",
            "guest\u{a0}4",
            " anna",
            "a\u{202e}b",
        ] {
            assert!(!free(name), "{name}");
        }
    }

    #[test]
    fn what_somebody_is_there_for_is_told_wherever_it_stands_in_a_name() {
        for name in [
            "Supervisor",
            "Sue, supervisor",
            "Sue (Supervisor)",
            "administrator Sue",
            "agent-2",
            "Help desk",
            "Anna, help-desk",
            "anna · support",
            "support/anna",
            "Sue, the owner",
            "The supervisor Sue",
            "Sue, supervisor 1",
            "the owner's brother",
            "Sue, \u{455}upervisor",
            "\u{ff53}\u{ff55}\u{ff50}\u{ff50}\u{ff4f}\u{ff52}\u{ff54}",
        ] {
            assert!(says_a_part(name), "{name}");
        }
        for name in ["Sue", "Supporter", "Agenta B.", "--", "", "Ann at the desk"] {
            assert!(!says_a_part(name), "{name}");
        }
    }

    #[test]
    fn many_names_are_looked_through_as_each_of_them_is() {
        let all: Looks = ["Alice", "Iris"].map(Look::of).into_iter().collect();
        for (name, is_had) in [
            ("alice", true),
            ("AIice", true),
            ("iris", true),
            ("lris", true),
            ("Bob", false),
        ] {
            assert_eq!(all.have(&Look::of(name)), is_had, "{name}");
        }
    }

    #[test]
    fn letters_that_look_alike_make_no_other_name() {
        for (name, how) in [
            ("\u{410}nna B", "a Cyrillic A"),
            ("\u{430}nn\u{430} b", "Cyrillic small letters"),
            ("Anna \u{392}", "a Greek Beta"),
            ("AIice", "a capital I for an l"),
            ("A1ice", "a one for an l"),
            ("agent-l", "an l for a one"),
            ("\u{ff21}\u{ff4e}\u{ff4e}\u{ff41} \u{ff22}", "full-width letters"),
            ("U\u{308}lku\u{308}", "letters with their marks apart"),
            ("the \u{43e}wner", "a Cyrillic o"),
            ("\u{3a5}ou", "a Greek Upsilon"),
            ("gu\u{435}st 3", "a Cyrillic e"),
            ("guest l2", "an l for a one of a number"),
        ] {
            assert!(!free(name), "{name}: {how}");
        }
    }
}
