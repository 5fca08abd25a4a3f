//! Figures as people read them.

pub use protocol::figures::{grouped, octets};

/// So many octets, roughly: `87 octets`, `652 kB`, `50.2 MB`.
pub fn size(octets: u64) -> String {
    match octets {
        0..1000 => self::octets(octets),
        1000..1_000_000 => format!("{} kB", octets / 1000),
        _ => format!("{}.{} MB", grouped(octets / 1_000_000), octets / 100_000 % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rough() {
        let told: Vec<String> = [87, 652_120, 50_230_000].into_iter().map(size).collect();
        assert_eq!(told, ["87 octets", "652 kB", "50.2 MB"]);
    }
}
