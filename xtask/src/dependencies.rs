//! What the project depends on: licences, sources, and what is known against a version. `deny.toml` says what is allowed.

use std::process::Command;

use anyhow::Result;

use crate::process::{self, say};
use crate::tools;

/// Checks them. Licences and sources count always, what is known against a version where that can be asked.
pub(crate) fn check() -> Result<()> {
    let deny = tools::deny()?;
    let run = |arguments: &[&str]| {
        let mut command = process::clean(&deny);
        command.args(["--log-level", "error"]).args(arguments);
        patient(&mut command);
        process::finish(&mut command)
    };
    run(&["check", "licenses", "bans", "sources"])?;
    if run(&["fetch", "db"]).is_err() {
        process::pause(std::time::Duration::ZERO)?;
        say(
            "what is known against dependencies is not looked at: the database of advisories cannot be reached from here",
        );
        return Ok(());
    }
    run(&["--offline", "check", "advisories"])
}

/// The database comes through git, which waits for ever for a host that says nothing more.
fn patient(command: &mut Command) {
    command.envs([
        ("GIT_HTTP_LOW_SPEED_LIMIT", "1000"),
        ("GIT_HTTP_LOW_SPEED_TIME", "20"),
    ]);
}
