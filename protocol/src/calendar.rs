//! Moments and durations as people read them, without tables and without a crate for it.

/// A day of so many seconds since 1970-01-01T00:00:00Z: `2026-11-23`.
pub fn day(seconds: i64) -> String {
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    format!("{year:04}-{month:02}-{day:02}")
}

/// A moment of so many seconds since 1970-01-01T00:00:00Z: `2026-11-23 19:20:01 UTC`.
pub fn to_the_second(seconds: i64) -> String {
    format!("{} {} UTC", day(seconds), time_of_day(seconds))
}

/// A moment of so many microseconds since 1970-01-01T00:00:00Z: `2026-11-23 19:20:01.125 UTC`.
pub fn moment(micros: u64) -> String {
    let seconds = i64::try_from(micros / 1_000_000).unwrap_or(i64::MAX);
    let (day, time, millis) = (day(seconds), time_of_day(seconds), micros / 1000 % 1000);
    format!("{day} {time}.{millis:03} UTC")
}

/// A duration of so many microseconds: `0.4 ms`, `41 ms`, `2.4 s`, `3 min 20 s`, `5 min`. What is no time at all is `0 ms`,
/// and nothing else.
pub fn duration(micros: u64) -> String {
    match micros {
        // What would round to 10.0 ms, to 1000 ms or to 60.0 s is given as what comes next. Whole numbers, for formatting
        // any other costs the page that people wait for kilobytes.
        0 => "0 ms".to_owned(),
        1..9_950 => tenths(((micros + 50) / 100).max(1), "ms"),
        9_950..999_500 => format!("{} ms", (micros + 500) / 1000),
        999_500..59_950_000 => tenths((micros + 50_000) / 100_000, "s"),
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
    match tenths % 10 {
        0 => format!("{} {unit}", tenths / 10),
        tenth => format!("{}.{tenth} {unit}", tenths / 10),
    }
}

fn time_of_day(seconds: i64) -> String {
    let of_day = seconds.rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", of_day / 3600, of_day / 60 % 60, of_day % 60)
}

/// Year, month and day of a day that is counted from 1970-01-01, in the Gregorian calendar.
///
/// Years are counted from March, so that the leap day is a year's last; an era is the 400 years after which
/// the calendar repeats itself.
fn civil(days: i64) -> (i64, i64, i64) {
    // 0000-03-01 is 719,468 days before 1970-01-01.
    let days = days.saturating_add(719_468);
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short() {
        for (micros, text) in [
            (0, "0 ms"),
            (1, "0.1 ms"),
            (412, "0.4 ms"),
            (1_000, "1 ms"),
            (3_140, "3.1 ms"),
            (9_949, "9.9 ms"),
            (9_950, "10 ms"),
            (41_300, "41 ms"),
            (999_499, "999 ms"),
            (999_500, "1 s"),
            (2_149_000, "2.1 s"),
            (30_000_000, "30 s"),
            (59_949_999, "59.9 s"),
            (59_950_000, "1 min"),
            (200_000_000, "3 min 20 s"),
        ] {
            assert_eq!(duration(micros), text, "{micros}");
        }
        assert!(duration(u64::MAX).ends_with(" s"));
    }

    #[test]
    fn moments_are_those_of_the_calendar_in_utc() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (-1, "1969-12-31 23:59:59 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (951_868_800, "2000-03-01 00:00:00 UTC"),
            (1_795_461_601, "2026-11-23 19:20:01 UTC"),
            (4_107_456_000, "2100-02-28 00:00:00 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
            (253_402_300_799, "9999-12-31 23:59:59 UTC"),
        ] {
            assert_eq!(to_the_second(seconds), text);
            assert_eq!(day(seconds), text[..10]);
        }
        for seconds in [i64::MIN, i64::MAX] {
            assert!(to_the_second(seconds).ends_with(" UTC"));
        }
        assert_eq!(moment(951_827_696_789_999), "2000-02-29 12:34:56.789 UTC");
        assert!(moment(u64::MAX).ends_with(" UTC"));
    }
}
