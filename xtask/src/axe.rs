//! axe-core, which looks for what keeps people from using a page. npm has it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::process::{self, say};
use crate::{packages, program, workspace};

/// The version that the browser tests run.
const VERSION: &str = "4.14.1";

/// The script, fetched once per user and version.
pub(crate) fn ensure() -> Result<PathBuf> {
    let place = workspace::tools()?.join(format!("axe-core-{VERSION}"));
    let script = place.join("package").join("axe.min.js");
    if script.exists() {
        return Ok(script);
    }
    packages::ensure_npm()?;
    say("getting axe-core from npm, once, some seconds");
    workspace::put_whole(&place, fetch).with_context(|| {
        format!(
            "cannot get axe-core; by hand: `npm pack axe-core@{VERSION}`, unpacked into {}",
            place.display()
        )
    })?;
    Ok(script)
}

/// npm compares what comes with what the registry says that it is.
fn fetch(into: &Path) -> Result<()> {
    fs::create_dir_all(into)?;
    let npm = program::find(&["npm"]).context("there is no npm")?;
    let mut pack = process::clean(npm);
    pack.args([
        "pack",
        "--silent",
        &format!("axe-core@{VERSION}"),
        "--pack-destination",
    ]);
    process::finish(pack.arg(into).stdout(std::process::Stdio::null()))?;
    let archive = into.join(format!("axe-core-{VERSION}.tgz"));
    process::finish(
        process::clean("tar")
            .arg("-xzf")
            .arg(&archive)
            .arg("-C")
            .arg(into),
    )?;
    Ok(fs::remove_file(archive)?)
}
