//! What somebody may be called beside others.

use protocol::wire::check_name;

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

/// Whether somebody may be called that beside those who are called so. Letter case and the number of blanks make no
/// difference: nobody could tell them apart.
pub(super) fn is_free<'a>(name: &str, mut others: impl Iterator<Item = &'a str>) -> bool {
    let folded = folded(name);
    check_name(name).is_ok()
        && !folded.is_empty()
        && !TAKEN.contains(&folded.as_str())
        && !is_numbered_guest(&folded)
        && !others.any(|other| self::folded(other) == folded)
}

/// `guest 4` is what somebody is called who has not said a name.
fn is_numbered_guest(folded: &str) -> bool {
    folded
        .strip_prefix("guest")
        .is_some_and(|rest| rest.trim().chars().all(char::is_numeric))
}

fn folded(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_called_like_somebody_else_or_like_what_the_console_calls_people() {
        let free = |name: &str| is_free(name, ["", "Anna B", "Ülkü"].into_iter());
        for name in ["anna", "Guest house", "客服", "the owner's brother"] {
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
}
