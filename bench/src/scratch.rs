//! Where temporary files go, and what was measured is written.

use std::path::PathBuf;

use anyhow::{Context, Result};

/// `target/bench`.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn place() -> Result<PathBuf> {
    let this = std::env::current_exe()?;
    // A test lies one directory deeper than a program.
    let profile = this.ancestors().skip(1).find(|place| !place.ends_with("deps"));
    let target = profile.and_then(|profile| profile.parent());
    let place = target
        .context("this program is not in a target directory")?
        .join("bench");
    std::fs::create_dir_all(&place)?;
    Ok(place)
}
