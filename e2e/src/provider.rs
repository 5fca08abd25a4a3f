//! A provider of OpenID Connect: the library of npm's, with a page of the tests' own to sign in at.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::Running;

/// What it says before its address.
const ADDRESS: &str = "provider is at ";

/// What the console proves there with who it is; nowhere by accident.
const SECRET: &str = "Vt5-canary-Lq2-client";

/// A running provider. Browsers know it by another name than the console, so that it is another site.
pub struct Provider {
    running: Running,
    issuer: String,
}

impl Provider {
    /// Starts one on a port of the system's choice.
    ///
    /// # Errors
    /// When its library is missing, or it does not start.
    pub fn start() -> Result<Self> {
        let library = std::env::var_os("E2E_PROVIDER").map(PathBuf::from);
        let library = library.filter(|it| it.exists()).context(
            "oidc-provider is missing: `cargo xtask test` gets it, and says where it is in E2E_PROVIDER",
        )?;
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/provider/provider.mjs");
        let mut command = Command::new("node");
        command.arg(program).arg(library).env("PROVIDER_SECRET", SECRET);
        let running = Running::start(&mut command)?;
        let issuer = running.await_line("the provider's address", |line| {
            line.strip_prefix(ADDRESS).map(str::to_owned)
        })?;
        Ok(Self { running, issuer })
    }

    /// What it calls itself.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Its host and port.
    pub fn host(&self) -> &str {
        self.issuer.trim_start_matches("http://")
    }

    /// What the console proves there with who it is.
    pub fn secret(&self) -> &str {
        SECRET
    }

    /// All that it said so far.
    pub fn log(&self) -> String {
        self.running.log()
    }
}
