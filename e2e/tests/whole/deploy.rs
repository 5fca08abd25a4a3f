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

/// The same with the drop-in for a console that speaks TLS itself.
fn unit_with_its_own_certificate(folder: &Path) -> Result<String> {
    let unit = unit(folder)?;
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/own-certificate.conf");
    let beside = folder.join("pop3-console.service.d");
    fs::create_dir(&beside)?;
    fs::copy(source, beside.join("own-certificate.conf"))?;
    Ok(unit)
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

#[test]
fn the_unit_of_a_console_that_speaks_tls_itself_is_one_that_systemd_takes_and_finds_safe() -> Result<()> {
    let folder = TempDir::new()?;
    let unit = unit_with_its_own_certificate(folder.path())?;
    let (is_right, told) = analyze(&["verify", &unit])?;
    ensure!(is_right && told.is_empty(), "{told}");
    let (is_safe, told) = analyze(&["security", "--offline=true", EXPOSURE_MAX, &unit])?;
    ensure!(is_safe, "{told}");
    // It has that right, and no other, where it counts.
    for (setting, is_granted) in [
        (
            "CapabilityBoundingSet=~CAP_NET_(BIND_SERVICE|BROADCAST|RAW)",
            true,
        ),
        ("AmbientCapabilities=", true),
        ("PrivateUsers=", true),
        ("CapabilityBoundingSet=~CAP_NET_ADMIN", false),
        ("CapabilityBoundingSet=~CAP_SYS_ADMIN", false),
        ("NoNewPrivileges=", false),
    ] {
        let line = told.lines().find(|line| line.contains(&format!(" {setting} ")));
        let line = line.with_context(|| format!("{setting} is not told of: {told}"))?;
        ensure!(line.starts_with('✗') == is_granted, "{line}");
    }
    Ok(())
}
