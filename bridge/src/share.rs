//! What one account, or one address, may have of what all share: it leaves a part to others.

use std::ops::{Add, Div, Rem};

/// Into how many parts it is divided, of which others are left all but one.
const PARTS: u8 = 2;

/// How much of so much one may have: a half, and what cannot be halved.
pub(crate) fn of_one<N>(all: N) -> N
where
    N: Copy + From<u8> + Add<Output = N> + Div<Output = N> + Rem<Output = N>,
{
    let parts = N::from(PARTS);
    all / parts + all % parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_leaves_half_to_others_and_has_something_of_whatever_there_is() {
        assert_eq!([0, 1, 2, 5, 64].map(of_one::<u32>), [0, 1, 1, 3, 32]);
        assert_eq!(of_one(u64::MAX), 1 << 63);
    }
}
