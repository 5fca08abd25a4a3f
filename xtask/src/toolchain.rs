//! The Rust toolchain: the WebAssembly target and the components that checks need.

use std::path::Path;

use anyhow::{Result, bail};

use crate::process::{self, say};
use crate::program;

/// The target of the console in the browser.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// Sees to the standard library for the browser.
pub(crate) fn ensure_wasm() -> Result<()> {
    let place = program::answer(
        Path::new("rustc"),
        &["--print", "target-libdir", "--target", WASM],
    );
    let there = place
        .and_then(|place| std::fs::read_dir(place).ok())
        .is_some_and(|mut files| files.next().is_some());
    if there {
        return Ok(());
    }
    if program::find(&["rustup"]).is_none() {
        bail!(
            "the Rust target {WASM} is missing, and there is no rustup to get it. With rustup: `rustup target add \
             {WASM}`; with Debian's own Rust: `apt-get install libstd-rust-dev-wasm32`"
        );
    }
    say(&format!("adding the Rust target {WASM}, once, some seconds"));
    process::finish(process::clean("rustup").args(["target", "add", WASM]))
}

/// Sees to the formatter and the linter.
pub(crate) fn ensure_components() -> Result<()> {
    for (component, command) in [("rustfmt", "cargo-fmt"), ("clippy", "cargo-clippy")] {
        // rustup leaves a proxy on PATH for a component that is not installed: only an answer tells.
        if program::answer(Path::new(command), &["--version"]).is_some() {
            continue;
        }
        if program::find(&["rustup"]).is_none() {
            bail!(
                "{component} is missing, and there is no rustup to get it. With rustup: `rustup component add \
                 {component}`; with Debian's own Rust: `apt-get install {}`",
                if component == "clippy" {
                    "rust-clippy"
                } else {
                    "rustfmt"
                }
            );
        }
        say(&format!("adding {component}, once, some seconds"));
        process::finish(process::clean("rustup").args(["component", "add", component]))?;
    }
    Ok(())
}
