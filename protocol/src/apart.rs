//! What tells people apart who are called alike: it stands behind the name, and nobody chooses it.

/// What stands between a name and what tells whoever is called so from others who are.
pub const APART: &str = " · ";

/// How many digits tell whoever has an account from others of that name. The fewest that tell them apart are shown; the
/// audit has all 16.
pub const MARKS: [usize; 2] = [4, 8];

/// That name, and what tells whoever is called so from others who are.
pub fn apart(name: &str, mark: &str) -> String {
    format!("{name}{APART}{mark}")
}
