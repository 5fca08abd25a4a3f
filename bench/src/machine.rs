//! What the figures were taken on. Nothing that is anybody's own.

use std::collections::BTreeMap;
use std::fs;

use anyhow::Result;
use serde::Serialize;

use crate::cores;
use crate::peers::{self, Peer};

/// Where and with what.
#[derive(Serialize)]
pub(crate) struct Machine {
    /// Cores that the bench was given.
    cores: u32,
    /// The processor's model.
    processor: String,
    /// The kernel's name and release.
    kernel: String,
    /// What was measured, and its version; none of what is not installed.
    versions: BTreeMap<&'static str, Option<String>>,
}

impl Machine {
    /// This one.
    ///
    /// # Errors
    /// When the system does not say.
    pub(crate) fn this() -> Result<Self> {
        let system = rustix::system::uname();
        let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = processors.lines().find(|line| line.starts_with("model name"));
        let own = ("pop3-console", Some(env!("CARGO_PKG_VERSION").to_owned()));
        let chromium = ("Chromium", peers::chromium_version());
        let peers = Peer::ALL.map(|peer| {
            let version = peer
                .version()
                .or(peer.program().map(|_| "of unknown version".to_owned()));
            (peer.name(), version)
        });
        Ok(Self {
            cores: cores::count()?,
            processor: model
                .and_then(|model| model.split_once(": "))
                .map_or_else(String::new, |(_, model)| model.trim().to_owned()),
            kernel: format!(
                "{} {}",
                system.sysname().to_string_lossy(),
                system.release().to_string_lossy()
            ),
            versions: [own, chromium].into_iter().chain(peers).collect(),
        })
    }

    /// It in a sentence or two.
    pub(crate) fn words(&self) -> String {
        let versions = self.versions.iter().map(|(name, version)| match version {
            Some(version) => format!("{name} {version}"),
            None => format!("{name} is not installed"),
        });
        let versions = versions.collect::<Vec<_>>().join(", ");
        format!(
            "{} cores ({}), {}; {versions}.",
            self.cores, self.processor, self.kernel
        )
    }
}
