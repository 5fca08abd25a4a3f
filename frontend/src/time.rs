//! How long ago something was, and how long after another, in a few words.

use protocol::calendar::duration;

/// How long after the line before it something came: `+2.1 s`.
pub fn since(microseconds: u64) -> String {
    match microseconds {
        0..1000 => "+0 ms".to_owned(),
        1000..1_000_000 => format!("+{} ms", microseconds / 1000),
        1_000_000..60_000_000 => format!("+{}", duration(microseconds)),
        60_000_000..3_600_000_000 => format!("+{} min", microseconds / 60_000_000),
        _ => format!("+{} h", microseconds / 3_600_000_000),
    }
}

/// How long so many seconds ago is: `just now`, `3 min ago`, `yesterday`, `12 days ago`.
pub fn ago(seconds: u64) -> String {
    match seconds {
        0..60 => "just now".to_owned(),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..86_400 => format!("{} h ago", seconds / 3600),
        86_400..172_800 => "yesterday".to_owned(),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_a_few_words() {
        let told = [700, 41_300, 2_149_000, 60_000_000, 7_300_000_000].map(since);
        assert_eq!(told, ["+0 ms", "+41 ms", "+2.1 s", "+1 min", "+2 h"]);
        let told = [5, 200, 7300, 90_000, 864_000].map(ago);
        assert_eq!(
            told,
            ["just now", "3 min ago", "2 h ago", "yesterday", "10 days ago"]
        );
    }
}
