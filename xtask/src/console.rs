//! The web console: Trunk makes `dist/` of it.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use crate::process::{self, say};
use crate::tools::Tools;
use crate::{fingerprint, styles, toolchain, workspace};

/// Builds `dist/` as it is shipped, unless it is there and nothing that it is made of has changed.
pub(crate) fn build() -> Result<()> {
    let record = workspace::target()?.join("console.fingerprint");
    styles::join()?;
    let sources = sources()?;
    if fs::read_to_string(&record).is_ok_and(|recorded| made(sources).is_ok_and(|made| made == recorded)) {
        return Ok(());
    }
    toolchain::ensure_wasm()?;
    let tools = Tools::ensure()?;
    say("building the web console, about 2 minutes the first time");
    // Not as `--release`, which is the same but for wasm-opt: Trunk would download one, or take Debian's,
    // which does not know all the instructions that rustc writes.
    let how = [
        "build",
        "--cargo-profile",
        "console",
        "--minify=true",
        "--skip-version-check",
    ];
    process::finish(tools.trunk()?.args(how))?;
    // The sources as they were before: whatever changed meanwhile may not be in it.
    fs::write(&record, made(sources)?)?;
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

/// A digest of what `dist/` is made of, and how.
fn sources() -> Result<u64> {
    // How it is made counts as well: another flag or another way of splitting makes another module.
    let sources = [
        ".cargo/config.toml",
        "Cargo.lock",
        "Cargo.toml",
        "Trunk.toml",
        "frontend",
        "protocol/Cargo.toml",
        "protocol/src",
        "static",
        "xtask/src/console.rs",
        "xtask/src/parts.rs",
        "xtask/src/tools.rs",
    ];
    let sources: Vec<PathBuf> = sources
        .iter()
        .map(|source| workspace::root().join(source))
        .collect();
    fingerprint::contents(&sources).context("cannot read the web console's sources")
}

/// What is recorded of a `dist/` that was made of these sources, so that another one is told from it.
fn made(sources: u64) -> Result<String> {
    let made = workspace::root().join("dist");
    ensure!(
        made.join("index.html").exists(),
        "{} holds no console",
        made.display()
    );
    Ok(format!(
        "{sources:016x} {:016x}\n",
        fingerprint::contents(&[made])?
    ))
}
