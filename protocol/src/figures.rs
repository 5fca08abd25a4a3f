//! Figures as people read them.

/// A number with its thousands apart: `652,120`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut told = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    told
}

/// So many octets: `1 octet`, `4,310 octets`.
pub fn octets(count: u64) -> String {
    counted(count, "octet")
}

/// So many of something, which adds an s where there is not just one.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{} {noun}{s}", grouped(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart() {
        let told: Vec<String> = [0, 999, 1000, 652_120, 1_000_000]
            .into_iter()
            .map(grouped)
            .collect();
        assert_eq!(told, ["0", "999", "1,000", "652,120", "1,000,000"]);
    }

    #[test]
    fn one_octet_is_one() {
        let told: Vec<String> = [0, 1, 4310].into_iter().map(octets).collect();
        assert_eq!(told, ["0 octets", "1 octet", "4,310 octets"]);
    }
}
