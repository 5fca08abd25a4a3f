//! The bridge: built with the web console inside, and run.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::process::{self, say};
use crate::{console, workspace};

/// Makes the one self-contained file.
pub(crate) fn build() -> Result<PathBuf> {
    console::build()?;
    say("building the bridge, about 2 minutes the first time, seconds later");
    process::finish(process::cargo().args(["build", "--release", "--package", "pop3-console"]))?;
    Ok(workspace::target()?.join("release").join("pop3-console"))
}

/// Builds it and becomes it: what is typed, Ctrl+C and every other signal reach it without a detour.
pub(crate) fn run(flags: &[String]) -> Result<()> {
    let program = build()?;
    say("starting; Ctrl+C ends it");
    let error = process::clean(&program).args(flags).exec();
    Err(error).with_context(|| format!("cannot start {}", program.display()))
}
