//! How long to wait before trying again.

/// The wait before the first try, in milliseconds.
const FIRST: f64 = 250.0;

/// The longest wait in milliseconds.
const LONGEST: f64 = 10_000.0;

/// The wait in milliseconds before the try of that number, counted from 0. `chance` is between 0 and 1 and
/// spreads what many browsers do after the same outage over half of the wait.
pub fn wait(attempt: u32, chance: f64) -> u32 {
    let full = (FIRST * f64::from(2_u32.saturating_pow(attempt.min(16)))).min(LONGEST);
    (full * (0.5 + chance.clamp(0.0, 1.0) / 2.0)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_bound_and_are_spread() {
        let longest: Vec<u32> = (0..8).map(|attempt| wait(attempt, 1.0)).collect();
        assert_eq!(longest, [250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
        assert_eq!(wait(2, 0.0), 500);
        assert_eq!(wait(u32::MAX, 0.5), 7500);
    }
}
