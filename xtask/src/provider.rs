//! The provider of OpenID Connect that the browser tests sign in at. npm has the library that it is made of; which one exactly,
//! and which others with it, the lock file says.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::process::{self, say};
use crate::{packages, program, workspace};

/// What npm is told by.
const FILES: [&str; 2] = ["package.json", LOCK];
const LOCK: &str = "package-lock.json";

/// The folder with the library, installed once per user and lock file.
pub(crate) fn ensure() -> Result<PathBuf> {
    let source = workspace::root().join("e2e").join("provider");
    let place = workspace::tools()?.join("oidc-provider");
    let lock = fs::read(source.join(LOCK))?;
    // What is there is whole, so it is that of its lock file.
    if fs::read(place.join(LOCK)).is_ok_and(|installed| installed == lock) {
        return Ok(place);
    }
    packages::ensure_npm()?;
    say("getting oidc-provider from npm, once, some seconds");
    workspace::put_whole(&place, |into| install(&source, into)).with_context(|| {
        format!(
            "cannot get oidc-provider; by hand: `npm ci --ignore-scripts` in {}, with the files of {}",
            place.display(),
            source.display()
        )
    })?;
    Ok(place)
}

/// npm compares what comes with what the lock file says that it is, and runs nothing of it.
fn install(source: &Path, into: &Path) -> Result<()> {
    fs::create_dir_all(into)?;
    for file in FILES {
        fs::copy(source.join(file), into.join(file))?;
    }
    let npm = program::find(&["npm"]).context("there is no npm")?;
    let mut ci = process::clean(npm);
    ci.args([
        "ci",
        "--silent",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--prefix",
    ]);
    process::finish(ci.arg(into).stdout(std::process::Stdio::null()))
}
