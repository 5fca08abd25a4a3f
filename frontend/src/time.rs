//! Times and durations in words.

use protocol::calendar::civil;

/// A duration of so many microseconds: `0.9 ms`, `41 ms`, `2.1 s`, `3 min 20 s`.
pub fn took(microseconds: u64) -> String {
    match microseconds {
        0..10_000 => {
            let tenths = microseconds.div_ceil(100);
            if tenths.is_multiple_of(10) {
                format!("{} ms", tenths / 10)
            } else {
                format!("{}.{} ms", tenths / 10, tenths % 10)
            }
        }
        10_000..1_000_000 => format!("{} ms", microseconds / 1000),
        1_000_000..60_000_000 => format!("{}.{} s", microseconds / 1_000_000, microseconds / 100_000 % 10),
        _ => format!(
            "{} min {} s",
            microseconds / 60_000_000,
            microseconds / 1_000_000 % 60
        ),
    }
}

/// How long after the line before it something came: `+2.1 s`.
pub fn since(microseconds: u64) -> String {
    match microseconds {
        0..1000 => "+0 ms".to_owned(),
        1000..1_000_000 => format!("+{} ms", microseconds / 1000),
        1_000_000..60_000_000 => format!("+{}", took(microseconds)),
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

/// A day of so many seconds since 1970-01-01T00:00:00Z: `2026-03-01`.
pub fn day(seconds: i64) -> String {
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    format!("{year:04}-{month:02}-{day:02}")
}

/// A moment of so many milliseconds since 1970-01-01T00:00:00Z: `2026-03-01 09:12:30.125 UTC`.
pub fn moment(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    let of_day = seconds % 86_400;
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let date = day(i64::try_from(seconds).unwrap_or(i64::MAX));
    format!(
        "{date} {hour:02}:{minute:02}:{second:02}.{:03} UTC",
        milliseconds % 1000
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_keep_two_figures() {
        let told: Vec<String> = [0, 80, 900, 1000, 1620, 41_300, 2_149_000, 200_000_000]
            .into_iter()
            .map(took)
            .collect();
        assert_eq!(
            told,
            [
                "0 ms",
                "0.1 ms",
                "0.9 ms",
                "1 ms",
                "1.7 ms",
                "41 ms",
                "2.1 s",
                "3 min 20 s"
            ]
        );
        assert_eq!(since(2_149_000), "+2.1 s");
        assert_eq!(since(700), "+0 ms");
        let told = [5, 200, 7300, 90_000, 864_000].map(ago);
        assert_eq!(
            told,
            ["just now", "3 min ago", "2 h ago", "yesterday", "10 days ago"]
        );
    }

    #[test]
    fn moments_are_in_utc() {
        assert_eq!(moment(951_827_696_789), "2000-02-29 12:34:56.789 UTC");
        assert_eq!(day(0), "1970-01-01");
        assert_eq!(day(-1), "1969-12-31");
        assert_eq!(day(1_772_323_200), "2026-03-01");
    }
}
