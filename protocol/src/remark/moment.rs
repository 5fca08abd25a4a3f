//! Durations and dates as people read them.

use crate::calendar::civil;

/// A duration in microseconds: `0.4 ms`, `2.4 s`, `3 min 20 s`, `5 min`.
pub(super) fn duration(micros: u64) -> String {
    match micros {
        // What would round to 1000.0 ms or to 60.0 s is given in the next unit. Whole numbers, for formatting
        // any other costs the page that people wait for kilobytes.
        0..999_950 => tenths((micros + 50) / 100, "ms"),
        999_950..59_950_000 => tenths((micros + 50_000) / 100_000, "s"),
        _ => {
            let seconds = micros.saturating_add(500_000) / 1_000_000;
            match seconds % 60 {
                0 => format!("{} min", seconds / 60),
                rest => format!("{} min {rest} s", seconds / 60),
            }
        }
    }
}

fn tenths(tenths: u64, unit: &str) -> String {
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

/// A moment in seconds since 1970-01-01T00:00:00Z: `2026-11-23 19:20:01 UTC`.
pub(super) fn date(seconds: i64) -> String {
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02} UTC",
        of_day / 3600,
        of_day / 60 % 60,
        of_day % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short() {
        for (micros, text) in [
            (0, "0.0 ms"),
            (412, "0.4 ms"),
            (3_140, "3.1 ms"),
            (999_949, "999.9 ms"),
            (999_950, "1.0 s"),
            (2_400_000, "2.4 s"),
            (59_949_999, "59.9 s"),
            (59_950_000, "1 min"),
            (200_000_000, "3 min 20 s"),
        ] {
            assert_eq!(duration(micros), text, "{micros}");
        }
        assert!(duration(u64::MAX).ends_with(" s"));
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (-1, "1969-12-31 23:59:59 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (1_795_461_601, "2026-11-23 19:20:01 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
            (253_402_300_799, "9999-12-31 23:59:59 UTC"),
        ] {
            assert_eq!(date(seconds), text);
        }
        assert!(date(i64::MIN).ends_with(" UTC") && date(i64::MAX).ends_with(" UTC"));
    }
}
