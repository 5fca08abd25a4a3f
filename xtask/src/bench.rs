//! Measuring the console beside others of its kind.

use anyhow::Result;

use crate::process::{self, cargo, say};
use crate::{bridge, packages, workspace};

/// Sets up what is missing, builds, and measures.
pub(crate) fn run(flags: &[String]) -> Result<()> {
    packages::ensure_for_bench()?;
    bridge::build()?;
    say("building the bench, about 2 minutes the first time, seconds later");
    process::finish(cargo().args(["build", "--release", "--package", "bench"]))?;
    let program = workspace::target()?.join("release").join("bench");
    process::finish(process::clean(program).args(flags))
}
