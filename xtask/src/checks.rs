//! Every check and test, in the order in which they fail soonest.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process::{self, cargo, say};
use crate::toolchain::{self, WASM};
use crate::tools::Tools;
use crate::{axe, bridge, dependencies, packages, program, provider, workspace};

/// How long the browser's native tests may take in all, in seconds. The runner's own idea of it is 20.
const WASM_TESTS_MAX: &str = "180";

/// The browser tests of the whole, which run when asked for by name alone.
const WHOLE: &str = "whole";

/// Sets up what is missing and runs everything. One failed check does not hide the next.
pub(crate) fn all() -> Result<()> {
    let began = Instant::now();
    let tools = set_up()?;
    let mut report = Report::default();
    report.stages.push(Stage {
        name: "set-up",
        took: began.elapsed(),
        failure: None,
    });
    report.stage("format", || {
        process::finish(cargo().args(["fmt", "--all", "--check"]))
    });
    report.stage("lints", || {
        let mut lints = lints();
        lints.args(["--workspace", "--lib", "--bins", "--tests", "--test", WHOLE]);
        process::finish(lints.args(["--", "-D", "warnings"]))
    });
    report.stage("lints for the browser", || {
        let browser = [
            "--package",
            "frontend",
            "--all-targets",
            "--target",
            WASM,
            "--",
            "-D",
            "warnings",
        ];
        process::finish(lints().args(browser))
    });
    report.stage("documentation", || {
        let mut command = cargo();
        command.args([
            "doc",
            "--quiet",
            "--no-deps",
            "--workspace",
            "--document-private-items",
        ]);
        process::finish(command.env("RUSTDOCFLAGS", "-D warnings"))
    });
    report.stage("dependencies", dependencies::check);
    report.stage("tests", || {
        process::finish(cargo().args(["test", "--quiet", "--no-fail-fast", "--workspace"]))
    });
    report.stage("tests in the browser", || {
        process::finish(&mut wasm_tests(&tools)?)
    });
    if report.stage("build", || bridge::build().map(drop)) {
        report.stage("browser tests of the whole", || process::finish(&mut e2e("")?));
    }
    report.conclude(began.elapsed())
}

/// Runs the browser tests of the whole whose name contains the filter.
pub(crate) fn browser_tests(filter: &str) -> Result<()> {
    packages::ensure()?;
    bridge::build()?;
    process::finish(&mut e2e(filter)?)
}

/// Takes the picture of the README.
pub(crate) fn picture() -> Result<()> {
    packages::ensure()?;
    bridge::build()?;
    let picture = workspace::root().join("docs").join("console.png");
    process::finish(e2e("picture")?.env("E2E_PICTURE", &picture))?;
    say(&format!("the picture is {}", picture.display()));
    Ok(())
}

fn set_up() -> Result<Tools> {
    say("looking for what the tests need; on a fresh machine everything takes about 20 minutes, later a few");
    toolchain::ensure_components()?;
    toolchain::ensure_wasm()?;
    packages::ensure()?;
    axe::ensure()?;
    provider::ensure()?;
    Tools::ensure()
}

fn lints() -> Command {
    let mut command = cargo();
    command.args(["clippy", "--quiet"]);
    command
}

fn wasm_tests(tools: &Tools) -> Result<Command> {
    let mut command = cargo();
    // Not quietly: cargo hands that word on, and the browser's test runner does not know it.
    command.args(["test", "--package", "frontend", "--target", WASM]);
    command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", tools.test_runner());
    command.env(
        "CHROMEDRIVER",
        program::find(&["chromedriver"]).context("there is no chromedriver")?,
    );
    command.env("WASM_BINDGEN_TEST_TIMEOUT", WASM_TESTS_MAX);
    Ok(command)
}

/// The browser tests of the whole, against what is shipped. Two at a time: each has a browser of its own.
fn e2e(filter: &str) -> Result<Command> {
    let mut command = cargo();
    // Of the whole workspace, so that what the other tests are made of is not compiled anew with fewer features.
    command.args(["test", "--workspace", "--test", WHOLE]);
    command.args(["--", "--test-threads", "2", filter]);
    command.env(
        "E2E_BRIDGE",
        workspace::target()?.join("release").join("pop3-console"),
    );
    command.env("E2E_AXE", axe::ensure()?);
    command.env("E2E_PROVIDER", provider::ensure()?);
    // What a failed test says is enough; where it was when it said so is not.
    command.env("RUST_LIB_BACKTRACE", "0");
    Ok(command)
}

/// What became of each stage.
#[derive(Default)]
struct Report {
    stages: Vec<Stage>,
}

struct Stage {
    name: &'static str,
    took: Duration,
    failure: Option<anyhow::Error>,
}

impl Report {
    /// Runs a stage, unless somebody interrupted us, and tells whether it passed.
    fn stage(&mut self, name: &'static str, run: impl FnOnce() -> Result<()>) -> bool {
        if process::interrupted() {
            return false;
        }
        say(name);
        let began = Instant::now();
        let failure = run().err();
        if let Some(failure) = &failure {
            say(&format!("{name}: {failure:#}"));
        }
        self.stages.push(Stage {
            name,
            took: began.elapsed(),
            failure,
        });
        self.stages.last().is_some_and(|stage| stage.failure.is_none())
    }

    fn conclude(&self, took: Duration) -> Result<()> {
        eprintln!();
        for stage in &self.stages {
            let outcome = if stage.failure.is_some() {
                "FAILED"
            } else {
                "passed"
            };
            eprintln!("  {outcome}  {:<28} {:>5} s", stage.name, stage.took.as_secs());
        }
        let failures = self.stages.iter().filter(|stage| stage.failure.is_some()).count();
        println!(
            "checks: {} passed, {failures} failed",
            self.stages.len() - failures
        );
        if process::interrupted() {
            bail!("interrupted after {} s", took.as_secs());
        }
        let failed: Vec<&str> = self
            .stages
            .iter()
            .filter(|stage| stage.failure.is_some())
            .map(|stage| stage.name)
            .collect();
        if !failed.is_empty() {
            bail!("failed after {} s: {}", took.as_secs(), failed.join(", "));
        }
        eprintln!("\nEverything passed in {} s.", took.as_secs());
        Ok(())
    }
}
