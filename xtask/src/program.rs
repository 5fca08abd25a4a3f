//! Programs of this machine.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The first of the names that is installed.
pub(crate) fn find(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian keeps daemons in /usr/sbin, which an ordinary user's PATH leaves out.
    let places: Vec<PathBuf> = std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .collect();
    names
        .iter()
        .flat_map(|name| places.iter().map(move |place| place.join(name)))
        .find(|file| is_executable(file))
}

/// What a program answers to some arguments, if it succeeds.
pub(crate) fn answer(program: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The version that a program tells: the first word that begins with a digit, as in `trunk 0.21.14`.
pub(crate) fn version(program: &Path) -> Option<String> {
    let answer = answer(program, &["--version"])?;
    answer
        .split_whitespace()
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))
        .map(str::to_owned)
}

fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata()
        .is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}
