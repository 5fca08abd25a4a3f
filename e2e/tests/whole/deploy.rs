//! The files that people run the console with.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

/// The highest exposure that the unit may have by systemd's own reckoning, in tenths: 0 is none, 100 is all.
const EXPOSURE_MAX: &str = "--threshold=20";

/// The unit, with the program where it was built.
fn unit(folder: &Path) -> Result<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/pop3-console.service");
    let program = env::var("E2E_BRIDGE").context("E2E_BRIDGE is not set; run `cargo xtask test`")?;
    let unit = fs::read_to_string(source)?;
    let placed = unit.replace("/usr/local/bin/pop3-console", &program);
    ensure!(placed != unit, "the unit names another program");
    let file = folder.join("pop3-console.service");
    fs::write(&file, placed)?;
    Ok(file.display().to_string())
}

fn analyze(arguments: &[&str]) -> Result<(bool, String)> {
    let output = Command::new("systemd-analyze")
        .args(arguments)
        .output()
        .context("there is no systemd-analyze; `cargo xtask test` installs it")?;
    let told = [output.stdout, output.stderr].concat();
    Ok((
        output.status.success(),
        String::from_utf8_lossy(&told).into_owned(),
    ))
}

#[test]
fn the_unit_is_one_that_systemd_takes_and_finds_safe() -> Result<()> {
    let folder = TempDir::new()?;
    let unit = unit(folder.path())?;
    let (is_right, told) = analyze(&["verify", &unit])?;
    ensure!(is_right && told.is_empty(), "{told}");
    let (is_safe, told) = analyze(&["security", "--offline=true", EXPOSURE_MAX, &unit])?;
    ensure!(is_safe, "{told}");
    Ok(())
}
