//! A debug build that follows the sources: Trunk watches the web console, this program watches the bridge.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::process::{self, Running, say};
use crate::tools::Tools;
use crate::{console, fingerprint, styles, toolchain, workspace};

/// How often the bridge's sources are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Serves until somebody interrupts. A debug bridge reads `dist/` from disk, where Trunk puts it.
pub(crate) fn run(flags: &[String]) -> Result<()> {
    toolchain::ensure_wasm()?;
    let tools = Tools::ensure()?;
    console::outdate()?;
    say(
        "watching the web console (Trunk) and the bridge; the first build takes some minutes; Ctrl+C ends both",
    );
    // Trunk ignores what it is told to ignore only where that is there when it begins.
    styles::join()?;
    let mut trunk = Running::start(tools.trunk()?.args(["watch", "--skip-version-check"]))?;
    let sources = sources();
    let mut built = None;
    let mut bridge: Option<Running> = None;
    while !process::interrupted() {
        let now = fingerprint::times(&sources)?;
        if built != Some(now) {
            built = Some(now);
            let compiled = process::finish(process::cargo().args(["build", "--package", "pop3-console"]));
            match compiled {
                Ok(()) => {
                    // The old one must have left the port before the new one takes it.
                    drop(bridge.take());
                    bridge = Some(start(flags)?);
                }
                Err(_) if process::interrupted() => break,
                Err(error) => say(&format!(
                    "{error:#}; the bridge stays as it was until the next change"
                )),
            }
        }
        if let Some(status) = trunk.ended()? {
            bail!("Trunk ended ({status})");
        }
        if let Some(status) = bridge.as_mut().map(Running::ended).transpose()?.flatten() {
            say(&format!(
                "the bridge ended ({status}); it starts again with the next change"
            ));
            bridge = None;
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(())
}

fn start(flags: &[String]) -> Result<Running> {
    let program = workspace::target()?.join("debug").join("pop3-console");
    // A debug build keeps its sessions apart from those of the console that somebody uses. A flag is worth more.
    let journal = workspace::target()?.join("dev").join("journal.sqlite");
    Running::start(
        process::clean(program)
            .env("POP3_CONSOLE_JOURNAL", journal)
            .args(flags),
    )
}

fn sources() -> Vec<PathBuf> {
    let sources = [
        "bridge",
        "protocol/Cargo.toml",
        "protocol/src",
        "Cargo.lock",
        "Cargo.toml",
    ];
    sources
        .iter()
        .map(|source| workspace::root().join(source))
        .collect()
}
