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

/// So many octets, roughly: `87 octets`, `652 kB`, `50.2 MB`.
pub fn size(octets: u64) -> String {
    match octets {
        0..1000 => format!("{octets} octets"),
        1000..1_000_000 => format!("{} kB", octets / 1000),
        _ => format!("{}.{} MB", grouped(octets / 1_000_000), octets / 100_000 % 10),
    }
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
    fn sizes_are_rough() {
        let told: Vec<String> = [87, 652_120, 50_230_000].into_iter().map(size).collect();
        assert_eq!(told, ["87 octets", "652 kB", "50.2 MB"]);
    }
}
