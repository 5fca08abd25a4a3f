//! What somebody meant who wrote a word wrongly, or a value in another unit, or with one where none is wanted.

use super::kinds::octets;

/// From which likeness on a word may be meant by another, of 1 at most.
const LIKE: f64 = 0.8;

/// Which of those that are known may be meant by a word.
pub(super) fn near(word: &str, known: impl IntoIterator<Item = &'static str>) -> Option<&'static str> {
    let known = known.into_iter().map(|it| (strsim::jaro_winkler(it, word), it));
    let (likeness, nearest) = known.max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    (likeness > LIKE).then_some(nearest)
}

/// A number and what stands behind it, in small letters.
fn parted(text: &str) -> Option<(u64, String)> {
    let text = text.trim();
    let end = text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end)?;
    Some((number.parse().ok()?, unit.trim().to_ascii_lowercase()))
}

/// A time, as a whole number of what has so many seconds.
pub(super) fn time(text: &str, seconds: u64) -> Option<String> {
    let (number, unit) = parted(text)?;
    let of_unit = match &unit[..] {
        "s" | "sec" | "secs" | "second" | "seconds" => 1,
        "m" | "min" | "mins" | "minute" | "minutes" => 60,
        "h" | "hr" | "hrs" | "hour" | "hours" => 60 * 60,
        "d" | "day" | "days" => 24 * 60 * 60,
        "w" | "week" | "weeks" => 7 * 24 * 60 * 60,
        _ => return None,
    };
    Some(number.checked_mul(of_unit)?.div_ceil(seconds).to_string())
}

/// So many octets, as a number of MiB or GiB.
pub(super) fn size(text: &str) -> Option<String> {
    let (number, unit) = parted(text)?;
    let shift = match unit
        .strip_suffix("ib")
        .or(unit.strip_suffix('b'))
        .unwrap_or(&unit)
    {
        "" | "octets" | "bytes" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        "t" => 40,
        _ => return None,
    };
    let whole = number.checked_mul(1 << shift)?;
    Some(octets(whole.checked_next_multiple_of(1 << 20)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_with_a_unit_is_known() {
        for (text, seconds, meant) in [
            ("60s", 1, Some("60")),
            ("5 minutes", 1, Some("300")),
            ("1H", 1, Some("3600")),
            ("2d", 3600, Some("48")),
            ("90m", 3600, Some("2")),
            ("3 weeks", 86_400, Some("21")),
            ("60", 1, None),
            ("5 moons", 1, None),
            ("s", 1, None),
            ("", 1, None),
            ("99999999999999999999s", 1, None),
            ("18446744073709551615w", 1, None),
            ("5é", 1, None),
        ] {
            assert_eq!(time(text, seconds).as_deref(), meant, "{text}");
        }
    }

    #[test]
    fn a_size_in_another_unit_is_known() {
        for (text, meant) in [
            ("268435456", Some("256 MiB")),
            ("256M", Some("256 MiB")),
            ("256 mb", Some("256 MiB")),
            ("4gib", Some("4 GiB")),
            ("1 TiB", Some("1024 GiB")),
            ("1000 kB", Some("1 MiB")),
            ("1500000 octets", Some("2 MiB")),
            ("4 pages", None),
            ("", None),
            ("18446744073709551615", None),
            ("18446744073709551615g", None),
        ] {
            assert_eq!(size(text).as_deref(), meant, "{text}");
        }
    }
}
