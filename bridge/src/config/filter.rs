//! What a filter of the log may not mean as it is written: the syntax of `tracing` takes every word for the name of a part.

use super::meaning;

/// With what the names of all parts begin that log anything.
const PARTS: &str = "pop3_console";

/// What can be said how much of is logged.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// That a word is none of the levels, and which may be meant.
pub(super) fn slip(filter: &str) -> Option<String> {
    parts(filter).find_map(|(part, level)| {
        let meant = meaning::near(&part.to_ascii_lowercase(), LEVELS).filter(|_| level.is_none())?;
        Some(format!(
            "the log has no such filter: {part} is no level; {meant} may be meant, or pop3_console={meant}"
        ))
    })
}

/// That something is named of which nothing comes.
pub(super) fn doubt(filter: &str) -> Option<String> {
    let (part, level) = parts(filter).next()?;
    Some(format!(
        "nothing that is logged comes from {part}: name {PARTS}, such as {PARTS}={}",
        level.unwrap_or("debug")
    ))
}

/// The parts that are named and log nothing, and how much of them is to be logged.
fn parts(filter: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    // Within brackets are the names of spans, and their fields, whatever these are.
    let words = filter
        .split(',')
        .filter(|it| !it.contains(['[', ']', '{', '}', '"']));
    let parts = words.map(|word| match word.split_once('=') {
        Some((part, level)) => (part.trim(), Some(level.trim())),
        None => (word.trim(), None),
    });
    parts.filter(|&(part, level)| {
        let is_level =
            level.is_none() && (LEVELS.iter().any(|it| it.eq_ignore_ascii_case(part)) || is_digit(part));
        // Whatever a name begins with stands for it.
        let logs = PARTS.starts_with(part) || part.starts_with(&format!("{PARTS}::"));
        !is_level && !logs
    })
}

/// Levels have numbers, too.
fn is_digit(part: &str) -> bool {
    matches!(part.as_bytes(), [b'0'..=b'5'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_that_is_written_wrongly_is_told_of() {
        for (filter, meant) in [
            ("debgu", "debug"),
            ("info,Trase", "trace"),
            ("pop3_console=info, wran", "warn"),
            ("infos", "info"),
        ] {
            let told = slip(filter).unwrap_or_default();
            assert!(
                told.contains(&format!("{meant} may be meant")),
                "{filter}: {told}"
            );
        }
        for filter in [
            "",
            "debug",
            "WARN",
            "3",
            "pop3",
            "pop3_console",
            "pop3_console::web=trace,off",
            "hyper",
        ] {
            assert_eq!(slip(filter), None, "{filter}");
        }
    }

    #[test]
    fn a_part_of_which_nothing_is_logged_is_told_of() {
        for (filter, begin) in [
            (
                "hyper",
                "nothing that is logged comes from hyper: name pop3_console, such as pop3_console=debug",
            ),
            (
                "pop3-console=trace",
                "nothing that is logged comes from pop3-console: name pop3_console, such as pop3_console=trace",
            ),
            (
                "info,pop3_consoles=off",
                "nothing that is logged comes from pop3_consoles",
            ),
        ] {
            let told = doubt(filter).unwrap_or_default();
            assert!(told.starts_with(begin), "{filter}: {told}");
        }
        for filter in [
            "",
            "off",
            "pop3_console=info",
            "pop3_console::web",
            "[session{number=3}]=trace",
            "5",
        ] {
            assert_eq!(doubt(filter), None, "{filter}");
        }
    }
}
