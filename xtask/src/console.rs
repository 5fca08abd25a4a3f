//! The web console: Trunk makes `dist/` of it.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::process::{self, say};
use crate::tools::Tools;
use crate::{fingerprint, toolchain, workspace};

/// Builds `dist/` as it is shipped, unless it is there and nothing that it is made of has changed.
pub(crate) fn build() -> Result<()> {
    let record = workspace::target()?.join("console.fingerprint");
    if fs::read_to_string(&record).is_ok_and(|recorded| Some(recorded) == current()) {
        return Ok(());
    }
    toolchain::ensure_wasm()?;
    let tools = Tools::ensure()?;
    say("building the web console, about a minute");
    process::finish(tools.trunk()?.args([
        "build",
        "--release",
        "--cargo-profile",
        "console",
        "--skip-version-check",
    ]))?;
    fs::write(
        &record,
        current().context("the web console changed while it was built")?,
    )?;
    Ok(())
}

/// Forgets that `dist/` is as shipped.
pub(crate) fn outdate() -> Result<()> {
    let record = workspace::target()?.join("console.fingerprint");
    if record.exists() {
        fs::remove_file(record)?;
    }
    Ok(())
}

/// What `dist/` is made of and what it is, as two numbers; none without a `dist/`.
fn current() -> Option<String> {
    let root = workspace::root();
    let sources = [
        "Cargo.lock",
        "Cargo.toml",
        "Trunk.toml",
        "frontend",
        "protocol/Cargo.toml",
        "protocol/src",
        "static",
    ];
    let sources: Vec<PathBuf> = sources.iter().map(|source| root.join(source)).collect();
    let made = root.join("dist");
    made.join("index.html").exists().then_some(())?;
    Some(format!(
        "{:016x} {:016x}\n",
        fingerprint::contents(&sources).ok()?,
        fingerprint::contents(&[made]).ok()?
    ))
}
