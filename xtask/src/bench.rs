//! Measuring the console beside others of its kind.

use std::process::Stdio;

use anyhow::Result;

use crate::process::{self, cargo, clean, say};
use crate::{bridge, packages, program, workspace};

/// What the page is held against where npm can get it.
const XTERM: &str = "@xterm/xterm@5.5.0";

/// Sets up what is missing, builds, and measures.
pub(crate) fn run(flags: &[String]) -> Result<()> {
    packages::ensure_for_bench()?;
    fetch_xterm()?;
    bridge::build()?;
    say("building the bench, about 2 minutes the first time, seconds later");
    process::finish(cargo().args(["build", "--release", "--package", "bench"]))?;
    let program = workspace::target()?.join("release").join("bench");
    process::finish(clean(program).args(flags))
}

/// Gets xterm.js, once; without it everything else is measured.
fn fetch_xterm() -> Result<()> {
    let place = workspace::target()?.join("bench").join("npm");
    if place.join("node_modules/@xterm/xterm/lib/xterm.js").exists() {
        return Ok(());
    }
    let Some(npm) = program::find(&["npm"]) else {
        say("there is no npm to get xterm.js with: measuring without it");
        return Ok(());
    };
    std::fs::create_dir_all(&place)?;
    let mut install = clean(npm);
    install.args([
        "install",
        "--silent",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--prefix",
    ]);
    let got = process::finish(install.arg(place).arg(XTERM).stdout(Stdio::null()));
    if let Err(error) = got {
        process::pause(std::time::Duration::ZERO)?;
        say(&format!("measuring without xterm.js: {error:#}"));
    }
    Ok(())
}
